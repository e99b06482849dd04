/* Accepts clients of the control socket, reads their line, and answers when a reload has ended.
 */
#include "master/control.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "master/state.h"
#include "util/buf.h"
#include "util/log.h"

#define CLIENTS_MAX 16u /* one more is closed at once */

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
	c->source = sd_event_source_disable_unref(c->source);
	(void)shutdown(c->fd, SHUT_RDWR);
	close(c->fd);
	free(c);
}

/* The socket's buffer takes it all, or the client gets less. */
static void
send_answer(const struct control_client *c, int status, const char *text)
{
	struct buf b = {0};

	buf_printf(&b, "%d\n%s", status, text);
	if (b.data[b.len - 1] != '\n')
		buf_putc(&b, '\n');
	if (send(c->fd, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_write(LOG_WARNING, "control socket: %s", strerror(errno));
	buf_free(&b);
}

static void
refuse_client(struct control_client *c, const char *text)
{
	send_answer(c, EX_UNAVAILABLE, text);
	close_client(c);
}

static bool
is_allowed_peer(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

/* The reload may fail at once: then c is gone. */
static void
obey_client(struct control_client *c)
{
	if (!is_allowed_peer(c->fd)) {
		refuse_client(c, "only root and the user of the daemon may do this");
	} else if (c->m->stopping) {
		refuse_client(c, "polymilter is stopping");
	} else if (strcmp(c->line, "reload") == 0) {
		c->state = CONTROL_WAITS;
		reload_request(c->m);
	} else if (strcmp(c->line, "stop") == 0) {
		c->state = CONTROL_STOPS;
		send_answer(c, EX_OK, "");
		(void)kill(getpid(), SIGTERM);
	} else {
		refuse_client(c, "unknown command");
	}
}

/* A client that has gone away does not end the reload. */
static int
on_control_client(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct control_client *c = ctx;
	size_t room = sizeof(c->line) - 1 - c->len;
	ssize_t n = recv(fd, c->line + c->len, room, MSG_DONTWAIT);
	char *end;

	assert(source == c->source && revents != 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || c->state != CONTROL_SPEAKS) {
		close_client(c);
		return 0;
	}
	c->len += (size_t)n;
	c->line[c->len] = '\0';
	end = memchr(c->line, '\n', c->len);
	if (end != NULL) {
		*end = '\0';
		c->len = 0; /* room to see its end */
		obey_client(c);
	} else if (c->len == sizeof(c->line) - 1) {
		refuse_client(c, "unknown command");
	}
	return 0;
}

static void
add_client(struct master *m, int fd)
{
	struct control_client *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		abort();
	*c = (struct control_client){.m = m, .fd = fd, .next = m->control.clients};
	m->control.clients = c;
	m->control.n_clients++;
	r = sd_event_add_io(m->loop, &c->source, fd, EPOLLIN, on_control_client, c);
	if (r < 0)
		close_client(c);
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
	const char *path = cfg->control_addr.un.sun_path;
	struct buf dir = {0};
	bool may;

	if (cfg->control_written)
		return true;
	buf_append(&dir, path, (size_t)(strrchr(path, '/') - path));
	may = access(buf_string(&dir), W_OK | X_OK) == 0;
	buf_free(&dir);
	return may;
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
		if (c->state != CONTROL_RELOADS)
			continue;
		send_answer(c, status, text);
		close_client(c);
	}
}

void
control_close(struct master *m)
{
	close_control_socket(&m->control);
	while (m->control.clients != NULL)
		close_client(m->control.clients);
}
