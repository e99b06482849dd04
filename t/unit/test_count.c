/* src/chain/count.c: what a message adds to the counters of its worker, beside its log line. */
#include "chain/report.h"
#include "scripted.h"

#define MANY 2u * COUNTED_POLICIES_MAX

static const struct policy_rule rules[] = {{.title = "r", .number = 0},
					   {.title = "s", .number = 1}};
static struct policy_counters policies[COUNTED_POLICIES_MAX + 1];
static struct rule_counters counted[COUNTED_RULES_MAX + 1];
/* The second policy of the chain has the number 0 in the configuration. */
static struct policy_numbers numbers[] = {{1, 2}, {0, 0}};

static int
set_up(void **state)
{
	(void)setup(state);
	memset(policies, 0, sizeof(policies));
	memset(counted, 0, sizeof(counted));
	memset(&counted_message, 0, sizeof(counted_message));
	counted_policies = policies;
	counted_rules = counted;
	chain.numbers = numbers;
	return 0;
}

static void
play_message(void)
{
	mail();
	rcpt();
	content();
}

static uint64_t
sum(const _Atomic uint64_t *n, size_t count)
{
	uint64_t total = 0;

	while (count > 0)
		total += n[--count];
	return total;
}

/* In this order: runs, hits, would-hits, errors, skipped, refused recipients. */
static void
expect_policy(size_t number, const char *expected)
{
	char text[64] = "";

	for (size_t i = POLICY_RUNS; i < POLICY_NS; i++)
		str_append_format(text, sizeof(text), "%d ", (int)policies[number].n[i]);
	assert_string_equal(text, expected);
	assert_int_equal(sum(&policies[number].n[POLICY_TIME], TIME_BUCKETS),
			 policies[number].n[POLICY_RUNS]);
}

static void
test_a_change_and_a_pass(void **state)
{
	(void)state;
	script[0] = (struct script){.hits = &rules[1], .n_hits = 1, .adds_header = "X-One"};
	start();
	play_message();
	expect_policy(1, "1 1 0 0 0 0 ");
	expect_policy(0, "1 0 0 0 0 0 ");
	assert_int_equal(counted[3].n[RULE_HITS], 1);
	assert_int_equal(counted_message.n[MESSAGE_EDITS + EDIT_ADDHEADER], 1);
	assert_int_equal(sum(&counted_message.n[MESSAGE_DURATION], DURATION_BUCKETS), 1);
	assert_int_equal(sum(&counted_message.n[MESSAGE_TIME], TIME_BUCKETS), 1);
	assert_true(counted_message.n[MESSAGE_NS] >= policies[1].n[POLICY_NS]);
}

static void
test_monitor(void **state)
{
	(void)state;
	inst[0].mode = MODE_MONITOR;
	script[0] = (struct script){.hits = &rules[0], .n_hits = 1, .adds_header = "X-One"};
	start();
	play_message();
	expect_policy(1, "1 0 1 0 0 0 ");
	assert_int_equal(counted[2].n[RULE_HITS], 0);
	assert_int_equal(counted[2].n[RULE_WOULD_HITS], 1);
	assert_int_equal(counted_message.n[MESSAGE_EDITS + EDIT_ADDHEADER], 0);
}

static void
test_failures(void **state)
{
	(void)state;
	inst[0].on_error = ON_EVENT_CONTINUE;
	script[0].adds_header = "X-One";
	script[0].returns[STAGE_EOM] = VERDICT_ERROR;
	inst[1].mode = MODE_MONITOR;
	script[1].returns[STAGE_EOM] = VERDICT_ERROR;
	start();
	play_message();
	expect_policy(1, "1 0 0 1 0 0 ");
	expect_policy(0, "1 0 0 1 0 0 ");
}

static void
test_refused_recipients(void **state)
{
	(void)state;
	script[1].returns[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	rcpt();
	script[1].returns[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	rcpt();
	content();
	expect_policy(0, "1 1 0 0 0 2 ");
}

static const char *const scan_words[] = {"clean", "infected", NULL};
static const struct policy_results scan_results = {.words = scan_words};

static enum verdict
find_infection(struct policy_call *c)
{
	policy_set_result(c, "infected", "X");
	return VERDICT_CONTINUE;
}

static const struct policy_ops scan_ops = {
	.name = "scan", .results = &scan_results, .message = find_infection};

static enum verdict
fail_to_find(struct policy_call *c)
{
	return policy_fail(c, "it broke");
}

static const struct policy_ops failing_ops = {
	.name = "scan", .results = &scan_results, .message = fail_to_find};

/* By number: skipped, too-big, error, clean, infected. A policy that is off, and one whose turn
 * did not come, has none. */
static void
test_results(void **state)
{
	(void)state;
	inst[0].ops = &scan_ops;
	inst[1].ops = &failing_ops;
	inst[1].on_error = ON_EVENT_CONTINUE;
	start();
	play_message();
	assert_int_equal(policies[1].n[POLICY_RESULTS + 4], 1);
	assert_int_equal(sum(&policies[1].n[POLICY_RESULTS], COUNTED_RESULTS_MAX), 1);
	assert_int_equal(policies[0].n[POLICY_RESULTS + 2], 1);
	assert_int_equal(sum(&policies[0].n[POLICY_RESULTS], COUNTED_RESULTS_MAX), 1);
	mail();
	rcpt();
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(sum(&policies[0].n[POLICY_RESULTS], COUNTED_RESULTS_MAX), 1);
}

static void
test_off(void **state)
{
	(void)state;
	inst[0].mode = MODE_OFF;
	start();
	play_message();
	expect_policy(1, "0 0 0 0 0 0 ");
}

/* It has no verdict, and so no time; what was found by then counts. */
static void
test_aborted(void **state)
{
	(void)state;
	script[1].returns[STAGE_ENVRCPT] = VERDICT_TEMPFAIL;
	start();
	mail();
	rcpt();
	milter_client_abort(&mta, &in);
	give();
	expect_policy(0, "1 1 0 0 0 1 ");
	assert_int_equal(sum(&counted_message.n[MESSAGE_DURATION], DURATION_BUCKETS), 0);
}

/* More hits than there are findings: all of them count. */
static void
test_many_hits(void **state)
{
	(void)state;
	script[0] = (struct script){.hits = &rules[0], .n_hits = 10 * FINDINGS_MAX};
	start();
	play_message();
	assert_int_equal(counted[2].n[RULE_HITS], 10 * FINDINGS_MAX);
}

/* Numbers behind those that are counted by name. */
static void
test_others(void **state)
{
	static const struct policy_numbers large[] = {{MANY, MANY}, {MANY + 1, MANY + 1}};

	(void)state;
	chain.numbers = large;
	script[0] = (struct script){.hits = &rules[0], .n_hits = 1, .adds_header = "X-One"};
	start();
	play_message();
	expect_policy(COUNTED_POLICIES_MAX, "2 1 0 0 0 0 ");
	assert_int_equal(counted[COUNTED_RULES_MAX].n[RULE_HITS], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_change_and_a_pass, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_monitor, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_failures, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_refused_recipients, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_results, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_off, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_aborted, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_many_hits, set_up, teardown),
		cmocka_unit_test_setup_teardown(test_others, set_up, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
