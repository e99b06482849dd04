/* chain/results, policy/result: what policies find, in the log line and in reports. */
#include "scan_policy.h"

#include <errno.h>

static void
test_scores_as_text(void **state)
{
	static const struct {
		const char *written, *text;
		int64_t hundredths;
	} cases[] = {
		{"5", "5.0", 500},
		{"7.25", "7.25", 725},
		{"-0.15", "-0.15", -15},
		{"+12.5", "12.5", 1250},
		{"0", "0.0", 0},
		{"-0", "0.0", 0},
		{".5", "0.5", 50},
		{"3.", "3.0", 300},
		{"0.05", "0.05", 5},
		{"-7.50", "-7.5", -750},
		{"123456789.99", "123456789.99", 12345678999},
	};
	static const char *const wrong[] = {"",	   ".",		 "-",	 "1.234", "1,5",
					    "1e3", "0x1",	 " 1",	 "1 ",	  "--1",
					    "inf", "1234567890", "1.2.3"};
	struct buf b = {0};
	int64_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(policy_parse_score(cases[i].written, &n), 0);
		assert_true(n == cases[i].hundredths);
		buf_reset(&b);
		policy_append_score(&b, n);
		assert_string_equal(buf_string(&b), cases[i].text);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(policy_parse_score(wrong[i], &n), -EINVAL);
	buf_reset(&b);
	policy_append_score(&b, INT64_MIN);
	assert_string_equal(buf_string(&b), "-92233720368547758.08");
	buf_free(&b);
}

static void
test_words_of_a_kind(void **state)
{
	(void)state;
	assert_int_equal(policy_results_count(&scan_results), 5);
	assert_int_equal(policy_results_count(&rank_results), 6);
	assert_string_equal(policy_results_word(&scan_results, 0), "skipped");
	assert_string_equal(policy_results_word(&scan_results, 4), "infected");
	assert_string_equal(policy_results_word(&rank_results, 5), "other");
	assert_int_equal(policy_results_find(&scan_results, "too-big"), 1);
	assert_int_equal(policy_results_find(&scan_results, "clean"), 3);
	assert_true(policy_results_find(&scan_results, "spam") == SIZE_MAX);
	assert_int_equal(policy_results_find(&rank_results, "reject"), 5);
}

static void
test_line_of_the_log(void **state)
{
	struct offline_result r;

	(void)state;
	load_chain("\"av\", \"junk\"",
		   "scan \"av\" { result = \"infected\" detail = \"Win.Test\" asks = yes }\n"
		   "rank \"junk\" { result = \"Rewrite Subject\" score = \"7.5\" "
		   "symbols = { \"A\", \"B\" } }\n");
	r = play_message();
	assert_non_null(strstr(r.log, " policies=\"av:pass junk:pass\" "
				      "results=\"av:infected(Win.Test)/12ms "
				      "junk:rewrite-subject(7.5)\""));
	assert_string_equal(r.policies[0].found.result, "infected");
	assert_string_equal(r.policies[0].found.detail, "Win.Test");
	assert_int_equal(r.policies[1].found.score, 750);
	assert_int_equal(r.policies[1].found.n_symbols, 2);
	assert_string_equal(r.policies[1].found.symbols[1], "B");
}

/* The reason of an error takes the place of what was found before it. */
static void
test_a_failure_is_the_result_error(void **state)
{
	(void)state;
	load_chain("\"av\"", "scan \"av\" { result = \"infected\" detail = \"X\" fails = yes "
			     "asks = yes }\n");
	expect_in_log(" policies=\"av:error\" results=\"av:error(timeout)/60001ms/tries=2/"
		      "server=1\"");
	load_chain("\"av\"", "scan \"av\" { fails = yes mode = \"monitor\" }\n");
	expect_in_log(" results=\"av:error\"");
}

static void
test_a_policy_that_says_nothing(void **state)
{
	struct offline_result r;

	(void)state;
	load_chain("\"av\", \"off\"", "scan \"av\" { }\n"
				      "scan \"off\" { result = \"clean\" mode = \"off\" }\n");
	r = play_message();
	assert_null(strstr(r.log, "results="));
	assert_null(r.policies[0].found.result);
	assert_int_equal(scan_calls, 1);
}

static void
test_the_last_result_counts(void **state)
{
	(void)state;
	load_chain("\"av\"", "scan \"av\" { twice = yes result = \"too-big\" }\n");
	expect_in_log(" results=\"av:too-big\"");
}

/* Bugs of a policy, which then fails. */
static void
test_results_that_the_kind_does_not_have(void **state)
{
	(void)state;
	load_chain("\"av\"", "scan \"av\" { result = \"spam\" }\n");
	expect_in_log(" policies=\"av:error\" results=\"av:error\"");
	load_chain("\"av\"", "scan \"av\" { result = \"error\" }\n");
	expect_in_log(" policies=\"av:error\"");
	load_chain("\"junk\"", "rank \"junk\" { result = \"error\" }\n");
	expect_in_log(" policies=\"junk:error\"");
}

/* What a server says cannot forge another part of the line. */
static void
test_odd_bytes_of_a_server(void **state)
{
	(void)state;
	load_chain("\"av\"", "scan \"av\" { result = \"infected\" "
			     "detail = \"a\\\" verdict=accept\\n\303\244\" }\n");
	expect_in_log(" results=\"av:infected(a? verdict=accept?"
		      "?"
		      "?)\"");
	load_chain("\"junk\"", "rank \"junk\" { result = \"A(b)\\\" c\" }\n");
	expect_in_log(" results=\"junk:a-b---c\"");
}

static void
test_many_results(void **state)
{
	struct buf chain = {0}, rest = {0};
	struct offline_result r;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		buf_printf(&chain, "%s\"a%u\"", i > 0 ? ", " : "", i);
		buf_printf(&rest,
			   "scan \"a%u\" { result = \"infected\" detail = \"Win.Test\" "
			   "}\n",
			   i);
	}
	load_chain(buf_string(&chain), buf_string(&rest));
	r = play_message();
	assert_non_null(strstr(r.log, " results=\"a0:infected(Win.Test) "));
	assert_non_null(strstr(r.log, "infected(Win.Test) +56\""));
	buf_free(&chain);
	buf_free(&rest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_scan, tear_down_scan)
		cmocka_unit_test(test_scores_as_text),
		cmocka_unit_test(test_words_of_a_kind),
		TEST(test_line_of_the_log),
		TEST(test_a_failure_is_the_result_error),
		TEST(test_a_policy_that_says_nothing),
		TEST(test_the_last_result_counts),
		TEST(test_results_that_the_kind_does_not_have),
		TEST(test_odd_bytes_of_a_server),
		TEST(test_many_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
