/* src/chain: the order of verdicts, kept refusals, monitor, failures, the log line. */
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
	script[0].adds_header = "X-One";
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	expect("hhc");
	assert_non_null(strstr(line, " policies=\"one:changed two:changed\" "
				     "edits=\"addheader:2\""));
}

/* Refused by its headers: the body that follows is not kept. */
static void
test_body_after_a_verdict_is_not_kept(void **state)
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
	script[0].returns[STAGE_EOM] = VERDICT_REJECT;
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
	script[0].adds_header = "X-One";
	inst[1].need.may_end = true;
	script[1].returns[STAGE_EOM] = VERDICT_ACCEPT;
	script[2].adds_header = "X-Three";
	start();
	envelope();
	content();
	expect("ha");
	assert_int_equal(script[2].called[STAGE_EOM], 0);
	assert_non_null(strstr(line, "policies=\"one:changed two:accept three:pass\""));
}

/* Envelope changes of later policies are undone and not logged; refused recipients are. */
static void
test_accept_keeps_refused_recipients(void **state)
{
	(void)state;
	script[0].returns[STAGE_EOM] = VERDICT_ACCEPT;
	script[1].returns[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	expect("r");
	script[1].returns[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	script[1].rewrites_rcpt = true;
	rcpt();
	data();
	content();
	expect("a");
	assert_non_null(strstr(line, "policies=\"one:accept two:undone(refused=1)\""));
}

static void
test_refusal_at_mail_is_returned_at_once(void **state)
{
	(void)state;
	script[1].returns[STAGE_ENVFROM] = VERDICT_TEMPFAIL;
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
test_refusal_is_kept_while_an_accept_is_possible(void **state)
{
	(void)state;
	inst[0].need.may_end = true;
	script[1].returns[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_non_null(strstr(line, "verdict=reject by=\"two\""));
	/* and is dropped when that policy accepts */
	script[0].returns[STAGE_EOM] = VERDICT_ACCEPT;
	envelope();
	content();
	expect("a");
	assert_int_equal(lines, 2);
	assert_int_equal(script[1].called[STAGE_EOM], 0);
}

static void
test_a_refused_recipient_is_never_kept(void **state)
{
	(void)state;
	inst[0].need.may_end = true;
	start();
	mail();
	rcpt();
	script[1].returns[STAGE_ENVRCPT] = VERDICT_REJECT;
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
test_aborted_message_with_a_refusal_is_logged(void **state)
{
	(void)state;
	script[0].returns[STAGE_ENVRCPT] = VERDICT_REJECT;
	start();
	mail();
	rcpt();
	expect("r");
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line, "verdict=aborted"));
	/* an aborted message without any refusal leaves none */
	script[0].returns[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	mail();
	rcpt();
	milter_client_abort(&mta, &in);
	give();
	assert_int_equal(lines, 1);
}

/* Both are kept because of the first policy; the one of MAIL is returned. */
static void
test_refusal_of_the_earlier_stage_is_returned(void **state)
{
	(void)state;
	set_policies(3);
	inst[0].need.may_end = true;
	script[1].returns[STAGE_DATA] = VERDICT_TEMPFAIL;
	script[2].returns[STAGE_ENVFROM] = VERDICT_REJECT;
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
	script[0].returns[STAGE_ENVRCPT] = VERDICT_REJECT;
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
	script[1].returns[STAGE_DATA] = VERDICT_REJECT;
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
test_monitor_changes_nothing(void **state)
{
	(void)state;
	inst[0].mode = MODE_MONITOR;
	script[0].adds_header = "X-One";
	script[0].rewrites_rcpt = true;
	script[0].returns[STAGE_EOM] = VERDICT_REJECT;
	inst[0].need.may_end = true;
	script[1].returns[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	start();
	envelope();
	content();
	expect("c");
	assert_non_null(strstr(line, "policies=\"one:would=reject two:pass\""));
	assert_null(strstr(line, "edits"));
	/* a refusal is not kept because of a policy that monitors */
	script[1].returns[STAGE_ENVFROM] = VERDICT_REJECT;
	mail();
	expect("r");
}

/* Matches of a policy that monitors do not use the time of others. */
static void
test_monitor_has_its_own_regex_budget(void **state)
{
	const struct regex_budget *budget[4];

	(void)state;
	set_policies(4);
	inst[0].mode = inst[1].mode = MODE_MONITOR;
	start();
	mail();
	for (size_t i = 0; i < 4; i++)
		budget[i] = policy_match_context(script[i].call).budget;
	assert_ptr_not_equal(budget[0], budget[1]);
	assert_ptr_not_equal(budget[0], budget[2]);
	assert_ptr_not_equal(budget[1], budget[2]);
	assert_ptr_equal(budget[2], budget[3]);
}

static void
test_chain_that_monitors(void **state)
{
	(void)state;
	chain.monitor = true;
	script[0].adds_header = "X-One";
	script[1].returns[STAGE_EOM] = VERDICT_DISCARD;
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
		enum on_event on_error;
		const char *replies, *logged;
	} cases[] = {
		{ON_EVENT_TEMPFAIL, "y", "verdict=tempfail by=\"one\" reply=\"451 4.3.0"},
		{ON_EVENT_REJECT, "y", "verdict=reject by=\"one\" reply=\"554 5.3.0"},
		{ON_EVENT_ACCEPT, "a", "verdict=accept by=\"one\""},
		{ON_EVENT_CONTINUE, "hc", "one:error two:changed"},
		{ON_EVENT_QUARANTINE, "hqc", "one:error two:changed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		teardown(NULL);
		setup(NULL);
		inst[0].on_error = cases[i].on_error;
		script[0].adds_header = "X-Half"; /* undone */
		script[0].returns[STAGE_EOM] = VERDICT_ERROR;
		script[1].adds_header = "X-Two";
		start();
		envelope();
		content();
		expect(cases[i].replies);
		assert_non_null(strstr(line, cases[i].logged));
	}
}

static void
test_later_policy_sees_the_rewritten_recipient(void **state)
{
	size_t i;

	(void)state;
	script[0].rewrites_rcpt = true;
	script[1].asks = true;
	start();
	envelope();
	content();
	i = policy_next_rcpt(script[1].call, 0);
	assert_string_equal(policy_message(script[1].call)->rcpts[i].addr,
			    "<new@example.test>");
	assert_int_equal(policy_next_rcpt(script[1].call, i + 1), RCPT_NONE);
	answer(&script[1], VERDICT_CONTINUE);
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
	assert_int_equal(script[0].called[STAGE_EOM], 0);
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
test_missing_action_is_logged_once(void **state)
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
test_missing_macro_is_logged_once(void **state)
{
	(void)state;
	inst[0].need.macros = "{client_port}";
	start_with(ACTION_ALL & ~ACTION_SETSYMLIST);
	envelope();
	content();
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "listener in: macro {client_port} did not come"));
	envelope();
	content();
	assert_int_equal(warnings, 1);
}

/* Two are needed, and the first one comes. */
static void
test_missing_macro_is_named(void **state)
{
	static const char *const port[] = {"{client_port}", "4000", NULL};

	(void)state;
	inst[0].need.macros = "{client_port} {client_ptr}";
	start_with(ACTION_ALL & ~ACTION_SETSYMLIST);
	milter_client_macros(&mta, &in, 'M', port);
	envelope();
	content();
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "macro {client_ptr} did not come"));
}

/* The MTA was not asked for the permission, so the change could not be sent. */
static void
test_change_that_need_does_not_declare(void **state)
{
	(void)state;
	script[0].adds_header = "X-One";
	inst[0].need.actions = ACTION_CHANGE_HEADER;
	start();
	envelope();
	content();
	expect("y");
	assert_string_equal(warning, "QID1: one: a change that need.actions does not declare");
	assert_non_null(strstr(line, "verdict=tempfail by=\"one\""));
}

static void
test_verdict_that_is_none(void **state)
{
	(void)state;
	script[0].adds_header = "X-One";
	script[0].returns[STAGE_EOM] = (enum verdict)17;
	start();
	envelope();
	content();
	expect("y");
	assert_string_equal(warning, "QID1: one: returned 17, which is no verdict here");
	assert_non_null(strstr(line, "verdict=tempfail by=\"one\""));
	/* the same from an envelope callback */
	script[0].returns[STAGE_ENVFROM] = (enum verdict) - 1;
	inst[0].on_error = ON_EVENT_REJECT;
	mail();
	expect("y");
	assert_non_null(strstr(line, "verdict=reject by=\"one\""));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_all_pass),
		T(test_changes_in_order),
		T(test_body_after_a_verdict_is_not_kept),
		T(test_first_accept_stops_those_after),
		T(test_accept_keeps_refused_recipients),
		T(test_refusal_at_mail_is_returned_at_once),
		T(test_refusal_is_kept_while_an_accept_is_possible),
		T(test_a_refused_recipient_is_never_kept),
		T(test_aborted_message_with_a_refusal_is_logged),
		T(test_refusal_of_the_earlier_stage_is_returned),
		T(test_non_smtp_mail_is_refused_at_eom),
		T(test_refused_data_stays_refused),
		T(test_monitor_changes_nothing),
		T(test_monitor_has_its_own_regex_budget),
		T(test_chain_that_monitors),
		T(test_on_error),
		T(test_later_policy_sees_the_rewritten_recipient),
		T(test_over_limit),
		T(test_missing_action_is_logged_once),
		T(test_missing_macro_is_logged_once),
		T(test_missing_macro_is_named),
		T(test_change_that_need_does_not_declare),
		T(test_verdict_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
