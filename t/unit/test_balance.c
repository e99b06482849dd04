/* src/master/balance: which worker gets a connection, and which listeners workers have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "fake_generation.h"
#include "master/balance.h"
#include "worker/session_count.h"

struct fixture {
	sd_event *loop;
	struct generation_host host;
	struct fake_generation f;
};

static struct channel_msg msg; /* large for a stack */

static int
set_up(void **state)
{
	static struct fixture t;

	t = (struct fixture){0};
	fake_now_ms = FAKE_TIME_MS;
	assert_true(sd_event_new(&t.loop) >= 0);
	t.host.loop = t.loop;
	assert_int_equal(timers_new(t.loop, &t.host.timers), 0);
	timers_set_clock(t.host.timers, fake_clock, NULL);
	make_fake_generation(&t.f, &t.host, 1, 3);
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;

	free_fake_generation(&t->f);
	timers_free(t->host.timers);
	sd_event_unref(t->loop);
	return 0;
}

/* Assigns one connection. The slot of the worker that got it; -1: none did. */
static int
assign(struct fixture *t, size_t max_sessions)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), found = -1;
	int r = generation_assign(&t->f.g, fd, 2, max_sessions);
	uint32_t listener;

	if (r == -EAGAIN)
		close(fd); /* it was still ours */
	else
		assert_int_equal(r, 0);
	for (size_t i = 0; i < t->f.g.n_workers; i++) {
		if (next_record(&t->f, i, &msg) == 0)
			continue;
		assert_int_equal(msg.type, WORKER_CONNECTION);
		assert_int_equal(msg.len, sizeof(listener));
		memcpy(&listener, msg.data, sizeof(listener));
		assert_int_equal(listener, 2);
		assert_true(msg.fd >= 0);
		assert_int_equal(found, -1);
		found = (int)i;
	}
	assert_int_equal(found >= 0, r == 0);
	return found;
}

static void
test_fewest_sessions(void **state)
{
	struct fixture *t = *state;

	set_fake_sessions(&t->f, 0, 7);
	set_fake_sessions(&t->f, 1, 5);
	set_fake_sessions(&t->f, 2, 6);
	assert_int_equal(assign(t, 100), 1); /* 7 6 6 */
	assert_int_equal(assign(t, 100), 2); /* 7 6 7: the other one had its turn */
	assert_int_equal(assign(t, 100), 1); /* 7 7 7 */
	assert_int_equal(assign(t, 100), 0); /* never had one */
	assert_int_equal(assign(t, 100), 2);
	assert_int_equal(generation_sessions(&t->f.g), 23);
	assert_int_equal(generation_sessions_at(&t->f.g, 2), 5);
	assert_int_equal(generation_sessions_at(&t->f.g, 1), 0);
}

/* Of workers with equally many sessions the one whose last connection is the oldest. */
static void
test_turns(void **state)
{
	struct fixture *t = *state;
	int first = assign(t, 100), second = assign(t, 100), third = assign(t, 100);

	assert_int_equal(first + second + third, 0 + 1 + 2);
	assert_true(first != second && second != third && first != third);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(assign(t, 100), first);
		assert_int_equal(assign(t, 100), second);
		assert_int_equal(assign(t, 100), third);
	}
	/* sessions end at once: turns alone decide */
	for (size_t i = 0; i < 3; i++)
		set_fake_sessions(&t->f, i, 0);
	assert_int_equal(generation_sessions(&t->f.g), 0);
	assert_int_equal(assign(t, 100), first);
	assert_int_equal(assign(t, 100), second);
}

static void
test_full_workers(void **state)
{
	struct fixture *t = *state;

	set_fake_sessions(&t->f, 0, 2);
	set_fake_sessions(&t->f, 1, 1);
	set_fake_sessions(&t->f, 2, 2);
	assert_true(generation_has_capacity(&t->f.g, 2));
	assert_int_equal(assign(t, 2), 1);
	assert_false(generation_has_capacity(&t->f.g, 2));
	assert_int_equal(assign(t, 2), -1);
	assert_true(generation_has_capacity(&t->f.g, 3));
	assert_int_equal(worker_process_sessions(fake_worker(&t->f, 1)), 2);
	assert_int_equal(t->f.g.assignments, 1);
}

static void
test_workers_that_cannot_take(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w = fake_worker(&t->f, 0);
	bool *const flags[] = {&w->draining, &w->channel_full, &w->heartbeat.aborted,
			       &w->revoked};

	set_fake_sessions(&t->f, 1, 50);
	set_fake_sessions(&t->f, 2, 50);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		*flags[i] = true;
		assert_int_not_equal(assign(t, 100), 0);
		*flags[i] = false;
	}
	w->ready = false;
	assert_int_not_equal(assign(t, 100), 0);
	w->ready = true;
	assert_int_equal(assign(t, 100), 0);
	w->channel_source = sd_event_source_disable_unref(w->channel_source);
	assert_int_not_equal(assign(t, 100), 0);
}

/* A second without a heartbeat, and not for want of CPU time: it may hang. */
static void
test_late_worker_gets_none(void **state)
{
	struct fixture *t = *state;

	fake_now_ms += 1001;
	atomic_store(&fake_worker(&t->f, 1)->shared->heartbeat_ms, fake_now_ms);
	set_fake_sessions(&t->f, 1, 90);
	assert_int_not_equal(assign(t, 100), 1);
	for (size_t i = 0; i < 3; i++) /* at the last look */
		fake_worker(&t->f, i)->heartbeat.is_late = true;
	assert_int_equal(assign(t, 100), 1);
	set_fake_sessions(&t->f, 1, 100);
	assert_int_equal(assign(t, 100), -1);
	assert_false(generation_has_capacity(&t->f.g, 100));
	/* a heartbeat since the loop took its time */
	atomic_store(&fake_worker(&t->f, 2)->shared->heartbeat_ms, fake_now_ms + 10);
	assert_int_equal(assign(t, 100), 2);
}

static uint32_t
watched_events(const struct worker_process *w)
{
	uint32_t events = 0;

	assert_true(sd_event_source_get_io_events(w->channel_source, &events) >= 0);
	return events;
}

/* The next worker gets what does not fit into the channel of the best one. */
static void
test_full_channel(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w = fake_worker(&t->f, 0);
	unsigned n = 0;

	set_fake_sessions(&t->f, 1, 500000);
	set_fake_sessions(&t->f, 2, 500001);
	while (channel_send(w->channel, WORKER_CONNECTION, &n, sizeof(n), -1) == 0)
		n++;
	assert_true(n > 10);
	generation_assign(&t->f.g, open("/dev/null", O_RDONLY | O_CLOEXEC), 0, 1000000);
	assert_true(w->channel_full);
	assert_int_equal(worker_process_sessions(w), 0);
	assert_int_equal(watched_events(w), EPOLLIN | EPOLLOUT);
	assert_int_equal(worker_process_sessions(fake_worker(&t->f, 1)), 500001);
	assert_int_equal(fake_worker(&t->f, 1)->assigned_at[0], 1);
	assert_int_equal(watched_events(fake_worker(&t->f, 1)), EPOLLIN);
}

static void
test_closed_channel(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w = fake_worker(&t->f, 0);

	set_fake_sessions(&t->f, 1, 5);
	set_fake_sessions(&t->f, 2, 6);
	assert_int_equal(shutdown(t->f.ends[0], SHUT_RDWR), 0);
	generation_assign(&t->f.g, open("/dev/null", O_RDONLY | O_CLOEXEC), 0, 100);
	assert_true(w->channel_full);
	assert_int_equal(watched_events(w), EPOLLIN);
	assert_int_equal(worker_process_sessions(fake_worker(&t->f, 1)), 6);
}

/* Counters of a worker whose memory is corrupted. */
static void
test_counters_are_bounded(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w = fake_worker(&t->f, 0);

	session_count_remove(&w->shared->sessions);
	assert_int_equal(worker_process_sessions(w), 1000000);
	assert_int_equal(worker_process_sessions_at(w, 1), 0);
	atomic_store(&w->shared->per_listener[1].sessions_accepted, 4);
	atomic_store(&w->shared->per_listener[1].sessions_ended, 1);
	w->assigned_at[1] = 2;
	assert_int_equal(worker_process_sessions_at(w, 1), 5);
	assert_int_equal(generation_sessions_at(&t->f.g, 1), 5);
}

static const struct shared_listener two[] = {{0, STDIN_FILENO}, {2, STDOUT_FILENO}};

static void
expect_listener(struct fixture *t, size_t slot, uint32_t listener, uint32_t max_sessions)
{
	struct worker_listener_record at;

	assert_int_equal(next_record(&t->f, slot, &msg), WORKER_LISTENER);
	assert_int_equal(msg.len, sizeof(at));
	memcpy(&at, msg.data, sizeof(at));
	assert_int_equal(at.listener, listener);
	assert_int_equal(at.max_sessions, max_sessions);
	assert_true(msg.fd >= 0);
}

static void
expect_both(struct fixture *t, size_t slot, uint32_t max_sessions)
{
	expect_listener(t, slot, 0, max_sessions);
	expect_listener(t, slot, 2, max_sessions);
	assert_int_equal(next_record(&t->f, slot, &msg), 0);
}

static void
test_listeners_are_shared_once(void **state)
{
	struct fixture *t = *state;

	fake_worker(&t->f, 1)->ready = false;
	fake_worker(&t->f, 2)->draining = true;
	generation_share_listeners(&t->f.g, two, 2, 17);
	generation_share_listeners(&t->f.g, two, 2, 17);
	expect_both(t, 0, 17);
	assert_int_equal(next_record(&t->f, 1, &msg), 0);
	assert_int_equal(next_record(&t->f, 2, &msg), 0);
	fake_worker(&t->f, 1)->ready = true;
	set_fake_sessions(&t->f, 1, 17); /* a full worker gets them, too */
	generation_share_listeners(&t->f.g, two, 2, SIZE_MAX);
	expect_both(t, 1, UINT32_MAX);
	assert_int_equal(next_record(&t->f, 0, &msg), 0);
	generation_listeners_changed(&t->f.g);
	generation_share_listeners(&t->f.g, two, 2, 17);
	expect_both(t, 0, 17);
	expect_both(t, 1, 17);
}

static void
test_listeners_are_recalled(void **state)
{
	struct fixture *t = *state;

	generation_share_listeners(&t->f.g, two, 2, 17);
	expect_both(t, 0, 17);
	generation_recall_listeners(&t->f.g);
	for (size_t i = 0; i < 3; i++)
		assert_true(atomic_load(&fake_worker(&t->f, i)->shared->return_listeners));
	generation_share_listeners(&t->f.g, two, 2, 17);
	expect_both(t, 0, 17);
	for (size_t i = 0; i < 3; i++)
		assert_false(atomic_load(&fake_worker(&t->f, i)->shared->return_listeners));
}

/* All of them come again when the channel is writable. */
static void
test_listeners_and_a_full_channel(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w = fake_worker(&t->f, 0);
	unsigned n = 0;

	while (channel_send(w->channel, WORKER_CONNECTION, &n, sizeof(n), -1) == 0)
		n++;
	generation_share_listeners(&t->f.g, two, 2, 17);
	assert_false(w->has_listeners);
	assert_true(w->channel_full);
	expect_both(t, 1, 17);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(next_record(&t->f, 0, &msg), WORKER_CONNECTION);
	assert_int_equal(next_record(&t->f, 0, &msg), 0);
	w->channel_full = false;
	generation_share_listeners(&t->f.g, two, 2, 17);
	expect_both(t, 0, 17);
	assert_int_equal(next_record(&t->f, 1, &msg), 0);
}

static void
test_capacity_is_reported(void **state)
{
	struct fixture *t = *state;

	for (int on = 1; on >= 0; on--) {
		generation_report_capacity(&t->f.g, on == 1);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(
				atomic_load(&fake_worker(&t->f, i)->shared->report_capacity),
				on);
	}
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_fewest_sessions),
		TEST(test_turns),
		TEST(test_full_workers),
		TEST(test_workers_that_cannot_take),
		TEST(test_late_worker_gets_none),
		TEST(test_full_channel),
		TEST(test_closed_channel),
		TEST(test_counters_are_bounded),
		TEST(test_listeners_are_shared_once),
		TEST(test_listeners_are_recalled),
		TEST(test_listeners_and_a_full_channel),
		TEST(test_capacity_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
