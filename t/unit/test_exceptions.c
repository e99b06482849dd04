/* on_error and the other options on_EVENT, and the sections `exception`. Mail to @ours.example
 * is "ours", that to @big.example is "big" as well. */
#include "scan_policy.h"

#include "ctl/played_results.h"

#define CONDITIONS                                                                             \
	"condition \"ours\" { recipient_domain = { \"ours.example\", \"big.example\" } }\n"    \
	"condition \"big\" { recipient_domain = \"big.example\" }\n"                           \
	"condition \"slow\" { header \"Subject\" { match = '(.*)(.*)(.*)[0-9]' } }\n"          \
	"condition \"hello\" { header \"Subject\" { match = 'hello' } }\n"

/* The policy "av" with this section, and "next" behind it, which finds "clean" when it is
 * called. Loading warns about the conditions that are not used, which is not looked at. */
static void
load_av(const char *section)
{
	offline = offline_free(offline);
	cfg = config_free(cfg);
	buf_reset(&reports);
	(void)config_load_text(
		"t",
		conf_with_chain(
			"\"av\", \"next\"",
			arena_printf(arena,
				     "scan \"av\" { %s }\n"
				     "scan \"next\" { result = \"clean\" }\n" CONDITIONS,
				     section)),
		note_report, NULL, &cfg);
	if (cfg == NULL)
		fail_msg("%s", buf_string(&reports));
	offline = offline_new(&cfg->listeners[0], cfg);
}

/* Mail to this address has this verdict, and this in its log line. */
static void
expect_outcome(const char *rcpt, const char *verdict, const char *part)
{
	struct offline_result r;

	to_whom = rcpt;
	r = play_message();
	if (strcmp(r.verdict, verdict) != 0 || strstr(r.log, part) == NULL)
		fail_msg("not %s, %s: %s %s", verdict, part, r.verdict, r.log);
}

#define OURS  "<a@ours.example>"
#define OTHER "<a@other.example>"
#define BIG   "<a@big.example>"

static void
test_on_error(void **state)
{
	(void)state;
	load_av("fails = yes exception \"us\" { when = \"ours\" on_error = \"quarantine\" }");
	expect_outcome(OURS, "quarantine", " exception=av/us");
	expect_outcome(OTHER, "tempfail", "reply=\"451 4.3.0 ");
	assert_null(strstr(play_message().log, "exception="));
	load_av("fails = yes on_error = \"reject\" exception \"us\" { when = \"ours\" "
		"on_error = \"continue\" }");
	expect_outcome(OURS, "accept", "av:error next:pass");
	expect_outcome(OTHER, "reject", "reply=\"554 5.3.0 ");
	load_av("fails = yes on_error = \"continue\" exception \"them\" { unless = \"ours\" "
		"on_error = \"accept\" }");
	expect_outcome(OURS, "accept", "av:error next:pass");
	expect_outcome(OTHER, "accept", "results=\"av:error\"");
	load_av("fails = yes on_error = \"discard\"");
	expect_outcome(OURS, "discard", "results=\"av:error\"");
}

/* The first that fits counts, also when it leaves the option to the policy. */
static void
test_first_exception_that_fits(void **state)
{
	(void)state;
	load_av("fails = yes on_error = \"reject\" "
		"exception \"big\" { when = \"big\" on_infected = \"discard\" } "
		"exception \"us\" { when = \"ours\" on_error = \"continue\" }");
	expect_outcome(BIG, "reject", "av:error");
	expect_outcome(OURS, "accept", "av:error");
	load_av("fails = yes exception \"both\" { when = { \"ours\", \"hello\" } unless = "
		"\"big\" on_error = \"continue\" }");
	expect_outcome(BIG, "tempfail", "av:error");
	expect_outcome(OURS, "accept", "av:error");
}

static void
test_other_events(void **state)
{
	(void)state;
	load_av("result = \"infected\" on_infected = \"reject\" "
		"exception \"us\" { when = \"ours\" on_infected = \"quarantine\" } "
		"exception \"hello\" { when = \"hello\" on_error = \"accept\" }");
	expect_outcome(OURS, "quarantine", " results=\"av:infected next:clean\"");
	expect_outcome(OTHER, "reject", "reply=\"554 5.7.1 Infected\"");
	load_av("result = \"infected\" on_infected = \"tempfail\"");
	expect_outcome(OURS, "tempfail", "reply=\"451 4.7.1 Message refused for now\"");
	load_av("result = \"infected\" on_infected = \"reject\" reply = \"451 4.7.1 No\"");
	expect_outcome(OURS, "reject", "reply=\"554 5.7.1 Message refused\"");
	load_av("result = \"infected\" on_infected = \"discard\"");
	expect_outcome(OURS, "discard", "results=\"av:infected\"");
	load_av("result = \"infected\" on_infected = \"accept\"");
	expect_outcome(OURS, "accept", "results=\"av:infected\"");
	load_av("result = \"infected\" on_infected = \"continue\"");
	expect_outcome(OURS, "accept", "results=\"av:infected next:clean\"");
	load_av("result = \"infected\"");
	expect_outcome(OURS, "accept", "results=\"av:infected next:clean\"");
	/* a word that only this option has */
	load_av("result = \"infected\" on_infected = \"reject\" exception \"us\" { when = "
		"\"ours\" on_infected = \"pass\" }");
	expect_outcome(OURS, "accept", "results=\"av:clean next:clean\"");
}

/* What a policy that only monitors would have done is that of the exception, too. */
static void
test_monitor(void **state)
{
	(void)state;
	load_av("result = \"infected\" mode = \"monitor\" on_infected = \"reject\" "
		"exception \"us\" { when = \"ours\" on_infected = \"discard\" }");
	expect_outcome(OURS, "accept", "av:would=discard");
	expect_outcome(OTHER, "accept", "av:would=reject");
}

/* Of a recipient that a policy fails for. */
static void
test_failure_at_rcpt(void **state)
{
	(void)state;
	load_av("fails_at_rcpt = yes on_error = \"continue\" exception \"us\" { when = \"ours\" "
		"on_error = \"discard\" }");
	expect_outcome(OURS, "discard", "av:error");
	expect_outcome(OTHER, "accept", "av:error");
	/* A header is not known there: it does not fit. */
	load_av("fails_at_rcpt = yes on_error = \"discard\" exception \"hello\" { when = "
		"\"hello\" on_error = \"accept\" }");
	expect_outcome(OURS, "discard", "av:error");
}

/* A condition of an exception that fails: the policy's own on_error counts. */
static void
test_condition_that_fails(void **state)
{
	static const char limits[] = "limits { regex_steps = 1 }\n";
	const char *section = "fails = yes on_error = \"discard\" exception \"x\" { when = "
			      "\"slow\" on_error = \"accept\" }";

	(void)state;
	load_av(arena_printf(arena, "%s }\n%s scan \"more\" { ", section, limits));
	expect_outcome(OURS, "discard", "av:error");
	load_av(arena_printf(arena,
			     "result = \"infected\" on_infected = \"accept\" on_error = "
			     "\"reject\" exception \"x\" { when = \"slow\" on_infected = "
			     "\"discard\" } }\n%s scan \"more\" { ",
			     limits));
	expect_outcome(OURS, "reject", "av:error");
}

/* --result of polymilterctl test: the policy is not called. */
static void
test_played_results(void **state)
{
	struct played_result list[] = {{"av", "infected"}};
	const struct played_results played = {list, 1};

	(void)state;
	load_av("fails_at_rcpt = yes result = \"clean\" on_infected = \"reject\" on_error = "
		"\"discard\" exception \"us\" { when = \"ours\" on_infected = \"quarantine\" }");
	offline_play_results(offline, &played);
	expect_outcome(OURS, "quarantine", "results=\"av:infected next:clean\"");
	expect_outcome(OTHER, "reject", "results=\"av:infected\"");
	list[0].result = "error";
	expect_outcome(OURS, "discard", "results=\"av:error\"");
	list[0].result = "too-big";
	expect_outcome(OURS, "accept", "results=\"av:too-big next:clean\"");
	scan_calls = 0;
	list[0].result = "skipped";
	expect_outcome(OURS, "accept", "policies=\"av:pass next:pass\" results=\"next:clean\"");
	assert_int_equal(scan_calls, 1); /* of the next one */
}

static void
test_defaults(void **state)
{
	(void)state;
	load_av("fails = yes exception \"us\" { when = \"ours\" on_infected = \"accept\" } }\n"
		"defaults { on_error = \"discard\" }\nscan \"more\" { ");
	expect_outcome(OURS, "discard", "av:error");
	expect_outcome(OTHER, "discard", "av:error");
}

/* The parts that conditions of exceptions read are asked of the MTA, and what their actions
 * need. */
static void
test_needs(void **state)
{
	const struct policy_need *need;

	(void)state;
	load_av("fails = yes");
	need = &cfg->listeners[0].chain->inst[0]->need;
	assert_false(need->may_end);
	assert_int_equal(need->actions & ACTION_QUARANTINE, 0);
	load_av("on_error = \"accept\" exception \"x\" { when = \"hello\" on_error = "
		"\"quarantine\" }");
	need = &cfg->listeners[0].chain->inst[0]->need;
	assert_false(need->may_end);
	assert_true((need->actions & ACTION_QUARANTINE) != 0);
	load_av("exception \"x\" { when = \"ours\" on_infected = \"discard\" }");
	need = &cfg->listeners[0].chain->inst[0]->need;
	assert_true(need->may_end);
	assert_true((need->reads & PART_RCPTS) != 0);
}

/* It applies to the policies that are there already. */
static void
test_real_policies(void **state)
{
	const struct policy_inst *inst;

	(void)state;
	load_chain("\"words\"",
		   "header \"words\" { rule \"r\" { name = \"Subject\" action = \"log\" }\n"
		   "exception \"big\" { when = \"big\" on_error = \"accept\" } }\n"
		   "condition \"big\" { size_over = \"1M\" }\n");
	inst = cfg->listeners[0].chain->inst[0];
	assert_int_equal(inst->need.message, STAGE_EOM);
	assert_true((inst->need.reads & PART_SIZE) != 0);
}

static void
test_mistakes(void **state)
{
	(void)state;
	refuse_chain("\"av\"",
		     "scan \"av\" { exception \"x\" { when = \"c\" } }\n"
		     "condition \"c\" { tls = yes }\n",
		     "2: exception \"x\" has no option on_error or another on_...\n");
	refuse_chain("\"av\"",
		     "scan \"av\" { exception \"x\" { when = \"d\"\n"
		     "on_error = \"deny\" } }\ncondition \"c\" { tls = yes }\n",
		     "2: when: unknown condition 'd'\n"
		     "3: on_error: 'deny' is not one of tempfail, reject, accept, "
		     "continue, quarantine, discard; did you mean 'reject'?\n");
	refuse_chain("\"av\"", "scan \"av\" { exception \"x\" { reply = \"x\" } }\n",
		     "2: unknown option 'reply' in exception\n");
	refuse_chain("\"av\"", "scan \"av\" { exception { on_error = \"accept\" } }\n",
		     "2: exception needs a title: write exception \"name\" { ... }\n");
	/* Its own result is not known yet. */
	refuse_chain(
		"\"av\"",
		"scan \"av\" { exception \"x\" { when = \"c\" on_error = \"accept\" } }\n"
		"condition \"c\" { policy \"av\" { result = \"error\" } }\n",
		"1: chain: \"av\" uses its own result (condition \"c\"), which is not known "
		"yet\n");
	load_chain_with("\"av\"",
			"scan \"av\" { exception \"x\" { on_error = \"accept\" }\n"
			"exception \"y\" { on_error = \"reject\" } }\n",
			"2: warning: exception \"x\" has neither when nor unless, so it always "
			"counts, and those behind it never do\n"
			"3: warning: exception \"y\" has neither when nor unless, so it always "
			"counts\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_scan, tear_down_scan)
		TEST(test_on_error),	    TEST(test_first_exception_that_fits),
		TEST(test_other_events),    TEST(test_monitor),
		TEST(test_failure_at_rcpt), TEST(test_condition_that_fails),
		TEST(test_played_results),  TEST(test_defaults),
		TEST(test_needs),	    TEST(test_real_policies),
		TEST(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
