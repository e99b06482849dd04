/* match/literal: the text that every subject of a pattern has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "match/literal.h"
#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct {
	const char *pattern, *literal; /* NULL: none */
	unsigned flags;
	bool nocase;
} rows[] = {
	{"cheap pills", "cheap pills", 0, false},
	{"\\bcheap (pills|meds)\\b", "cheap ", 0, false},
	{"casino.{0,20}bonus", "casino", 0, false},
	{"https?://evil\\.example", "://evil.example", 0, false},
	{"(?i)Viagra", "viagra", 0, true},
	{"Viagra", "viagra", REGEX_NOCASE, true},
	{"Viagra", "Viagra", 0, false},
	{"(?i)caf\xc3\xa9 bar", " bar", 0, true},
	{"caf\xc3\xa9 bar", " bar", REGEX_NOCASE, true},
	{"a b c d", NULL, REGEX_EXTENDED, false},
	{"abc", "abc", REGEX_DOTALL | REGEX_MULTILINE | REGEX_ANCHORED | REGEX_UNGREEDY, false},
	{"caf\xc3\xa9?bar", "caf", 0, false},
	{"caf\xc3\xa9*bars", "bars", 0, false},
	{"cheap|meds", NULL, 0, false},
	{"(cheap|meds)", NULL, 0, false},
	{"(cheap|meds) now", " now", 0, false},
	{"v[i1]agra", "agra", 0, false},
	{"v[]x]agra", "agra", 0, false},
	{"v[^]x]agra", "agra", 0, false},
	{"v[[:alpha:]]agra", "agra", 0, false},
	{"v[\\]x]agra", "agra", 0, false},
	{"colou{0,1}rs", "colo", 0, false},
	{"colou{1,2}", "colou", 0, false},
	{"colou{0}", "colo", 0, false},
	{"colou{10}", "colou", 0, false},
	{"abc{x", NULL, 0, false},
	{"ab+cde", "cde", 0, false},
	{"abc+?de", "abc", 0, false},
	{"(?x)a b c", NULL, 0, false},
	{"ab(?i)cde", NULL, 0, false},
	{"\\Qa.b\\E", NULL, 0, false},
	{"abc\\Qd", NULL, 0, false},
	{"(abc\\Qd)\\E)efgh", NULL, 0, false},
	{"(?:a(b)[)](?=c))defg", "defg", 0, false},
	{"(?!abcd)efg", "efg", 0, false},
	{"(?<!abcd)efg", "efg", 0, false},
	{"(?<n>abcd)efg", NULL, 0, false},
	{"(?#abcd)efg", NULL, 0, false},
	{"(*UCP)abc", NULL, 0, false},
	{"(a)\\1bcd", NULL, REGEX_BACKREFS, false},
	{"\\x41bcd", NULL, 0, false},
	{"\\p{Lu}bcd", NULL, 0, false},
	{"\\d\\dbcd\\$e", "bcd$e", 0, false},
	{"^abc$", "abc", 0, false},
	{"ab", NULL, 0, false},
	{"", NULL, 0, false},
};

static void
test_rows(void **state)
{
	struct arena *arena = arena_new();
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct regex *re = regex_compile_with_flags(
			arena, rows[i].pattern, rows[i].flags, why, sizeof(why));
		const char *found;
		bool nocase;

		print_message("%s\n", rows[i].pattern);
		assert_non_null(re);
		found = regex_find_literal(arena, re, &nocase);
		if (rows[i].literal == NULL) {
			assert_null(found);
			continue;
		}
		assert_string_equal(found, rows[i].literal);
		assert_int_equal(nocase, rows[i].nocase);
	}
	arena_free(arena);
}

/* ---- random patterns: what matches has the text ---- */

static const char *const items[] = {
	"a",	 "b",	   "c",	   "abc",   "bca",	"ab",	       ".",
	"[ab]",	 "[^c]",   "[]a]", "(a|b)", "(ab|c)",	"(?:ab)",      "(?=a)",
	"(?!b)", "\\b",	   "\\w",  "\\.",   "\xc3\xa9", "(a(b)c)",     "^",
	"$",	 "(?<=a)", "|",	   "\\d",   "[\\]a]",	"[[:alpha:]]",
};
static const char *const quantifiers[] = {"?",	 "*",  "+",  "{0,1}", "{1}", "{2}",
					  "{0}", "+?", "??", "*+",    "{1,}"};
static const char *const letters[] = {
	"a", "b", "c", ".", "\xc3\xa9", " ", "abc", "A", "\xe2\x84\xaa", "\xc5\xbf"};

static const char *
random_pattern(struct arena *arena)
{
	struct buf b = {0};

	for (unsigned n = 1 + (unsigned)rand() % 7; n > 0; n--) {
		buf_puts(&b, items[(size_t)rand() % (sizeof(items) / sizeof(items[0]))]);
		if (rand() % 3 == 0)
			buf_puts(&b, quantifiers[(size_t)rand() % (sizeof(quantifiers) /
								   sizeof(quantifiers[0]))]);
	}
	return buf_move_to_arena(&b, arena);
}

static const char *
random_subject(struct arena *arena)
{
	struct buf b = {0};

	for (unsigned n = (unsigned)rand() % 12; n > 0; n--)
		buf_puts(&b, letters[(size_t)rand() % (sizeof(letters) / sizeof(letters[0]))]);
	return buf_move_to_arena(&b, arena);
}

/* Is the literal in the subject, as regex_find_literal() says? */
static bool
has_literal(const char *s, const char *literal, bool nocase)
{
	struct buf lower = {0};
	bool found;

	if (!nocase)
		return strstr(s, literal) != NULL;
	literal_fold_case(s, strlen(s), &lower);
	found = strstr(buf_string(&lower), literal) != NULL;
	buf_free(&lower);
	return found;
}

/* How many of 60 random subjects match; all have the literal. */
static unsigned
check_random_pattern(struct arena *arena, const char *pattern, unsigned flags)
{
	static const struct regex_limits limits = {.steps = 100000, .time_us = UINT64_MAX};
	struct regex_budget budget = {0};
	const char *literal = NULL;
	bool nocase = false;
	unsigned checked = 0;
	char why[200];
	struct regex *re = regex_compile_with_flags(arena, pattern, flags, why, sizeof(why));

	if (re != NULL)
		literal = regex_find_literal(arena, re, &nocase);
	for (unsigned k = 0; literal != NULL && k < 60; k++) {
		const char *s = random_subject(arena);

		if (regex_match(re, &limits, &budget, s, strlen(s), NULL, NULL) <= 0)
			continue;
		if (!has_literal(s, literal, nocase))
			fail_msg("'%s' matches '%s' without '%s'", pattern, s, literal);
		checked++;
	}
	return checked;
}

static void
test_random_patterns(void **state)
{
	unsigned checked[2] = {0};

	(void)state;
	srand(1);
	for (unsigned i = 0; i < 8000; i++) {
		struct arena *arena = arena_new();

		checked[i % 2] += check_random_pattern(arena, random_pattern(arena),
						       i % 2 != 0 ? REGEX_NOCASE : 0);
		arena_free(arena);
	}
	print_message("%u matches, %u case-blind\n", checked[0], checked[1]);
	assert_true(checked[0] > 100 && checked[1] > 100);
}

/* Two characters that are no ASCII match ASCII letters where case makes no difference. */
static void
test_letters_with_a_third_case(void **state)
{
	static const char subject[] = "a \xc5\xbf\xe2\x84\xaaI\xc5\xbf";
	static const struct regex_limits limits = {.steps = 100000, .time_us = UINT64_MAX};
	struct regex_budget budget = {0};
	struct arena *arena = arena_new();
	char why[200];
	const struct regex *re =
		regex_compile_with_flags(arena, "skis", REGEX_NOCASE, why, sizeof(why));
	bool nocase = false;
	const char *literal = regex_find_literal(arena, re, &nocase);

	(void)state;
	assert_string_equal(literal, "skis");
	assert_int_equal(
		regex_match(re, &limits, &budget, subject, strlen(subject), NULL, NULL), 1);
	assert_true(has_literal(subject, literal, nocase));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_random_patterns),
		cmocka_unit_test(test_letters_with_a_third_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
