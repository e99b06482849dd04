/* Conditions about results: policy "TITLE" { } of a condition, from polymilter.conf to what
 * runs. The policy "probe" runs when the condition "c" holds. */
#include "scan_policy.h"

#include "policy/condition.h"

/* Does the section of a condition hold behind these policies? */
static bool
probe_runs(const char *chain, const char *policies, const char *section)
{
	const char *rest = arena_printf(arena,
					"%s\ncondition \"c\" { %s }\n"
					"scan \"probe\" { when = \"c\" result = \"clean\" }\n",
					policies, section);
	struct offline_result r;

	load_chain(arena_printf(arena, "%s, \"probe\"", chain), rest);
	r = play_message();
	if (strstr(r.log, "probe:pass") != NULL)
		return true;
	if (strstr(r.log, "probe:skipped(when)") == NULL)
		fail_msg("%s", r.log);
	return false;
}

#define AV(result)	"scan \"av\" { result = \"" result "\" }"
#define AV_RUNS(av, s)	assert_true(probe_runs("\"av\"", av, "policy \"av\" { " s " }"))
#define AV_SKIPS(av, s) assert_false(probe_runs("\"av\"", av, "policy \"av\" { " s " }"))

static void
test_results(void **state)
{
	(void)state;
	AV_RUNS(AV("infected"), "result = \"infected\"");
	AV_SKIPS(AV("clean"), "result = \"infected\"");
	AV_RUNS(AV("clean"), "result = { \"infected\", \"clean\" }");
	AV_SKIPS(AV("infected"), "not_result = \"infected\"");
	AV_RUNS(AV("clean"), "not_result = \"infected\"");
	AV_RUNS(AV("too-big"), "result = \"too-big\" not_result = { \"clean\", \"error\" }");
	AV_RUNS("scan \"av\" { fails = yes on_error = \"continue\" }", "result = \"error\"");
	AV_SKIPS("scan \"av\" { fails = yes result = \"infected\" on_error = \"continue\" }",
		 "result = \"infected\"");
	/* what it finds counts */
	AV_RUNS("scan \"av\" { mode = \"monitor\" result = \"infected\" }",
		"result = \"infected\"");
	AV_RUNS("scan \"av\" { mode = \"monitor\" fails = yes }", "result = \"error\"");
}

static void
test_policies_that_were_not_called(void **state)
{
	(void)state;
	AV_RUNS("scan \"av\" { }", "result = \"skipped\"");
	AV_RUNS("scan \"av\" { mode = \"off\" result = \"clean\" }", "result = \"skipped\"");
	AV_RUNS("condition \"never\" { sender = \"x@y.example\" }\n"
		"scan \"av\" { when = \"never\" result = \"clean\" }",
		"result = \"skipped\" not_result = \"clean\"");
}

#define JUNK(score) "rank \"junk\" { result = \"add-header\" score = \"" score "\" }"
#define JUNK_RUNS(junk, s)                                                                     \
	assert_true(probe_runs("\"junk\"", junk, "policy \"junk\" { " s " }"))
#define JUNK_SKIPS(junk, s)                                                                    \
	assert_false(probe_runs("\"junk\"", junk, "policy \"junk\" { " s " }"))

static void
test_scores(void **state)
{
	(void)state;
	JUNK_RUNS(JUNK("5"), "min_score = \"5\"");
	JUNK_SKIPS(JUNK("4.99"), "min_score = \"5\"");
	JUNK_RUNS(JUNK("15.00"), "min_score = \"5\" max_score = \"15\"");
	JUNK_SKIPS(JUNK("15.01"), "max_score = \"15\"");
	JUNK_RUNS(JUNK("-0.1"), "max_score = \"0\"");
	JUNK_SKIPS(JUNK("-0.1"), "min_score = \"-0.09\"");
	/* without a score neither holds */
	JUNK_SKIPS("rank \"junk\" { result = \"reject\" }", "min_score = \"-1000\"");
	JUNK_SKIPS("rank \"junk\" { result = \"reject\" }", "max_score = \"1000\"");
	JUNK_SKIPS("rank \"junk\" { score = \"7\" fails = yes on_error = \"continue\" }",
		   "min_score = \"5\"");
	JUNK_SKIPS(JUNK("7"), "result = \"no-action\" min_score = \"5\"");
}

static void
test_symbols(void **state)
{
#define FOUND "rank \"junk\" { result = \"x\" symbols = { \"A_B\", \"C\" } }"
	(void)state;
	JUNK_RUNS(FOUND, "symbol = { \"Z\", \"C\" }");
	JUNK_SKIPS(FOUND, "symbol = { \"a_b\", \"A\" }");
	JUNK_SKIPS(FOUND, "not_symbol = { \"A_B\" }");
	JUNK_RUNS(FOUND, "not_symbol = \"A\" result = \"x\"");
	JUNK_RUNS("rank \"junk\" { fails = yes symbols = \"A\" on_error = \"continue\" }",
		  "not_symbol = \"A\"");
}

/* Sections, and lines of one, are all to hold. */
static void
test_two_policies(void **state)
{
#define BOTH AV("clean") "\nrank \"junk\" { result = \"no-action\" }"
	const char *chain = "\"av\", \"junk\"";

	(void)state;
	assert_true(probe_runs(chain, BOTH,
			       "policy \"av\" { result = \"clean\" } "
			       "policy \"junk\" { result = \"no-action\" }"));
	assert_false(probe_runs(chain, BOTH,
				"policy \"av\" { result = \"clean\" } "
				"policy \"junk\" { result = \"reject\" }"));
	assert_false(probe_runs(chain, BOTH,
				"policy \"av\" { result = \"clean\" } authenticated = yes"));
	assert_true(probe_runs(chain,
			       BOTH "\ncondition \"inner\" { policy \"av\" { result = "
				    "\"clean\" } }",
			       "any = { \"inner\" } authenticated = no"));
}

/* A rule waits for the result, also in a policy that could run earlier. */
static void
test_rules(void **state)
{
	struct offline_result r;

	(void)state;
	load_chain(
		"\"av\", \"mark\"",
		AV("infected") "\ncondition \"bad\" { policy \"av\" { result = \"infected\" } }\n"
			       "header \"mark\" { rule \"yes\" { when = \"bad\" action = \"add\" "
			       "header = \"X-Bad\" value = \"1\" } rule \"no\" { unless = "
			       "\"bad2\" action = \"add\" header = \"X-Good\" value = \"1\" } }\n"
			       "condition \"bad2\" { policy \"av\" { not_result = \"clean\" } }\n");
	r = play_message();
	assert_non_null(strstr(r.log, " mark:changed"));
	assert_non_null(strstr(r.log, "+X-Bad"));
	assert_null(strstr(r.log, "X-Good"));
}

/* A trace has the line, and what was found. */
static void
test_trace(void **state)
{
	struct offline_result r;
	const struct offline_step *step;
	size_t n;

	(void)state;
	assert_true(
		probe_runs("\"junk\"",
			   "rank \"junk\" { result = \"reject\" asks = yes score = \"7.5\" "
			   "symbols = \"A\" }",
			   "policy \"junk\" { result = { \"reject\", \"x\" } symbol = \"A\" "
			   "min_score = \"5\" max_score = \"8.25\" }"));
	r = play_message();
	for (n = r.n_steps; n > 0 && r.steps[n - 1].kind != CHAIN_STEP_LINE; n--)
		;
	assert_true(n > 0);
	step = &r.steps[n - 1];
	assert_string_equal(
		step->line.line,
		"policy \"junk\" { result = { \"reject\", \"x\" } symbol = { \"A\" } "
		"min_score = \"5.0\" max_score = \"8.25\" }");
	assert_string_equal(step->line.subject, "reject(7.5)");
	assert_string_equal(step->line.value, "\"A\"");
	assert_int_equal(step->line.result, TRI_YES);
}

/* Not known before the turn of the policy is over. */
static void
test_order_of_policies(void **state)
{
	const char *rest =
		AV("clean") "\ncondition \"c\" { policy \"av\" { result = \"clean\" } }\n"
			    "condition \"d\" { all = \"c\" }\n"
			    "scan \"one\" { when = \"d\" result = \"clean\" }\n";
	const char *own = "condition \"c\" { policy \"av\" { result = \"clean\" } }\n"
			  "scan \"av\" { when = \"c\" result = \"clean\" }\n";
	const char *rule =
		AV("clean") "\ncondition \"c\" { policy \"av\" { result = \"clean\" } }\n"
			    "header \"one\" { rule \"r\" { when = \"c\" action = \"log\" "
			    "name = \"Subject\" } }\n";

	(void)state;
	load_chain("\"av\", \"one\"", rest);
	refuse_chain("\"one\", \"av\"", rest,
		     "1: chain: \"one\" uses the result of \"av\" (condition \"d\"), so \"av\" "
		     "must stand before it\n");
	refuse_chain("\"one\", \"av\"", rule,
		     "1: chain: \"one\" uses the result of \"av\" (condition \"c\"), so \"av\" "
		     "must stand before it\n");
	refuse_chain("\"av\"", own,
		     "1: chain: \"av\" uses its own result (condition \"c\"), which is not "
		     "known yet\n");
	load_chain_with(
		"\"one\"", rest,
		"1: warning: chain: \"one\" uses the result of \"av\" (condition \"d\"), "
		"which is not in this chain: it counts as 'skipped'\n"
		"2: warning: scan \"av\" is in no chain, so it never runs\n");
	expect_in_log(" policies=\"one:skipped(when)\"");
}

static void
refuse_section(const char *section, const char *expected)
{
	refuse_chain("\"av\", \"junk\"",
		     arena_printf(arena,
				  "scan \"av\" { result = \"clean\" }\nrank \"junk\" { }\n"
				  "size \"caps\" { message = \"1M\" }\n"
				  "condition \"c\" {\n%s\n}\n",
				  section),
		     expected);
}

static void
test_mistakes(void **state)
{
	(void)state;
	refuse_section("policy \"junc\" { result = \"clean\" }",
		       "6: unknown policy 'junc'; did you mean 'junk'?\n");
	refuse_section("policy \"c\" { result = \"clean\" }",
		       "6: 'c' is not a policy but the condition at line 5\n");
	refuse_section("policy \"scan\" { result = \"clean\" }",
		       "6: unknown policy 'scan'; write the title: NAME of scan \"NAME\" { ... "
		       "}\n");
	refuse_section("policy \"caps\" { result = \"clean\" }",
		       "6: size \"caps\" is a policy without results\n");
	refuse_section("policy \"av\" { result = { \"clean\",\n\"infectd\" } }",
		       "7: result: policy 'av' has no result 'infectd'; did you mean "
		       "'infected'?\n");
	refuse_section("policy \"av\" { not_result = \"xyzzy\" }",
		       "6: not_result: policy 'av' has no result 'xyzzy'\n");
	refuse_section("policy \"av\" { }",
		       "6: policy \"av\" has no lines; did you mean 'result = { ... }'?\n");
	refuse_section("policy \"av\" { result = {} }",
		       "6: result: an empty list matches nothing\n");
	refuse_section("policy \"av\" { min_score = \"5\" }",
		       "6: min_score: policy 'av' finds no score and no symbols\n");
	refuse_section("policy \"junk\" { min_score = \"5,5\" }",
		       "6: min_score: '5,5' is not a score: a number with at most two decimal "
		       "places, such as \"5\" or \"-0.25\"\n");
	refuse_section("policy \"junk\" { min_score = \"5\" max_score = \"4.99\" }",
		       "6: this never holds: min_score is larger than max_score\n");
	refuse_section(
		"policy \"av\" { result = \"clean\" not_result = { \"error\", \"clean\" } "
		"}",
		"6: this never holds: not_result has all of result\n");
	refuse_section("policy \"junk\" { symbol = \"A\" not_symbol = \"A\" }",
		       "6: this never holds: not_symbol has all of symbol\n");
	refuse_section(
		"policy \"av\" { result = \"clean\" }\npolicy \"av\" { result = \"clean\" "
		"}",
		"7: section policy \"av\" is already defined at line 6\n");
	refuse_section("policy \"av\" { results = \"clean\" }",
		       "6: unknown option 'results' in policy; did you mean 'result'?\n");
}

#define BAD "condition \"bad\" { policy \"av\" { result = \"infected\" } }\n"
#define PROBE(unless)                                                                          \
	AV("clean")                                                                            \
	"\nscan \"probe\" { unless = " unless " result = \"clean\" }\n"
#define OUTAGE(where, why)                                                                     \
	"3: warning: " where ": 'bad' does not hold when the result of \"av\" is '" why        \
	"', so an outage of it selects all mail; list a condition that has the results "       \
	"'error' and 'skipped', too\n"

/* unless, none: an outage is told from "not infected". */
static void
test_warnings_of_outages(void **state)
{
	const char *chain = "\"av\", \"probe\"";

	(void)state;
	load_chain_with(chain, PROBE("\"bad\"") BAD, OUTAGE("unless", "error"));
	load_chain_with(chain,
			PROBE("\"bad\"") "condition \"bad\" { policy \"av\" { result = { "
					 "\"infected\", \"error\" } } }\n",
			OUTAGE("unless", "skipped"));
	load_chain(chain, PROBE("\"bad\"") "condition \"bad\" { policy \"av\" { result = { "
					   "\"infected\", \"error\", \"skipped\" } } }\n");
	load_chain(chain, PROBE("\"bad\"") "condition \"bad\" { policy \"av\" { not_result = "
					   "\"clean\" } }\n");
	load_chain(chain, PROBE("{ \"bad\", \"away\" }") BAD
		   "condition \"away\" { policy \"av\" { result = { \"error\", \"skipped\" } } "
		   "}\n");
	load_chain_with(chain,
			AV("clean") "\ncondition \"not\" { none = \"bad\" }\n" BAD
				    "scan \"probe\" { when = \"not\" result = \"clean\" }\n",
			OUTAGE("none", "error"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_scan, tear_down_scan)
		TEST(test_results),	 TEST(test_policies_that_were_not_called),
		TEST(test_scores),	 TEST(test_symbols),
		TEST(test_two_policies), TEST(test_rules),
		TEST(test_trace),	 TEST(test_order_of_policies),
		TEST(test_mistakes),	 TEST(test_warnings_of_outages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
