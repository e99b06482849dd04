/* src/chain: policies that are suspended, and a run that serves one connection after another.
 */
#include "scripted.h"

static void
test_suspend_and_resume(void **state)
{
	(void)state;
	script[0].suspends = true;
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	expect("");
	assert_true(session_is_suspended(s));
	assert_int_equal(timer_ms, 1000);
	policy_resume(script[0].call, VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect("hc");
	assert_int_equal(script[0].cancelled, 0);
	assert_int_equal(timer_ms, 0);
	assert_int_equal(lines, 1);
}

static void
test_resume_inside_the_callback(void **state)
{
	(void)state;
	script[0].suspends = script[0].resumes_at_once = true;
	script[0].returns[STAGE_EOM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_int_equal(resumed, 0);
	assert_int_equal(script[0].cancelled, 0);
}

/* The session is still suspended, by the first policy. */
static void
test_resume_inside_the_callback_after_another_wait(void **state)
{
	(void)state;
	script[0].suspends = true;
	script[1].suspends = script[1].resumes_at_once = true;
	script[1].adds_header = "X-Two";
	set_policies(3);
	script[2].adds_header = "X-Three";
	start();
	envelope();
	content();
	expect("");
	policy_resume(script[0].call, VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect("hhc");
	assert_int_equal(script[1].called[STAGE_EOM], 1);
	assert_int_equal(script[2].called[STAGE_EOM], 1);
	assert_int_equal(script[0].cancelled + script[1].cancelled, 0);
	assert_int_equal(timer_ms, 0);
	assert_int_equal(lines, 1);
	assert_int_equal(warnings, 0);
}

static void
test_wait_after_another_wait(void **state)
{
	(void)state;
	script[0].suspends = script[1].suspends = true;
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	policy_resume(script[0].call, VERDICT_CONTINUE);
	assert_int_equal(resumed, 0);
	assert_true(session_is_suspended(s));
	assert_int_equal(timer_ms, 1000);
	policy_resume(script[1].call, VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect("hc");
}

/* The end of the headers is sent, and has no answer. */
static void
start_at_eoh(void)
{
	inst[0].need.message = STAGE_EOH;
	inst[0].need.reads |= PART_BODY;
	script[0].suspends = true;
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
test_resume_at_eoh(void **state)
{
	(void)state;
	start_at_eoh();
	policy_resume(script[0].call, VERDICT_REJECT);
	expect("");
	finish_after_eoh();
	expect("r");
	assert_non_null(strstr(line, "verdict=reject by=\"one\""));
}

static void
test_timeout_at_eoh(void **state)
{
	(void)state;
	start_at_eoh();
	chain_run_timer_expired(run);
	assert_int_equal(script[0].cancelled, 1);
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
	assert_int_equal(timer_ms, 0);
}

/* A bug of the policy: it has failed, once. */
static void
test_resume_inside_cancel(void **state)
{
	(void)state;
	script[0].suspends = script[0].resumes_in_cancel = true;
	start();
	envelope();
	content();
	chain_run_timer_expired(run);
	assert_int_equal(script[0].cancelled, 1);
	assert_int_equal(resumed, 1);
	expect("y");
	assert_int_equal(lines, 1);
}

static void
test_timeout(void **state)
{
	(void)state;
	script[0].suspends = true;
	start();
	envelope();
	content();
	chain_run_timer_expired(run);
	assert_int_equal(script[0].cancelled, 1);
	expect("y");
	assert_non_null(strstr(line, "one:error"));
	chain_run_timer_expired(run);
	assert_int_equal(script[0].cancelled, 1);
}

static void
test_cancel_at_the_end_of_the_connection(void **state)
{
	(void)state;
	script[0].suspends = true;
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
	script[0].suspends = true;
	start();
	envelope();
	content();
	s = session_free(s);
	assert_int_equal(script[0].cancelled, 1);
	assert_int_equal(timer_ms, 0);
	script[0].suspends = false;
	chain_run_move(run, NULL, "s2");
	connect_with(ACTION_ALL);
	chain_run_timer_expired(run); /* as if it had been due already */
	envelope();
	chain_run_timer_expired(run);
	content();
	expect("c");
	assert_false(session_is_suspended(s));
	script[0].suspends = true;
	envelope();
	content();
	assert_true(session_is_suspended(s));
	policy_resume(script[0].call, VERDICT_CONTINUE);
	expect("c");
	assert_int_equal(script[0].cancelled, 1);
}

/* A bug of the policy: it has failed, and the message goes on. */
static void
test_resume_without_suspension(void **state)
{
	(void)state;
	inst[0].on_error = ON_ERROR_CONTINUE;
	script[0].resumes_falsely = true;
	script[0].adds_header = "X-One"; /* undone */
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	expect("hc");
	assert_int_equal(warnings, 1);
	assert_string_equal(warning, "QID1: one: policy_resume() without a suspension");
	assert_non_null(strstr(line, "one:error two:changed"));
	/* the next message is another one */
	script[0].resumes_falsely = false;
	envelope();
	content();
	expect("hhc");
}

/* Late: after its turn, and after the end of the message. */
static void
test_second_resume(void **state)
{
	(void)state;
	script[0].suspends = script[1].suspends = true;
	start();
	envelope();
	content();
	policy_resume(script[0].call, VERDICT_CONTINUE);
	assert_true(session_is_suspended(s));
	policy_resume(script[0].call, VERDICT_REJECT);
	assert_int_equal(warnings, 1);
	assert_true(session_is_suspended(s));
	policy_resume(script[1].call, VERDICT_CONTINUE);
	expect("c");
	log_set_level(LOG_CRIT); /* it goes to the process's log: the host may be gone */
	policy_resume(script[1].call, VERDICT_REJECT);
	log_set_level(LOG_INFO);
	assert_int_equal(warnings, 1);
	assert_int_equal(lines, 1);
}

static void
test_suspend_without_policy_suspend(void **state)
{
	(void)state;
	script[0].returns[STAGE_EOM] = VERDICT_SUSPEND;
	start();
	envelope();
	content();
	expect("y");
	assert_string_equal(warning,
			    "QID1: one: returned VERDICT_SUSPEND without policy_suspend()");
	/* and as the verdict of a resume */
	script[0].suspends = true;
	envelope();
	content();
	policy_resume(script[0].call, VERDICT_SUSPEND);
	expect("y");
	assert_non_null(strstr(line, "one:error"));
}

static void
test_suspend_at_mail(void **state)
{
	(void)state;
	script[0].suspends_at_mail = true;
	script[0].returns[STAGE_ENVFROM] = VERDICT_SUSPEND;
	start();
	mail();
	expect("y");
	assert_false(session_is_suspended(s));
	assert_int_equal(script[0].cancelled, 1);
	assert_int_equal(timer_ms, 0);
	/* with a verdict the suspension has no effect */
	script[0].returns[STAGE_ENVFROM] = VERDICT_CONTINUE;
	mail();
	expect("c");
	assert_int_equal(script[0].cancelled, 2);
	chain_run_timer_expired(run);
	assert_int_equal(script[0].cancelled, 2);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_suspend_and_resume),
		T(test_resume_inside_the_callback),
		T(test_resume_inside_the_callback_after_another_wait),
		T(test_wait_after_another_wait),
		T(test_resume_at_eoh),
		T(test_timeout_at_eoh),
		T(test_end_of_the_connection_at_eoh),
		T(test_resume_inside_cancel),
		T(test_timeout),
		T(test_cancel_at_the_end_of_the_connection),
		T(test_run_of_another_session),
		T(test_run_of_another_session_after_a_suspension),
		T(test_resume_without_suspension),
		T(test_second_resume),
		T(test_suspend_without_policy_suspend),
		T(test_suspend_at_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
