/* Unit tests of session/session: verdicts that cannot be sent, replies that are not used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "milter/client.h"
#include "session/session.h"
#include "util/buf.h"
#include "wire.h"

static char calls[4096]; /* of the handler, by name */
static enum verdict verdict[STAGE_COUNT];
static unsigned set_reply; /* STAGE_BIT()s at which the handler sets a reply */
static uint32_t protocol;
static struct session *s;
static struct milter_client mta;
static struct buf in, out;

static const char *const from[] = {"<a@example.org>", NULL};
static const char *const to[] = {"<b@example.test>", NULL};

static void
note_call(const char *what)
{
	size_t len = strlen(calls);

	(void)snprintf(calls + len, sizeof(calls) - len, "%s ", what);
}

static int
stub_offer(void *ctx, const struct milter_terms *offer, struct session_request *ret)
{
	(void)ctx;
	*ret = (struct session_request){.terms = {offer->version, ACTION_ADD_HEADER, protocol},
					.keep_headers = true};
	return 0;
}

static enum verdict
stub_event(void *ctx, struct session *session, enum stage stage)
{
	(void)ctx;
	note_call(stage_name(stage));
	if ((set_reply & STAGE_BIT(stage)) != 0)
		session_set_reply(session, 550, "5.7.1", "go away");
	return verdict[stage];
}

static void
stub_abort(void *ctx, struct session *session)
{
	(void)ctx;
	assert_non_null(session_message(session));
	note_call("abort");
}

static void
stub_failed(void *ctx, struct session *session)
{
	(void)ctx;
	note_call("failed");
	assert_int_not_equal(*session_error(session), '\0');
}

static const struct session_handler stub = {
	.offer = stub_offer, .event = stub_event, .abort = stub_abort, .failed = stub_failed};
static const struct session_limits limits;

static int
setup(void **state)
{
	(void)state;
	calls[0] = '\0';
	memset(verdict, 0, sizeof(verdict));
	set_reply = 0;
	protocol = 0;
	s = session_new(&stub, NULL, &limits);
	milter_client_init(&mta);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	s = session_free(s);
	buf_free(&in);
	buf_free(&out);
	return 0;
}

/* Runs what is in `in`; the replies are these. */
static void
expect(const char *replies)
{
	char letters[WIRE_MAX];
	size_t used;

	buf_reset(&out);
	assert_int_equal(session_run(s, in.data, in.len, &out, &used), 0);
	buf_consume(&in, used);
	assert_string_equal(wire_letters(&out, letters), replies);
}

/* The MTA sends all stages; those of stages have no answer. */
static void
negotiate_without_answers(uint32_t stages)
{
	for (enum stage i = 0; i < STAGE_COUNT; i++)
		if ((stages & STAGE_BIT(i)) != 0)
			protocol |= stage_nr_bit(i);
	milter_client_optneg(&mta, &in);
	expect("O");
	mta.terms.version = MILTER_VERSION;
}

static void
put_content(void)
{
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "text\r\n", 6);
	milter_client_eom(&mta, &in);
}

static void
put_message(void)
{
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	milter_client_data(&mta, &in);
	put_content();
}

#define CONTENT (STAGE_BIT(STAGE_HEADER) | STAGE_BIT(STAGE_EOH) | STAGE_BIT(STAGE_BODY))

/* The message does not pass: it gets a tempfail at eom. The next one is filtered again. */
static void
test_verdict_without_an_answer(void **state)
{
	(void)state;
	negotiate_without_answers(CONTENT);
	verdict[STAGE_EOH] = VERDICT_REJECT;
	set_reply = STAGE_BIT(STAGE_EOH);
	put_message();
	expect("ccct");
	assert_string_equal(calls, "envfrom envrcpt data header eoh failed abort ");
	assert_string_equal(session_error(s), "verdict reject cannot be sent at eoh");
	assert_true(session_is_idle(s));
	calls[0] = '\0';
	verdict[STAGE_EOH] = VERDICT_CONTINUE;
	put_message();
	expect("cccc");
	assert_string_equal(calls, "envfrom envrcpt data header eoh body eom ");
}

/* As a worker does that ends while a policy waits. */
static void
test_resumed_without_an_answer(void **state)
{
	(void)state;
	negotiate_without_answers(CONTENT);
	verdict[STAGE_EOH] = VERDICT_SUSPEND;
	put_message();
	expect("ccc");
	assert_true(session_is_suspended(s));
	buf_reset(&out);
	session_resume(s, VERDICT_TEMPFAIL, &out);
	assert_int_equal(out.len, 0);
	assert_string_equal(calls, "envfrom envrcpt data header eoh failed abort ");
	expect("t");
	assert_string_equal(calls, "envfrom envrcpt data header eoh failed abort ");
}

static void
test_what_is_no_verdict(void **state)
{
	(void)state;
	negotiate_without_answers(0);
	verdict[STAGE_ENVRCPT] = VERDICT_ERROR;
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	expect("ct");
	assert_int_equal(session_message(s)->n_rcpts, 0);
	milter_client_header(&mta, &in, "Subject", "hello");
	expect("t");
	assert_string_equal(calls, "envfrom envrcpt failed abort ");
	verdict[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	verdict[STAGE_EOM] = VERDICT_SUSPEND;
	put_message();
	expect("cccccc");
	buf_reset(&out);
	session_resume(s, VERDICT_SUSPEND, &out);
	assert_memory_equal(out.data, "\0\0\0\1t", 5);
	assert_true(session_is_idle(s));
}

/* A refusal of the whole connection that cannot be sent holds for all messages of it. */
static void
test_connection_without_an_answer(void **state)
{
	(void)state;
	negotiate_without_answers(STAGE_BIT(STAGE_CONNECT) | STAGE_BIT(STAGE_ENVFROM) |
				  CONTENT);
	verdict[STAGE_CONNECT] = VERDICT_REJECT;
	milter_client_connect(&mta, &in, "mx.example.org", '4', 25, "192.0.2.1");
	for (int i = 0; i < 2; i++) {
		put_message();
		expect("ttt");
		milter_client_abort(&mta, &in);
	}
	assert_string_equal(calls, "connect failed ");
}

static void
test_abort_ends_the_failure(void **state)
{
	(void)state;
	negotiate_without_answers(STAGE_BIT(STAGE_ENVFROM));
	verdict[STAGE_ENVFROM] = VERDICT_DISCARD;
	milter_client_envfrom(&mta, &in, from);
	milter_client_abort(&mta, &in);
	expect("");
	assert_string_equal(calls, "envfrom failed abort ");
	verdict[STAGE_ENVFROM] = VERDICT_CONTINUE;
	put_message();
	expect("cccccc");
}

static void
test_handler_without_failed(void **state)
{
	static const struct session_handler silent = {
		.offer = stub_offer, .event = stub_event, .abort = stub_abort};

	(void)state;
	session_free(s);
	s = session_new(&silent, NULL, &limits);
	negotiate_without_answers(CONTENT);
	verdict[STAGE_BODY] = VERDICT_ACCEPT;
	put_message();
	expect("ccct");
}

/* Also when both messages come in one read. */
static void
test_unused_reply_ends_with_the_message(void **state)
{
	(void)state;
	negotiate_without_answers(CONTENT);
	set_reply = STAGE_BIT(STAGE_ENVFROM);
	verdict[STAGE_EOM] = VERDICT_REJECT;
	put_message();
	expect("cccy");
	verdict[STAGE_EOM] = VERDICT_CONTINUE;
	put_message();
	milter_client_helo(&mta, &in, "mx.example.org");
	milter_client_envrcpt(&mta, &in, to);
	verdict[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	expect("cccc"
	       "cc");
	verdict[STAGE_ENVRCPT] = VERDICT_REJECT;
	milter_client_envrcpt(&mta, &in, to);
	expect("r");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_verdict_without_an_answer),
		T(test_resumed_without_an_answer),
		T(test_what_is_no_verdict),
		T(test_connection_without_an_answer),
		T(test_abort_ends_the_failure),
		T(test_handler_without_failed),
		T(test_unused_reply_ends_with_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
