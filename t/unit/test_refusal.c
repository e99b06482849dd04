/* src/chain: what chain_run_refuse() makes of a message, at each stage. */
#include "scripted.h"

#define REPLY "reply=\"451 4.3.2 Mail filter restarts, please try again later\""

/* The last answer is the reply of the refusal. */
static void
expect_refusal(void)
{
	expect("y");
	assert_non_null(memmem(out.data, out.len, "451 4.3.2 Mail", 14));
}

/* The example of chain.h: a refused recipient does not end the message. */
static void
test_at_rcpt(void **state)
{
	(void)state;
	start();
	mail();
	rcpt();
	expect("c");
	chain_run_refuse(run);
	assert_int_equal(resumed, 0);
	rcpt();
	expect_refusal();
	assert_int_equal(lines, 0);
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY " session=s1");
	expect_line("nrcpt=1 ");
	expect_line("refused=<b@example.test> refusal=\"451 4.3.2 Mail filter restarts");
	assert_int_equal(script[0].called[STAGE_EOM], 0);
}

static void
test_at_data(void **state)
{
	(void)state;
	start();
	mail();
	rcpt();
	chain_run_refuse(run);
	data();
	expect_refusal();
	expect_line("QID1: verdict=tempfail " REPLY);
	assert_int_equal(script[0].called[STAGE_DATA], 0);
}

/* No stage before the end has an answer. */
static void
test_at_the_end(void **state)
{
	(void)state;
	inst[0].need.answers = inst[1].need.answers = 0;
	inst[0].need.changes = inst[1].need.changes = PART_HEADERS;
	start();
	mail();
	chain_run_refuse(run);
	rcpt();
	expect("");
	milter_client_data(&mta, &in);
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
	assert_int_equal(script[0].called[STAGE_ENVRCPT], 0);
	assert_int_equal(script[0].called[STAGE_EOM], 0);
}

/* A message that begins later, too; and the next one of the connection. */
static void
test_at_mail(void **state)
{
	(void)state;
	start();
	chain_run_refuse(run);
	for (unsigned i = 0; i < 2; i++) {
		lines = 0;
		milter_client_macros(&mta, &in, 'M', id);
		mail();
		expect_refusal();
		expect_line("QID1: verdict=tempfail " REPLY);
		assert_null(session_message(s));
	}
	assert_int_equal(script[0].called[STAGE_ENVFROM], 0);
}

/* Such mail is refused at its end only, see chain.h. */
static void
test_local_submission(void **state)
{
	(void)state;
	start();
	milter_client_connect(&mta, &in, "localhost", '4', 0, "127.0.0.1");
	chain_run_refuse(run);
	mail();
	expect("c");
	rcpt();
	expect("c");
	data();
	expect("c");
	content();
	expect_refusal();
}

static void
test_policy_that_waits(void **state)
{
	(void)state;
	script[0].asks = true;
	script[1].adds_header = "X-Two";
	start();
	envelope();
	content();
	assert_true(session_is_suspended(s));
	chain_run_refuse(run);
	assert_int_equal(script[0].cancelled, 1);
	assert_null(pending);
	assert_int_equal(resumed, 1);
	expect_refusal();
	expect_line("QID1: verdict=tempfail " REPLY);
	chain_run_refuse(run);
	assert_int_equal(resumed, 1);
}

/* There is no answer: the verdict follows at the end. */
static void
test_policy_that_waits_at_eoh(void **state)
{
	(void)state;
	inst[0].need.message = STAGE_EOH;
	inst[0].need.reads |= PART_BODY;
	script[0].asks = true;
	start();
	envelope();
	milter_client_header(&mta, &in, "Subject", "hello");
	assert_false(milter_client_eoh(&mta, &in));
	give();
	chain_run_refuse(run);
	expect("");
	assert_false(session_is_suspended(s));
	assert_int_equal(lines, 0);
	milter_client_body(&mta, &in, "x\r\n", 3);
	milter_client_eom(&mta, &in);
	give();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
}

/* Nobody could change what a policy has decided: it stays. */
static void
test_refusal_that_a_policy_has_found(void **state)
{
	(void)state;
	inst[0].need.message = STAGE_EOH;
	inst[0].need.reads |= PART_BODY;
	script[0].returns[STAGE_EOM] = VERDICT_REJECT;
	start();
	envelope();
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	give();
	chain_run_refuse(run);
	milter_client_eom(&mta, &in);
	give();
	expect("r");
	expect_line("verdict=reject by=\"one\"");
}

/* "one" could still have accepted the message, so "two" must not bounce it. */
static void
test_refusal_that_might_be_overruled(void **state)
{
	(void)state;
	inst[0].need.may_end = true;
	script[1].returns[STAGE_ENVFROM] = VERDICT_REJECT;
	start();
	envelope();
	chain_run_refuse(run);
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
}

/* As mode_override promises: no message is refused. */
static void
test_chain_that_monitors(void **state)
{
	(void)state;
	chain.monitor = true;
	script[0].asks = true;
	start();
	mail();
	rcpt();
	content();
	chain_run_refuse(run);
	expect("a");
	expect_line("verdict=accept session=s1");
	rcpt();
	content();
	expect("a");
}

static void
test_next_connection_is_not_refused(void **state)
{
	(void)state;
	start();
	mail();
	chain_run_refuse(run);
	s = session_free(s);
	chain_run_move(run, NULL, "s2");
	connect_with(ACTION_ALL);
	envelope();
	content();
	expect("c");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_at_rcpt),
		T(test_at_data),
		T(test_at_the_end),
		T(test_at_mail),
		T(test_local_submission),
		T(test_policy_that_waits),
		T(test_policy_that_waits_at_eoh),
		T(test_refusal_that_a_policy_has_found),
		T(test_refusal_that_might_be_overruled),
		T(test_chain_that_monitors),
		T(test_next_connection_is_not_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
