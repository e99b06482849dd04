/* Unit tests of service/child: what a child milter is sent, step by step and in a burst, and
 * when the play ends. */
#include "child_play.h"
#include "util/memory.h"

static void
test_dialogue_of_a_child_that_answers_all(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	/* what is offered: not the recipients that the MTA has refused */
	assert_payload(&p, 'O', 0, "\0\0\0\6\0\0\1\xff\0\x1f\xf7\xff");
	assert_string_equal(written(&p), "");
	say_terms(&p, (struct milter_terms){6, ACTION_ALL, 0}, NULL);
	assert_string_equal(written(&p), "DCC");
	assert_payload(&p, 'C', 0,
		       "client.example\0004\x9c\x40"
		       "192.0.2.1\0");
	assert_string_equal(written(&p), "");
	say_letters(&p, "c");
	assert_string_equal(written(&p), "H");
	say_letters(&p, "c");
	assert_string_equal(written(&p), "DMM");
	assert_payload(&p, 'M', 0, "<a@example.org>\0SIZE=9\0RET=HDRS\0");
	say_letters(&p, "pc");
	assert_string_equal(written(&p), "DRR");
	assert_payload(&p, 'R', 0, "<b@example.net>\0NOTIFY=NEVER\0");
	say_letters(&p, "c");
	assert_string_equal(written(&p), "DRR");
	assert_payload(&p, 'R', 0, "<c@example.net>\0");
	say_letters(&p, "c");
	assert_string_equal(written(&p), "DTTLLLDNNBDEE");
	assert_payload(&p, 'L', 0, "Subject\0one\n two\0");
	assert_payload(&p, 'L', 2, "X-Blank\0 b\0");
	assert_payload(&p, 'B', 0, "hello\r\n");
	assert_int_equal(say_letters(&p, "cccccc"), EXCHANGE_GOES_ON);
	assert_int_equal(say_letters(&p, "ppp"), EXCHANGE_GOES_ON);
	assert_string_equal(written(&p), "");
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.verdict, VERDICT_CONTINUE);
	assert_int_equal(p.c.answer.n_changes, 0);
	assert_false(p.c.answer.replaces_body);
	/* QUIT, once */
	assert_string_equal(written(&p), "Q");
	assert_string_equal(written(&p), "");
	finish(&p);
}

static void
test_declined_steps_are_neither_sent_nor_awaited(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	say_terms(&p, (struct milter_terms){6, 0, 0x37f}, NULL);
	assert_string_equal(written(&p), "DCDMDRDRDTDNDEE");
	assert_int_equal(say_letters(&p, "a"), EXCHANGE_ANSWERED);
	finish(&p);

	begin(&p);
	say_terms(&p, (struct milter_terms){6, 0, NO_REPLIES}, NULL);
	assert_string_equal(written(&p), "DCCHDMMDRRDRRDTTLLLDNNBDEE");
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_ANSWERED);
	finish(&p);

	/* version 2 has no DATA */
	begin(&p);
	say_terms(&p, (struct milter_terms){2, 0, NO_REPLIES}, NULL);
	assert_string_equal(written(&p), "DCCHDMMDRRDRRDTLLLDNNBDEE");
	finish(&p);
}

static void
test_a_message_without_client_and_content(void **state)
{
	static const struct peer odd[] = {
		{"", "", "", 'U', 0},
		{"h", "unknown", "", '4', 25},
		{"h", "IPv6:::1", "", '6', 25},
	};
	struct play p;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&p);
		p.message = (struct child_message){.peer = &odd[i], .sender = {.addr = "<>"}};
		say_terms(&p, (struct milter_terms){6, 0, NO_REPLIES}, NULL);
		assert_string_equal(written(&p), "CMTNE");
		if (i == 0)
			assert_payload(&p, 'C', 0, "unknown\0U");
		else
			assert_payload(&p, 'C', 0, "h\0U");
		finish(&p);
	}
}

static void
test_macros_at_their_usual_stages(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	say_terms(&p, (struct milter_terms){6, 0, NO_REPLIES}, NULL);
	written(&p);
	assert_payload(&p, 'D', 0, "Cj\0mx.example\0");
	assert_payload(&p, 'D', 1,
		       "Mi\0004711\0{auth_type}\0PLAIN\0{mail_addr}\0a@example.org\0");
	assert_payload(&p, 'D', 2, "Ri\0004711\0{rcpt_addr}\0b@example.net\0");
	assert_payload(&p, 'D', 3, "Ri\0004711\0{rcpt_addr}\0last\0");
	assert_payload(&p, 'D', 6, "Ei\0004711\0");
	finish(&p);
}

static void
test_macros_that_the_child_asks_for(void **state)
{
	const char *lists[MACRO_STAGES] = {[MACRO_CONNECT] = "",
					   [MACRO_ENVRCPT] = "{i}, {rcpt_addr}",
					   [MACRO_EOH] = " {odd} unknown|yes j "};
	struct play p;

	(void)state;
	begin(&p);
	say_terms(&p, (struct milter_terms){6, ACTION_SETSYMLIST, NO_REPLIES}, lists);
	assert_string_equal(written(&p), "CHDMMDRRDRRDTTLLLDNNBDEE");
	assert_payload(&p, 'D', 1, "Ri\0004711\0{rcpt_addr}\0b@example.net\0");
	assert_payload(&p, 'D', 4, "N{odd}\0x\0j\0mx.example\0");
	finish(&p);
}

static void
test_body_in_windows_until_skip(void **state)
{
	static char large[300000];
	struct slice part = {large, sizeof(large)};
	struct milter_frame f;
	size_t sent = 0;
	struct play p;

	(void)state;
	begin(&p);
	p.message.body = (struct exchange_content){&part, 1, sizeof(large)};
	say_terms(&p, (struct milter_terms){6, 0, (NO_REPLIES & ~(1u << 19)) | PROTO_SKIP},
		  NULL);
	assert_string_equal(written(&p), "DCCHDMMDRRDRRDTTLLLDNNB");
	assert_true(p.out.len > EXCHANGE_WINDOW - 2048 && p.out.len < EXCHANGE_WINDOW + 2048);
	sent += find_written(&p, 'B', 0).len;
	assert_string_equal(written(&p), "B");
	sent += find_written(&p, 'B', 0).len;
	/* no more, but the replies to what was sent still come */
	assert_int_equal(say_letters(&p, "s"), EXCHANGE_GOES_ON);
	assert_string_equal(written(&p), "DEE");
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_GOES_ON);
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_ANSWERED);
	assert_true(sent < sizeof(large));
	finish(&p);

	begin(&p);
	p.message.body = (struct exchange_content){&part, 1, sizeof(large)};
	say_terms(&p, (struct milter_terms){6, 0, NO_REPLIES}, NULL);
	for (sent = 0; written(&p)[0] != '\0';) {
		f = find_written(&p, 'B', 0);
		sent += f.len;
		assert_true(p.out.len < EXCHANGE_WINDOW + 2048);
	}
	assert_int_equal(sent, sizeof(large));
	finish(&p);
}

static void
test_final_answer_within_the_burst_ends_the_play(void **state)
{
	static const struct {
		const char *letters;
		enum verdict verdict;
	} cases[] = {
		{"ca", VERDICT_CONTINUE},     {"cccr", VERDICT_REJECT},
		{"t", VERDICT_TEMPFAIL},      {"ccccd", VERDICT_DISCARD},
		{"ccccc4", VERDICT_TEMPFAIL},
	};
	struct play p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&p);
		say_terms(&p, (struct milter_terms){6, ACTION_ALL, 0x100f}, NULL);
		assert_string_equal(written(&p), "DCDMDRDRDTTLLLDNNBDEE");
		assert_int_equal(say_letters(&p, cases[i].letters), EXCHANGE_ANSWERED);
		assert_int_equal(p.c.answer.verdict, cases[i].verdict);
		assert_string_equal(written(&p), "Q");
		finish(&p);
	}
}

static void
test_refused_in_the_envelope(void **state)
{
	static const char *const before[] = {"", "c", "cc"}; /* connect, helo, mail */
	struct play p;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&p);
		say_terms(&p, (struct milter_terms){6, ACTION_ALL, 0}, NULL);
		for (const char *c = before[i]; *c != '\0'; c++) {
			written(&p);
			say_letters(&p, "c");
		}
		written(&p);
		milter_put_replycode(&p.said, 421, NULL, "Not now");
		assert_int_equal(say(&p), EXCHANGE_ANSWERED);
		assert_int_equal(p.c.answer.verdict, VERDICT_TEMPFAIL);
		assert_int_equal(p.c.answer.reply.code, 421);
		assert_string_equal(p.c.answer.reply.xcode, "4.7.1");
		assert_string_equal(p.c.answer.reply.text, "Not now");
		finish(&p);
	}
}

static void
test_some_recipients_refused(void **state)
{
	struct play p;

	(void)state;
	begin_at_rcpt(&p);
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_GOES_ON);
	assert_string_equal(written(&p), "DRR");
	milter_put_replycode(&p.said, 550, "5.1.1", "No such user");
	assert_int_equal(say(&p), EXCHANGE_GOES_ON);
	assert_string_equal(written(&p), "DTTLLLDNNBDEE");
	assert_int_equal(say_letters(&p, "ccccccc"), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.verdict, VERDICT_CONTINUE);
	assert_int_equal(p.c.answer.n_refused, 1);
	assert_int_equal(p.c.answer.refused[0].rcpt, 1);
	assert_int_equal(p.c.answer.refused[0].reply.code, 550);
	assert_string_equal(p.c.answer.refused[0].reply.text, "No such user");
	finish(&p);
}

static void
test_all_recipients_refused(void **state)
{
	struct play p;

	(void)state;
	begin_at_rcpt(&p);
	assert_int_equal(say_letters(&p, "r"), EXCHANGE_GOES_ON);
	assert_string_equal(written(&p), "DRR");
	milter_put_replycode(&p.said, 450, "4.2.0", "Greylisted");
	assert_int_equal(say(&p), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.verdict, VERDICT_TEMPFAIL);
	assert_string_equal(p.c.answer.reply.text, "Greylisted");
	finish(&p);

	begin_at_rcpt(&p);
	milter_put_replycode(&p.said, 550, "5.1.1", "first");
	say(&p);
	written(&p);
	milter_put_replycode(&p.said, 550, "5.1.1", "second");
	assert_int_equal(say(&p), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.verdict, VERDICT_REJECT);
	assert_string_equal(p.c.answer.reply.text, "first");
	finish(&p);
}

static void
test_a_verdict_at_rcpt_is_the_messages(void **state)
{
	struct play p;

	(void)state;
	begin_at_rcpt(&p);
	assert_int_equal(say_letters(&p, "a"), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.verdict, VERDICT_CONTINUE);
	finish(&p);
	begin_at_rcpt(&p);
	assert_int_equal(say_letters(&p, "d"), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.verdict, VERDICT_DISCARD);
	finish(&p);
}

static void
test_byte_by_byte(void **state)
{
	struct buf all = {0};
	struct play p;
	enum exchange_state s = EXCHANGE_GOES_ON;

	(void)state;
	begin_at_eom(&p, 0);
	milter_put_insert_header(&all, 1, "A", "b");
	milter_frame_put(&all, 'b', "x", 1);
	milter_put_simple(&all, 'c');
	for (size_t i = 0; i < all.len; i++) {
		assert_int_equal(s, EXCHANGE_GOES_ON);
		s = p.c.base.ops->read(&p.c.base, (const char *)all.data + i, 1);
	}
	assert_int_equal(s, EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.n_changes, 1);
	buf_free(&all);
	finish(&p);
}

static void
test_cut_at_any_time(void **state)
{
	struct play p;

	(void)state;
	begin(&p);
	assert_int_equal(p.c.base.ops->end(&p.c.base), EXCHANGE_CUT);
	finish(&p);
	begin_at_eom(&p, 0);
	milter_put_add_header(&p.said, "A", "b");
	buf_append(&p.said, "\0\0", 2);
	assert_int_equal(say(&p), EXCHANGE_GOES_ON);
	assert_int_equal(p.c.base.ops->end(&p.c.base), EXCHANGE_CUT);
	assert_string_equal(written(&p), "");

	/* another connection begins anew */
	p.c.base.ops->begin(&p.c.base);
	assert_string_equal(written(&p), "O");
	say_terms(&p, (struct milter_terms){6, 0, 0x37f}, NULL);
	written(&p);
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_ANSWERED);
	assert_int_equal(p.c.answer.n_changes, 0);
	finish(&p);
}

static void
test_ping(void **state)
{
	struct play p = {0};

	(void)state;
	child_ping(&p.c);
	p.c.base.max_answer = MAX_ANSWER;
	p.c.base.ops->begin(&p.c.base);
	assert_string_equal(written(&p), "O");
	assert_int_equal(say_terms(&p, (struct milter_terms){6, ACTION_ALL, 0}, NULL),
			 EXCHANGE_ANSWERED);
	assert_string_equal(written(&p), "Q");
	assert_string_equal(written(&p), "");
	p.c.base.ops->begin(&p.c.base);
	assert_string_equal(written(&p), "O");
	assert_int_equal(say_letters(&p, "c"), EXCHANGE_BAD_ANSWER);
	finish(&p);
}

static void
test_memory_while_it_waits(void **state)
{
	size_t before = memory_used();
	struct play p;

	(void)state;
	begin_at_eom(&p, 0);
	buf_free(&p.out);
	buf_free(&p.said);
	assert_int_equal(memory_used(), before);
	assert_true(sizeof(struct child) < 1024);
	milter_put_add_header(&p.said, "A", "b");
	say(&p);
	finish(&p);
	assert_int_equal(memory_used(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue_of_a_child_that_answers_all),
		cmocka_unit_test(test_declined_steps_are_neither_sent_nor_awaited),
		cmocka_unit_test(test_a_message_without_client_and_content),
		cmocka_unit_test(test_macros_at_their_usual_stages),
		cmocka_unit_test(test_macros_that_the_child_asks_for),
		cmocka_unit_test(test_body_in_windows_until_skip),
		cmocka_unit_test(test_final_answer_within_the_burst_ends_the_play),
		cmocka_unit_test(test_refused_in_the_envelope),
		cmocka_unit_test(test_some_recipients_refused),
		cmocka_unit_test(test_all_recipients_refused),
		cmocka_unit_test(test_a_verdict_at_rcpt_is_the_messages),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_cut_at_any_time),
		cmocka_unit_test(test_ping),
		cmocka_unit_test(test_memory_while_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
