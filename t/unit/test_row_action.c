/* text/row_action: the actions of rows, when they are checked and when one has been found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/placeholder.h"
#include "text/row_action.h"
#include "util/arena.h"
#include "util/buf.h"

#define ALL_ACTIONS ((1u << RULE_ACTION_COUNT) - 1)

static const struct row_form form = {ALL_ACTIONS, PLACEHOLDER_BIT(PLACEHOLDER_SENDER)};

/* Groups of the subject "one two", in which $1 is one and $2 is what stands behind it. */
static struct regex_groups
make_groups(const char *subject)
{
	size_t first = strcspn(subject, " "), len = strlen(subject);
	struct regex_groups g = {.subject = subject, .n = 3};

	g.end[0] = len;
	g.end[1] = first;
	g.start[2] = first < len ? first + 1 : len;
	g.end[2] = len;
	return g;
}

/* "reject 550 5.7.1 text", "insert X-Name: text", "log text", or "fails". */
static const char *
make(struct arena *a, const char *value, const char *subject)
{
	struct regex_groups g = make_groups(subject);
	struct placeholder_values values = {.value[PLACEHOLDER_SENDER] = "ann@example.com"};
	struct row_action row;
	struct buf text = {0};

	if (row_action_make(a, &form, value, &g, &row) < 0)
		return "fails";
	buf_puts(&text, rule_action_words[row.action]);
	if (row.reply.text != NULL) {
		buf_printf(&text, " %u %s ", row.reply.code, row.reply.xcode);
		template_expand(row.reply.text, &values, false, &text);
	} else if (row.header != NULL) {
		buf_printf(&text, " %s: %s", row.header, row.text);
	} else if (*row.text != '\0') {
		buf_printf(&text, " %s", row.text);
	}
	return buf_move_to_arena(&text, a);
}

static void
test_words(void **state)
{
	static const char *const rows[][2] = {
		{"OK", "pass"},
		{"permit", "pass"},
		{"DUNNO", "pass"},
		{"1", "pass"},
		{"550", "pass"},
		{"REJECT", "reject 550 5.7.1 Message refused by local policy"},
		{"reject Not here", "reject 550 5.7.1 Not here"},
		{"REJECT 5.1.1 No such user", "reject 550 5.1.1 No such user"},
		{"554 5.7.1 No", "reject 554 5.7.1 No"},
		{"450 Later", "tempfail 450 4.7.1 Later"},
		{"DEFER", "tempfail 450 4.7.1 Message refused for now by local policy"},
		{"DEFER_IF_REJECT Later", "tempfail 450 4.7.1 Later"},
		{"HOLD  odd", "quarantine odd"},
		{"DISCARD", "discard"},
		{"WARN a b", "log a b"},
		{"INFO", "log"},
		{"REDIRECT <ann@example.com>", "redirect ann@example.com"},
		{"BCC ann@example.com", "bcc ann@example.com"},
		{"PREPEND X-Seen:yes", "insert X-Seen: yes"},
		{"REPLACE X:   y", "replace X: y"},
		{"STRIP", "remove"},
		{"FILTER a:b", "fails"},
		{"reject_unknown_client", "fails"},
		{"REJECT 4.7.1 x", "reject 550 5.7.1 Message refused by local policy"},
		{"PREPEND X", "fails"},
		{"REDIRECT a b", "fails"},
		{"", "fails"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(make(a, rows[i][0], "x y"), rows[i][1]);
	arena_free(a);
}

/* Whatever the sender wrote is plain text: no placeholder, no second line, no byte that a reply
 * must not have. */
static void
test_captured_text_is_plain(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(make(a, "REJECT $1 by %{sender}", "%{sender} y"),
			    "reject 550 5.7.1 %{sender} by ann@example.com");
	assert_string_equal(make(a, "REJECT %$1", "{sender} y"), "reject 550 5.7.1 %{sender}");
	assert_string_equal(make(a, "REJECT $1{sender}", "% y"), "reject 550 5.7.1 %{sender}");
	assert_string_equal(make(a, "REJECT 100%% $$ $2", "x a\r\nb\xc3\xbc"),
			    "reject 550 5.7.1 100%% $ a??b??");
	assert_string_equal(make(a, "HOLD $1", "%{sender} y"), "quarantine %{sender}");
	assert_string_equal(make(a, "PREPEND X: $2", "x a\nb"), "insert X: a?b");
	arena_free(a);
}

/* When what was captured makes the text no reply, the message is refused all the same. */
static void
test_a_reply_that_is_none_is_still_a_refusal(void **state)
{
	struct arena *a = arena_new();
	char *longer = arena_alloc(a, 2000);

	(void)state;
	memset(longer, 'x', 1999);
	longer[1999] = '\0';
	assert_string_equal(make(a, "REJECT $1", longer),
			    "reject 550 5.7.1 Message refused by local policy");
	assert_string_equal(make(a, "452 4.7.1 $1", longer),
			    "tempfail 452 4.7.1 Message refused by local policy");
	assert_string_equal(make(a, "REJECT $1", "4.7.1 y"),
			    "reject 550 5.7.1 Message refused by local policy");
	assert_string_equal(make(a, "REDIRECT $1@example.com", "a,b y"), "fails");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_captured_text_is_plain),
		cmocka_unit_test(test_a_reply_that_is_none_is_still_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
