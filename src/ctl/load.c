/* One epoll loop drives all connections; each waits only where an MTA waits. */
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

struct link {
	int fd; /* -1: closed */
	enum { NEGOTIATING, GREETING, SENDING } state;
	size_t left; /* messages to send on it, the running one included */
	struct milter_client client;
	struct mta_script session, message;
	struct mta_run run;
	struct buf in, out;
	size_t sent; /* of out */
	uint64_t began_ns;
};

struct load {
	const struct load_plan *plan;
	struct load_result *result;
	struct link *links;
	int epoll;
	size_t handed_out; /* messages given to connections */
	size_t done;
	size_t open;
	const char *why;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int
fail(struct load *l, int r, const char *why)
{
	l->why = why;
	return r;
}

static void
link_close(struct load *l, struct link *k)
{
	if (k->fd < 0)
		return;
	close(k->fd);
	mta_script_free(&k->session);
	mta_script_free(&k->message);
	buf_free(&k->in);
	buf_free(&k->out);
	*k = (struct link){.fd = -1};
	l->open--;
}

static int
link_watch(struct load *l, struct link *k, int op, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = k};

	return epoll_ctl(l->epoll, op, k->fd, &ev) < 0 ? fail(l, -errno, "epoll_ctl") : 0;
}

/* Writes what it can; the rest when the socket has room again. */
static int
link_flush(struct load *l, struct link *k)
{
	while (k->sent < k->out.len) {
		size_t left = k->out.len - k->sent;
		size_t piece = left < l->plan->write_size ? left : l->plan->write_size;
		ssize_t n =
			send(k->fd, k->out.data + k->sent, piece, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			return link_watch(l, k, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
		if (n < 0 && errno != EINTR)
			return fail(l, -errno, "cannot write");
		k->sent += n > 0 ? (size_t)n : 0;
	}
	l->result->sent += k->sent;
	k->sent = 0;
	buf_reset(&k->out);
	return 0;
}

/* A blocking connect: with a full backlog it waits its turn. */
static int
link_connect(struct load *l, struct link *k)
{
	const struct addr *at = &l->plan->at;
	struct timeval limit = {.tv_sec = l->plan->timeout_ms / 1000};

	k->fd = socket(at->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (k->fd < 0)
		return fail(l, -errno, "cannot make a socket");
	l->open++;
	if (setsockopt(k->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(k->fd, &at->sa, at->len) < 0)
		return fail(l, -errno, "cannot connect");
	return link_watch(l, k, EPOLL_CTL_ADD, EPOLLIN);
}

static int
link_open(struct load *l, struct link *k)
{
	size_t left = l->plan->messages - l->handed_out;

	*k = (struct link){.fd = -1};
	k->left = left < l->plan->per_connection ? left : l->plan->per_connection;

	int r = link_connect(l, k);

	if (r < 0)
		return r;
	l->handed_out += k->left;
	l->result->connections++;
	milter_client_init(&k->client);
	milter_client_optneg(&k->client, &k->out);
	return link_flush(l, k);
}

/* The connection is over: k is closed, or a new one. */
enum { ENDED = 1 };

static int
link_end(struct load *l, struct link *k)
{
	struct mta_script end = {0};

	mta_script_end(&end, &k->client);
	buf_append(&k->out, end.bytes.data, end.bytes.len);
	mta_script_free(&end);

	int r = link_flush(l, k);

	link_close(l, k);
	if (r == 0 && l->handed_out < l->plan->messages)
		r = link_open(l, k);
	return r < 0 ? r : ENDED;
}

static void
start_message(struct link *k)
{
	k->state = SENDING;
	k->began_ns = now_ns();
	mta_run_start(&k->run, &k->message);
}

/* Sends up to the next answer. 0, ENDED or a negative errno, as those that call it. */
static int
link_go_on(struct load *l, struct link *k)
{
	while (!mta_run_fill(&k->run, &k->out)) {
		if (k->state == SENDING && --k->left == 0)
			return link_end(l, k);
		start_message(k);
	}
	return link_flush(l, k);
}

static void
count_message(struct load *l, const struct link *k)
{
	struct load_result *res = l->result;

	res->latency_ns[l->done++] = now_ns() - k->began_ns;
	switch (k->run.decision) {
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
	if (l->plan->progress)
		l->plan->progress(l->plan->progress_ctx, l->done);
}

static int
agree(struct load *l, struct link *k, const struct milter_reply *reply)
{
	if (milter_client_agree(&k->client, reply) < 0)
		return fail(l, -EPROTO, "the filter's answer to the negotiation is wrong");
	mta_script_session(&k->session, &k->client);
	mta_script_message(&k->message, &k->client, l->plan->mail);
	k->state = GREETING;
	mta_run_start(&k->run, &k->session);
	return 0;
}

static int
link_take(struct load *l, struct link *k, const struct milter_reply *reply)
{
	if (k->state == NEGOTIATING) {
		int r = agree(l, k, reply);

		return r < 0 ? r : link_go_on(l, k);
	}
	if (!milter_reply_is_final(reply)) {
		l->result->changes += reply->reply != REPLY_PROGRESS;
		return 0;
	}
	mta_run_reply(&k->run, reply->reply);
	if (k->state == GREETING && k->run.decision != REPLY_CONTINUE)
		return fail(l, -ECONNREFUSED, "the filter refuses the client");
	if (k->state == SENDING && mta_run_decided(&k->run))
		count_message(l, k);
	return link_go_on(l, k);
}

/* Handles the replies that are whole. */
static int
link_replies(struct load *l, struct link *k)
{
	struct milter_reply reply;
	size_t used = 0, size;

	while (used < k->in.len) {
		int r = mta_reply_next(k->in.data + used, k->in.len - used, &reply, &size);

		if (r == 0)
			break;
		if (r < 0)
			return fail(l, r, "the filter's answer is no milter reply");
		used += size;
		r = link_take(l, k, &reply);
		if (r < 0)
			return r;
		if (r == ENDED)
			return 0;
	}
	buf_consume(&k->in, used);
	return 0;
}

static int
link_read(struct load *l, struct link *k)
{
	ssize_t n = recv(k->fd, buf_reserve(&k->in, READ_BYTES), READ_BYTES, MSG_DONTWAIT);

	if (n == 0)
		return fail(l, -ECONNRESET, "the filter hung up");
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : fail(l, -errno, "cannot read");
	k->in.len += (size_t)n;
	return link_replies(l, k);
}

static int
link_event(struct load *l, struct link *k, uint32_t events)
{
	if (events & EPOLLOUT) {
		int r = link_flush(l, k);

		if (r == 0 && k->out.len == 0)
			r = link_watch(l, k, EPOLL_CTL_MOD, EPOLLIN);
		if (r < 0)
			return r;
	}
	return events & ~(uint32_t)EPOLLOUT ? link_read(l, k) : 0;
}

static int
loop(struct load *l)
{
	struct epoll_event events[EVENTS];

	while (l->open > 0) {
		int n = epoll_wait(l->epoll, events, EVENTS, l->plan->timeout_ms);

		if (l->plan->stop && *l->plan->stop)
			return fail(l, -EINTR, "stopped");
		if (n == 0)
			return fail(l, -ETIMEDOUT, "the filter does not answer");
		if (n < 0 && errno != EINTR)
			return fail(l, -errno, "epoll_wait");
		for (int i = 0; i < n; i++) {
			int r = link_event(l, events[i].data.ptr, events[i].events);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int
open_all(struct load *l)
{
	for (size_t i = 0; i < l->plan->connections && l->handed_out < l->plan->messages; i++) {
		int r = link_open(l, &l->links[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
compare_ns(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
run(struct load *l)
{
	uint64_t began = now_ns();

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return fail(l, -errno, "epoll_create1");

	int r = open_all(l);

	if (r == 0)
		r = loop(l);
	l->result->wall_ns = now_ns() - began;
	for (size_t i = 0; i < l->plan->connections; i++)
		link_close(l, &l->links[i]);
	close(l->epoll);
	return r;
}

int
load_run(const struct load_plan *plan, struct load_result *ret, const char **ret_why)
{
	struct load_result result = {0};
	struct load l = {.plan = plan, .result = &result};

	l.links = calloc(plan->connections, sizeof(*l.links));
	result.latency_ns = calloc(plan->messages, sizeof(*result.latency_ns));
	if (!l.links || !result.latency_ns)
		abort();
	for (size_t i = 0; i < plan->connections; i++)
		l.links[i].fd = -1;

	int r = run(&l);

	free(l.links);
	if (r < 0) {
		free(result.latency_ns);
		*ret_why = l.why;
		return r;
	}
	qsort(result.latency_ns, plan->messages, sizeof(*result.latency_ns), compare_ns);
	*ret = result;
	return 0;
}
