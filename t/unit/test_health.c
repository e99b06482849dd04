/* src/master/health: conditions that an administrator is told of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "caught_log.h"
#include "master/health.h"

/* Whether the text has changed. */
static bool
look(struct health *h, uint64_t now_ms, struct health_facts facts)
{
	char before[256], after[256];

	health_text(h, before, sizeof(before));
	facts.now_ms = now_ms;
	if (facts.hang_timeout_ms == 0) /* another test than one of silence */
		facts.answering = facts.ready;
	health_look(h, &facts);
	health_text(h, after, sizeof(after));
	return strcmp(before, after) != 0;
}

static void
assert_text(const struct health *h, const char *expected)
{
	char text[256];

	health_text(h, text, sizeof(text));
	assert_string_equal(text, expected);
}

/* The example of the header. */
static void
test_full(void **state)
{
	struct health h = {0};

	(void)state;
	catch_log();
	assert_false(look(&h, 1000, (struct health_facts){.ready = 2}));
	assert_text(&h, "");
	assert_true(look(&h, 1100, (struct health_facts){.ready = 2, .full_ms = 1100}));
	assert_text(&h, "; new connections wait: all workers are full");
	assert_false(look(&h, 61099, (struct health_facts){.ready = 2, .full_ms = 61099}));
	assert_string_equal(lines(),
			    "new connections wait: all workers are full (logged once a "
			    "minute)\n");
	forget_lines();
	assert_false(look(&h, 61100, (struct health_facts){.ready = 2, .full_ms = 61100}));
	assert_true(is_logged("all workers are full"));
	assert_false(look(&h, 62099, (struct health_facts){.ready = 2, .full_ms = 61100}));
	assert_true(look(&h, 62100, (struct health_facts){.ready = 2, .full_ms = 61100}));
	assert_text(&h, "");
	release_log();
}

static void
test_several_conditions(void **state)
{
	struct health h = {0};

	(void)state;
	catch_log();
	assert_true(look(&h, 1000,
			 (struct health_facts){.ready = 2, .hanging = 1, .lines_lost = 7}));
	assert_text(&h, "; a worker makes no progress; log lines were lost");
	assert_true(look(&h, 2000, (struct health_facts){.ready = 2, .lines_lost = 7}));
	assert_text(&h, "; log lines were lost");
	assert_true(look(&h, 61000, (struct health_facts){.ready = 2, .lines_lost = 7}));
	assert_text(&h, "");
	forget_lines();
	assert_true(look(&h, 62000, (struct health_facts){.ready = 2, .lines_lost = 8}));
	assert_string_equal(lines(), "log lines were lost (logged once a minute)\n");
	release_log();
}

/* Full, too, would be no news when there is no worker. */
static void
test_no_workers(void **state)
{
	struct health h = {0};

	(void)state;
	catch_log();
	(void)look(&h, 5000, (struct health_facts){.full_ms = 5000});
	assert_text(&h, "; new connections wait: no worker is ready");
	assert_false(health_is_hopeless(&h, 64999));
	assert_true(health_is_hopeless(&h, 65000));
	(void)look(&h, 65000, (struct health_facts){.ready = 1});
	assert_false(health_is_hopeless(&h, 65000));
	release_log();
}

static bool
may_feed_after(struct health *h, uint64_t now_ms, size_t ready, size_t answering)
{
	(void)look(h, now_ms,
		   (struct health_facts){
			   .ready = ready, .answering = answering, .hang_timeout_ms = 1000});
	return health_may_feed_watchdog(h);
}

/* Four hang_timeouts in which a worker was there; one that answers is enough. */
static void
test_silence(void **state)
{
	struct health h = {0};

	(void)state;
	catch_log();
	assert_true(health_may_feed_watchdog(&h));
	assert_true(may_feed_after(&h, 1000, 2, 0));
	assert_true(may_feed_after(&h, 2000, 2, 0));
	assert_true(may_feed_after(&h, 3000, 2, 0));
	assert_true(may_feed_after(&h, 3500, 0, 0)); /* a replacement waits */
	assert_true(may_feed_after(&h, 4500, 0, 0));
	assert_true(may_feed_after(&h, 5500, 1, 0));
	assert_true(may_feed_after(&h, 6500, 2, 0)); /* 4000 ms */
	assert_string_equal(lines(), "new connections wait: no worker is ready (logged once a "
				     "minute)\n");
	assert_false(may_feed_after(&h, 6501, 2, 0));
	assert_text(&h, "; no worker answers: the watchdog is not fed");
	assert_true(is_logged("no worker answers: the watchdog is not fed (logged"));
	assert_false(may_feed_after(&h, 6502, 0, 0)); /* nor is it when none is left */
	assert_true(may_feed_after(&h, 6503, 2, 1));
	assert_text(&h, "");
	assert_true(may_feed_after(&h, 7000, 2, 0)); /* from the beginning */
	release_log();
}

/* The time in which the master did not look proves nothing. */
static void
test_silence_while_the_master_slept(void **state)
{
	struct health h = {0};

	(void)state;
	catch_log();
	assert_true(may_feed_after(&h, 1000, 2, 1));
	for (uint64_t i = 1; i <= 4; i++)
		assert_true(may_feed_after(&h, 1000 + i * 600000, 2, 0));
	assert_false(may_feed_after(&h, 1000 + 5 * 600000, 2, 0));
	release_log();
}

/* A short buffer holds the beginning. */
static void
test_short_text(void **state)
{
	struct health h = {.holds = {true, true, true, true}};
	char text[12];

	(void)state;
	health_text(&h, text, sizeof(text));
	assert_string_equal(text, "; new conne");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_several_conditions),
		cmocka_unit_test(test_no_workers),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_silence_while_the_master_slept),
		cmocka_unit_test(test_short_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
