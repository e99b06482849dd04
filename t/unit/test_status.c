/* src/master/status: the state in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "caught_log.h"
#include "fake_generation.h"
#include "master/state.h"

static struct master m;
static struct fake_generation newer, older, oldest;

static int
set_up(void **state)
{
	(void)state;
	m = (struct master){0};
	catch_log();
	assert_true(sd_event_new(&m.loop) >= 0);
	m.host.loop = m.loop;
	make_fake_generation(&newer, &m.host, 9, 3);
	make_fake_generation(&older, &m.host, 8, 1);
	make_fake_generation(&oldest, &m.host, 3, 1);
	m.newest = &newer.g;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free_fake_generation(&newer);
	free_fake_generation(&older);
	free_fake_generation(&oldest);
	sd_event_unref(m.loop);
	release_log();
	return 0;
}

static void
test_encoding(void **state)
{
	char text[128];

	(void)state;
	assert_int_equal(status_count_generations(&m), 1);
	status_text(&m, text, sizeof(text));
	assert_string_equal(text, "generation 9 serves with 3 workers");
	newer.g.older = &older.g;
	older.g.older = &oldest.g;
	assert_int_equal(status_count_generations(&m), 3);
	status_text(&m, text, sizeof(text));
	assert_string_equal(
		text, "generation 9 serves with 3 workers, 2 older finish their sessions");
	status_text(&m, text, 20);
	assert_string_equal(text, "generation 9 serves");
	m.newest = NULL;
	status_text(&m, text, sizeof(text));
	assert_string_equal(text, "no generation serves");
}

static void
count(struct fake_generation *f, size_t slot, enum worker_stat which, uint64_t n)
{
	counter_add(&fake_worker(f, slot)->shared->count[which], n);
}

static void
test_log(void **state)
{
	(void)state;
	newer.g.older = &older.g;
	older.g.state = GENERATION_DRAINING;
	fake_worker(&older, 0)->draining = true;
	set_fake_sessions(&newer, 1, 4);
	set_fake_sessions(&newer, 2, 1);
	set_fake_sessions(&older, 0, 2);
	count(&newer, 0, STAT_SESSIONS, 10);
	count(&older, 0, STAT_SESSIONS, 20);
	m.host.totals[STAT_SESSIONS] = 400;
	count(&newer, 1, STAT_MESSAGES_CONTINUE, 1);
	count(&newer, 2, STAT_MESSAGES_QUARANTINE, 2);
	count(&older, 0, STAT_MESSAGES_REJECT, 4);
	m.host.totals[STAT_MESSAGES_ACCEPT] = 8;
	count(&newer, 0, STAT_MESSAGES_ABORTED, 5);
	count(&newer, 1, STAT_MESSAGES_CUT, 1);
	count(&newer, 0, STAT_LOG_DROPPED, 6);
	count(&newer, 0, STAT_CLOSED_PROTOCOL, 100); /* not shown */
	m.host.crashes = 7;
	m.host.hangs = 3;
	m.acceptor.pauses = 2;
	status_log(&m);
	assert_string_equal(
		lines(),
		"status: generation 9 serves: 3 workers, 5 sessions\n"
		"status: worker 2000000002 of generation 9: 1 sessions\n"
		"status: worker 2000000001 of generation 9: 4 sessions\n"
		"status: worker 2000000000 of generation 9: 0 sessions\n"
		"status: generation 8 drains: 1 workers, 2 sessions\n"
		"status: worker 2000000000 of generation 8: 2 sessions, draining\n"
		"status: 430 sessions, 15 messages, 5 aborted, 1 cut, 7 crashes, 3 hangs, 2 pauses, "
		"6 lines lost since the start\n");
}

static bool
is_fed(void)
{
	status_feed_watchdog(&m);
	return sd_event_get_watchdog(m.loop) > 0;
}

/* While workers answer, and while they cannot yet, or need not. */
static void
test_watchdog(void **state)
{
	(void)state;
	assert_false(is_fed()); /* there is none */
	assert_int_equal(setenv("WATCHDOG_USEC", "60000000", 1), 0);
	assert_true(is_fed());
	m.health.holds[HEALTH_SILENT] = true;
	assert_false(is_fed());
	for (int i = RELOAD_LOADING; i <= RELOAD_STARTING; i++) {
		m.reload = i;
		assert_true(is_fed());
		m.reload = RELOAD_NONE;
		assert_false(is_fed());
	}
	m.stopping = true;
	assert_true(is_fed());
	m.stopping = false;
	m.newest = NULL;
	assert_true(is_fed());
	m.newest = &newer.g;
	m.health.holds[HEALTH_SILENT] = false;
	assert_true(is_fed());
	(void)unsetenv("WATCHDOG_USEC");
}

/* The workers that answer are counted: one is enough. */
static void
test_workers_that_answer(void **state)
{
	(void)state;
	assert_int_equal(timers_new(m.loop, &m.timers), 0);
	timers_set_clock(m.timers, fake_clock, NULL);
	fake_worker(&newer, 0)->forked_ms = fake_worker(&newer, 1)->forked_ms = fake_now_ms;
	for (unsigned i = 0; i <= 4 * FAKE_TIMEOUT_MS / 500; i++) {
		assert_false(m.health.holds[HEALTH_SILENT]);
		fake_now_ms += 500;
		atomic_store(&fake_worker(&newer, 2)->shared->heartbeat_ms, fake_now_ms);
		fake_worker(&newer, 2)->draining = i > 0; /* it counts only at first */
		assert_true(status_check(&m));
	}
	assert_false(m.health.holds[HEALTH_SILENT]);
	fake_now_ms += 1;
	assert_true(status_check(&m));
	assert_true(m.health.holds[HEALTH_SILENT]);
	atomic_store(&fake_worker(&newer, 1)->shared->heartbeat_ms, fake_now_ms);
	assert_true(status_check(&m));
	assert_false(m.health.holds[HEALTH_SILENT]);
	timers_free(m.timers);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_encoding),
		TEST(test_log),
		TEST(test_watchdog),
		TEST(test_workers_that_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
