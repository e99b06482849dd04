/* Unit tests of io/loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#include "io/loop.h"

#define MANY 100

/* One end is watched. */
struct pair {
	struct loop_watch watch;
	int fd, peer;
	unsigned calls;
	struct pair *removes;
	uint64_t at_ms;
};

static struct loop *loop;
static struct pair pairs[MANY];

static void
on_ready(void *ctx, uint32_t revents)
{
	struct pair *p = ctx;

	assert_true(revents & EPOLLIN);
	p->calls++;
	if (p->removes != NULL && p->removes->watch.loop != NULL)
		loop_remove(&p->removes->watch, p->removes->fd);
}

static void
open_pair(struct pair *p)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*p = (struct pair){.fd = fds[0], .peer = fds[1]};
	assert_int_equal(loop_add(loop, &p->watch, p->fd, EPOLLIN | EPOLLET, on_ready, p), 0);
}

static void
poke(struct pair *p)
{
	assert_int_equal(write(p->peer, "x", 1), 1);
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	for (size_t i = 0; i < MANY; i++)
		open_pair(&pairs[i]);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		if (pairs[i].watch.loop != NULL)
			loop_remove(&pairs[i].watch, pairs[i].fd);
		close(pairs[i].fd);
		close(pairs[i].peer);
	}
	loop = loop_free(loop);
	return 0;
}

static unsigned
calls(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < MANY; i++)
		n += pairs[i].calls;
	return n;
}

static void
test_many_in_few_runs(void **state)
{
	(void)state;
	assert_int_equal(loop_run_once(loop, 0), 0);
	for (size_t i = 0; i < MANY; i++)
		poke(&pairs[i]);
	assert_true(loop_run_once(loop, -1) > 1);
	while (loop_run_once(loop, 0) > 0)
		;
	assert_int_equal(calls(), MANY);
}

/* Each removes the next, which is ready at the same time: half of them are not called. */
static void
test_removed_is_not_called(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		pairs[i].removes = &pairs[(i + 1) % MANY];
		poke(&pairs[i]);
	}
	while (loop_run_once(loop, 0) > 0)
		;
	assert_int_equal(calls(), MANY / 2);
}

static void
test_removes_itself(void **state)
{
	(void)state;
	pairs[0].removes = &pairs[0];
	poke(&pairs[0]);
	assert_int_equal(loop_run_once(loop, -1), 1);
	poke(&pairs[0]);
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_int_equal(pairs[0].calls, 1);
}

/* loop_change() has an edge that was reported already reported again. */
static void
test_change_reports_again(void **state)
{
	(void)state;
	poke(&pairs[0]);
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_int_equal(loop_run_once(loop, 0), 0);
	loop_change(&pairs[0].watch, pairs[0].fd, EPOLLIN | EPOLLET);
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_int_equal(pairs[0].calls, 2);
}

static int
on_time(sd_event_source *source, uint64_t us, void *ctx)
{
	bool *fired = ctx;

	assert_non_null(source);
	assert_true(us > 0);
	*fired = true;
	return 0;
}

static void
add_timer(uint64_t us, bool *fired)
{
	assert_true(sd_event_add_time_relative(loop_sd_event(loop), NULL, CLOCK_MONOTONIC, us,
					       1, on_time, fired) >= 0);
}

static bool late;

static void
add_from_watch(void *ctx, uint32_t revents)
{
	(void)ctx;
	(void)revents;
	add_timer(1, &late);
}

static void
wait_for(const bool *fired)
{
	for (int i = 0; i < 100 && !*fired; i++)
		assert_true(loop_run_once(loop, 100) >= 0);
	assert_true(*fired);
}

/* A source of sd-event may be added between two runs, and by a watch. */
static void
test_sd_event_sources(void **state)
{
	uint64_t before = loop_now_ms(loop);
	bool first = false;

	(void)state;
	add_timer(5000, &first);
	wait_for(&first);
	assert_true(loop_now_ms(loop) > before);
	late = false;
	pairs[0].watch.fn = add_from_watch;
	poke(&pairs[0]);
	assert_int_equal(loop_run_once(loop, -1), 1);
	wait_for(&late);
}

static _Atomic uint64_t noted;

static uint64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
spend_time(void *ctx, uint32_t revents)
{
	struct pair *p = ctx;

	(void)revents;
	p->at_ms = loop_now_ms(loop);
	assert_int_equal(noted, p->at_ms);
	while (clock_ms() <= p->at_ms)
		;
}

/* The published time changes with each callback, not only with each run; so do timers. */
static void
test_time_goes_on_within_a_run(void **state)
{
	uint64_t latest;

	(void)state;
	loop_publish_time(loop, &noted);
	assert_int_equal(noted, loop_now_ms(loop));
	for (size_t i = 0; i < 2; i++) {
		pairs[i].watch.fn = spend_time;
		poke(&pairs[i]);
	}
	assert_int_equal(loop_run_once(loop, -1), 2);
	assert_int_not_equal(pairs[0].at_ms, pairs[1].at_ms);
	latest = noted;
	assert_int_equal(loop_run_once(loop, 0), 0);
	assert_true(noted > latest);
}

static int
note_time(sd_event_source *source, uint64_t us, void *ctx)
{
	assert_non_null(source);
	*(uint64_t *)ctx = us / 1000;
	assert_true(loop_now_ms(loop) >= us / 1000);
	return 0;
}

/* The time is current also for what is due before the wait. */
static void
test_no_old_time_for_sd_event(void **state)
{
	uint64_t due = 0;

	(void)state;
	assert_int_equal(loop_run_once(loop, 0), 0);
	while (clock_ms() < loop_now_ms(loop) + 5)
		;
	assert_true(sd_event_add_time(loop_sd_event(loop), NULL, CLOCK_MONOTONIC,
				      clock_ms() * 1000, 1, note_time, &due) >= 0);
	for (int i = 0; i < 100 && due == 0; i++)
		assert_true(loop_run_once(loop, 100) >= 0);
	assert_true(due > 0);
}

static int
count_call(sd_event_source *source, void *ctx)
{
	assert_non_null(source);
	++*(unsigned *)ctx;
	return 0;
}

/* Even if sd-event always has an event ready, streams are served, and so is sd-event. */
static void
test_flood_of_sd_events(void **state)
{
	sd_event_source *source;
	unsigned n = 0, before;

	(void)state;
	assert_true(sd_event_add_defer(loop_sd_event(loop), &source, count_call, &n) >= 0);
	assert_true(sd_event_source_set_enabled(source, SD_EVENT_ON) >= 0);
	poke(&pairs[0]);
	assert_true(loop_run_once(loop, -1) > 0);
	assert_int_equal(pairs[0].calls, 1);
	for (int i = 0; i < 3; i++) {
		before = n;
		assert_true(loop_run_once(loop, 1000) >= 0);
		assert_true(n > before);
	}
	sd_event_source_disable_unref(source);
}

struct call {
	struct loop_task task;
	unsigned calls;
	struct call *cancels, *wants;
};

static void
count_task(void *ctx)
{
	struct call *c = ctx;

	c->calls++;
	if (c->cancels != NULL)
		loop_cancel_call(&c->cancels->task);
	if (c->wants != NULL)
		loop_call_soon(loop, &c->wants->task);
}

/* In their order, once, and the run does not wait, since a call may have made work. */
static void
test_calls_without_an_event(void **state)
{
	struct call c[3] = {0};

	(void)state;
	for (int i = 0; i < 3; i++) {
		c[i].task = (struct loop_task){.fn = count_task, .ctx = &c[i]};
		loop_call_soon(loop, &c[i].task);
		loop_call_soon(loop, &c[i].task);
	}
	loop_cancel_call(&c[1].task);
	loop_cancel_call(&c[1].task);
	assert_int_equal(loop_run_once(loop, -1), 2);
	assert_int_equal(c[0].calls, 1);
	assert_int_equal(c[1].calls, 0);
	assert_int_equal(c[2].calls, 1);
	loop_call_soon(loop, &c[2].task); /* the end of an empty list */
	loop_cancel_call(&c[2].task);
	loop_call_soon(loop, &c[1].task);
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_int_equal(c[1].calls, 1);
	assert_int_equal(loop_run_once(loop, 0), 0);
}

/* A call may cancel others, also the last one, and want them again: then in the next run. */
static void
test_calls_change_calls(void **state)
{
	struct call c[2] = {0};

	(void)state;
	for (int i = 0; i < 2; i++)
		c[i].task = (struct loop_task){.fn = count_task, .ctx = &c[i]};
	c[0].cancels = &c[1];
	c[0].wants = &c[0];
	loop_call_soon(loop, &c[0].task);
	loop_call_soon(loop, &c[1].task);
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(loop_run_once(loop, -1), 1);
		assert_int_equal(c[0].calls, i);
	}
	assert_int_equal(c[1].calls, 0);
	loop_cancel_call(&c[0].task);
	assert_int_equal(loop_run_once(loop, 0), 0);
}

/* Streams are served meanwhile. */
static void
test_flood_of_calls(void **state)
{
	struct call c = {0};

	(void)state;
	c.task = (struct loop_task){.fn = count_task, .ctx = &c};
	c.wants = &c;
	loop_call_soon(loop, &c.task);
	poke(&pairs[0]);
	assert_true(loop_run_once(loop, -1) > 0);
	assert_int_equal(pairs[0].calls, 1);
	loop_cancel_call(&c.task);
}

static void
test_errors(void **state)
{
	struct loop_watch w = {0};

	(void)state;
	assert_int_equal(loop_add(loop, &w, -1, EPOLLIN, on_ready, &w), -EBADF);
	assert_int_equal(loop_add(loop, &w, pairs[0].fd, EPOLLIN, on_ready, &w), -EEXIST);
	assert_null(w.loop);
	assert_null(loop_free(NULL));
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_many_in_few_runs),	  T(test_removed_is_not_called),
		T(test_removes_itself),		  T(test_change_reports_again),
		T(test_sd_event_sources),	  T(test_time_goes_on_within_a_run),
		T(test_no_old_time_for_sd_event), T(test_flood_of_sd_events),
		T(test_calls_without_an_event),	  T(test_calls_change_calls),
		T(test_flood_of_calls),		  T(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
