/* Unit tests of service/child: what becomes of a child's replies. */
#include "child_play.h"

static void
expect_change(const struct play *p, size_t i, struct child_change want)
{
	const struct child_change *got = &p->c.answer.changes[i];

	assert_true(i < p->c.answer.n_changes);
	assert_int_equal(got->kind, want.kind);
	assert_int_equal(got->index, want.index);
	assert_string_equal(got->name, want.name);
	assert_int_equal(got->args_len, want.args_len);
	if (want.args_len > 0)
		assert_memory_equal(got->value, want.value, want.args_len);
	else
		assert_string_equal(got->value, want.value);
}

static void
test_changes_in_their_order(void **state)
{
	struct play p;

	(void)state;
	begin_at_eom(&p, 0);
	milter_put_insert_header(&p.said, 0, "DKIM-Signature", "a;\n\tb");
	milter_frame_put(&p.said, 'm', "\0\0\0\2Subject\0x\r\ny\r\n", 19);
	milter_put_change_header(&p.said, 0, "X-Gone", NULL);
	milter_put_add_header(&p.said, "X-Empty", "");
	milter_put_change_from(&p.said, "n@example.org", "SIZE=1  RET=FULL");
	milter_put_add_rcpt(&p.said, "<d@example.net>", NULL);
	milter_put_add_rcpt(&p.said, "<e@example.net>", "NOTIFY=NEVER");
	milter_frame_put(&p.said, '-', "b@example.net", 14);
	milter_frame_put(&p.said, 'b', "new ", 4);
	milter_frame_put(&p.said, 'b', "body\r\n", 6);
	milter_put_quarantine(&p.said, "looks odd");
	assert_int_equal(say(&p), EXCHANGE_GOES_ON);
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.n_changes, 8);
	expect_change(
		&p, 0,
		(struct child_change){CHILD_INSERT_FIELD, 0, "DKIM-Signature", "a;\n\tb", 0});
	expect_change(&p, 1,
		      (struct child_change){CHILD_CHANGE_FIELD, 2, "Subject", "x\n y", 0});
	expect_change(&p, 2, (struct child_change){CHILD_DELETE_FIELD, 1, "X-Gone", "", 0});
	expect_change(&p, 3, (struct child_change){CHILD_ADD_FIELD, 0, "X-Empty", "", 0});
	expect_change(&p, 4,
		      (struct child_change){CHILD_CHANGE_SENDER, 0, "<n@example.org>",
					    "SIZE=1\0RET=FULL", 16});
	expect_change(&p, 5,
		      (struct child_change){CHILD_ADD_RCPT, 0, "<d@example.net>", "", 0});
	expect_change(&p, 6,
		      (struct child_change){CHILD_ADD_RCPT, 0, "<e@example.net>",
					    "NOTIFY=NEVER", 13});
	expect_change(&p, 7,
		      (struct child_change){CHILD_DELETE_RCPT, 0, "<b@example.net>", "", 0});
	assert_true(p.c.answer.replaces_body);
	assert_int_equal(p.c.answer.body.len, 10);
	assert_memory_equal(p.c.answer.body.data, "new body\r\n", 10);
	assert_string_equal(p.c.answer.quarantine, "looks odd");
	finish(&p);
}

static void
test_leading_blank_in_both_directions(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	say_terms(&p, (struct milter_terms){6, ACTION_ALL, NO_REPLIES | PROTO_LEADSPC}, NULL);
	written(&p);
	assert_payload(&p, 'L', 0, "Subject\0 one\n two\0");
	assert_payload(&p, 'L', 2, "X-Blank\0  b\0");
	milter_put_add_header(&p.said, "A", " x");
	milter_put_change_header(&p.said, 1, "B", " "); /* an empty one, not a deletion */
	say(&p);
	assert_int_equal(say_letters(&p, "a"), EXCHANGE_ANSWERED);
	expect_change(&p, 0, (struct child_change){CHILD_ADD_FIELD, 0, "A", "x", 0});
	expect_change(&p, 1, (struct child_change){CHILD_CHANGE_FIELD, 1, "B", "", 0});
	finish(&p);
}

static void
test_an_empty_new_body(void **state)
{
	struct play p;

	(void)state;
	begin_at_eom(&p, 0);
	milter_frame_put(&p.said, 'b', NULL, 0);
	say(&p);
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_ANSWERED);
	assert_true(p.c.answer.replaces_body);
	assert_int_equal(p.c.answer.body.len, 0);
	finish(&p);
}

static void
test_a_refusal_drops_changes(void **state)
{
	static const char *const finals[] = {"r", "t", "d"};
	struct play p;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin_at_eom(&p, 0);
		milter_put_add_header(&p.said, "X-Spam", "yes");
		milter_frame_put(&p.said, 'b', "x", 1);
		milter_put_quarantine(&p.said, "odd");
		say(&p);
		assert_int_equal(say_letters(&p, finals[i]), EXCHANGE_ANSWERED);
		assert_int_not_equal(p.c.answer.verdict, VERDICT_CONTINUE);
		assert_int_equal(p.c.answer.n_changes, 0);
		assert_false(p.c.answer.replaces_body);
		assert_int_equal(p.c.answer.body.len, 0);
		assert_null(p.c.answer.quarantine);
		finish(&p);
	}
}

static void
test_replies_of_refusals(void **state)
{
	static const struct {
		const char *sent;
		struct child_reply want;
	} cases[] = {
		{"554 5.7.1 Spam %% found", {554, "5.7.1", "Spam % found"}},
		{"550 No", {550, "5.7.1", "No"}},
		{"451 4.10.999 Later", {451, "4.10.999", "Later"}},
		{"550 5.1234.1 x", {550, "5.7.1", "5.1234.1 x"}},
		{"550-5.1.1 one\r\n550 5.1.1 two", {550, "5.1.1", "one\ntwo"}},
		{"550-5.1.1 one\n550 5.1.1 two", {550, "5.1.1", "one\ntwo"}},
		/* not for a client */
		{"550-5.1.1 one\r\n551 5.1.1 two", {550, "5.7.1", "Command rejected"}},
		{"550-5.1.1 one", {550, "5.7.1", "Command rejected"}},
		{"550 5.1.1 one\r\n550 5.1.1 two", {550, "5.7.1", "Command rejected"}},
		{"550 5.1.1 one\r\n", {550, "5.7.1", "Command rejected"}},
		{"550 4.7.1 x", {550, "5.7.1", "Command rejected"}},
		{"451 192.0.2.1 x", {451, "4.7.1", "Service unavailable - try again later"}},
		{"550 caf\xc3\xa9", {550, "5.7.1", "Command rejected"}},
		{"550 a\tb", {550, "5.7.1", "Command rejected"}},
		{"550 5.1.1  ", {550, "5.7.1", "Command rejected"}},
		{"450 \x01", {451, "4.7.1", "Service unavailable - try again later"}},
	};
	struct play p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin_at_eom(&p, 0);
		milter_frame_put(&p.said, 'y', cases[i].sent, strlen(cases[i].sent) + 1);
		assert_int_equal(say(&p), EXCHANGE_ANSWERED);
		assert_int_equal(p.c.answer.verdict,
				 cases[i].want.code < 500 ? VERDICT_TEMPFAIL : VERDICT_REJECT);
		assert_int_equal(p.c.answer.reply.code, cases[i].want.code);
		assert_string_equal(p.c.answer.reply.xcode, cases[i].want.xcode);
		assert_string_equal(p.c.answer.reply.text, cases[i].want.text);
		finish(&p);
	}
}

static void
test_replies_too_long_for_a_client(void **state)
{
	struct play p;

	(void)state;
	/* lines of 980 and of 981 bytes */
	for (int digits = 976; digits <= 977; digits++) {
		begin_at_eom(&p, 0);
		buf_reset(&p.out);
		buf_printf(&p.out, "550 x%0*d", digits - 1, 0);
		milter_frame_put(&p.said, 'y', buf_string(&p.out), p.out.len + 1);
		assert_int_equal(say(&p), EXCHANGE_ANSWERED);
		assert_int_equal(strlen(p.c.answer.reply.text), digits == 976 ? 976 : 16);
		finish(&p);
	}

	begin_at_eom(&p, 0);
	buf_reset(&p.out);
	for (int i = 0; i < 32; i++)
		buf_puts(&p.out, "550-5.7.1 x\r\n");
	buf_puts(&p.out, "550 5.7.1 x");
	milter_frame_put(&p.said, 'y', buf_string(&p.out), p.out.len + 1);
	assert_int_equal(say(&p), EXCHANGE_ANSWERED);
	assert_string_equal(p.c.answer.reply.text, "Command rejected");
	finish(&p);
}

/* Says a frame, after which the answer must be bad for this reason. */
static void
expect_bad(struct play *p, unsigned char reply, const char *payload, size_t len,
	   const char *why)
{
	milter_frame_put(&p->said, reply, payload, len);
	assert_int_equal(say(p), EXCHANGE_BAD_ANSWER);
	assert_string_equal(p->c.base.text, why);
	assert_string_equal(written(p), "");
	finish(p);
}

static void
test_bad_negotiation(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	expect_bad(&p, 'c', NULL, 0, "reply 'c' to optneg");
	begin(&p);
	expect_bad(&p, 'O', "\0\0\0\7\0\0\0\0\0\0\0\0", 12, "version 7 of the protocol");
	begin(&p);
	expect_bad(&p, 'O', "\0\0\0\1\0\0\0\0\0\0\0\0", 12, "version 1 of the protocol");
	begin(&p);
	expect_bad(&p, 'O', "\0\0\0\6", 4, "no reply of the protocol: 'O' ");
	begin(&p);
	milter_frame_put(&p.said, 'O', "\0\0\0\6\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(say(&p), EXCHANGE_GOES_ON);
	expect_bad(&p, 'O', "\0\0\0\6\0\0\0\0\0\0\0\0", 12, "reply 'O' to nothing");
}

static void
test_too_many_macro_lists(void **state)
{
	static char many[5000];
	const char *lists[MACRO_STAGES] = {many};
	struct play p;

	(void)state;
	memset(many, 'x', sizeof(many) - 1);
	begin(&p);
	assert_int_equal(say_terms(&p, (struct milter_terms){6, ACTION_ALL, 0}, lists),
			 EXCHANGE_BAD_ANSWER);
	assert_string_equal(p.c.base.text, "5004 bytes of macro lists");
	finish(&p);
}

static void
test_bad_answers(void **state)
{
	struct play p;

	(void)state;
	begin_at_rcpt(&p);
	expect_bad(&p, 'h', "A\0b", 4, "reply 'h' to envrcpt");
	begin_at_rcpt(&p);
	expect_bad(&p, 's', NULL, 0, "reply 's' to envrcpt");
	begin_at_eom(&p, 0);
	expect_bad(&p, 's', NULL, 0, "reply 's' to eom");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'O', "\0\0\0\6\0\0\0\0\0\0\0\0", 12, "reply 'O' to eom");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'f', NULL, 0, "no reply of the protocol: 'f' ");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'h', "A\0b", 3, "no reply of the protocol: 'h' A");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'h', "A\0b\0c", 6, "no reply of the protocol: 'h' A");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'h', "A:\0b", 5, "the name of a field: A:");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'm', "\0\0\0\1\0b", 7, "the name of a field: ");
	begin_at_eom(&p, 0);
	expect_bad(&p, '+', "a@b\r\nc", 7, "an address: a@b\\x0d\\x0ac ");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'e', "<>\0A=\n", 7, "an address: \\<\\> A=\\x0a");
	begin_at_eom(&p, 0);
	expect_bad(&p, '-', "", 1, "no recipient in '-'");
	begin_at_eom(&p, 0);
	expect_bad(&p, 'y', "250 ok", 7, "no reply of the protocol: 'y' 250 ok");
}

static void
test_changes_that_were_not_offered(void **state)
{
	struct play p;

	(void)state;
	/* the child takes all, whatever it is offered, as rspamd's proxy does */
	begin(&p);
	p.message.actions = ACTION_ADD_HEADER | ACTION_ADD_RCPT;
	p.c.base.ops->begin(&p.c.base);
	assert_string_equal(written(&p), "O");
	assert_payload(&p, 'O', 0, "\0\0\0\6\0\0\1\5\0\x1f\xf7\xff");
	say_terms(&p, (struct milter_terms){6, ACTION_ALL, 0x7fffffff}, NULL);
	assert_string_equal(written(&p), "DCDMDRDRDTDNDEE");
	milter_put_insert_header(&p.said, 1, "A", "b");
	milter_put_add_rcpt(&p.said, "a@b", NULL);
	assert_int_equal(say(&p), EXCHANGE_GOES_ON);
	expect_bad(&p, '2', "a@b", 4, "the change '2' was not agreed on");

	/* offered, but not taken */
	begin(&p);
	say_terms(&p, (struct milter_terms){6, ACTION_ADD_HEADER, NO_REPLIES}, NULL);
	written(&p);
	expect_bad(&p, 'b', "x", 1, "the change 'b' was not agreed on");
}

static void
test_an_answer_that_is_too_large(void **state)
{
	struct play p;

	(void)state;
	begin_at_eom(&p, 0);
	for (unsigned i = 0; i < CHILD_MAX_CHANGES; i++)
		milter_put_add_header(&p.said, "A", "b");
	assert_int_equal(say(&p), EXCHANGE_GOES_ON);
	expect_bad(&p, 'h', "A\0b", 4, "more than 4096 changes");

	/* a new body counts, progress does not */
	begin_at_eom(&p, 0);
	p.c.base.max_answer = 100;
	for (int i = 0; i < 100; i++)
		assert_int_equal(say_letters(&p, "p"), EXCHANGE_GOES_ON);
	milter_frame_put(&p.said, 'b', "0123456789012345678901234567890123456789", 40);
	assert_int_equal(say(&p), EXCHANGE_GOES_ON);
	expect_bad(&p, 'b', "0123456789012345678901234567890123456789", 40,
		   "an answer of more than 100 bytes");

	/* a frame is refused before it is there */
	begin_at_eom(&p, 0);
	buf_append(&p.said, "HTTP", 4);
	assert_int_equal(say(&p), EXCHANGE_BAD_ANSWER);
	assert_string_equal(p.c.base.text, "a frame of 1213486160 bytes");
	finish(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_in_their_order),
		cmocka_unit_test(test_leading_blank_in_both_directions),
		cmocka_unit_test(test_an_empty_new_body),
		cmocka_unit_test(test_a_refusal_drops_changes),
		cmocka_unit_test(test_replies_of_refusals),
		cmocka_unit_test(test_replies_too_long_for_a_client),
		cmocka_unit_test(test_bad_negotiation),
		cmocka_unit_test(test_too_many_macro_lists),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_changes_that_were_not_offered),
		cmocka_unit_test(test_an_answer_that_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
