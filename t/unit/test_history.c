/* src/chain/history.h: what the record of a message has, its bounds, and records that no writer
 * has written. */
#include "chain/history.h"

#include <errno.h>
#include <stdlib.h>

#include "scripted.h"

static const struct policy_rule rule = {.title = "r"};

static struct buf record;
static struct arena *read_arena;

static void
write_record(const struct chain_run *at, const char *outcome)
{
	buf_reset(&record);
	history_write(&record, at, outcome, 7);
}

static int
set_up_record(void **state)
{
	read_arena = arena_new();
	remember = write_record;
	return setup(state);
}

static int
tear_down_record(void **state)
{
	arena_free(read_arena);
	buf_free(&record);
	return teardown(state);
}

static struct history_message
play_and_read(void)
{
	struct history_message m;

	mail();
	rcpt();
	content();
	assert_in_range(record.len, sizeof(m.head), HISTORY_RECORD_MAX);
	assert_int_equal(history_read(record.data, record.len, read_arena, &m), 0);
	return m;
}

static void
test_what_happened(void **state)
{
	struct history_message m;

	(void)state;
	script[0] = (struct script){.hits = &rule, .n_hits = 1, .adds_header = "X-One"};
	script[1].rewrites_rcpt = true;
	start();
	m = play_and_read();
	assert_int_equal(m.head.generation, 7);
	assert_string_equal(m.session, "s1");
	assert_string_equal(m.listener, "in");
	assert_string_equal(m.client_name, "client.example");
	assert_string_equal(m.client_address, "192.0.2.1");
	assert_string_equal(m.verdict, "accept");
	assert_null(m.by);
	assert_null(m.reply);
	assert_int_equal(m.head.n_rcpts, 1);
	assert_string_equal(m.rcpts[0], "b@example.test");
	assert_int_equal(m.head.n_policies, 2);
	assert_string_equal(m.policies[0].title, "one");
	assert_string_equal(m.policies[0].result, "changed");
	assert_string_equal(m.policies[1].title, "two");
	assert_int_equal(m.head.n_findings, 4);
	assert_int_equal(m.findings[0].n.kind, FINDING_DELETE_RCPT);
	assert_string_equal(m.findings[1].after, "new@example.test");
	assert_string_equal(m.findings[2].name, "r");
	assert_string_equal(m.findings[3].name, "X-One");
	assert_string_equal(m.findings[3].after, "yes");
	assert_int_equal(m.findings[3].n.position, 1);
}

/* Of all headers with that word in their name. */
static void
test_no_subjects(void **state)
{
	struct history_message m;

	(void)state;
	script[0].adds_header = "X-Old-SUBJECT-Line";
	start();
	m = play_and_read();
	assert_int_equal(m.head.n_findings, 1);
	assert_string_equal(m.findings[0].name, "X-Old-SUBJECT-Line");
	assert_int_equal(m.findings[0].n.hidden, 1);
	assert_null(m.findings[0].after);
}

/* Policies stand in their order, although those that did something are written first. */
static void
test_order_and_verdict(void **state)
{
	struct history_message m;

	(void)state;
	script[1].returns[STAGE_EOM] = VERDICT_REJECT;
	start();
	m = play_and_read();
	assert_string_equal(m.by, "two");
	assert_string_equal(m.policies[0].result, "pass");
	assert_string_equal(m.policies[1].result, "reject");
	assert_null(m.reply); /* the MTA has its own text */
}

static const char *const scan_words[] = {"clean", "infected", NULL};
static const struct policy_results scan_results = {.words = scan_words, .scored = true};

static enum verdict
find_something(struct policy_call *c)
{
	if (script_of(c) == &script[0])
		policy_set_result(c, "infected", "Win.Test");
	else
		policy_set_score(c, -150);
	policy_note_asked(c, 12, 1, 2, NULL);
	return VERDICT_CONTINUE;
}

static const struct policy_ops scan_ops = {
	.name = "scan", .results = &scan_results, .message = find_something};

/* Also of policies that did nothing to the message. */
static void
test_what_policies_found(void **state)
{
	struct history_message m;
	struct policy_found found;

	(void)state;
	inst[0].ops = inst[1].ops = &scan_ops;
	start();
	m = play_and_read();
	assert_string_equal(m.policies[0].result, "pass");
	assert_string_equal(m.policies[0].found, "infected");
	assert_string_equal(m.policies[0].detail, "Win.Test");
	assert_string_equal(m.policies[1].found, "skipped");
	assert_string_equal(m.policies[1].detail, "-1.5");
	found = history_found(&m.policies[0]);
	assert_true(found.was_asked);
	assert_int_equal(found.ms, 12);
	assert_int_equal(found.tries, 1);
	assert_int_equal(found.server, 2);
}

/* What finds no room is counted; policies that did something go first. */
static void
test_bounds(void **state)
{
	static char title[2000];
	static const struct policy_rule long_rule = {.title = title};
	struct history_message m;

	(void)state;
	memset(title, 't', sizeof(title) - 1);
	inst[0].title = title;
	script[1] = (struct script){.hits = &long_rule, .n_hits = 100, .adds_header = "X-Two"};
	start();
	m = play_and_read();
	assert_int_equal(m.head.n_policies, 1);
	assert_int_equal(m.head.n_policies_left_out, 1);
	assert_string_equal(m.policies[0].title, "two");
	assert_int_equal(m.head.n_findings + m.head.n_findings_left_out, 101);
	assert_true(m.head.n_findings > 3);
}

/* Each shorter record, and records with changed bytes: refused or read, within their bounds. */
static void
test_hostile(void **state)
{
	struct history_message m;
	unsigned char *copy;

	(void)state;
	script[0] = (struct script){.hits = &rule, .n_hits = 2, .adds_header = "X-One"};
	script[1].rewrites_rcpt = true;
	start();
	(void)play_and_read();
	for (size_t len = 0; len < record.len; len++) {
		copy = malloc(len + 1); /* its end is where a sanitizer sees it */
		memcpy(copy, record.data, len);
		assert_int_equal(history_read(copy, len, read_arena, &m), -EBADMSG);
		free(copy);
	}
	for (size_t at = 0; at < record.len; at++) {
		for (unsigned value = 0; value < 256; value += 51) {
			copy = malloc(record.len);
			memcpy(copy, record.data, record.len);
			copy[at] = (unsigned char)value;
			(void)history_read(copy, record.len, read_arena, &m);
			free(copy);
		}
		arena_reset(read_arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_happened, set_up_record,
						tear_down_record),
		cmocka_unit_test_setup_teardown(test_no_subjects, set_up_record,
						tear_down_record),
		cmocka_unit_test_setup_teardown(test_order_and_verdict, set_up_record,
						tear_down_record),
		cmocka_unit_test_setup_teardown(test_what_policies_found, set_up_record,
						tear_down_record),
		cmocka_unit_test_setup_teardown(test_bounds, set_up_record, tear_down_record),
		cmocka_unit_test_setup_teardown(test_hostile, set_up_record, tear_down_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
