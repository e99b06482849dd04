/* import/postfix_action: each action of access(5) and header_checks(5), in each place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "import/postfix_action.h"
#include "util/arena.h"

static struct arena *arena;

static void
expect_action(enum action_place place, const char *text, const char *ours, enum outcome outcome)
{
	struct postfix_action a = postfix_action_read(arena, place, text);

	assert_string_equal(a.text, ours);
	assert_int_equal(a.outcome, outcome);
	assert_true((a.reason == NULL) == (outcome == OUTCOME_EXACT));
}

static void
test_access(void **state)
{
	const enum action_place p = ACTION_IN_ACCESS;

	(void)state;
	expect_action(p, "OK", "OK", OUTCOME_EXACT);
	expect_action(p, "permit", "OK", OUTCOME_EXACT);
	expect_action(p, "1234567", "OK", OUTCOME_EXACT);
	expect_action(p, "550", "OK", OUTCOME_NOTED);
	expect_action(p, "DUNNO", "DUNNO", OUTCOME_EXACT);
	expect_action(p, "reject", "REJECT", OUTCOME_EXACT);
	expect_action(p, "REJECT  Go away", "REJECT Go away", OUTCOME_EXACT);
	expect_action(p, "REJECT 4.7.1 x", "REJECT 5.7.1 x", OUTCOME_EXACT);
	expect_action(p, "550 5.1.1 No", "550 5.1.1 No", OUTCOME_EXACT);
	expect_action(p, "450 Later", "450 Later", OUTCOME_EXACT);
	expect_action(p, "450 5.7.1 Later", "450 4.7.1 Later", OUTCOME_EXACT);
	expect_action(p, "650 No", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "DEFER Later", "DEFER Later", OUTCOME_EXACT);
	expect_action(p, "DEFER_IF_PERMIT x", "DEFER x", OUTCOME_DIFFERS);
	expect_action(p, "DEFER_IF_REJECT x", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "DISCARD x", "DISCARD x", OUTCOME_EXACT);
	expect_action(p, "HOLD", "HOLD", OUTCOME_EXACT);
	expect_action(p, "WARN x y", "WARN x y", OUTCOME_EXACT);
	expect_action(p, "PREPEND X-A: b", "PREPEND X-A: b", OUTCOME_EXACT);
	expect_action(p, "REDIRECT a@example.com", "REDIRECT a@example.com", OUTCOME_EXACT);
	expect_action(p, "FILTER smtp:x", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "permit_mynetworks, reject", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "greylist", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "IGNORE", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "", "DUNNO", OUTCOME_LEFT_OUT);
}

/* What is written is an action that our tables take. */
static void
test_refused_actions(void **state)
{
	const enum action_place p = ACTION_IN_ACCESS;

	(void)state;
	expect_action(p, "REJECT 5.7.9", "REJECT 5.7.9 Rejected", OUTCOME_NOTED);
	expect_action(p, "450 5.7.9", "450 4.7.9 Try again later", OUTCOME_NOTED);
	expect_action(p, "PREPEND X-A : b", "PREPEND X-A: b", OUTCOME_EXACT);
	expect_action(p, "PREPEND X A: b", "DUNNO", OUTCOME_NOTED);
	expect_action(p, "PREPEND X-\xc3\xa9: b", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "BCC a@b@c.example", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "REDIRECT @c.example", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "REDIRECT <a@c.example>", "REDIRECT <a@c.example>", OUTCOME_EXACT);
	expect_action(p, "REDIRECT $1@c.example", "REDIRECT $1@c.example", OUTCOME_EXACT);
}

/* What Postfix does to the whole message, we do to one recipient. */
static void
test_recipients(void **state)
{
	const enum action_place p = ACTION_IN_RECIPIENT;

	(void)state;
	expect_action(p, "DISCARD x", "DISCARD x", OUTCOME_DIFFERS);
	expect_action(p, "REDIRECT a@example.com", "REDIRECT a@example.com", OUTCOME_DIFFERS);
	expect_action(p, "REDIRECT a", "DUNNO", OUTCOME_DIFFERS);
	expect_action(p, "REJECT", "REJECT", OUTCOME_EXACT);
	expect_action(p, "FILTER smtp:x", "DUNNO", OUTCOME_LEFT_OUT);
}

static void
test_headers(void **state)
{
	const enum action_place p = ACTION_IN_HEADER;

	(void)state;
	expect_action(p, "OK all", "DUNNO", OUTCOME_EXACT);
	expect_action(p, "IGNORE", "IGNORE", OUTCOME_EXACT);
	expect_action(p, "STRIP why", "STRIP why", OUTCOME_EXACT);
	expect_action(p, "REPLACE X: $1", "REPLACE X: $1", OUTCOME_EXACT);
	expect_action(p, "REPLACE no field", "DUNNO", OUTCOME_NOTED);
	expect_action(p, "PREPEND $1: x", "PREPEND $1: x", OUTCOME_EXACT);
	expect_action(p, "BCC a@example.com", "BCC a@example.com", OUTCOME_EXACT);
	expect_action(p, "BCC nobody", "DUNNO", OUTCOME_NOTED);
	expect_action(p, "550 No", "DUNNO", OUTCOME_NOTED);
	expect_action(p, "DEFER x", "DUNNO", OUTCOME_NOTED);
	expect_action(p, "PASS x", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "", "DEFER", OUTCOME_NOTED);
	expect_action(ACTION_IN_PART, "IGNORE", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(ACTION_IN_PART, "REJECT x", "REJECT x", OUTCOME_EXACT);
}

static void
test_bodies(void **state)
{
	const enum action_place p = ACTION_IN_BODY;

	(void)state;
	expect_action(p, "REJECT x", "REJECT x", OUTCOME_EXACT);
	expect_action(p, "IGNORE", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "REPLACE x", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "PREPEND x", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(p, "DUNNO", "DUNNO", OUTCOME_EXACT);
}

/* Texts that would be something else here. */
static void
test_reply_texts(void **state)
{
	(void)state;
	expect_action(ACTION_IN_ACCESS, "REJECT %{id} \xc3\xa4", "REJECT % {id} ??",
		      OUTCOME_NOTED);
	expect_action(ACTION_IN_HEADER, "REPLACE X: %{id}", "DUNNO", OUTCOME_LEFT_OUT);
	expect_action(ACTION_IN_ACCESS, "REJECT 100% no", "REJECT 100% no", OUTCOME_EXACT);
}

static int
begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena = arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access),		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_refused_actions), cmocka_unit_test(test_headers),
		cmocka_unit_test(test_bodies),		cmocka_unit_test(test_reply_texts),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
