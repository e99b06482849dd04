/* import/pcre_pattern: what is changed in a pattern of pcre_table(5), and that nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "import/pcre_pattern.h"
#include "util/buf.h"

static struct pcre_facts
expect_way(unsigned way, const char *pattern, const char *expected)
{
	struct pcre_facts facts;
	struct buf out = {0};

	assert_int_equal(pcre_pattern_rewrite(pattern, way, &out, &facts), 0);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
	return facts;
}

static struct pcre_facts
expect_same(const char *pattern)
{
	return expect_way(0, pattern, pattern);
}

static void
refuse_pattern(const char *pattern)
{
	struct pcre_facts facts;
	struct buf out = {0};

	assert_int_equal(pcre_pattern_rewrite(pattern, 0, &out, &facts), -EINVAL);
	buf_free(&out);
}

static void
test_unchanged(void **state)
{
	(void)state;
	expect_same("^Subject:\\s+(?i:x|y)[^\\]a-z[:alpha:]]{2,3}?$");
	expect_same("a\\/b[\\/]\\x41\\x{42}\\101");
	expect_same("(?<!a)(?=b)(?>c)");
	expect_way(0, "a(?#d)b", "ab");
	expect_same("(?<n>a)\\k<n>(?P>n)(*SKIP)");
}

static void
test_slashes(void **state)
{
	(void)state;
	expect_way(0, "a/b[/]\\Qc/.\\Ed", "a\\/b[\\/]c\\/\\.d");
}

static void
test_extended(void **state)
{
	(void)state;
	expect_way(PCRE_STRIP_BLANKS, " a b\\ c [ d] # e", "ab\\ c[ d]");
	expect_way(PCRE_STRIP_BLANKS, "a{2} b", "a{2}b");
	expect_same(" a # b");
}

static void
test_dollar(void **state)
{
	(void)state;
	expect_way(PCRE_DOLLAR_END, "a$|\\$[$]", "a\\z|\\$[$]");
}

static void
test_groups(void **state)
{
	struct pcre_facts f =
		expect_way(PCRE_NO_GROUPS, "(a(b)\\()(?:c)", "(?:a(?:b)\\()(?:c)");

	(void)state;
	assert_int_equal(f.groups, 2);
	assert_false(f.refers);
	assert_true(expect_same("(a)\\1").backrefs);
	assert_true(expect_same("(?<n>a)").refers);
	assert_true(expect_same("(?(1)a|b)").refers);
	assert_true(expect_same("(?R)").refers);
	assert_int_equal(expect_same("(?<n>a)(b)").groups, 2);
}

static void
test_beginning(void **state)
{
	(void)state;
	assert_true(expect_same("^(a|b)").begins_line);
	assert_false(expect_same("^a|b").begins_line);
	assert_false(expect_same("a").begins_line);
}

static void
test_octets(void **state)
{
	(void)state;
	expect_way(0, "[\\x80-\\xff]", "[\\x{80}-\\x{10ffff}]");
	expect_way(0, "[\\x7f-\\xff]+", "[\\x{7f}-\\x{10ffff}]+");
	assert_true(
		expect_way(0, "[\\200-\\377]{3}", "[\\x{80}-\\x{10ffff}]{3}").counts_octets);
	assert_true(expect_same("[^ -~]{3}").counts_octets);
	assert_false(expect_same("[^ -~]+[^x]{3}").counts_octets);
	assert_true(expect_same("[\xc3\xa4]").in_class_text);
	expect_way(PCRE_IS_CASELESS, "\xc3\xa4z", "(?-i:\xc3\xa4)z");
	refuse_pattern("\\xe4");
	refuse_pattern("[\\xe4]");
	refuse_pattern("[\\xa0-\\xff]");
	refuse_pattern("\\C");
	refuse_pattern("[\xe4]");
	refuse_pattern("[a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unchanged), cmocka_unit_test(test_slashes),
		cmocka_unit_test(test_extended),  cmocka_unit_test(test_dollar),
		cmocka_unit_test(test_groups),	  cmocka_unit_test(test_beginning),
		cmocka_unit_test(test_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
