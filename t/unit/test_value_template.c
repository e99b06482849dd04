/* text/value_template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "match/regex.h"
#include "sections.h"
#include "text/placeholder.h"
#include "text/value_template.h"

#define ALLOWED (PLACEHOLDER_BIT(PLACEHOLDER_SENDER) | PLACEHOLDER_BIT(PLACEHOLDER_MATCH))

static const struct option options[] = {
	{"value", OPTION_STRING, .help = "a value"},
	{.name = NULL},
};

static int
read_value(struct arena *a, const char *text, int groups, struct value_template *ret,
	   struct buf *notes)
{
	struct section *s = section_make(a, "rule", "r", options, notes);

	section_set(a, s, "value", text, NULL);
	return value_template_read(a, s, "value", ALLOWED, groups, ret);
}

static void
expect_refused(const char *text, int groups, const char *why)
{
	struct arena *a = arena_new();
	struct buf notes = {0};
	struct value_template r;

	assert_int_equal(read_value(a, text, groups, &r, &notes), -EINVAL);
	if (!strstr(buf_string(&notes), why))
		fail_msg("'%s' is reported as: %s", text, buf_string(&notes));
	buf_free(&notes);
	arena_free(a);
}

static void
expect_text(const char *text, bool fixed, const char *expected)
{
	static const struct regex_groups groups = {
		.subject = "alpha beta",
		.n = 3,
		.start = {0, 0, SIZE_MAX},
		.end = {10, 5, SIZE_MAX},
	};
	const struct placeholder_values values = {
		.value = {[PLACEHOLDER_SENDER] = "a\r\nb$1%{match}\xff"}};
	struct arena *a = arena_new();
	struct buf notes = {0}, scratch = {0}, out = {0};
	struct value_template r;

	assert_int_equal(read_value(a, text, 2, &r, &notes), 0);
	assert_int_equal(r.fixed != NULL, fixed);
	value_template_expand(&r, &values, &groups, &scratch, &out);
	assert_string_equal(buf_string(&out), expected);
	assert_int_equal(notes.len, 0);
	buf_free(&notes);
	buf_free(&scratch);
	buf_free(&out);
	arena_free(a);
}

static void
test_fixed(void **state)
{
	(void)state;
	expect_text("yes", true, "yes");
	expect_text("", true, "");
	expect_text("5 $$ and 10 %%", true, "5 $ and 10 %");
	expect_text("Gr\xc3\xbc\xc3\x9f", true, "Gr\xc3\xbc\xc3\x9f");
}

static void
test_groups(void **state)
{
	(void)state;
	expect_text("<$1$2>", false, "<alpha>");
	expect_text("$$1 $0", false, "$1 alpha beta");
}

static void
test_values_bring_nothing_with_them(void **state)
{
	(void)state;
	/* No line end, no group, no placeholder, no byte that is not UTF-8. */
	expect_text("<%{sender}>", false, "<ab$1%{match}\xef\xbf\xbd>");
	expect_text("$1 %{sender}", false, "alpha ab$1%{match}\xef\xbf\xbd");
}

static void
test_mistakes(void **state)
{
	(void)state;
	expect_refused("$3", 2, "'$3', but the pattern has 2 groups");
	expect_refused("$2", 1, "has 1 group\n");
	expect_refused("$0", VALUE_NO_GROUPS, "'$0' without a pattern");
	expect_refused("a $", 2, "a lone '$'");
	expect_refused("a $", VALUE_NO_GROUPS, "a lone '$'");
	expect_refused("$x $1", VALUE_NO_GROUPS, "'$1' without a pattern");
	expect_refused("a\nb", 2, "control character");
	expect_refused("\xff", 2, "UTF-8");
	expect_refused("%{sendr}", 2, "did you mean '%{sender}'");
	expect_refused("%{size}", 2, "no '%{size}' here");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_values_bring_nothing_with_them),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
