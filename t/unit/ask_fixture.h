/* Two workers that ask servers, in one process. Included by one C file each.
 *
 * The servers are unix sockets in a directory of the test, which says what they do, step by
 * step. Time is a variable: pass() lets it pass. Nothing here waits.
 *
 * The exchange sends `size` bytes, and reads a line: "ok" is an answer, "error", "big" and
 * "bad" are what they say, and so is a longer line; dots do not count. */
#ifndef T_ASK_FIXTURE_H
#define T_ASK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caught_log.h"
#include "scratch.h"
#include "service/ask.h"
#include "service/state.h"

#define SERVERS	   3u
#define WORKERS	   2u
#define START_MS   (UINT64_C(1) << 50) /* so late that no timer of the kernel runs out */
#define WINDOW	   (64u << 10)
#define LONG_MS	   60000u
#define LINE_OF(x) ((struct line_exchange *)(x))
#define PING_TEXT  "ping"

struct line_exchange {
	struct exchange base;
	size_t size, written, n;
	char line[64];
	bool is_ping, is_held;
	unsigned begun, released;
};

/* A question, and what came of it. */
struct asked {
	struct question q;
	struct line_exchange x;
	unsigned done;
	bool is_there;		       /* ask() had the outcome at once */
	void (*then)(struct asked *a); /* in done() */
};

static struct loop *loop;
static struct timers *timers;
static struct dialer *dialer;
static struct service_state *service_state;
static struct asker *workers[WORKERS];
static struct service service;
static struct service_server servers[SERVERS];
static const struct addr *addrs[SERVERS];
static const struct service *const services[] = {&service};
static int listeners[SERVERS];
static uint64_t now_ms;
static unsigned n_done;
static unsigned pings_held; /* begun and not released */
static unsigned descriptors_before;

/* The exchange. */

static inline void
line_begin(struct exchange *x)
{
	LINE_OF(x)->written = LINE_OF(x)->n = 0;
	LINE_OF(x)->begun++;
	pings_held += LINE_OF(x)->is_ping && !LINE_OF(x)->is_held;
	LINE_OF(x)->is_held = true;
}

static inline void
line_write(struct exchange *x, struct buf *out)
{
	struct line_exchange *l = LINE_OF(x);
	size_t n = l->size - l->written < WINDOW ? l->size - l->written : WINDOW;

	for (size_t i = 0; i < n && !l->is_ping; i++)
		buf_putc(out, 'q');
	if (n > 0 && l->is_ping)
		buf_append(out, PING_TEXT, n);
	l->written += n;
}

static inline enum exchange_state
judge_line(struct line_exchange *l)
{
	if (strcmp(l->line, "ok") == 0)
		return EXCHANGE_ANSWERED;
	if (strcmp(l->line, "error") == 0)
		return exchange_fail(&l->base, EXCHANGE_SERVER_ERROR, l->line, l->n);
	if (strcmp(l->line, "big") == 0)
		return EXCHANGE_TOO_BIG;
	return exchange_fail(&l->base, EXCHANGE_BAD_ANSWER, l->line, l->n);
}

static inline enum exchange_state
line_read(struct exchange *x, const char *data, size_t len)
{
	struct line_exchange *l = LINE_OF(x);

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			l->line[l->n] = '\0';
			return judge_line(l);
		}
		if (data[i] == '.')
			continue;
		if (l->n + 1 == sizeof(l->line) || l->n == x->max_answer)
			return exchange_fail(x, EXCHANGE_BAD_ANSWER, l->line, l->n);
		l->line[l->n++] = data[i];
	}
	return EXCHANGE_GOES_ON;
}

static inline enum exchange_state
line_end(struct exchange *x)
{
	(void)x;
	return EXCHANGE_CUT;
}

static inline void
line_release(struct exchange *x)
{
	LINE_OF(x)->released++;
	pings_held -= LINE_OF(x)->is_ping && LINE_OF(x)->is_held;
	LINE_OF(x)->is_held = false;
}

static const struct exchange_ops line_ops = {
	line_begin, line_write, line_read, line_end, line_release,
};

static inline struct exchange *
line_ping(void *memory)
{
	struct line_exchange *l = memory;

	l->base.ops = &line_ops;
	l->is_ping = true;
	l->size = strlen(PING_TEXT);
	return &l->base;
}

static const struct service_kind line_kind = {
	.name = "line", .ping_size = sizeof(struct line_exchange), .ping = line_ping};

/* Servers. */

static inline const char *
server_path(unsigned i)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "s%u", i);
	return in_scratch(name);
}

static inline void
stop_listening(unsigned i)
{
	if (listeners[i] >= 0)
		close(listeners[i]);
	listeners[i] = -1;
	(void)unlink(server_path(i));
}

static inline void
start_listening(unsigned i, int backlog)
{
	stop_listening(i);
	listeners[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listeners[i], &addrs[i]->sa, addrs[i]->len), 0);
	assert_int_equal(listen(listeners[i], backlog), 0);
}

/* The next connection, or -1. */
static inline int
accept_at(unsigned i)
{
	return accept4(listeners[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static inline bool
has_connection(unsigned i)
{
	int fd = accept_at(i);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static inline void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads all that is there. Returns the bytes, and whether the other end was closed. */
static inline size_t
hear(int fd, bool *ret_closed)
{
	static char in[WINDOW];
	size_t total = 0;
	ssize_t n;

	while ((n = recv(fd, in, sizeof(in), 0)) > 0)
		total += (size_t)n;
	*ret_closed = n == 0 || errno == ECONNRESET;
	return total;
}

static inline bool
is_closed(int fd)
{
	bool closed;

	(void)hear(fd, &closed);
	return closed;
}

/* Time. */

static inline uint64_t
tell_time(void *ctx)
{
	(void)ctx;
	return now_ms;
}

/* Runs the loop until it has nothing to do. */
static inline void
turn(void)
{
	unsigned turns = 0;

	while (loop_run_once(loop, 0) > 0)
		assert_true(++turns < 10000);
}

/* In steps, so that timers which were armed on the way run in their time. */
static inline void
pass(uint64_t ms)
{
	for (uint64_t step; ms > 0; ms -= step) {
		step = ms < 10 ? ms : 10;
		now_ms += step;
		timers_run(timers);
		turn();
	}
}

/* The same, and both workers look at servers as often as they must. */
static inline void
pass_looking(uint64_t ms)
{
	for (uint64_t step; ms > 0; ms -= step) {
		step = ms < 500 ? ms : 500;
		pass(step);
		for (unsigned i = 0; i < WORKERS; i++)
			asker_look(workers[i]);
		turn();
	}
}

/* Questions. */

static inline void
on_asked_done(void *ctx)
{
	struct asked *a = ctx;

	a->done++;
	n_done++;
	if (a->then != NULL)
		a->then(a);
}

static inline void
ask_for(struct asked *a, unsigned worker, size_t size, uint64_t max_wait_ms)
{
	unsigned before = n_done;

	a->q.service = &service;
	a->q.exchange = &a->x.base;
	a->q.max_wait_ms = max_wait_ms;
	a->q.done = on_asked_done;
	a->q.ctx = a;
	a->x.base.ops = &line_ops;
	a->x.size = size;
	a->is_there = ask(workers[worker], &a->q);
	assert_int_equal(n_done, before); /* of no question */
}

static inline void
ask_at(struct asked *a, unsigned worker)
{
	ask_for(a, worker, 10, LONG_MS);
	turn();
}

static inline void
cancel(struct asked *a)
{
	unsigned before = n_done;

	ask_cancel(&a->q);
	assert_int_equal(n_done, before);
}

/* It has ended, with this, and done() was called once or the outcome was there at once. */
static inline void
expect_outcome(const struct asked *a, enum ask_outcome outcome)
{
	assert_string_equal(ask_outcome_reason(a->q.outcome), ask_outcome_reason(outcome));
	assert_int_equal(a->q.outcome, outcome);
	assert_int_equal(a->done, a->is_there ? 0 : 1);
	assert_int_equal(a->q.state, QUESTION_IDLE);
	assert_false(timer_is_armed(&a->q.timer));
}

static inline void
expect_pending(const struct asked *a, enum question_state state)
{
	assert_int_equal(a->q.outcome, ASK_PENDING);
	assert_int_equal(a->done, 0);
	assert_false(a->is_there);
	assert_int_equal(a->q.state, state);
}

/* Connections in use at the server, of both workers. */
static inline void
expect_places(unsigned server, unsigned n)
{
	assert_int_equal(service_state_in_flight(service_state, server), n);
}

static inline void
expect_queued(unsigned n)
{
	assert_int_equal(service_state_queued(service_state, 0), n);
}

/* The server takes the next connection, answers, and closes it. */
static inline void
serve(unsigned server, const char *answer)
{
	int fd = accept_at(server);

	assert_true(fd >= 0);
	say(fd, answer);
	turn();
	close(fd);
	turn();
}

static inline unsigned
count_lines(const char *part)
{
	unsigned n = 0;

	for (const char *p = lines(); (p = strstr(p, part)) != NULL; p++)
		n++;
	return n;
}

static inline bool
is_down(unsigned server)
{
	return service_state->servers[server].down_since_ms != 0;
}

static inline unsigned
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Life. */

static inline void
use_servers(size_t n)
{
	service.n = n;
	for (unsigned i = 0; i < n; i++)
		start_listening(i, 100);
}

static inline void
make_servers(void)
{
	for (unsigned i = 0; i < SERVERS; i++) {
		char text[160];
		const char *why;

		(void)snprintf(text, sizeof(text), "unix:%s", server_path(i));
		servers[i] = (struct service_server){.number = i, .text = "server"};
		assert_int_equal(addr_parse(text, &servers[i].addr, &why), 0);
		addrs[i] = &servers[i].addr;
		listeners[i] = -1;
	}
	service = (struct service){
		.name = "av",
		.kind = &line_kind,
		.servers = servers,
		.n = 1,
		.tries = 2,
		.max_failures = 5,
		.connect_timeout_ms = 2000,
		.timeout_ms = 45000,
		.retry_delay_ms = 1000,
		.revive_ms = 30000,
		.down_grace_ms = 30000,
		.max_answer = 1000,
	};
}

/* The workers ask by this dialer, which they own. */
static inline void
make_workers(struct dialer *d)
{
	dialer = d;
	for (unsigned i = 0; i < WORKERS; i++)
		workers[i] = asker_new(&(struct asker_setup){
			.loop = loop,
			.timers = timers,
			.dialer = dialer,
			.state = service_state,
			.row = i,
			.services = services,
			.n_services = 1,
		});
}

static inline void
free_workers(void)
{
	for (unsigned i = 0; i < WORKERS; i++)
		workers[i] = asker_free(workers[i]);
	dialer = dialer_free(dialer);
}

static inline int
set_up_asking(void **state)
{
	int fd;

	(void)state;
	make_scratch();
	catch_log();
	now_ms = START_MS;
	n_done = pings_held = 0;
	make_servers();
	service_state = service_state_new(SERVERS, WORKERS, &fd);
	assert_non_null(service_state);
	close(fd);
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(timers_new(loop_sd_event(loop), &timers), 0);
	timers_set_clock(timers, tell_time, NULL);
	make_workers(dialer_new_direct(addrs));
	turn();
	descriptors_before = count_descriptors();
	return 0;
}

/* No place is taken, no descriptor is left, and no memory of a ping. */
static inline int
tear_down_asking(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SERVERS; i++)
		stop_listening(i);
	turn();
	for (unsigned i = 0; i < SERVERS; i++)
		expect_places(i, 0);
	expect_queued(0);
	free_workers();
	assert_int_equal(pings_held, 0);
	timers_free(timers);
	loop_free(loop);
	service_state_free(service_state);
	release_log();
	remove_scratch();
	return 0;
}

#endif
