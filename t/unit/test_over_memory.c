/* src/chain and src/session: messages that exceed the budget of memory. */
#include "scripted.h"
#include "session/transaction.h"
#include "util/memory.h"

#define BUDGET 1000000u
#define REPLY                                                                                  \
	"limit=memory reply=\"451 4.3.1 Mail filter is out of memory, please try again later\""

static struct transaction_pool *pool;

static int
setup_budget(void **state)
{
	pool = transaction_pool_new(NULL);
	return setup(state);
}

static int
teardown_budget(void **state)
{
	int r;

	memory_set_budget(UINT64_MAX);
	r = teardown(state);
	pool = transaction_pool_free(pool);
	return r;
}

/* A session that may use BUDGET bytes. */
static void
begin(void)
{
	start();
	session_use_pool(s, pool);
	mail();
	rcpt();
	data();
	buf_reset(&out);
	memory_set_budget(BUDGET);
}

static void
expect_refusal(void)
{
	expect("y");
	assert_non_null(memmem(out.data, out.len, "451 4.3.1", 9));
}

static void
send_body(size_t len)
{
	static const char bytes[50000];

	for (size_t at = 0; at < len; at += sizeof(bytes)) {
		milter_client_body(&mta, &in, bytes, sizeof(bytes));
		give();
		expect(""); /* the body has no answer */
	}
	buf_free(&in);
}

/* The next message of the connection. */
static void
expect_another_passes(void)
{
	lines = 0;
	milter_client_abort(&mta, &in);
	give();
	memset(script, 0, sizeof(script));
	envelope();
	content();
	expect("c");
	expect_line("verdict=accept");
}

/* The chain of two policies, which read the body, when message 1 of the connection has begun.
 */
static void
test_body(void **state)
{
	size_t used;

	(void)state;
	inst[0].need.reads |= PART_BODY;
	begin();
	buf_free(&in);
	used = memory_used();
	send_body(BUDGET / 2);
	assert_true(memory_used() > used + BUDGET / 2);
	assert_int_equal(lines, 0);
	send_body(BUDGET);
	expect_line("QID1: verdict=tempfail " REPLY);
	assert_non_null(strstr(line, " from=<a@example.org> to=<b@example.test> nrcpt=1"));
	assert_true(memory_used() < used + 20000);
	send_body(BUDGET);
	assert_true(memory_used() < used + 20000);
	milter_client_eom(&mta, &in);
	give();
	expect_refusal();
	assert_int_equal(lines, 1);
	assert_int_equal(script[0].called[STAGE_EOM], 0);
	expect_another_passes();
}

static void
test_body_of_an_aborted_message(void **state)
{
	(void)state;
	inst[0].need.reads |= PART_BODY;
	begin();
	send_body(2 * BUDGET);
	expect_line("verdict=tempfail");
	expect_another_passes();
}

static void
test_headers(void **state)
{
	static char value[1000];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	begin();
	for (unsigned i = 0; i < 2 * BUDGET / sizeof(value); i++) {
		milter_client_header(&mta, &in, "Subject", value);
		give();
	}
	buf_free(&in);
	expect_line("verdict=tempfail " REPLY);
	content();
	expect_refusal();
	expect_another_passes();
}

/* All others are refused, too, and take no memory. */
static void
test_recipients(void **state)
{
	unsigned refused = 0;

	(void)state;
	begin();
	milter_client_abort(&mta, &in);
	mail();
	for (unsigned i = 0; i < BUDGET / 50; i++) {
		rcpt();
		if (*(char *)(out.data + 4) != 'c') {
			refused++;
			expect_refusal();
		} else {
			assert_int_equal(refused, 0);
		}
		assert_true(memory_used() < 2 * BUDGET);
	}
	assert_true(refused > 0);
	lines = 1;
	data();
	expect_refusal();
	expect_line(REPLY);
	expect_another_passes();
}

/* What a policy took for a time only counts: its work was cut short. */
static void
test_policy_takes(void **state)
{
	(void)state;
	script[0].takes[STAGE_EOM] = 2 * BUDGET;
	script[0].returns[STAGE_EOM] = VERDICT_ACCEPT;
	begin();
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
	assert_int_equal(script[1].called[STAGE_EOM], 0);
	expect_another_passes();
}

static void
test_policy_keeps(void **state)
{
	size_t used;

	(void)state;
	script[1].keeps[STAGE_EOM] = 2 * BUDGET;
	script[0].adds_header = "X-One";
	begin();
	used = memory_used();
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
	assert_true(memory_used() < used + 20000);
	expect_another_passes();
}

static void
test_policy_at_mail(void **state)
{
	(void)state;
	begin();
	milter_client_abort(&mta, &in);
	give();
	lines = 0;
	script[1].keeps[STAGE_ENVFROM] = 2 * BUDGET;
	mail();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
	expect_another_passes();
}

/* The answer will be as large as what the policies have made. */
static void
test_answer(void **state)
{
	(void)state;
	script[1].keeps[STAGE_EOM] = BUDGET / 5 * 3;
	begin();
	content();
	expect("c");
	expect_line("verdict=accept");
	lines = 0;
	script[0].adds_header = "X-One";
	envelope();
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
	expect_another_passes();
}

/* A message that is logged is decided. */
static void
test_log_line(void **state)
{
	(void)state;
	log_takes = 2 * BUDGET;
	script[0].adds_header = "X-One";
	begin();
	content();
	expect("hc");
	expect_line("verdict=accept");
	lines = 0;
	script[0].asks = true;
	envelope();
	content();
	answer(&script[0], VERDICT_CONTINUE);
	expect("hc");
	expect_line("verdict=accept");
}

/* Whatever on_error is. */
static void
test_policy_fails(void **state)
{
	(void)state;
	inst[0].on_error = ON_EVENT_ACCEPT;
	script[0].takes[STAGE_EOM] = 2 * BUDGET;
	script[0].returns[STAGE_EOM] = VERDICT_ERROR;
	begin();
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
}

/* A policy that monitors costs no message its verdict, unless the memory stays used. */
static void
test_policy_that_monitors(void **state)
{
	(void)state;
	inst[0].mode = MODE_MONITOR;
	script[0].takes[STAGE_EOM] = 2 * BUDGET;
	script[1].adds_header = "X-Two";
	begin();
	content();
	expect("hc");
	expect_line("verdict=accept");
	lines = 0;
	script[0].keeps[STAGE_EOM] = 2 * BUDGET;
	envelope();
	content();
	expect_refusal();
	expect_line(REPLY);
}

static void
test_chain_that_monitors(void **state)
{
	(void)state;
	chain.monitor = true;
	script[1].keeps[STAGE_EOM] = 2 * BUDGET;
	begin();
	content();
	expect("c");
	expect_line("verdict=accept limit=memory session");
	lines = 0;
	memset(script, 0, sizeof(script));
	mail();
	content();
	expect("c");
	expect_line("verdict=accept session");
}

/* It takes no more memory, so its verdict stays. */
static void
test_decided_message(void **state)
{
	char *other;

	(void)state;
	inst[0].need.message = STAGE_EOH;
	inst[0].need.reads |= PART_BODY;
	script[0].returns[STAGE_EOM] = VERDICT_DISCARD;
	begin();
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	give();
	assert_int_equal(script[0].called[STAGE_EOM], 1);
	assert_true(session_message(s)->settled);
	other = memory_alloc(2 * BUDGET);
	milter_client_body(&mta, &in, "x\r\n", 3);
	milter_client_eom(&mta, &in);
	give();
	expect("d");
	expect_line("verdict=discard by=\"one\"");
	memory_free(other, 2 * BUDGET);
}

/* Memory that others use counts, until it is free. */
static void
test_others(void **state)
{
	char *other = memory_alloc(1);

	(void)state;
	begin();
	other = memory_resize(other, 1, 2 * BUDGET);
	content();
	expect_refusal();
	memory_free(other, 2 * BUDGET);
	expect_another_passes();
}

static void
test_resumed_message(void **state)
{
	size_t used;

	(void)state;
	script[0].asks = true;
	script[1].keeps[STAGE_EOM] = 2 * BUDGET;
	begin();
	used = memory_used();
	content();
	expect("");
	answer(&script[0], VERDICT_CONTINUE);
	assert_int_equal(resumed, 1);
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
	assert_true(memory_used() < used + 20000);
	expect_another_passes();
}

static void
test_suspended_message(void **state)
{
	(void)state;
	script[0].keeps[STAGE_EOM] = 2 * BUDGET;
	script[0].asks = true;
	script[0].adds_header = "X-One";
	begin();
	memory_set_budget(0);
	content();
	expect_refusal();
	assert_false(session_is_suspended(s));
	assert_null(pending);
	memory_set_budget(BUDGET);
	expect_another_passes();
}

/* chain_run_refuse() has nothing to do with memory that others use. */
static void
test_refusal_without_memory(void **state)
{
	char *other;

	(void)state;
	script[0].asks = true;
	begin();
	content();
	other = memory_alloc(2 * BUDGET);
	chain_run_refuse(run);
	expect("y");
	assert_non_null(memmem(out.data, out.len, "451 4.3.2", 9));
	expect_line("verdict=tempfail reply=\"451 4.3.2");
	memory_free(other, 2 * BUDGET);
}

/* Such mail is refused at its end only, see chain.h. */
static void
test_local_submission(void **state)
{
	(void)state;
	start();
	milter_client_connect(&mta, &in, "localhost", '4', 0, "127.0.0.1");
	script[0].keeps[STAGE_ENVFROM] = 2 * BUDGET;
	memory_set_budget(BUDGET);
	mail();
	expect("c");
	rcpt();
	expect("c");
	data();
	expect("c");
	content();
	expect_refusal();
	expect_line("verdict=tempfail " REPLY);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup_budget, teardown_budget)
	const struct CMUnitTest tests[] = {
		T(test_body),
		T(test_body_of_an_aborted_message),
		T(test_headers),
		T(test_recipients),
		T(test_policy_takes),
		T(test_policy_keeps),
		T(test_policy_at_mail),
		T(test_answer),
		T(test_log_line),
		T(test_policy_fails),
		T(test_policy_that_monitors),
		T(test_chain_that_monitors),
		T(test_decided_message),
		T(test_others),
		T(test_resumed_message),
		T(test_suspended_message),
		T(test_refusal_without_memory),
		T(test_local_submission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
