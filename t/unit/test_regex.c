/* match/regex. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "match/regex.h"
#include "util/arena.h"
#include "util/buf.h"

static const struct regex_limits limits = {100000, 10000000};

static struct regex *
compile(struct arena *a, const char *pattern)
{
	char why[256] = "";
	struct regex *re = regex_compile(a, pattern, true, why, sizeof(why));

	assert_string_equal(why, "");
	assert_non_null(re);
	return re;
}

static int
match_n(const char *pattern, const char *subject, size_t len)
{
	struct arena *a = arena_new();
	struct regex_budget budget = {0};
	int r = regex_match(compile(a, pattern), &limits, &budget, subject, len, NULL, NULL);

	arena_free(a);
	return r;
}

static int
match(const char *pattern, const char *subject)
{
	return match_n(pattern, subject, strlen(subject));
}

static void
test_yes_and_no(void **state)
{
	(void)state;
	assert_int_equal(match("pills", "cheap pills"), 1);
	assert_int_equal(match("pills", "cheap pill"), 0);
	assert_int_equal(match("^$", ""), 1);
	assert_int_equal(match_n("b", "ab", 1), 0);
}

static void
test_characters_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(match("^caf.$", "caf\xc3\xa9"), 1);
	assert_int_equal(match("(?i)^\xc3\xa9$", "\xc3\x89"), 1);
	assert_int_equal(match("^\\D\\W$", "\xc3\xa9\xe2\x82\xac"), 1);
}

static void
test_bad_patterns_say_where(void **state)
{
	struct arena *a = arena_new();
	char why[256] = "";

	(void)state;
	assert_null(regex_compile(a, "ab(c", true, why, sizeof(why)));
	assert_non_null(strstr(why, "parenthesis"));
	assert_non_null(strstr(why, "at byte 5 of the pattern"));
	assert_null(regex_compile(a, "*.exe", false, why, sizeof(why)));
	assert_non_null(strstr(why, "the end '.exe' is '[.]exe$'"));
	assert_null(regex_compile(a, "a\xff", true, why, sizeof(why)));
	assert_non_null(strstr(why, "UTF-8"));
	assert_null(regex_compile(a, "a\\Cb", true, why, sizeof(why)));
	assert_false(regex_is_valid("ab(c", 0, why, sizeof(why)));
	assert_non_null(strstr(why, "at byte 5 of the pattern"));
	assert_false(regex_is_valid("(a)\\1", 0, why, sizeof(why)));
	assert_true(regex_is_valid("(a)\\1", REGEX_BACKREFS, why, sizeof(why)));
	assert_false(regex_is_valid("a\xff", 0, why, sizeof(why)));
	assert_true(regex_is_valid("a\xff\\C", REGEX_OCTETS, why, sizeof(why)));
	arena_free(a);
}

static void
test_back_references_are_asked_for(void **state)
{
	struct arena *a = arena_new();
	char why[256] = "";

	(void)state;
	assert_null(regex_compile(a, "(a)(b)\\2", false, why, sizeof(why)));
	assert_non_null(strstr(why, "group 2"));
	assert_non_null(strstr(why, "backrefs = yes"));
	assert_null(regex_compile(a, "(?<x>a)\\k<x>", false, why, sizeof(why)));
	assert_non_null(regex_compile(a, "(a)(b)\\2", true, why, sizeof(why)));
	assert_non_null(regex_compile(a, "(a)(b)", false, why, sizeof(why)));
	arena_free(a);
}

static void
test_groups(void **state)
{
	struct arena *a = arena_new();
	struct regex *re = compile(a, "^(.+?)@(x)?(old)\\.example$");
	struct regex_budget budget = {0};
	struct regex_groups g;
	const char *s = "joe@old.example";

	(void)state;
	assert_int_equal(regex_group_count(re), 3);
	assert_string_equal(regex_pattern(re), "^(.+?)@(x)?(old)\\.example$");
	assert_int_equal(regex_match(re, &limits, &budget, s, strlen(s), &g, NULL), 1);
	assert_ptr_equal(g.subject, s);
	assert_int_equal(g.n, 4);
	assert_int_equal(g.end[0], strlen(s));
	assert_int_equal(g.start[1], 0);
	assert_int_equal(g.end[1], 3);
	assert_true(g.start[2] == SIZE_MAX);
	assert_int_equal(g.start[3], 4);
	arena_free(a);
}

static void
test_unset_groups_at_the_end(void **state)
{
	struct arena *a = arena_new();
	struct regex *all = compile(a, "(a)(b)(c)"), *first = compile(a, "(a)(b)?(c)?");
	struct regex_budget budget = {0};
	struct regex_groups g;

	(void)state;
	assert_int_equal(regex_match(all, &limits, &budget, "abc", 3, &g, NULL), 1);
	assert_int_equal(regex_match(first, &limits, &budget, "a", 1, &g, NULL), 1);
	assert_int_equal(g.n, 4);
	assert_true(g.start[2] == SIZE_MAX && g.start[3] == SIZE_MAX);
	assert_true(g.end[2] == SIZE_MAX && g.end[3] == SIZE_MAX);
	arena_free(a);
}

static void
test_more_groups_than_we_keep(void **state)
{
	struct arena *a = arena_new();
	struct regex *re = compile(a, "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)");
	struct regex_budget budget = {0};
	struct regex_groups g;

	(void)state;
	assert_int_equal(regex_group_count(re), 11);
	assert_int_equal(regex_match(re, &limits, &budget, "abcdefghijk", 11, &g, NULL), 1);
	assert_int_equal(g.n, 10);
	assert_int_equal(g.start[9], 8);
	assert_int_equal(g.end[9], 9);
	arena_free(a);
}

static void
test_a_long_subject_is_cut(void **state)
{
	struct arena *a = arena_new();
	struct regex *end = compile(a, "a$"), *tail = compile(a, "z");
	struct regex_budget budget = {0};
	static char s[5000];
	bool cut = false;

	(void)state;
	memset(s, 'a', sizeof(s));
	s[REGEX_MAX_SUBJECT] = 'z';
	assert_int_equal(regex_match(end, &limits, &budget, s, REGEX_MAX_SUBJECT, NULL, &cut),
			 1);
	assert_false(cut);
	assert_int_equal(regex_match(end, &limits, &budget, s, sizeof(s), NULL, &cut), 0);
	assert_true(cut);
	assert_int_equal(regex_match(tail, &limits, &budget, s, sizeof(s), NULL, &cut), 0);
	assert_int_equal(
		regex_match(tail, &limits, &budget, s, REGEX_MAX_SUBJECT + 1, NULL, &cut), 0);
	assert_int_equal(regex_match_whole(end, &limits, &budget, s, sizeof(s)), 1);
	assert_int_equal(regex_match_whole(tail, &limits, &budget, s, sizeof(s)), 1);
	arena_free(a);
}

static void
test_the_cut_leaves_whole_characters(void **state)
{
	struct arena *a = arena_new();
	struct regex *re = compile(a, "^(?s).*");
	struct regex_budget budget = {0};
	struct regex_groups g;
	static char s[REGEX_MAX_SUBJECT + 8];

	(void)state;
	memset(s, 'a', sizeof(s));
	memcpy(s + REGEX_MAX_SUBJECT - 3, "\xf0\x9f\x98\x80", 4);
	assert_int_equal(regex_match(re, &limits, &budget, s, sizeof(s), &g, NULL), 1);
	assert_int_equal(g.end[0], REGEX_MAX_SUBJECT - 3);
	memset(s, 'a', sizeof(s));
	memcpy(s + REGEX_MAX_SUBJECT - 4, "\xf0\x9f\x98\x80", 4);
	assert_int_equal(regex_match(re, &limits, &budget, s, sizeof(s), &g, NULL), 1);
	assert_int_equal(g.end[0], REGEX_MAX_SUBJECT);
	arena_free(a);
}

static void
test_over_steps_is_no_answer(void **state)
{
	(void)state;
	assert_int_equal(match("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), -E2BIG);
	assert_int_equal(match("(*NO_JIT)(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
			 -E2BIG);
	assert_int_equal(
		match("(*LIMIT_HEAP=0)(*NO_JIT)((a)|b)*$", "ababababababababababababa"),
		-E2BIG);
}

static void
test_without_jit_all_is_the_same(void **state)
{
	(void)state;
	assert_int_equal(match("(*NO_JIT)pills", "cheap pills"), 1);
	assert_int_equal(match("(*NO_JIT)pills", "cheap pill"), 0);
	assert_int_equal(match("(*NO_JIT)(?i)^\xc3\xa9$", "\xc3\x89"), 1);
}

/* It takes many ticks of the clock. */
static void
test_time_is_added_up(void **state)
{
	struct arena *a = arena_new();
	struct regex *re = compile(a, "(a+)+$");
	struct regex_limits little = {50000000, 1};
	struct regex_budget budget = {0};
	const char *s = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";

	(void)state;
	assert_int_equal(regex_match(re, &little, &budget, s, strlen(s), NULL, NULL), -E2BIG);
	assert_true(budget.used_ns > 1000);
	assert_int_equal(regex_match(re, &little, &budget, "a", 1, NULL, NULL), -ETIME);
	budget = (struct regex_budget){0};
	assert_int_equal(regex_match(re, &little, &budget, "a", 1, NULL, NULL), 1);
	budget = (struct regex_budget){.used_ns = limits.time_us * 1000 - 1};
	assert_int_equal(regex_match(re, &limits, &budget, "a", 1, NULL, NULL), 1);
	budget = (struct regex_budget){.used_ns = limits.time_us * 1000};
	assert_int_equal(regex_match(re, &limits, &budget, "a", 1, NULL, NULL), -ETIME);
	arena_free(a);
}

/* Each is far below a tick: some of them see one. */
static void
test_short_matches_count_too(void **state)
{
	struct arena *a = arena_new();
	struct regex *re = compile(a, "b");
	struct regex_budget budget = {0};
	struct timespec began, now;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		for (int i = 0; i < 1000; i++)
			assert_int_equal(regex_match(re, &limits, &budget, "a", 1, NULL, NULL),
					 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (budget.used_ns == 0 && now.tv_sec - began.tv_sec < 10);
	assert_true(budget.used_ns > 0);
	arena_free(a);
}

static void
test_flags(void **state)
{
	struct arena *a = arena_new();
	struct regex_budget budget = {0};
	char why[256] = "";
	const unsigned all = REGEX_NOCASE | REGEX_EXTENDED | REGEX_MULTILINE | REGEX_DOTALL;
	struct regex *re =
		regex_compile_with_flags(a, "(*UCP)^b . \\w$", all, why, sizeof(why));

	(void)state;
	assert_string_equal(why, "");
	assert_int_equal(regex_match(re, &limits, &budget, "a\nB\n\xc3\xa9\nc", 8, NULL, NULL),
			 1);
	assert_null(regex_compile_with_flags(a, "(a)\\1", REGEX_NOCASE, why, sizeof(why)));
	assert_non_null(regex_compile_with_flags(a, "(a)\\1", REGEX_NOCASE | REGEX_BACKREFS,
						 why, sizeof(why)));
	arena_free(a);
}

static void
test_bytes_from_the_wire(void **state)
{
	const char *valid = "caf\xc3\xa9";
	static char long_bytes[20000];
	size_t len = strlen(valid);

	(void)state;
	assert_ptr_equal(regex_subject(valid, &len), valid);
	assert_int_equal(len, 5);
	len = 5;
	assert_string_equal(regex_subject("\xffx\xc3y\xe2", &len),
			    "\xef\xbf\xbdx\xef\xbf\xbdy\xef\xbf\xbd");
	assert_int_equal(len, 11);
	memset(long_bytes, 0xff, sizeof(long_bytes));
	len = sizeof(long_bytes);
	assert_non_null(regex_subject(long_bytes, &len));
	assert_true(len > REGEX_MAX_SUBJECT);
	assert_int_equal(len % 3, 0);
}

static void
check_expand(const char *text, const struct regex_groups *g, const char *expected)
{
	struct buf b = {0};

	regex_expand(text, g, &b);
	assert_string_equal(buf_string(&b), expected);
	buf_free(&b);
}

static void
test_expand(void **state)
{
	const struct regex_groups g = {.subject = "joe@old",
				       .n = 3,
				       .start = {0, 0, SIZE_MAX},
				       .end = {7, 3, SIZE_MAX}};

	(void)state;
	check_expand("$1@new.example", &g, "joe@new.example");
	check_expand("<$0>$2$7$", &g, "<joe@old>$");
	check_expand("$$1 costs $x", &g, "$1 costs $x");
	check_expand("$$$1$$", &g, "$joe$");
	check_expand("a$1b$$", NULL, "ab$");
	check_expand("", &g, "");
}

static void
test_check_replacement(void **state)
{
	(void)state;
	assert_int_equal(regex_check_replacement("plain", 0), 0);
	assert_int_equal(regex_check_replacement("$0 and $$2", 0), 0);
	assert_int_equal(regex_check_replacement("$1@$2", 2), 0);
	assert_int_equal(regex_check_replacement("$1@$3", 2), 3);
	assert_int_equal(regex_check_replacement("5$", 9), -EINVAL);
	assert_int_equal(regex_check_replacement("$x", 9), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yes_and_no),
		cmocka_unit_test(test_characters_not_bytes),
		cmocka_unit_test(test_bad_patterns_say_where),
		cmocka_unit_test(test_back_references_are_asked_for),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_unset_groups_at_the_end),
		cmocka_unit_test(test_more_groups_than_we_keep),
		cmocka_unit_test(test_a_long_subject_is_cut),
		cmocka_unit_test(test_the_cut_leaves_whole_characters),
		cmocka_unit_test(test_over_steps_is_no_answer),
		cmocka_unit_test(test_without_jit_all_is_the_same),
		cmocka_unit_test(test_time_is_added_up),
		cmocka_unit_test(test_short_matches_count_too),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_bytes_from_the_wire),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_check_replacement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
