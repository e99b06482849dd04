/* import/row: rows of tables of type regexp and pcre, with if and endif, flags, groups in the
 * text, and rows that Postfix skips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "import/row.h"
#include "import/source.h"
#include "linear.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"

static struct arena *arena;

static const struct row *
read_text(enum pattern_type type, const char *text, size_t *ret_n)
{
	struct source s = {"checks", arena_strdup(arena, text), strlen(text)};

	return rows_read(arena, &s, type, ret_n);
}

/* The rows of a table as ours have them, a line each: LINE OUTCOME /pattern/flags text. */
static void
expect_rows(enum pattern_type type, const char *text, const char *expected)
{
	struct buf out = {0};
	size_t n = 0;
	const struct row *rows = read_text(type, text, &n);

	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%u %d %s/%s/%s %s\n", rows[i].line, (int)rows[i].outcome,
			   rows[i].negated ? "!" : "",
			   rows[i].pattern != NULL ? rows[i].pattern : "",
			   rows[i].case_sensitive ? "i" : "", rows[i].text);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_plain_rows(void **state)
{
	(void)state;
	expect_rows(PATTERN_REGEXP,
		    "# comment\n"
		    "/^Subject: a/ REJECT no\n"
		    "  spam\n"
		    "\n"
		    "~a/b~i OK\n"
		    "!/x/ DUNNO\n"
		    "! /x/ii WARN  two  blanks \n",
		    "2 0 /^Subject: a/ REJECT no  spam\n"
		    "5 0 /a\\/b/i OK\n"
		    "6 0 !/x/ DUNNO\n"
		    "7 0 !/x/ WARN  two  blanks\n");
}

static void
test_flags(void **state)
{
	(void)state;
	expect_rows(PATTERN_PCRE,
		    "/a b/x A\n/a/U A\n/a|b/A A\n/a$/E A\n/a/m A\n/a.b/s A\n/a/X A\n",
		    "1 0 /ab/ A\n2 0 /(?U)a/ A\n3 0 /^(?:a|b)/ A\n4 0 /a\\z/ A\n"
		    "5 0 /(?m)a/ A\n6 0 /(?-s)a.b/ A\n7 0 /a/ A\n");
	expect_rows(PATTERN_REGEXP, "/a+(b)/x A\n/^a/m A\n",
		    "1 0 /a\\+\\(b\\)/ A\n2 0 /(?m-s)^a/ A\n");
}

static void
test_conditions(void **state)
{
	(void)state;
	expect_rows(PATTERN_PCRE,
		    "if /^Subject:/\n"
		    "/^Subject: a/ A\n"
		    "/b(c)/ B $1\n"
		    "!/d/ C\n"
		    "if !/x(y)z/i\n"
		    "/e/ D\n"
		    "endif\n"
		    "endif\n"
		    "/f/ E\n",
		    "2 0 /^(?=Subject:)Subject: a/ A\n"
		    "3 0 /^(?=Subject:).*?(?:b(c))/ B $1\n"
		    "4 0 /^(?=Subject:)(?!.*?(?:d))/ C\n"
		    "6 0 /^(?=Subject:)(?!.*?(?-i:x(?:y)z)).*?(?:e)/ D\n"
		    "9 0 /f/ E\n");
	expect_rows(PATTERN_PCRE, "if /(a)\\1/\n/b/ A\nendif\n", "2 3 // A\n");
	expect_rows(PATTERN_REGEXP, "IF /a/\n/b/ A\nENDIF\nifx\n",
		    "2 0 /^(?=.*?(?:a)).*?(?:b)/ A\n4 1 // \n");
}

/* What Postfix skips, or reads in another way than it is meant. */
static void
test_skipped(void **state)
{
	(void)state;
	expect_rows(PATTERN_PCRE,
		    "a REJECT\n/a REJECT\n/a/q REJECT\n/a/ $1\n/(a)/ $2\n/(a)/ $x\n!/(a)/ $1\n"
		    "endif\nif /x/ /y/ A\n/z/ B\n",
		    "1 1 // \n2 1 // \n3 1 // \n4 1 // $1\n5 1 // $2\n6 1 // $0\n7 1 // $1\n"
		    "8 1 // \n9 1 // \n10 0 /^(?=.*?(?:x)).*?(?:z)/ B\n");
	expect_rows(PATTERN_PCRE, "if /x(/\n/y/ A\nendif\n", "1 1 // \n2 0 /y/ A\n3 1 // \n");
	expect_rows(PATTERN_REGEXP, "if /(?:x)/\n/y/ A\nendif\n",
		    "1 1 // \n2 0 /y/ A\n3 1 // \n");
	expect_rows(PATTERN_PCRE, "/\\N{U+41}/ A\n", "1 1 // \n");
}

/* The first line of a file can be one that Postfix does not know; its words are not those of
 * another line. */
static void
test_first_line(void **state)
{
	(void)state;
	expect_rows(PATTERN_REGEXP, "# comment\n  /a/ A\n B\n/b/ C\n", "2 1 // \n4 0 /b/ C\n");
	expect_rows(PATTERN_REGEXP, "\xef\xbb\xbf/a/ A\n/b/ B\n", "1 1 // \n2 0 /b/ B\n");
	expect_rows(PATTERN_REGEXP, "\xef\xbb\xbf# comment\n/b/ B\n", "2 0 /b/ B\n");
}

/* What follows "if" and "endif" is any character but a letter or a digit. */
static void
test_if_with_any_delimiter(void **state)
{
	static const char *const ifs[] = {"if /a/", "if/a/",	 "IF~a~",
					  "if,a,",  "if\t!!/a/", "if!!|a|"};

	(void)state;
	for (size_t i = 0; i < sizeof(ifs) / sizeof(ifs[0]); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "%s\n/b/ A\nendif; x\n/c/ B\n", ifs[i]);
		expect_rows(PATTERN_PCRE, text, "2 0 /^(?=.*?(?:a)).*?(?:b)/ A\n4 0 /c/ B\n");
	}
	expect_rows(PATTERN_PCRE, "ifx\nif1/a/\n/b/ A\nendifs\n",
		    "1 1 // \n2 1 // \n3 0 /b/ A\n4 1 // \n");
}

/* The old form "/a/!/b/" of regexp tables. */
static void
test_second_pattern(void **state)
{
	(void)state;
	expect_rows(PATTERN_REGEXP,
		    "/a(x)/!/b/i $1\n!/a/!/b/ A\n/a/i!!/b/ A\n/a/ !/b/ A\n/a/!/(/ A\n"
		    "/a/!/(b)\\1/ A\n",
		    "1 0 /^(?!.*?(?-i:b)).*?(?:a(x))/ $1\n"
		    "2 0 /^(?!.*?(?:b))(?!.*?(?:a))/ A\n"
		    "3 0 /^(?=.*?(?i:b)).*?(?:a)/i A\n"
		    "4 0 /a/ !/b/ A\n5 1 // \n6 3 // A\n");
	expect_rows(PATTERN_PCRE, "/a/!/b/ A\n", "1 1 // \n");
}

static void
test_texts(void **state)
{
	(void)state;
	expect_rows(PATTERN_PCRE, "/(a)(b)/ $1 ${2} $(1)x $$ $$1 ${2}3\n",
		    "1 0 /(a)(b)/ $1 $2 $1x $$ $$1 $23\n");
	expect_rows(PATTERN_REGEXP, "/(a|b)/ $1\n/(a|b)/ c\n",
		    "1 2 /(a|b)/ $1\n2 0 /(a|b)/ c\n");
}

static void
test_ten_groups(void **state)
{
	size_t n = 0;
	const struct row *rows =
		read_text(PATTERN_PCRE, "/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)/ REJECT ${10}\n", &n);

	(void)state;
	assert_int_equal(n, 1);
	assert_non_null(rows[0].pattern);
	assert_non_null(rows[0].text_bad);
}

static void
test_differences(void **state)
{
	(void)state;
	expect_rows(PATTERN_PCRE, "/[^ -~]{5}/ A\n/\\xe4/ A\n/\xe4/ A\n/(/ A\n/[\xc3\xa4]/ A\n",
		    "1 2 /[^ -~]{5}/ A\n2 3 // \n3 3 // \n4 1 // \n5 2 /[\xc3\xa4]/ A\n");
	expect_rows(PATTERN_REGEXP, "/\\d/ A\n", "1 1 /[^\\s\\S]/ A\n");
}

/* An if that is nested too deep leaves its rows out, and ends where it should. */
static void
test_depth(void **state)
{
	struct buf text = {0};
	size_t n = 0;
	const struct row *rows;

	(void)state;
	for (int i = 0; i < 17; i++)
		buf_puts(&text, "if /a/\n");
	buf_puts(&text, "/b/ A\n");
	for (int i = 0; i < 17; i++)
		buf_puts(&text, "endif\n");
	buf_puts(&text, "/c/ B\n");
	rows = read_text(PATTERN_PCRE, buf_string(&text), &n);
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].outcome, OUTCOME_LEFT_OUT);
	assert_string_equal(rows[1].pattern, "c");
	buf_free(&text);
}

static bool
matches(const char *pattern, const char *text)
{
	const struct regex_limits limits = {.steps = 100000, .time_us = 10000000};
	struct regex_budget budget = {0};
	char why[200] = "";
	const struct regex *re = regex_compile_with_flags(
		arena, pattern, REGEX_NOCASE | REGEX_DOTALL, why, sizeof(why));

	assert_non_null(re);
	return regex_match(re, &limits, &budget, text, strlen(text), NULL, NULL) == 1;
}

/* The meaning of what test_conditions() writes down. */
static void
test_meaning(void **state)
{
	size_t n = 0;
	const struct row *rows =
		read_text(PATTERN_PCRE, "if /x|y/\nif !/^To|z$/\n/a|b/ A\n!/c/ B\n", &n);

	(void)state;
	assert_int_equal(n, 2);
	assert_true(matches(rows[0].pattern, "1 x b"));
	assert_true(matches(rows[0].pattern, "A y"));
	assert_false(matches(rows[0].pattern, "a"));
	assert_false(matches(rows[0].pattern, "x"));
	assert_false(matches(rows[0].pattern, "To x a"));
	assert_false(matches(rows[0].pattern, "x a z"));
	assert_true(matches(rows[1].pattern, "x"));
	assert_false(matches(rows[1].pattern, "x c"));
}

static void
read_linear(const void *ctx, const struct buf *in)
{
	struct source s = {"checks", (char *)in->data, in->len};
	struct arena *own = arena_new();
	size_t n = 0;

	(void)ctx;
	(void)rows_read(own, &s, PATTERN_REGEXP, &n);
	arena_free(own);
}

static void
test_linear(void **state)
{
	struct buf small = {0}, large = {0};

	(void)state;
	for (int i = 0; i < 500; i++)
		buf_puts(&small, "/^Subject: [a-z]+(b|c)\\<d/ REJECT $1 and more\n#\n");
	for (unsigned i = 0; i < LINEAR_FACTOR; i++)
		buf_append(&large, small.data, small.len);
	assert_linear("rows", read_linear, NULL, &small, &large);
	buf_free(&small);
	buf_free(&large);
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
		cmocka_unit_test(test_plain_rows),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_first_line),
		cmocka_unit_test(test_if_with_any_delimiter),
		cmocka_unit_test(test_second_pattern),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_ten_groups),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
