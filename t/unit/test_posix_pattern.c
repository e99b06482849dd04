/* import/posix_pattern: each construct of POSIX patterns, as PCRE2 writes it, and what is told
 * of a pattern. t/fuzz/fuzz_posix_pattern compares what they match with regexec(3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "import/posix_pattern.h"
#include "util/buf.h"

static struct posix_facts
expect_with(unsigned flags, const char *pattern, const char *expected)
{
	struct posix_facts facts;
	struct buf out = {0};

	assert_int_equal(posix_pattern_translate(pattern, flags, &out, &facts), 0);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
	return facts;
}

static struct posix_facts
expect_extended(const char *pattern, const char *expected)
{
	return expect_with(POSIX_EXTENDED, pattern, expected);
}

static void
refuse_with(int error, unsigned flags, const char *pattern)
{
	struct posix_facts facts;
	struct buf out = {0};

	assert_int_equal(posix_pattern_translate(pattern, flags, &out, &facts), error);
	buf_free(&out);
}

static void
refuse(unsigned flags, const char *pattern)
{
	refuse_with(-EINVAL, flags, pattern);
}

static void
test_extended(void **state)
{
	(void)state;
	expect_extended("^Subject: .*$", "^Subject: .*$");
	expect_extended("a/b", "a\\/b");
	expect_extended("a\\/b\\.c\\-d", "a\\/b\\.c-d");
	expect_extended("(a|b)+c{2}d{1,}e{,3}", "(a|b)+c{2}d{1,}e{0,3}");
	expect_extended("a*?b+?", "(?:a*)?(?:b+)?");
	expect_extended("a**", "(?:a*)*");
	expect_extended("()|a)", "()|a\\)");
	expect_extended("a}b]", "a\\}b\\]");
	expect_extended("\\<a\\>\\bb\\B\\`c\\'", "\\b(?=\\w)a\\b(?<=\\w)\\bb\\B\\Ac\\z");
	expect_extended("\\w\\W\\s\\S", "\\w\\W\\s\\S");
	expect_extended("(a)\\1", "(a)\\g{1}");
}

static void
test_brackets(void **state)
{
	(void)state;
	expect_extended("[abc]", "[abc]");
	expect_extended("[x.\\d]", "[x.\\\\d]");
	expect_extended("[:space:]+", "[\\:space:]+");
	expect_extended("[^:space:]", "[^:space:]");
	expect_extended("[]a]", "[\\]a]");
	expect_extended("[^]a]", "[^\\]a]");
	expect_extended("[a^-]", "[a\\^\\-]");
	expect_extended("[^/[]", "[^\\/\\[]");
	expect_extended("[[:alpha:]_-]", "[[:alpha:]_\\-]");
	expect_extended("[[.-.]a[=b=]]", "[\\-ab]");
	expect_extended("[+--]", "[+-\\-]");
	refuse(POSIX_EXTENDED, "[a");
	refuse(POSIX_EXTENDED | POSIX_CASELESS, "[a-Z]");
	refuse(POSIX_EXTENDED, "[[.space.]]");
	refuse(POSIX_EXTENDED, "[\xc3\xa4]");
}

static void
test_basic(void **state)
{
	(void)state;
	expect_with(0, "a+b?c|(d){2}", "a\\+b\\?c\\|\\(d\\)\\{2\\}");
	expect_with(0, "\\(a\\|b\\)\\{1,2\\}\\+", "(?:(a|b){1,2})+");
	expect_with(0, "*a\\(*b\\)^*", "\\*a(\\*b)\\^*");
	expect_with(0, "a^b$c$", "a\\^b\\$c$");
	expect_with(0, "\\(^a$\\)", "(^a$)");
	refuse(0, "a\\)");
	refuse(0, "\\(a");
}

/* A backslash before another letter; the GNU library has a peculiar reading of small ones. */
static void
test_odd_escapes(void **state)
{
	(void)state;
	assert_int_equal(expect_extended("\\d", "d").odd_escape, 'd');
	assert_int_equal(expect_with(POSIX_EXTENDED | POSIX_CASELESS, "\\D", "D").odd_escape,
			 'D');
	assert_int_equal(
		expect_with(POSIX_EXTENDED | POSIX_CASELESS, "\\d", "[^\\s\\S]").odd_escape,
		'd');
	assert_int_equal(expect_extended("\\.", "\\.").odd_escape, '\0');
}

static void
test_beyond_ascii(void **state)
{
	const unsigned flags = POSIX_EXTENDED | POSIX_CASELESS;

	(void)state;
	expect_with(flags, "a\xc3\xa4\xc3\xb6z", "a(?-i:\xc3\xa4\xc3\xb6)z");
	assert_true(expect_with(flags, "\xc3\xa4\xc3\xb6+", "(?-i:\xc3\xa4)(?-i:\xc3\xb6)+")
			    .counts_octets);
	expect_extended("\xc3\xa4z", "\xc3\xa4z");
}

static void
test_facts(void **state)
{
	struct posix_facts f = expect_extended("^(a|b)(c*)", "^(a|b)(c*)");

	(void)state;
	assert_int_equal(f.groups, 2);
	assert_true(f.captures_differ && f.begins_line && !f.backrefs);
	assert_false(expect_extended("^a(.*)$", "^a(.*)$").captures_differ);
	assert_true(expect_extended("(a)?b", "(a)?b").captures_differ);
	assert_false(expect_extended("^a|b", "^a|b").begins_line);
	assert_true(expect_extended("[^ -~]{5}", "[^ -~]{5}").counts_octets);
	assert_true(expect_extended("[^[:print:]]?", "[^[:print:]]?").counts_octets);
	assert_false(expect_extended("[^ -~]+[^a]{5}", "[^ -~]+[^a]{5}").counts_octets);
	expect_with(POSIX_EXTENDED | POSIX_NO_GROUPS, "(a|(b))c", "(?:a|(?:b))c");
}

static void
test_limits(void **state)
{
	char deep[300], stars[100];

	(void)state;
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	refuse_with(-E2BIG, POSIX_EXTENDED, deep);
	memset(stars, '*', sizeof(stars) - 1);
	stars[0] = 'a';
	stars[sizeof(stars) - 1] = '\0';
	refuse_with(-E2BIG, POSIX_EXTENDED, stars);
	refuse_with(-E2BIG, POSIX_EXTENDED, "(a{200}b){200}{2,}");
	refuse_with(-E2BIG, POSIX_EXTENDED, "[\xc3\xa4]a{255}{255}{255}");
	expect_extended("(a{1,255}){60,}b{255}", "(a{1,255}){60,}b{255}");
	refuse(POSIX_EXTENDED, "a\\");
	refuse(POSIX_EXTENDED, "a{1234567}");
}

static void
test_validity(void **state)
{
	char why[100] = "";

	(void)state;
	assert_true(posix_pattern_is_valid("a|b", POSIX_EXTENDED, why, sizeof(why)));
	assert_true(posix_pattern_is_valid("[a-Z]", POSIX_CASELESS, why, sizeof(why)));
	assert_false(posix_pattern_is_valid("[a-Z]", 0, why, sizeof(why)));
	assert_false(posix_pattern_is_valid("(?:a)", POSIX_EXTENDED, why, sizeof(why)));
	assert_string_not_equal(why, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extended),     cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_basic),	     cmocka_unit_test(test_odd_escapes),
		cmocka_unit_test(test_beyond_ascii), cmocka_unit_test(test_facts),
		cmocka_unit_test(test_limits),	     cmocka_unit_test(test_validity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
