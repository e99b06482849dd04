/* chain/: order, refusals that wait, watching, failures, the log line. */
#include <errno.h>

#include "scripted.h"

static void
test_all_pass(void **state)
{
	(void)state;
	start();
	envelope();
	content();
	expect("c");
	assert_int_equal(lines, 1);
	assert_string_equal(line, "QID1: verdict=accept session=s1 listener=\"in\" "
				  "client=client.example[192.0.2.1] helo=<client.example> "
				  "from=<a@example.org> to=<b@example.test> nrcpt=1 "
				  "msgid=<1@example.org> "
				  "policies=\"one:pass two:pass\"");
}

static void
test_changes_in_order(void **state)
{
	(void)state;
	script[0].adds = "X-One";
	script[1].adds = "X-Two";
	start();
	envelope();
	content();
	expect("hhc");
	assert_non_null(strstr(line, " policies=\"one:changed two:changed\" "
				     "edits=\"addheader:2\""));
}

/* Refused by its headers: the body that follows is thrown away as it comes. */
static void
test_body_behind_a_verdict_is_not_kept(void **state)
{
	(void)state;
	inst[0].need.message = STAGE_EOH;
	inst[1].need.reads |= PART_BODY;
	start();
	envelope();
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "x\r\n", 3);
	give();
	assert_int_equal(session_message(s)->kept.len, 3);
	milter_client_eom(&mta, &in);
	give();
	script[0].say[STAGE_EOM] = VERDICT_REJECT;
	envelope();
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "x\r\n", 3);
	give();
	assert_int_equal(session_message(s)->kept.len, 0);
	assert_int_equal(session_message(s)->body_size, 3);
	milter_client_eom(&mta, &in);
	give();
	expect("r");
}

static void
test_first_accept_stops_those_after(void **state)
{
	(void)state;
	set_policies(3);
	script[0].adds = "X-One";
	inst[1].need.may_end = true;
	script[1].say[STAGE_EOM] = VERDICT_ACCEPT;
	script[2].adds = "X-Three";
	start();
	envelope();
	content();
	expect("ha");
	assert_int_equal(script[2].asked[STAGE_EOM], 0);
	assert_non_null(strstr(line, "policies=\"one:changed two:accept three:pass\""));
}

/* Their envelope changes are undone, and not in the line; that they refused somebody is. */
static void
test_accept_keeps_refused_recipients(void **state)
{
	(void)state;
	script[0].say[STAGE_EOM] = VERDICT_ACCEPT;
	script[1].say[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	expect("r");
	script[1].say[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	script[1].maps = true;
	rcpt();
	data();
	content();
	expect("a");
	assert_non_null(strstr(line, "policies=\"one:accept two:pass(refused=1)\""));
}

static void
test_refusal_at_mail_is_given_at_once(void **state)
{
	(void)state;
	script[1].say[STAGE_ENVFROM] = VERDICT_TEMPFAIL;
	start();
	mail();
	expect("t");
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line, "NOQUEUE: verdict=tempfail by=\"two\""));
	assert_non_null(strstr(line, "two:tempfail"));
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
}

static void
test_refusal_waits_for_a_possible_accept(void **state)
{
	(void)state;
	inst[0].need.may_end = true;
	script[1].say[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_non_null(strstr(line, "verdict=reject by=\"two\""));
	/* and is forgotten when that one accepts */
	script[0].say[STAGE_EOM] = VERDICT_ACCEPT;
	envelope();
	content();
	expect("a");
	assert_int_equal(lines, 2);
	assert_int_equal(script[1].asked[STAGE_EOM], 0);
}

static void
test_a_recipient_never_waits(void **state)
{
	(void)state;
	inst[0].need.may_end = true;
	start();
	mail();
	rcpt();
	script[1].say[STAGE_ENVRCPT] = VERDICT_REJECT;
	rcpt();
	expect("r");
	assert_int_equal(session_message(s)->n_rcpts, 1);
	data();
	expect("c");
	content();
	expect("c");
	assert_non_null(strstr(line, "nrcpt=1"));
	assert_non_null(strstr(line, "two:pass(refused=1)"));
	assert_int_equal(chain_find_late_accept(&chain, 1), 0);
	assert_int_equal(chain_find_late_accept(&chain, 0), -1);
}

static void
test_mail_of_refused_recipients_leaves_a_line(void **state)
{
	(void)state;
	script[0].say[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	expect("r");
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line, "verdict=aborted"));
	/* but one that nobody touched leaves none */
	script[0].say[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	mail();
	rcpt();
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
}

/* Both wait for the first policy; the one found at MAIL speaks. */
static void
test_between_refusals_the_earlier_stage_speaks(void **state)
{
	(void)state;
	set_policies(3);
	inst[0].need.may_end = true;
	script[1].say[STAGE_DATA] = VERDICT_TEMPFAIL;
	script[2].say[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_non_null(strstr(line, "by=\"three\""));
}

static void
test_non_smtp_mail_is_refused_at_eom(void **state)
{
	(void)state;
	script[0].say[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	milter_client_connect(&mta, &in, "localhost", '4', 0, "127.0.0.1");
	give();
	envelope();
	content();
	expect("r");
}

static void
test_refused_data_stays_refused(void **state)
{
	(void)state;
	script[1].say[STAGE_DATA] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	data();
	expect("r");
	rcpt();
	expect("c");
	data();
	expect("r");
	assert_int_equal(lines, 1);
}

static void
test_watchers_do_nothing(void **state)
{
	(void)state;
	inst[0].mode = MODE_MONITOR;
	script[0].adds = "X-One";
	script[0].maps = true;
	script[0].say[STAGE_EOM] = VERDICT_REJECT;
	inst[0].need.may_end = true;
	script[1].say[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	start();
	envelope();
	content();
	expect("c");
	assert_non_null(strstr(line, "policies=\"one:would=reject two:pass\""));
	assert_null(strstr(line, "edits"));
	/* a watcher is waited for by nobody */
	script[1].say[STAGE_ENVFROM] = VERDICT_REJECT;
	mail();
	expect("r");
}

static void
test_chain_that_only_watches(void **state)
{
	(void)state;
	chain.monitor = true;
	script[0].adds = "X-One";
	script[1].say[STAGE_EOM] = VERDICT_DISCARD;
	start();
	assert_int_equal(session_terms(s)->actions, 0);
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	content();
	expect("c");
	assert_non_null(strstr(line, "\"one:would=changed two:would=discard\""));
}

static void
test_on_error(void **state)
{
	static const struct {
		enum on_error on_error;
		const char *replies, *word;
	} cases[] = {
		{ON_ERROR_TEMPFAIL, "y", "verdict=tempfail by=\"one\" reply=\"451 4.3.0"},
		{ON_ERROR_REJECT, "y", "verdict=reject by=\"one\" reply=\"554 5.3.0"},
		{ON_ERROR_ACCEPT, "a", "verdict=accept by=\"one\""},
		{ON_ERROR_CONTINUE, "hc", "one:error two:changed"},
		{ON_ERROR_QUARANTINE, "hqc", "one:error two:changed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		teardown(NULL);
		setup(NULL);
		inst[0].on_error = cases[i].on_error;
		script[0].adds = "X-Half"; /* nothing half done */
		script[0].say[STAGE_EOM] = VERDICT_ERROR;
		script[1].adds = "X-Two";
		start();
		envelope();
		content();
		expect(cases[i].replies);
		assert_non_null(strstr(line, cases[i].word));
	}
}

static void
test_later_policy_sees_the_rewritten_recipient(void **state)
{
	size_t i;

	(void)state;
	script[0].maps = true;
	script[1].waits = true;
	start();
	envelope();
	content();
	i = policy_next_rcpt(script[1].call, 0);
	assert_string_equal(policy_message(script[1].call)->rcpts[i].addr,
			    "<new@example.test>");
	assert_int_equal(policy_next_rcpt(script[1].call, i + 1), RCPT_NONE);
	policy_resume(script[1].call, VERDICT_CONTINUE);
	expect("-+c");
}

static void
test_over_limit(void **state)
{
	(void)state;
	chain.limits.headers = 1;
	start();
	envelope();
	content();
	expect("y");
	assert_non_null(strstr(line, "verdict=tempfail limit=headers reply=\"452 4.3.1"));
	assert_int_equal(script[0].asked[STAGE_EOM], 0);
	chain.limits.headers = 0;
	chain.limits.recipients = 1;
	mail();
	rcpt();
	expect("c");
	rcpt();
	expect("y");
	data();
	content();
	expect("c");
}

static void
test_an_mta_that_lacks_an_action_is_told_of_once(void **state)
{
	struct milter_terms offer = {MILTER_VERSION, ACTION_ADD_HEADER, PROTO_ALL};
	struct session_request w;

	(void)state;
	chain_prepare(&chain, arena);
	run = chain_run_new(&chain, &host, NULL, "s1");
	assert_int_equal(chain_handler.offer(run, &offer, &w), -EPROTO);
	assert_int_equal(chain_handler.offer(run, &offer, &w), -EPROTO);
	assert_int_equal(warnings, 1);
}

static void
test_a_macro_that_cannot_be_asked_for(void **state)
{
	(void)state;
	inst[0].need.macros = "{client_port}";
	start_with(ACTION_ALL & ~ACTION_SETSYMLIST);
	envelope();
	content();
	assert_int_equal(warnings, 1);
	envelope();
	content();
	assert_int_equal(warnings, 1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_all_pass),
		T(test_changes_in_order),
		T(test_body_behind_a_verdict_is_not_kept),
		T(test_first_accept_stops_those_after),
		T(test_accept_keeps_refused_recipients),
		T(test_refusal_at_mail_is_given_at_once),
		T(test_refusal_waits_for_a_possible_accept),
		T(test_a_recipient_never_waits),
		T(test_mail_of_refused_recipients_leaves_a_line),
		T(test_between_refusals_the_earlier_stage_speaks),
		T(test_non_smtp_mail_is_refused_at_eom),
		T(test_refused_data_stays_refused),
		T(test_watchers_do_nothing),
		T(test_chain_that_only_watches),
		T(test_on_error),
		T(test_later_policy_sees_the_rewritten_recipient),
		T(test_over_limit),
		T(test_an_mta_that_lacks_an_action_is_told_of_once),
		T(test_a_macro_that_cannot_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
