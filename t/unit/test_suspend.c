/* chain/: policies that wait, and a run that serves one connection after another. */
#include "scripted.h"

static void
test_wait_and_resume(void **state)
{
	(void)state;
	script[0].waits = true;
	script[1].adds = "X-Two";
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
test_wait_answered_at_once(void **state)
{
	(void)state;
	script[0].waits = script[0].at_once = true;
	script[0].say[STAGE_EOM] = VERDICT_REJECT;
	start();
	envelope();
	content();
	expect("r");
	assert_int_equal(resumed, 0);
	assert_int_equal(script[0].cancelled, 0);
}

static void
test_wait_times_out(void **state)
{
	(void)state;
	script[0].waits = true;
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
test_wait_ends_with_the_connection(void **state)
{
	(void)state;
	script[0].waits = true;
	start();
	envelope();
	content();
	s = session_free(s);
	assert_int_equal(script[0].cancelled, 1);
}

/* Each connection's first message is its number one: the run is to know that it is another. */
static void
test_run_of_another_session(void **state)
{
	(void)state;
	script[0].say[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	milter_client_macros(&mta, &in, 'M', id);
	mail();
	expect("r");
	assert_non_null(strstr(line, "QID1: verdict=reject by=\"one\" session=s1"));
	s = session_free(s);
	script[0].say[STAGE_ENVFROM] = VERDICT_CONTINUE;
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

/* A wait that its connection did not see the end of is nobody's any more. */
static void
test_run_of_another_session_after_a_wait(void **state)
{
	(void)state;
	script[0].waits = true;
	start();
	envelope();
	content();
	s = session_free(s);
	assert_int_equal(script[0].cancelled, 1);
	assert_int_equal(timer_ms, 0);
	script[0].waits = false;
	chain_run_move(run, NULL, "s2");
	connect_with(ACTION_ALL);
	chain_run_timer_expired(run); /* it may have been due */
	envelope();
	chain_run_timer_expired(run);
	content();
	expect("c");
	assert_false(session_is_suspended(s));
	script[0].waits = true;
	envelope();
	content();
	assert_true(session_is_suspended(s));
	policy_resume(script[0].call, VERDICT_CONTINUE);
	expect("c");
	assert_int_equal(script[0].cancelled, 1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_wait_and_resume),	T(test_wait_answered_at_once),
		T(test_wait_times_out),		T(test_wait_ends_with_the_connection),
		T(test_run_of_another_session), T(test_run_of_another_session_after_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
