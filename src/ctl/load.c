/* Sends messages on many connections from one epoll loop.
 *
 * Each connection goes through its scripts (mta_script.h): it sends up to the next reply that
 * an MTA would wait for, then waits. When it has sent its messages it is closed, and a new one
 * is opened in its place while messages are left. The first error ends everything. */
#include "ctl/load.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "milter/proto.h"

#define EVENTS	   64
#define READ_BYTES 65536u

struct load_connection {
	int fd;					       /* -1: closed */
	enum { NEGOTIATING, GREETING, SENDING } state; /* GREETING: the client and HELO */
	size_t messages_left; /* to send on it, the current one included */
	struct milter_client client;
	struct mta_script session, message;
	struct mta_dialogue dialogue; /* about session, then about message again and again */
	struct buf in, out;
	size_t written;		/* bytes of out that were written to the socket */
	uint64_t started_at_ns; /* the current message: when its MAIL was sent */
};

struct load_generator {
	const struct load_plan *plan;
	struct load_result *result;
	struct load_connection *connections; /* plan->connections of them */
	int epoll_fd;
	size_t assigned; /* messages that were assigned to connections */
	size_t decided;	 /* messages that have their outcome */
	size_t open;	 /* connections */
	const char *error;
};

static uint64_t
read_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int
fail_load(struct load_generator *g, int r, const char *error)
{
	g->error = error;
	return r;
}

static void
close_load_connection(struct load_generator *g, struct load_connection *c)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	mta_script_free(&c->session);
	mta_script_free(&c->message);
	buf_free(&c->in);
	buf_free(&c->out);
	*c = (struct load_connection){.fd = -1};
	g->open--;
}

static int
watch_load_connection(struct load_generator *g, struct load_connection *c, int op,
		      uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};

	return epoll_ctl(g->epoll_fd, op, c->fd, &ev) < 0 ? fail_load(g, -errno, "epoll_ctl")
							  : 0;
}

/* Writes what the socket accepts; the rest is written on EPOLLOUT. */
static int
flush_load_connection(struct load_generator *g, struct load_connection *c)
{
	while (c->written < c->out.len) {
		size_t left = c->out.len - c->written;
		size_t piece = left < g->plan->write_size ? left : g->plan->write_size;
		ssize_t n = send(c->fd, c->out.data + c->written, piece,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			return watch_load_connection(g, c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
		if (n < 0 && errno != EINTR)
			return fail_load(g, -errno, "cannot write");
		c->written += n > 0 ? (size_t)n : 0;
	}
	g->result->sent += c->written;
	c->written = 0;
	buf_reset(&c->out);
	return 0;
}

/* Connects, blocking: with a full backlog it waits until the filter accepts. */
static int
connect_to_filter(struct load_generator *g, struct load_connection *c)
{
	const struct addr *at = &g->plan->filter;
	struct timeval limit = {.tv_sec = g->plan->timeout_ms / 1000};

	c->fd = socket(at->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return fail_load(g, -errno, "cannot create a socket");
	g->open++;
	if (setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(c->fd, &at->sa, at->len) < 0)
		return fail_load(g, -errno, "cannot connect");
	return watch_load_connection(g, c, EPOLL_CTL_ADD, EPOLLIN);
}

static int
open_load_connection(struct load_generator *g, struct load_connection *c)
{
	size_t left = g->plan->messages - g->assigned;

	*c = (struct load_connection){.fd = -1};
	c->messages_left = left < g->plan->per_connection ? left : g->plan->per_connection;

	int r = connect_to_filter(g, c);

	if (r < 0)
		return r;
	g->assigned += c->messages_left;
	g->result->connections++;
	milter_client_init(&c->client);
	milter_client_optneg(&c->client, &c->out);
	return flush_load_connection(g, c);
}

/* Returned beside 0 and negative errnos: the connection was closed, and c may be a new one. */
enum { CONNECTION_ENDED = 1 };

static int
end_load_connection(struct load_generator *g, struct load_connection *c)
{
	struct mta_script end = {0};

	mta_script_add_end(&end, &c->client);
	buf_append(&c->out, end.bytes.data, end.bytes.len);
	mta_script_free(&end);

	int r = flush_load_connection(g, c);

	close_load_connection(g, c);
	if (r == 0 && g->assigned < g->plan->messages)
		r = open_load_connection(g, c);
	return r < 0 ? r : CONNECTION_ENDED;
}

static void
start_next_message(struct load_connection *c)
{
	c->state = SENDING;
	c->started_at_ns = read_clock_ns();
	mta_dialogue_start(&c->dialogue, &c->message);
}

/* Sends up to the next reply. 0, CONNECTION_ENDED or a negative errno. */
static int
send_up_to_reply(struct load_generator *g, struct load_connection *c)
{
	while (!mta_dialogue_fill(&c->dialogue, &c->out)) {
		if (c->state == SENDING && --c->messages_left == 0)
			return end_load_connection(g, c);
		start_next_message(c);
	}
	return flush_load_connection(g, c);
}

static void
count_message_outcome(struct load_generator *g, const struct load_connection *c)
{
	struct load_result *res = g->result;

	res->latency_ns[g->decided++] = read_clock_ns() - c->started_at_ns;
	switch (c->dialogue.decision) {
	case REPLY_CONTINUE:
	case REPLY_ACCEPT:
		res->delivered++;
		break;
	case REPLY_DISCARD:
		res->discarded++;
		break;
	default:
		res->refused++;
	}
	if (g->plan->progress)
		g->plan->progress(g->plan->progress_ctx, g->decided);
}

static int
accept_terms(struct load_generator *g, struct load_connection *c,
	     const struct milter_reply *reply)
{
	if (milter_client_agree(&c->client, reply) < 0)
		return fail_load(g, -EPROTO,
				 "the filter's reply to the negotiation is invalid");
	mta_script_add_session(&c->session, &c->client, NULL);
	mta_script_add_message(&c->message, &c->client, g->plan->message);
	c->state = GREETING;
	mta_dialogue_start(&c->dialogue, &c->session);
	return 0;
}

static int
take_load_reply(struct load_generator *g, struct load_connection *c,
		const struct milter_reply *reply)
{
	if (c->state == NEGOTIATING) {
		int r = accept_terms(g, c, reply);

		return r < 0 ? r : send_up_to_reply(g, c);
	}
	if (!milter_reply_is_final(reply)) {
		g->result->changes += reply->reply != REPLY_PROGRESS;
		return 0;
	}
	mta_dialogue_take_reply(&c->dialogue, reply->reply);
	if (c->state == GREETING && c->dialogue.decision != REPLY_CONTINUE)
		return fail_load(g, -ECONNREFUSED, "the filter refuses the client");
	if (c->state == SENDING && mta_dialogue_is_decided(&c->dialogue))
		count_message_outcome(g, c);
	return send_up_to_reply(g, c);
}

/* Takes the replies in c->in that are complete. */
static int
take_whole_replies(struct load_generator *g, struct load_connection *c)
{
	struct milter_reply reply;
	size_t used = 0, size;

	while (used < c->in.len) {
		int r = mta_decode_reply(c->in.data + used, c->in.len - used, &reply, &size);

		if (r == 0)
			break;
		if (r < 0)
			return fail_load(g, r, "the filter's reply is not a milter reply");
		used += size;
		r = take_load_reply(g, c, &reply);
		if (r < 0)
			return r;
		if (r == CONNECTION_ENDED)
			return 0;
	}
	buf_consume(&c->in, used);
	return 0;
}

static int
read_load_connection(struct load_generator *g, struct load_connection *c)
{
	ssize_t n = recv(c->fd, buf_reserve(&c->in, READ_BYTES), READ_BYTES, MSG_DONTWAIT);

	if (n == 0)
		return fail_load(g, -ECONNRESET, "the filter closed the connection");
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0
							 : fail_load(g, -errno, "cannot read");
	c->in.len += (size_t)n;
	return take_whole_replies(g, c);
}

static int
handle_load_event(struct load_generator *g, struct load_connection *c, uint32_t events)
{
	if (events & EPOLLOUT) {
		int r = flush_load_connection(g, c);

		if (r == 0 && c->out.len == 0)
			r = watch_load_connection(g, c, EPOLL_CTL_MOD, EPOLLIN);
		if (r < 0)
			return r;
	}
	return events & ~(uint32_t)EPOLLOUT ? read_load_connection(g, c) : 0;
}

static int
run_load_loop(struct load_generator *g)
{
	struct epoll_event events[EVENTS];

	while (g->open > 0) {
		int n = epoll_wait(g->epoll_fd, events, EVENTS, g->plan->timeout_ms);

		if (g->plan->stop && *g->plan->stop)
			return fail_load(g, -EINTR, "stopped");
		if (n == 0)
			return fail_load(g, -ETIMEDOUT, "the filter does not reply");
		if (n < 0 && errno != EINTR)
			return fail_load(g, -errno, "epoll_wait");
		for (int i = 0; i < n; i++) {
			int r = handle_load_event(g, events[i].data.ptr, events[i].events);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int
open_load_connections(struct load_generator *g)
{
	for (size_t i = 0; i < g->plan->connections && g->assigned < g->plan->messages; i++) {
		int r = open_load_connection(g, &g->connections[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
compare_latencies(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
run_load_generator(struct load_generator *g)
{
	uint64_t start = read_clock_ns();

	g->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (g->epoll_fd < 0)
		return fail_load(g, -errno, "epoll_create1");

	int r = open_load_connections(g);

	if (r == 0)
		r = run_load_loop(g);
	g->result->wall_ns = read_clock_ns() - start;
	for (size_t i = 0; i < g->plan->connections; i++)
		close_load_connection(g, &g->connections[i]);
	close(g->epoll_fd);
	return r;
}

int
load_run(const struct load_plan *plan, struct load_result *ret, const char **ret_error)
{
	struct load_result result = {0};
	struct load_generator g = {.plan = plan, .result = &result};

	g.connections = calloc(plan->connections, sizeof(*g.connections));
	result.latency_ns = calloc(plan->messages, sizeof(*result.latency_ns));
	if (!g.connections || !result.latency_ns)
		abort();
	for (size_t i = 0; i < plan->connections; i++)
		g.connections[i].fd = -1;

	int r = run_load_generator(&g);

	free(g.connections);
	if (r < 0) {
		free(result.latency_ns);
		*ret_error = g.error;
		return r;
	}
	qsort(result.latency_ns, plan->messages, sizeof(*result.latency_ns), compare_latencies);
	*ret = result;
	return 0;
}
