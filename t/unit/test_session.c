/* Unit tests of session/session and session/macro: bytes in, bytes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "milter/client.h"
#include "session/macro.h"
#include "session/session.h"
#include "util/buf.h"
#include "wire.h"

/* A handler that notes its calls and returns what the test has set. */
static char calls[4096];
static enum verdict verdict[STAGE_COUNT];
static struct session_request request;
static int offer_result;
static unsigned aborts;

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
	*ret = request;
	ret->terms.version = offer->version;
	return offer_result;
}

static enum verdict
stub_event(void *ctx, struct session *s, enum stage stage)
{
	(void)ctx;
	note_call(stage_name(stage));
	if (verdict[stage] == VERDICT_REJECT && stage == STAGE_ENVFROM)
		session_set_reply(s, 550, "5.7.1", "go away");
	if (stage == STAGE_EOM && verdict[stage] == VERDICT_CONTINUE && request.keep_headers)
		message_add_header(session_message(s), "X-Done", "yes");
	return verdict[stage];
}

static void
stub_abort(void *ctx, struct session *s)
{
	(void)ctx;
	assert_non_null(session_message(s));
	note_call("abort");
	aborts++;
}

static const struct session_handler stub = {
	.offer = stub_offer, .event = stub_event, .abort = stub_abort};
static struct session_limits limits;
static struct session *s;
static struct milter_client mta;
static struct buf in, out;

static int
setup(void **state)
{
	(void)state;
	calls[0] = '\0';
	aborts = 0;
	offer_result = 0;
	memset(verdict, 0, sizeof(verdict));
	limits = (struct session_limits){0};
	request = (struct session_request){.keep_headers = true, .keep_body = true};
	request.terms.actions = ACTION_ALL & ~ACTION_SETSYMLIST;
	request.max_body = request.required_body = UINT64_MAX;
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

/* Runs what is in `in`. */
static int
run(void)
{
	size_t used = 0;
	int r;

	buf_reset(&out);
	r = session_run(s, in.data, in.len, &out, &used);
	buf_consume(&in, used);
	return r;
}

static void
expect(const char *replies)
{
	char letters[WIRE_MAX];

	assert_string_equal(wire_letters(&out, letters), replies);
}

static void
agree(void)
{
	struct milter_frame frame = {0};
	struct milter_reply reply;

	milter_client_optneg(&mta, &in);
	assert_int_equal(run(), 0);
	expect("O");
	assert_int_equal(milter_frame_next(out.data, out.len, MILTER_MAX_FRAME, &frame), 1);
	assert_int_equal(milter_reply_decode(&frame, &reply), 0);
	assert_int_equal(milter_client_agree(&mta, &reply), 0);
}

static const char *const from[] = {"<a@example.org>", "SIZE=100", NULL};
static const char *const to[] = {"<b@example.test>", "NOTIFY=NEVER", NULL};
static const char *const to2[] = {"<c@example.test>", NULL};

static void
put_message(void)
{
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	milter_client_data(&mta, &in);
	milter_client_header(&mta, &in, "Subject", "hello");
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, "text\r\n", 6);
	milter_client_eom(&mta, &in);
}

static void
test_every_stage_is_answered(void **state)
{
	(void)state;
	agree();
	milter_client_connect(&mta, &in, "mx.example.org", '4', 25, "192.0.2.1");
	milter_client_helo(&mta, &in, "mx.example.org");
	put_message();
	assert_int_equal(run(), 0);
	expect("cccccccchc");
	assert_string_equal(calls, "connect helo envfrom envrcpt data header eoh body eom ");
	assert_string_equal(session_peer(s)->addr, "192.0.2.1");
	assert_int_equal(session_peer(s)->port, 25);
	assert_true(session_is_idle(s));
	milter_client_abort(&mta, &in); /* Postfix sends it after every message */
	milter_client_abort(&mta, &in);
	put_message();
	milter_client_quit(&mta, &in);
	assert_int_equal(run(), 1);
	expect("ccccccchc" + 1);
	assert_int_equal(aborts, 0);
}

static void
test_no_reply_where_none_is_agreed(void **state)
{
	(void)state;
	request.terms.protocol = stage_nr_bit(STAGE_CONNECT) | stage_nr_bit(STAGE_HELO) |
				 stage_nr_bit(STAGE_ENVFROM) | stage_nr_bit(STAGE_ENVRCPT) |
				 stage_no_bit(STAGE_DATA) | stage_no_bit(STAGE_UNKNOWN) |
				 stage_nr_bit(STAGE_HEADER) | stage_no_bit(STAGE_EOH) |
				 stage_nr_bit(STAGE_BODY);
	agree();
	milter_client_connect(&mta, &in, "x", 'U', 0, "");
	milter_client_helo(&mta, &in, "x");
	put_message();
	assert_int_equal(run(), 0);
	expect("hc");
	assert_string_equal(calls, "connect helo envfrom envrcpt header body eom ");
}

/* libmilter answers them, and some MTAs wait. Where no reply was agreed too, none comes. */
static void
test_declined_commands_get_continue(void **state)
{
	(void)state;
	for (enum stage i = 0; i < STAGE_COUNT; i++)
		request.terms.protocol |= stage_no_bit(i);
	request.terms.protocol |= stage_nr_bit(STAGE_HEADER);
	agree();
	mta.terms.protocol = 0; /* it sends them all the same */
	milter_client_connect(&mta, &in, "x", 'U', 0, "");
	milter_client_helo(&mta, &in, "x");
	milter_client_unknown(&mta, &in, "x");
	put_message();
	assert_int_equal(run(), 0);
	expect("cccccccchc"); /* connect to rcpt, data, eoh, body; the header has none */
}

/* A handler's verdict cannot be sent there: the message fails where it can be told. */
static void
test_verdict_at_a_declined_command(void **state)
{
	(void)state;
	request.terms.protocol = stage_no_bit(STAGE_EOH);
	verdict[STAGE_EOH] = VERDICT_REJECT;
	agree();
	mta.terms.protocol = 0;
	put_message();
	assert_int_equal(run(), 0);
	expect("cccccthc"); /* the body ends it; the eom is another message */
}

/* What comes meanwhile is held, and the answer is one CONTINUE. */
static void
test_suspend_at_a_declined_command(void **state)
{
	(void)state;
	request.terms.protocol = stage_no_bit(STAGE_EOH);
	verdict[STAGE_EOH] = VERDICT_SUSPEND;
	agree();
	mta.terms.protocol = 0;
	put_message();
	assert_int_equal(run(), 0);
	expect("cccc");
	buf_reset(&out);
	session_resume(s, VERDICT_CONTINUE, &out);
	expect("c");
	assert_int_equal(run(), 0);
	expect("chc");
}

static void
test_one_byte_at_a_time(void **state)
{
	struct buf all = {0}, got = {0};
	size_t used;

	(void)state;
	agree();
	put_message();
	buf_append(&all, in.data, in.len);
	buf_reset(&in);
	for (size_t i = 0; i < all.len; i++) {
		buf_putc(&in, all.data[i]);
		buf_reset(&out);
		assert_int_equal(session_run(s, in.data, in.len, &out, &used), 0);
		buf_consume(&in, used);
		buf_append(&got, out.data, out.len);
	}
	assert_int_equal(in.len, 0);
	buf_reset(&out);
	buf_append(&out, got.data, got.len);
	expect("cccccchc");
	buf_free(&all);
	buf_free(&got);
}

static void
test_refused_recipient_is_taken_back(void **state)
{
	(void)state;
	agree();
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	verdict[STAGE_ENVRCPT] = VERDICT_CONTINUE;
	assert_int_equal(run(), 0);
	verdict[STAGE_ENVRCPT] = VERDICT_REJECT;
	milter_client_envrcpt(&mta, &in, to2);
	assert_int_equal(run(), 0);
	expect("r");
	assert_int_equal(session_message(s)->n_rcpts, 1);
	assert_string_equal(session_message(s)->rcpts[0].addr, "<b@example.test>");
	assert_int_equal(session_message(s)->rcpts[0].args_len, 13);
}

/* RCPT and DATA may follow a DATA that was refused. */
static void
test_rcpt_after_refused_data(void **state)
{
	(void)state;
	agree();
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	milter_client_data(&mta, &in);
	verdict[STAGE_DATA] = VERDICT_TEMPFAIL;
	assert_int_equal(run(), 0);
	expect("cct");
	verdict[STAGE_DATA] = VERDICT_CONTINUE;
	milter_client_envrcpt(&mta, &in, to2);
	milter_client_data(&mta, &in);
	assert_int_equal(run(), 0);
	expect("cc");
	assert_int_equal(session_message(s)->n_rcpts, 2);
}

static void
test_refusal_at_mail_ends_the_message(void **state)
{
	static const char want[] = "\0\0\0\x13y550 5.7.1 go away\0";

	(void)state;
	agree();
	verdict[STAGE_ENVFROM] = VERDICT_REJECT;
	milter_client_envfrom(&mta, &in, from);
	assert_int_equal(run(), 0);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, out.len);
	assert_true(session_is_idle(s));
	milter_client_abort(&mta, &in);
	assert_int_equal(run(), 0);
	assert_int_equal(aborts, 0);
	verdict[STAGE_ENVFROM] = VERDICT_CONTINUE;
	put_message();
	assert_int_equal(run(), 0);
	expect("cccccchc");
}

static void
test_no_changes_with_a_refusal(void **state)
{
	(void)state;
	agree();
	put_message();
	verdict[STAGE_EOM] = VERDICT_DISCARD;
	assert_int_equal(run(), 0);
	expect("ccccccd");
}

static void
test_every_way_to_abort(void **state)
{
	(void)state;
	agree();
	milter_client_envfrom(&mta, &in, from);
	milter_client_abort(&mta, &in);
	milter_client_envfrom(&mta, &in, from);
	milter_client_envfrom(&mta, &in, from); /* Sendmail sends no A */
	milter_client_helo(&mta, &in, "again");
	milter_client_envfrom(&mta, &in, from);
	milter_client_envrcpt(&mta, &in, to);
	assert_int_equal(run(), 0);
	assert_int_equal(aborts, 3);
	assert_int_equal(session_message(s)->n_rcpts, 1);
	s = session_free(s);
	assert_int_equal(aborts, 4);
}

static void
test_quit_nc_starts_over(void **state)
{
	(void)state;
	agree();
	milter_client_connect(&mta, &in, "one.example", '4', 25, "192.0.2.1");
	milter_client_envfrom(&mta, &in, from);
	milter_client_quit_nc(&mta, &in);
	assert_int_equal(run(), 0);
	assert_int_equal(aborts, 1);
	assert_string_equal(session_peer(s)->host, "");
	milter_client_connect(&mta, &in, "two.example", '4', 25, "192.0.2.2");
	put_message();
	assert_int_equal(run(), 0);
	assert_string_equal(session_peer(s)->host, "two.example");
	expect("ccccccchc");
}

static void
test_out_of_order_is_refused(void **state)
{
	static const struct {
		const char *frames;
		size_t len;
	} cases[] = {
#define F(bytes) {bytes, sizeof(bytes) - 1}
		F("\0\0\0\1E"),	     /* before O */
		F("\0\0\0\1T"),	     /* before O */
		F("\0\0\0\5Chi\0U"), /* before O */
	};
	static const struct {
		const char *frames;
		size_t len;
	} later[] = {
		F("\0\0\0\1N\0\0\0\5LA\0b\0"),			  /* L after N */
		F("\0\0\0\2Bx\0\0\0\5LA\0b\0"),			  /* L after B */
		F("\0\0\0\5LA\0b\0\0\0\0\4R<>\0"),		  /* R after L */
		F("\0\0\0\1N\0\0\0\1T"),			  /* T after N */
		F("\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"), /* O twice */
		F("\0\0\0\1Z"),					  /* no command */
		F("\0\0\0\1M"),					  /* no address */
		F("\0\0\0\0"),					  /* not even a command */
		F("GET / HTTP/1.0\r\n"),
		F("\xff\xff\xff\xff"),
#undef F
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		teardown(NULL);
		setup(NULL);
		buf_append(&in, cases[i].frames, cases[i].len);
		assert_int_equal(run(), -EPROTO);
		assert_int_equal(out.len, 0);
	}
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		teardown(NULL);
		setup(NULL);
		agree();
		buf_append(&in, later[i].frames, later[i].len);
		assert_true(run() < 0);
		assert_true(strlen(session_error(s)) > 0);
	}
}

static void
test_bad_terms(void **state)
{
	(void)state;
	offer_result = -EPROTO;
	milter_client_optneg(&mta, &in);
	assert_int_equal(run(), -EPROTO);
	assert_string_equal(session_error(s), ""); /* the handler has logged it */
	teardown(NULL);
	setup(NULL);
	mta.offer.version = 1;
	milter_client_optneg(&mta, &in);
	assert_int_equal(run(), -EPROTO);
	assert_true(strlen(session_error(s)) > 0);
}

/* At a skipped stage the handler is called only for a message that is over a limit. */
static void
test_skipped_stages(void **state)
{
	static const struct session_handler skipping = {.offer = stub_offer,
							.event = stub_event,
							.abort = stub_abort,
							.skipped_stages =
								STAGE_BIT(STAGE_HEADER)};

	(void)state;
	session_free(s);
	limits = (struct session_limits){.headers = 2};
	s = session_new(&skipping, NULL, &limits);
	agree();
	verdict[STAGE_HEADER] = VERDICT_REJECT;
	milter_client_envfrom(&mta, &in, from);
	for (int i = 0; i < 2; i++)
		milter_client_header(&mta, &in, "X", "y");
	assert_int_equal(run(), 0);
	expect("ccc");
	assert_string_equal(calls, "envfrom ");
	milter_client_header(&mta, &in, "X", "y");
	assert_int_equal(run(), 0);
	expect("r");
	assert_string_equal(calls, "envfrom header ");
}

static void
test_limits(void **state)
{
	char big[5000];

	(void)state;
	limits =
		(struct session_limits){.headers = 3, .header_bytes = 1000, .body_bytes = 8000};
	memset(big, 'x', sizeof(big));
	agree();
	milter_client_envfrom(&mta, &in, from);
	for (int i = 0; i < 4; i++)
		milter_client_header(&mta, &in, "X", "y");
	assert_int_equal(run(), 0);
	assert_string_equal(session_message(s)->over_limit, "headers");
	assert_int_equal(session_message(s)->n_headers, 3 + 1);
	milter_client_abort(&mta, &in);
	milter_client_envfrom(&mta, &in, from);
	milter_client_body(&mta, &in, big, sizeof(big));
	assert_int_equal(run(), 0);
	assert_null(session_message(s)->over_limit);
	assert_int_equal(session_message(s)->kept.len, sizeof(big));
	milter_client_body(&mta, &in, big, sizeof(big));
	assert_int_equal(run(), 0);
	assert_string_equal(session_message(s)->over_limit, "body_bytes");
	assert_int_equal(session_message(s)->kept.len, 0);
	assert_int_equal(session_message(s)->body_size, 2 * sizeof(big));
}

/* What is optional is dropped in the place of that, and counted. */
static void
test_optional_parts_over_limits(void **state)
{
	static char big[5000];

	(void)state;
	limits = (struct session_limits){.headers = 3, .body_bytes = 8000};
	request.headers_optional = true;
	request.required_body = 9000;
	agree();
	milter_client_envfrom(&mta, &in, from);
	for (int i = 0; i < 6; i++)
		milter_client_header(&mta, &in, "X", "y");
	for (int i = 0; i < 3; i++)
		milter_client_body(&mta, &in, big, sizeof(big));
	assert_int_equal(run(), 0);
	assert_null(session_message(s)->over_limit);
	assert_true(session_message(s)->headers_dropped);
	assert_true(session_message(s)->body_dropped);
	assert_int_equal(session_message(s)->n_headers, 3 + 1);
	assert_int_equal(session_message(s)->header_lines, 6);
	assert_int_equal(session_message(s)->body_size, 3 * sizeof(big));
	milter_client_abort(&mta, &in);
	milter_client_envfrom(&mta, &in, from);
	assert_int_equal(run(), 0);
	assert_false(session_message(s)->headers_dropped);
	assert_false(session_message(s)->body_dropped);
}

/* A body of more than max_body bytes is counted and not kept; that is no error. */
static void
test_body_over_max_body(void **state)
{
	(void)state;
	request.max_body = 4;
	agree();
	put_message();
	verdict[STAGE_EOM] = VERDICT_SUSPEND;
	assert_int_equal(run(), 0);
	assert_null(session_message(s)->body);
	assert_null(session_message(s)->over_limit);
	assert_int_equal(session_message(s)->body_size, 6);
}

static void
test_suspend_holds_what_follows(void **state)
{
	(void)state;
	agree();
	verdict[STAGE_EOM] = VERDICT_SUSPEND;
	put_message();
	milter_client_abort(&mta, &in);
	assert_int_equal(run(), 0);
	expect("cccccc");
	assert_true(session_is_suspended(s));
	assert_false(session_is_idle(s));
	assert_int_equal(in.len, 5); /* the abort waits */
	buf_reset(&out);
	assert_true(session_write_progress(s, &out));
	session_resume(s, VERDICT_CONTINUE, &out);
	expect("pc");
	assert_int_equal(run(), 0);
	assert_int_equal(aborts, 0);
	assert_false(session_write_progress(s, &out));
}

static void
test_eom_with_payload_is_body(void **state)
{
	(void)state;
	agree();
	verdict[STAGE_EOM] = VERDICT_SUSPEND;
	milter_client_envfrom(&mta, &in, from);
	buf_append(&in, "\0\0\0\4Bab\n", 8);
	buf_append(&in, "\0\0\0\3Ecd", 7);
	assert_int_equal(run(), 0);
	assert_int_equal(session_message(s)->body_len, 5);
	assert_memory_equal(session_message(s)->body, "ab\ncd", 5);
}

static void
test_macros_by_stage(void **state)
{
	struct buf later[MACRO_MESSAGE_SETS] = {0};
	struct macros m = {0};

	(void)state;
	assert_false(macro_stage_is_of_message('H'));
	assert_true(macro_stage_is_of_message('M'));
	assert_false(macro_stage_is_of_message('L'));
	assert_null(macros_get(&m, "i"));
	macros_set_buffers(&m, later);
	macros_set(&m, 'C', "j\0mx\0{foo}\0old\0", 15);
	macros_set(&m, 'H', "{foo}\0new\0", 10);
	macros_set(&m, 'R', "i\0ID1\0", 6);
	assert_string_equal(macros_get(&m, "{j}"), "mx");
	assert_string_equal(macros_get(&m, "{foo}"), "new");
	assert_string_equal(macros_get(&m, "{i}"), "ID1");
	assert_null(macros_get(&m, "{fo}"));
	macros_set(&m, 'L', "i\0XXX\0", 6); /* is not kept */
	assert_string_equal(macros_get(&m, "i"), "ID1");
	macros_set(&m, 'M', "{mail_addr}\0\0", 13);
	assert_null(macros_get(&m, "i"));
	assert_string_equal(macros_get(&m, "{mail_addr}"), "");
	macros_clear_message(&m);
	assert_null(macros_get(&m, "{mail_addr}"));
	assert_string_equal(macros_get(&m, "{foo}"), "new");
	assert_false(macros_has_message_sets(&m));
	macros_set(&m, 'E', "i\0ID2\0", 6);
	assert_true(macros_has_message_sets(&m));
	assert_string_equal(macros_queue_id(&m), "ID2");
	macros_set(&m, 'H', NULL, 0); /* clears helo and all later stages */
	assert_null(macros_queue_id(&m));
	assert_string_equal(macros_get(&m, "{foo}"), "old");
	macros_clear(&m);
	assert_null(macros_get(&m, "{foo}"));
	for (size_t i = 0; i < MACRO_MESSAGE_SETS; i++)
		buf_free(&later[i]);
}

/* The queue id of a message is not that of the next one. */
static void
test_macros_end_with_the_message(void **state)
{
	static const char *const id[] = {"i", "ID1", NULL};

	(void)state;
	agree();
	milter_client_envfrom(&mta, &in, from);
	milter_client_macros(&mta, &in, 'R', id);
	milter_client_envrcpt(&mta, &in, to);
	assert_int_equal(run(), 0);
	assert_string_equal(session_macro(s, "i"), "ID1");
	assert_string_equal(session_queue_id(s), "ID1");
	milter_client_eom(&mta, &in);
	milter_client_envfrom(&mta, &in, from);
	assert_int_equal(run(), 0);
	assert_null(session_macro(s, "i"));
	assert_null(session_queue_id(s));
}

/* A connection that is idle after a large message has none of its memory. */
static void
test_memory_goes_with_the_message(void **state)
{
	static char chunk[MILTER_CHUNK];
	struct mallinfo2 before, after;

	(void)state;
	agree();
	memset(chunk, 'x', sizeof(chunk));
	before = mallinfo2();
	milter_client_envfrom(&mta, &in, from);
	milter_client_header(&mta, &in, "Subject", "hello");
	for (size_t i = 0; i < 64; i++) {
		milter_client_body(&mta, &in, chunk, sizeof(chunk));
		assert_int_equal(run(), 0);
	}
	milter_client_eom(&mta, &in);
	assert_int_equal(run(), 0);
	after = mallinfo2();
	assert_true(after.uordblks + after.hblkhd <
		    before.uordblks + before.hblkhd + (256u << 10));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_every_stage_is_answered),
		T(test_no_reply_where_none_is_agreed),
		T(test_declined_commands_get_continue),
		T(test_verdict_at_a_declined_command),
		T(test_suspend_at_a_declined_command),
		T(test_one_byte_at_a_time),
		T(test_refused_recipient_is_taken_back),
		T(test_rcpt_after_refused_data),
		T(test_refusal_at_mail_ends_the_message),
		T(test_no_changes_with_a_refusal),
		T(test_every_way_to_abort),
		T(test_quit_nc_starts_over),
		T(test_out_of_order_is_refused),
		T(test_bad_terms),
		T(test_limits),
		T(test_skipped_stages),
		T(test_optional_parts_over_limits),
		T(test_body_over_max_body),
		T(test_suspend_holds_what_follows),
		T(test_eom_with_payload_is_body),
		T(test_macros_by_stage),
		T(test_macros_end_with_the_message),
		T(test_memory_goes_with_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
