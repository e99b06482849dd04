/* Makes sockets and calls connect(2), for the workers of a generation. One poll(2) over the
 * channel to the loader and those of the workers; nothing here waits for a server. */
#include "loader/connector_process.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "io/channel.h"
#include "io/dial.h"
#include "loader/connector.h"
#include "service/service.h"
#include "util/process.h"
#include "util/title.h"

#define SEND_TRIES    50
#define SEND_PAUSE_NS 1000000 /* the kernel has too many descriptors under way */

struct connector_state {
	const struct addr *const *addrs; /* of servers, by number */
	size_t n_addrs;
	struct pollfd *polled; /* the loader's channel, then those of workers */
	size_t n, cap;
	struct channel_msg msg;
};

static void
add_polled(struct connector_state *c, int fd)
{
	if (c->n == c->cap) {
		c->cap = c->cap * 2 + 16;
		c->polled = reallocarray(c->polled, c->cap, sizeof(*c->polled));
		if (c->polled == NULL)
			abort();
	}
	c->polled[c->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* A worker has at most DIAL_REQUESTS_MAX requests under way, which its channel has room for. */
static void
send_reply(int end, uint64_t ticket, int fd)
{
	static const struct timespec pause = {.tv_nsec = SEND_PAUSE_NS};
	struct dial_reply reply = {.ticket = ticket, .error = fd < 0 ? fd : 0};
	int r = -EAGAIN;

	for (int i = 0; i < SEND_TRIES && r == -EAGAIN; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		r = channel_send(end, DIAL_REPLY, &reply, sizeof(reply), fd < 0 ? -1 : fd);
	}
	reply.error = -EMFILE;
	if (r == -EAGAIN)
		(void)channel_send(end, DIAL_REPLY, &reply, sizeof(reply), -1);
}

static void
answer_dial(const struct connector_state *c, int end)
{
	struct dial_request request;
	int fd;

	if (c->msg.type != DIAL_REQUEST || c->msg.len != sizeof(request))
		return;
	memcpy(&request, c->msg.data, sizeof(request));
	fd = request.server < c->n_addrs ? dial_connect(c->addrs[request.server]) : -EINVAL;
	send_reply(end, request.ticket, fd);
	if (fd >= 0)
		close(fd);
}

/* Whether the channel goes on. One record, then others have their turn. */
static bool
serve_worker(struct connector_state *c, int end)
{
	int r = channel_recv(end, &c->msg);

	if (r != 1)
		return r == -EAGAIN || r == -EMFILE || r == -EBADMSG;
	if (c->msg.fd >= 0)
		close(c->msg.fd);
	answer_dial(c, end);
	return true;
}

static bool
hear_loader(struct connector_state *c, int channel)
{
	int r = channel_recv(channel, &c->msg);

	if (r == 1 && c->msg.type == CONNECTOR_WORKER && c->msg.fd >= 0)
		add_polled(c, c->msg.fd);
	return r == 1 || r == -EAGAIN || r == -EMFILE;
}

/* The loader's place stays, with -1, which poll(2) ignores. */
static void
drop_polled(struct connector_state *c, size_t i)
{
	close(c->polled[i].fd);
	if (i == 0)
		c->polled[0].fd = -1;
	else
		c->polled[i] = c->polled[--c->n];
}

static void
serve_turn(struct connector_state *c)
{
	if (poll(c->polled, c->n, -1) < 0)
		return;
	for (size_t i = c->n; i-- > 1;)
		if (c->polled[i].revents != 0 && !serve_worker(c, c->polled[i].fd))
			drop_polled(c, i);
	if (c->polled[0].fd >= 0 && c->polled[0].revents != 0 &&
	    !hear_loader(c, c->polled[0].fd))
		drop_polled(c, 0);
}

static void
become_connector(unsigned generation, int loader, const int *ends, size_t n)
{
	int *kept = calloc(n + 1, sizeof(*kept));
	char title[64];

	if (kept == NULL)
		abort();
	if (n > 0)
		memcpy(kept, ends, n * sizeof(*kept));
	kept[n] = loader;
	process_keep_descriptors(kept, n + 1);
	free(kept);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_NAME, CONNECTOR_PROCESS_NAME, 0, 0, 0);
	(void)snprintf(title, sizeof(title), "polymilter: connector, generation %u",
		       generation);
	(void)title_set(title);
}

_Noreturn void
connector_main(const struct config *cfg, unsigned generation, int loader, const int *ends,
	       size_t n)
{
	static struct connector_state c;

	become_connector(generation, loader, ends, n);
	c.n_addrs = cfg->n_servers;
	c.addrs = service_list_addresses(cfg->services, cfg->n_services, cfg->n_servers);
	add_polled(&c, loader);
	for (size_t i = 0; i < n; i++) {
		(void)channel_send(ends[i], DIAL_RESET, NULL, 0, -1);
		add_polled(&c, ends[i]);
	}
	while (c.polled[0].fd >= 0 || c.n > 1)
		serve_turn(&c);
	_exit(EX_OK);
}
