/* src/chain: policies that ask a service, and a run that serves one connection after another.
 */
#include "scripted.h"

static void
test_ask_and_answer(void **state)
{
	(void)state;
	script[0].asks = true;
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	expect("");
	assert_true(session_is_suspended(s));
	assert_int_equal(asked_ms, 1000);
	answer(&script[0], VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect("hc");
	assert_int_equal(script[0].cancelled, 0);
	assert_null(pending);
	assert_int_equal(lines, 1);
}

static void
test_answer_at_once(void **state)
{
	(void)state;
	script[0].asks = true;
	script[0].at_once = ASK_ANSWERED;
	script[0].returns[STAGE_EOM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_int_equal(resumed, 0);
	assert_int_equal(script[0].answered, 1);
	assert_int_equal(script[0].cancelled, 0);
	assert_true(script[0].released > 0);
}

/* The session is still suspended, by the first policy. */
static void
test_answer_at_once_after_another_wait(void **state)
{
	(void)state;
	script[0].asks = true;
	script[1].asks = true;
	script[1].at_once = ASK_ANSWERED;
	script[1].adds_header = "X-Two";
	set_policies(3);
	script[2].adds_header = "X-Three";
	start();
	envelope();
	content();
	expect("");
	answer(&script[0], VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect("hhc");
	assert_int_equal(script[1].called[STAGE_EOM], 1);
	assert_int_equal(script[2].called[STAGE_EOM], 1);
	assert_int_equal(script[0].cancelled + script[1].cancelled, 0);
	assert_null(pending);
	assert_int_equal(lines, 1);
	assert_int_equal(warnings, 0);
}

static void
test_wait_after_another_wait(void **state)
{
	(void)state;
	script[0].asks = script[1].asks = true;
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	answer(&script[0], VERDICT_CONTINUE);
	assert_int_equal(resumed, 0);
	assert_true(session_is_suspended(s));
	assert_int_equal(asked_ms, 1000);
	answer(&script[1], VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect("hc");
}

/* The end of the headers is sent, and has no answer. */
static void
start_at_eoh(void)
{
	inst[0].need.message = STAGE_EOH;
	inst[0].need.reads |= PART_BODY;
	script[0].asks = true;
	start();
	envelope();
	milter_client_header(&mta, &in, "Subject", "hello");
	assert_false(milter_client_eoh(&mta, &in));
	give();
	expect("");
	assert_true(session_is_suspended(s));
}

static void
finish_after_eoh(void)
{
	assert_false(session_is_suspended(s));
	milter_client_body(&mta, &in, "x\r\n", 3);
	milter_client_eom(&mta, &in);
	give();
}

static void
test_answer_at_eoh(void **state)
{
	(void)state;
	start_at_eoh();
	answer(&script[0], VERDICT_REJECT);
	expect("");
	finish_after_eoh();
	expect("r");
	assert_non_null(strstr(line, "verdict=reject by=\"one\""));
}

static void
test_no_answer_at_eoh(void **state)
{
	(void)state;
	start_at_eoh();
	answer_with(&script[0], ASK_TIMEOUT);
	assert_int_equal(script[0].answered, 0);
	expect("");
	finish_after_eoh();
	expect("y");
	assert_non_null(strstr(line, "one:error"));
}

static void
test_end_of_the_connection_at_eoh(void **state)
{
	(void)state;
	start_at_eoh();
	s = session_free(s);
	assert_int_equal(script[0].cancelled, 1);
	assert_null(pending);
}

/* The service says nothing: the line of the message tells it, and no other line. */
static void
test_no_answer(void **state)
{
	(void)state;
	script[0].asks = true;
	start();
	envelope();
	content();
	answer_with(&script[0], ASK_TIMEOUT);
	assert_int_equal(script[0].answered, 0);
	assert_int_equal(script[0].cancelled, 0);
	expect("y");
	assert_non_null(strstr(line, "one:error"));
	assert_int_equal(warnings, 0);
}

/* What the service has said stands in a line of its own. */
static void
test_bad_answer(void **state)
{
	(void)state;
	script[0].asks = true;
	start();
	envelope();
	content();
	script[0].question->server = 2;
	(void)snprintf(script[0].exchange.text, sizeof(script[0].exchange.text), "HELLO");
	answer_with(&script[0], ASK_BAD_ANSWER);
	expect("y");
	assert_string_equal(warning, "QID1: one: service stubs server 2: bad-answer: HELLO");
}

static void
test_too_big(void **state)
{
	(void)state;
	script[0].asks = true;
	start();
	envelope();
	content();
	answer_with(&script[0], ASK_TOO_BIG);
	assert_int_equal(script[0].answer, EXCHANGE_TOO_BIG);
	expect("c");
}

/* answered() may ask again. */
static void
test_several_questions_of_one_policy(void **state)
{
	(void)state;
	script[0].asks = true;
	script[0].asks_more = 2;
	start();
	envelope();
	content();
	answer(&script[0], VERDICT_CONTINUE);
	assert_int_equal(resumed, 0);
	answer(&script[0], VERDICT_CONTINUE);
	answer(&script[0], VERDICT_REJECT);
	assert_int_equal(script[0].answered, 3);
	assert_int_equal(resumed, 1);
	expect("r");
}

/* Each question may be answered before policy_ask() returns, also one of answered(). */
static void
test_several_answers_at_once(void **state)
{
	(void)state;
	script[0].asks = true;
	script[0].at_once = ASK_ANSWERED;
	script[0].asks_more = 2;
	script[0].returns[STAGE_EOM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	assert_int_equal(script[0].answered, 3);
	assert_int_equal(resumed, 0);
	assert_false(session_is_suspended(s));
	expect("r");
}

/* wait_time is of all questions of a message together. */
static void
test_wait_time(void **state)
{
	(void)state;
	chain.wait_time_ms = 1500;
	script[0].asks = script[1].asks = true;
	script[1].asks_more = 1;
	start();
	envelope();
	content();
	assert_int_equal(asked_ms, 1000);
	script[0].question->took_ms = 800;
	answer(&script[0], VERDICT_CONTINUE);
	assert_int_equal(asked_ms, 700);
	script[1].question->took_ms = 900;
	answer(&script[1], VERDICT_CONTINUE);
	assert_int_equal(asked_ms, 0);
	answer_with(&script[1], ASK_WAIT_LIMIT);
	expect("y");
	envelope();
	content();
	assert_int_equal(asked_ms, 1000); /* another message */
}

static void
test_cancel_at_the_end_of_the_connection(void **state)
{
	(void)state;
	script[0].asks = true;
	start();
	envelope();
	content();
	s = session_free(s);
	assert_int_equal(script[0].cancelled, 1);
}

/* The first message of each connection has number 1: the run must take it for a new one. */
static void
test_run_of_another_session(void **state)
{
	(void)state;
	script[0].returns[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	milter_client_macros(&mta, &in, 'M', id);
	mail();
	expect("r");
	assert_non_null(strstr(line, "QID1: verdict=reject by=\"one\" session=s1"));
	s = session_free(s);
	script[0].returns[STAGE_ENVFROM] = VERDICT_CONTINUE;
	chain_run_move(run, NULL, "s2");
	connect_with(ACTION_ALL);
	mail();
	expect("c");
	rcpt();
	milter_client_eom(&mta, &in);
	give();
	expect("c");
	assert_string_equal(line, "NOQUEUE: verdict=accept session=s2 listener=\"in\" "
				  "client=client.example[192.0.2.1] helo=<client.example> "
				  "from=<a@example.org> to=<b@example.test> nrcpt=1 "
				  "policies=\"one:pass two:pass\"");
}

/* A suspension that ended with its connection has no effect on the next one. */
static void
test_run_of_another_session_after_a_suspension(void **state)
{
	(void)state;
	script[0].asks = true;
	start();
	envelope();
	content();
	s = session_free(s);
	assert_int_equal(script[0].cancelled, 1);
	assert_null(pending);
	script[0].asks = false;
	chain_run_move(run, NULL, "s2");
	connect_with(ACTION_ALL);
	envelope();
	content();
	expect("c");
	assert_false(session_is_suspended(s));
	script[0].asks = true;
	envelope();
	content();
	assert_true(session_is_suspended(s));
	answer(&script[0], VERDICT_CONTINUE);
	expect("c");
	assert_int_equal(script[0].cancelled, 1);
}

/* A bug of the policy: it has failed, and the message goes on. */
static void
test_claim_to_ask(void **state)
{
	(void)state;
	inst[0].on_error = ON_EVENT_CONTINUE;
	script[0].claims_to_ask = true;
	script[0].adds_header = "X-One"; /* undone */
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	expect("hc");
	assert_string_equal(warning,
			    "QID1: one: returned VERDICT_SUSPEND without policy_ask()");
	assert_non_null(strstr(line, "one:error two:changed"));
	/* and in answered() */
	script[0].claims_to_ask = false;
	script[0].asks = true;
	script[0].returns[STAGE_EOM] = VERDICT_SUSPEND;
	envelope();
	content();
	answer(&script[0], VERDICT_SUSPEND);
	expect("hc");
	assert_non_null(strstr(line, "one:error"));
}

static void
test_ask_at_mail(void **state)
{
	(void)state;
	script[0].asks_at_mail = true;
	script[0].returns[STAGE_ENVFROM] = VERDICT_SUSPEND;
	start();
	mail();
	expect("y");
	assert_false(session_is_suspended(s));
	assert_int_equal(script[0].cancelled, 1);
	/* with a verdict the question has no effect */
	script[0].returns[STAGE_ENVFROM] = VERDICT_CONTINUE;
	mail();
	expect("c");
	assert_int_equal(script[0].cancelled, 2);
	assert_null(pending);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_ask_and_answer),
		T(test_answer_at_once),
		T(test_answer_at_once_after_another_wait),
		T(test_wait_after_another_wait),
		T(test_answer_at_eoh),
		T(test_no_answer_at_eoh),
		T(test_end_of_the_connection_at_eoh),
		T(test_no_answer),
		T(test_bad_answer),
		T(test_too_big),
		T(test_several_questions_of_one_policy),
		T(test_several_answers_at_once),
		T(test_wait_time),
		T(test_cancel_at_the_end_of_the_connection),
		T(test_run_of_another_session),
		T(test_run_of_another_session_after_a_suspension),
		T(test_claim_to_ask),
		T(test_ask_at_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
