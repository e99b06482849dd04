/* Accepts clients of the control socket, reads their line, finds its word, and sends answers.
 */
#include "master/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "master/state.h"
#include "util/log.h"

#define CLIENTS_MAX 16u /* one more is closed at once */
#define LIMIT_MS    30000u

/* A child that loads the configuration may have the descriptor, too: hence shutdown(). */
static void
close_client(struct control_client *c)
{
	struct control *ctl = &c->m->control;
	struct control_client **at = &ctl->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	ctl->n_clients--;
	timer_disarm(c->m->timers, &c->limit);
	c->source = sd_event_source_disable_unref(c->source);
	(void)shutdown(c->fd, SHUT_RDWR);
	close(c->fd);
	if (c->pass >= 0)
		close(c->pass);
	buf_free(&c->answer);
	free(c);
}

/* Answers. */

/* Sends once: as much as there is room for, and the descriptor with the first byte. */
static ssize_t
send_some(struct control_client *c)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {c->answer.data, c->answer.len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (c->pass >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &c->pass, sizeof(int));
	}
	return sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* c is gone when all is sent, or nothing more can be. */
static void
continue_answer(struct control_client *c)
{
	ssize_t n = send_some(c);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		log_write(LOG_WARNING, "control socket: %s", strerror(errno));
		close_client(c);
		return;
	}
	if (c->pass >= 0)
		close(c->pass);
	c->pass = -1;
	buf_consume(&c->answer, (size_t)n);
	if (c->answer.len == 0)
		close_client(c);
}

static void
begin_answer(struct control_client *c, int status, const char *text)
{
	buf_printf(&c->answer, "%d\n%s", status, text);
	if (c->answer.data[c->answer.len - 1] != '\n')
		buf_putc(&c->answer, '\n');
	c->state = CONTROL_ANSWERS;
	timer_arm(c->m->timers, &c->limit, LIMIT_MS);
	(void)sd_event_source_set_io_events(c->source,
					    EPOLLOUT); /* fails after the loop's end */
	continue_answer(c);
}

void
control_answer(struct control_client *c, int status, const char *text)
{
	begin_answer(c, status, text);
}

void
control_answer_descriptor(struct control_client *c, const char *text, int fd)
{
	c->pass = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (c->pass < 0)
		begin_answer(c, EX_OSERR, strerror(errno));
	else
		begin_answer(c, EX_OK, text);
}

/* Lines. */

static bool
is_allowed_peer(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

/* A line of size bytes, one of which may be NUL. NULL: there is no such word. *ret_rest: what
 * is behind it, "" for nothing. */
static const struct control_word *
find_word(const char *line, size_t size, const char **ret_rest)
{
	size_t len = strcspn(line, " ");
	const struct control_word *w = control_words;

	if (strlen(line) != size)
		return NULL;
	*ret_rest = line[len] == ' ' ? line + len + 1 : "";
	while (w->name != NULL && (strlen(w->name) != len || memcmp(w->name, line, len) != 0 ||
				   (!w->takes_rest && line[len] != '\0')))
		w++;
	return w->name != NULL ? w : NULL;
}

/* c may be gone after the call. */
static void
obey_client(struct control_client *c, size_t size)
{
	const char *rest;
	const struct control_word *w = find_word(c->line, size, &rest);

	if (!is_allowed_peer(c->fd))
		control_answer(c, EX_UNAVAILABLE,
			       "only root and the user of the daemon may do this");
	else if (c->m->stopping)
		control_answer(c, EX_UNAVAILABLE, "polymilter is stopping");
	else if (w == NULL)
		control_answer(c, EX_UNAVAILABLE, "unknown command");
	else
		w->run(c, rest);
}

/* Reads the line, or sees the end of a client that waits, which ends nothing else. */
static void
read_client(struct control_client *c)
{
	size_t room = sizeof(c->line) - 1 - c->len;
	ssize_t n = recv(c->fd, c->line + c->len, room, MSG_DONTWAIT);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || c->state != CONTROL_SPEAKS) {
		close_client(c);
		return;
	}
	c->len += (size_t)n;
	c->line[c->len] = '\0';
	end = memchr(c->line, '\n', c->len);
	if (end != NULL) {
		*end = '\0';
		c->len = 0; /* room to see its end */
		timer_disarm(c->m->timers, &c->limit);
		obey_client(c, (size_t)(end - c->line));
	} else if (c->len == sizeof(c->line) - 1) {
		control_answer(c, EX_UNAVAILABLE, "unknown command");
	}
}

static int
on_control_client(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct control_client *c = ctx;

	assert(source == c->source && fd == c->fd && revents != 0);
	if (c->state == CONTROL_ANSWERS)
		continue_answer(c);
	else
		read_client(c);
	return 0;
}

static void
on_client_limit(void *ctx)
{
	close_client(ctx);
}

static void
add_client(struct master *m, int fd)
{
	struct control_client *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		abort();
	*c = (struct control_client){
		.m = m,
		.fd = fd,
		.limit = {.fn = on_client_limit, .ctx = c},
		.pass = -1,
		.next = m->control.clients,
	};
	m->control.clients = c;
	m->control.n_clients++;
	r = sd_event_add_io(m->loop, &c->source, fd, EPOLLIN, on_control_client, c);
	if (r < 0)
		close_client(c);
	else
		timer_arm(m->timers, &c->limit, LIMIT_MS);
}

static int
on_control_connection(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct master *m = ctx;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	assert(source == m->control.source && revents != 0);
	if (client < 0)
		return 0;
	if (m->control.n_clients < CLIENTS_MAX)
		add_client(m, client);
	else
		close(client);
	return 0;
}

static void
close_control_socket(struct control *ctl)
{
	ctl->source = sd_event_source_disable_unref(ctl->source);
	ctl->listener = listener_close(ctl->listener, true);
}

/* The default one is not for every daemon: without its directory there is none. */
static bool
may_have_socket(const struct config *cfg)
{
	return cfg->control_written || addr_directory_is_writable(&cfg->control_addr);
}

void
control_apply(struct master *m, const struct config *cfg)
{
	const struct listener_conf conf = {.name = "control",
					   .socket = cfg->control,
					   .addr = cfg->control_addr,
					   .mode = 0600,
					   .backlog = CLIENTS_MAX};
	struct control *ctl = &m->control;

	if (ctl->listener != NULL && listener_fits(ctl->listener, &conf) &&
	    listener_is_intact(ctl->listener))
		return;
	close_control_socket(ctl);
	if (cfg->control_addr.len == 0)
		return;
	if (!may_have_socket(cfg) ||
	    listener_open(&conf, &m->id, &m->inherited, 0, &ctl->listener) < 0)
		return;
	if (sd_event_add_io(m->loop, &ctl->source, ctl->listener->fd, EPOLLIN,
			    on_control_connection, m) < 0)
		close_control_socket(ctl);
}

void
control_reload_began(struct master *m)
{
	for (struct control_client *c = m->control.clients; c != NULL; c = c->next)
		if (c->state == CONTROL_WAITS)
			c->state = CONTROL_RELOADS;
}

void
control_reload_ended(struct master *m, int status, const char *text)
{
	struct control_client *next;

	for (struct control_client *c = m->control.clients; c != NULL; c = next) {
		next = c->next;
		if (c->state == CONTROL_RELOADS)
			control_answer(c, status, text);
	}
}

void
control_close(struct master *m)
{
	struct control_client *next;

	close_control_socket(&m->control);
	for (struct control_client *c = m->control.clients; c != NULL; c = next) {
		next = c->next;
		if (c->state == CONTROL_STOPS)
			control_answer(c, EX_OK, "");
	}
	while (m->control.clients != NULL)
		close_client(m->control.clients);
}
