/* src/chain/sent_content.c: the message as a service gets it. */
#include "chain/run.h" /* first: it has names that scripted.h gives to variables */

#include "scripted.h"

#include "policy/policy.h"

static struct buf sent;

static int
set_up(void **state)
{
	buf_reset(&sent);
	return setup(state);
}

static int
tear_down(void **state)
{
	buf_free(&sent);
	return teardown(state);
}

/* The first policy asks, and is suspended at the end of the message. */
static void
start_from(const char *host_name, char family, const char *addr, const char *helo)
{
	struct milter_frame frame = {0};
	struct milter_reply reply;

	script[0].asks = true;
	inst[0].need.reads |= PART_BODY;
	chain_prepare(&chain, arena);
	run = chain_run_new(&chain, &host, NULL, "s1");
	s = session_new(&chain_handler, run, &chain.limits);
	milter_client_init(&mta);
	mta.offer.actions = ACTION_ALL;
	milter_client_optneg(&mta, &in);
	give();
	assert_int_equal(milter_frame_next(out.data, out.len, MILTER_MAX_FRAME, &frame), 1);
	assert_int_equal(milter_reply_decode(&frame, &reply), 0);
	assert_int_equal(milter_client_agree(&mta, &reply), 0);
	milter_client_connect(&mta, &in, host_name, family, 4000, addr);
	milter_client_helo(&mta, &in, helo);
}

static void
send_message(const char *const *macros, const char *value, const char *body)
{
	milter_client_macros(&mta, &in, 'M', macros);
	mail();
	rcpt();
	data();
	milter_client_header(&mta, &in, "Subject", value);
	milter_client_eoh(&mta, &in);
	milter_client_body(&mta, &in, body, strlen(body));
	milter_client_eom(&mta, &in);
	give();
	assert_true(session_is_suspended(s));
}

/* All parts in one, with a "@" in place of the date. */
static const char *
join_content(const char *before)
{
	const struct exchange_content *content = policy_sent_content(script[0].call, before);
	struct buf all = {0};
	const char *text, *date, *end;

	for (size_t i = 0; i < content->n; i++)
		buf_append(&all, content->parts[i].data, content->parts[i].len);
	assert_int_equal(all.len, content->size);
	text = buf_string(&all);
	date = strstr(text, ";\r\n\t");
	assert_non_null(date);
	date += 4;
	end = strstr(date, "\r\n");
	assert_non_null(end);
	buf_reset(&sent);
	buf_append(&sent, text, (size_t)(date - text));
	buf_putc(&sent, '@');
	buf_puts(&sent, end);
	buf_free(&all);
	return buf_string(&sent);
}

static const char *const no_macros[] = {NULL};

static void
test_message(void **state)
{
	static const char *const macros[] = {"j", "mx.example.org", "i", "Q1", NULL};

	(void)state;
	start_from("client.example", '4', "192.0.2.1", "helo.example");
	send_message(macros, "hello", "one\r\ntwo\r\n");
	assert_string_equal(join_content(NULL),
			    "Received: from helo.example (client.example [192.0.2.1])\r\n"
			    "\tby mx.example.org (polymilter) with ESMTP id Q1;\r\n\t@\r\n"
			    "Subject: hello\r\n"
			    "\r\n"
			    "one\r\ntwo\r\n");
}

static void
test_fields_of_the_caller(void **state)
{
	(void)state;
	start_from("client.example", '4', "192.0.2.1", "h");
	send_message(no_macros, "x", "");
	assert_string_equal(join_content("X-Envelope-From: <a@example.org>\r\n"),
			    "X-Envelope-From: <a@example.org>\r\n"
			    "Received: from h (client.example [192.0.2.1])\r\n"
			    "\tby localhost (polymilter) with ESMTP id QID1;\r\n\t@\r\n"
			    "Subject: x\r\n"
			    "\r\n");
}

static void
test_authenticated_with_tls(void **state)
{
	static const char *const macros[] = {"{auth_authen}", "me", "{tls_version}", "TLSv1.3",
					     NULL};

	(void)state;
	start_from("client.example", '4', "192.0.2.1", "h");
	send_message(macros, "x", "");
	assert_string_equal(join_content(NULL),
			    "Received: from h (client.example [192.0.2.1])\r\n"
			    "\t(authenticated bits=0)\r\n"
			    "\tby localhost (polymilter) with ESMTPSA id QID1;\r\n\t@\r\n"
			    "Subject: x\r\n"
			    "\r\n");
}

/* A client without a name, and addresses of both families. */
static void
test_addresses(void **state)
{
	(void)state;
	start_from("[2001:db8::1]", '6', "2001:db8::1", "h");
	send_message(no_macros, "x", "");
	assert_non_null(strstr(join_content(NULL), "from h (unknown [IPv6:2001:db8::1])\r\n"));
	s = session_free(s);
	run = chain_run_free(run);
	start_from("localhost", '6', "IPv6:::1", "");
	send_message(no_macros, "x", "");
	assert_non_null(strstr(join_content(NULL), "from unknown (localhost [IPv6:::1])\r\n"));
}

/* What a client or the MTA says cannot begin another field, nor end a comment. */
static void
test_words_cannot_break_the_line(void **state)
{
	static const char *const macros[] = {"j", "mx\r\nX-Evil: 1", "{auth_authen}", "a\r\nb",
					     NULL};
	const char *text, *end;

	(void)state;
	start_from("c\r\n\r\nx", '4', "192.0.2.1\n", "h\r\nX-Evil: 1 (a)[b]\xc3\xa4;\x01");
	send_message(macros, "x", "");
	text = join_content(NULL);
	assert_non_null(strstr(text, "from h??X-Evil:?1??a??b????? (c????x [192.0.2.1?])\r\n"));
	assert_non_null(strstr(text, "\tby mx??X-Evil:?1 (polymilter)"));
	assert_null(strstr(text, "\nX-Evil"));
	end = strstr(text, "\r\n\r\n");
	assert_non_null(end);
	assert_string_equal(end, "\r\n\r\n");
}

static void
test_long_words(void **state)
{
	static char helo[2000];
	const char *text;

	(void)state;
	memset(helo, 'h', sizeof(helo) - 1);
	start_from("client.example", '4', "192.0.2.1", helo);
	send_message(no_macros, "x", "");
	text = join_content(NULL);
	assert_int_equal(strspn(text + strlen("Received: from "), "h"), 256);
}

/* Lines of a value end with LF, or, of some MTAs, with CRLF. */
static void
test_folded_value(void **state)
{
	(void)state;
	start_from("client.example", '4', "192.0.2.1", "h");
	send_message(no_macros, "one\n\ttwo\r\n three", "x\r\n");
	assert_non_null(
		strstr(join_content(NULL), "Subject: one\r\n\ttwo\r\n three\r\n\r\nx\r\n"));
}

/* It is the message as earlier policies have left it. */
static void
test_changed_message(void **state)
{
	struct message *m;
	struct header *h;

	(void)state;
	start_from("client.example", '4', "192.0.2.1", "h");
	send_message(no_macros, "x", "body\r\n");
	m = run->message;
	h = message_nth_header(m, "Subject", 1);
	assert_non_null(h);
	message_delete_header(m, h);
	policy_add_header(script[0].call, "X-New", "a\n b");
	assert_non_null(strstr(join_content(NULL), "@\r\nX-New: a\r\n b\r\n\r\nbody\r\n"));
}

/* A body in pieces, such as one with a footer. */
static void
test_body_in_parts(void **state)
{
	static const struct slice parts[] = {{"one ", 4}, {"", 0}, {"two\r\n", 5}};

	(void)state;
	start_from("client.example", '4', "192.0.2.1", "h");
	send_message(no_macros, "x", "body\r\n");
	message_replace_body_parts(run->message, parts, 3);
	assert_non_null(strstr(join_content(NULL), "Subject: x\r\n\r\none two\r\n"));
	assert_null(strstr(join_content(NULL), "body"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_message),
		T(test_fields_of_the_caller),
		T(test_authenticated_with_tls),
		T(test_addresses),
		T(test_words_cannot_break_the_line),
		T(test_long_words),
		T(test_folded_value),
		T(test_changed_message),
		T(test_body_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
