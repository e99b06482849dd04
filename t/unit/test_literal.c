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
	bool folded;
} rows[] = {
	{"cheap pills", "cheap pills", false},
	{"\\bcheap (pills|meds)\\b", "cheap ", false},
	{"casino.{0,20}bonus", "casino", false},
	{"https?://evil\\.example", "://evil.example", false},
	{"(?i)Viagra", "viagra", true},
	{"(?i)Viagra", NULL, false},
	{"Viagra", "Viagra", true},
	{"(?i)caf\xc3\xa9 bar", " bar", true},
	{"caf\xc3\xa9?bar", "caf", false},
	{"caf\xc3\xa9*bars", "bars", false},
	{"cheap|meds", NULL, false},
	{"(cheap|meds)", NULL, false},
	{"(cheap|meds) now", " now", false},
	{"v[i1]agra", "agra", false},
	{"v[]x]agra", "agra", false},
	{"v[^]x]agra", "agra", false},
	{"v[[:alpha:]]agra", "agra", false},
	{"v[\\]x]agra", "agra", false},
	{"colou{0,1}rs", "colo", false},
	{"colou{1,2}", "colou", false},
	{"colou{0}", "colo", false},
	{"colou{10}", "colou", false},
	{"abc{x", NULL, false},
	{"ab+cde", "cde", false},
	{"abc+?de", "abc", false},
	{"(?x)a b c", NULL, false},
	{"ab(?i)cde", NULL, false},
	{"\\Qa.b\\E", NULL, false},
	{"abc\\Qd", NULL, false},
	{"(abc\\Qd)\\E)efgh", NULL, false},
	{"(?:a(b)[)](?=c))defg", "defg", false},
	{"(?!abcd)efg", "efg", false},
	{"(?<!abcd)efg", "efg", false},
	{"(?<n>abcd)efg", NULL, false},
	{"(?#abcd)efg", NULL, false},
	{"(*UCP)abc", NULL, false},
	{"(a)\\1bcd", NULL, false},
	{"\\x41bcd", NULL, false},
	{"\\p{Lu}bcd", NULL, false},
	{"\\d\\dbcd\\$e", "bcd$e", false},
	{"^abc$", "abc", false},
	{"ab", NULL, false},
	{"", NULL, false},
};

static void
test_rows(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *found = regex_find_literal(arena, rows[i].pattern, rows[i].folded);

		print_message("%s\n", rows[i].pattern);
		if (rows[i].literal == NULL)
			assert_null(found);
		else
			assert_string_equal(found, rows[i].literal);
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
static const char *const letters[] = {"a", "b", "c", ".", "\xc3\xa9", " ", "abc"};

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

static void
test_random_patterns(void **state)
{
	static const struct regex_limits limits = {.steps = 100000, .time_us = UINT64_MAX};
	struct regex_budget budget = {0};
	unsigned checked = 0;
	char why[200];

	(void)state;
	srand(1);
	for (unsigned i = 0; i < 4000; i++) {
		struct arena *arena = arena_new();
		const char *pattern = random_pattern(arena);
		const char *literal = regex_find_literal(arena, pattern, false);
		struct regex *re = literal == NULL ? NULL
						   : regex_compile(arena, pattern, false, why,
								   sizeof(why));

		for (unsigned k = 0; re != NULL && k < 60; k++) {
			const char *s = random_subject(arena);

			if (regex_match(re, &limits, &budget, s, strlen(s), NULL, NULL) <= 0)
				continue;
			if (strstr(s, literal) == NULL)
				fail_msg("'%s' matches '%s' without '%s'", pattern, s, literal);
			checked++;
		}
		arena_free(arena);
	}
	print_message("%u matches\n", checked);
	assert_true(checked > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_random_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
