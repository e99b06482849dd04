/* ctl/mta_script: what is sent before each reply, and what is skipped after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ctl/mta_script.h"
#include "milter/frame.h"

#define NR_ALL (1u << 7 | 0x7fu << 12 | 1u << 19) /* no reply but at the end of the message */

static const struct mta_header headers[] = {{"From", "a"}, {"Subject", "b"}, {NULL, NULL}};
static const char *const sender[] = {"<a@example.org>", "SIZE=9", NULL};
static const char *const rcpts[] = {"<b@example.net>", "<c@example.net>", NULL};

static char body[2 * MILTER_CHUNK + 1];

static const struct mta_message message = {
	.queue_id = "Q1",
	.sender = sender,
	.rcpts = rcpts,
	.headers = headers,
	.body = body,
	.body_len = sizeof(body),
};

/* The commands of the frames in out, without macros. Empties out. */
static const char *
read_commands(struct buf *out)
{
	static char text[64];
	struct milter_frame f = {0};
	size_t at = 0, n = 0;

	while (at < out->len) {
		assert_int_equal(milter_frame_next(out->data + at, out->len - at, 65536, &f),
				 1);
		at += f.size;
		if (f.command != 'D')
			text[n++] = (char)f.command;
	}
	text[n] = '\0';
	buf_reset(out);
	return text;
}

static void
make_script(struct mta_script *s, struct milter_client *c, uint32_t protocol)
{
	milter_client_init(c);
	c->terms = (struct milter_terms){6, 0, protocol};
	*s = (struct mta_script){0};
	mta_script_add_message(s, c, &message);
}

/* Goes through a message: the dialogue is pairs of the commands that are sent and the reply,
 * then the commands that are sent at the end. Returns the state at the end. */
static struct mta_dialogue
run_dialogue(uint32_t protocol, const char *const *dialogue)
{
	struct milter_client c;
	struct mta_script s;
	struct mta_dialogue r;
	struct buf out = {0};

	memset(body, 'x', sizeof(body));
	make_script(&s, &c, protocol);
	mta_dialogue_start(&r, &s);
	for (; dialogue[1]; dialogue += 2) {
		assert_true(mta_dialogue_fill(&r, &out));
		assert_string_equal(read_commands(&out), dialogue[0]);
		mta_dialogue_take_reply(&r, (unsigned char)dialogue[1][0]);
	}
	assert_true(mta_dialogue_is_decided(&r));
	assert_false(mta_dialogue_fill(&r, &out));
	assert_string_equal(read_commands(&out), dialogue[0]);
	buf_free(&out);
	mta_script_free(&s);
	return r;
}

static void
test_answers_everywhere(void **state)
{
	const char *const d[] = {"M", "c", "R", "c", "R", "c", "T", "c", "L", "c", "L", "c",
				 "N", "c", "B", "c", "B", "c", "B", "c", "E", "c", "A", NULL};
	struct mta_dialogue r = run_dialogue(0, d);

	(void)state;
	assert_int_equal(r.decision, 'c');
	assert_int_equal(r.decided_at, STAGE_EOM);
	assert_int_equal(r.accepted_rcpts, 2);
}

static void
test_one_burst(void **state)
{
	const char *const d[] = {"MRRTLLNBBBE", "r", "A", NULL};
	struct mta_dialogue r = run_dialogue(NR_ALL, d);

	(void)state;
	assert_int_equal(r.decision, 'r');
	assert_int_equal(r.decided_at, STAGE_EOM);
	assert_int_equal(r.accepted_rcpts, 2);
}

static void
test_declined_stages_are_not_sent(void **state)
{
	/* NOHDRS, NOBODY; answers at MAIL and the end */
	const char *const d[] = {"M", "c", "RRTNE", "a", "A", NULL};

	(void)state;
	assert_int_equal(run_dialogue((NR_ALL & ~(1u << 14)) | 1u << 5 | 1u << 4, d).decision,
			 'a');
}

static void
test_refusal_of_mail_ends_it(void **state)
{
	const char *const d[] = {"M", "y", "A", NULL};
	struct mta_dialogue r = run_dialogue(0, d);

	(void)state;
	assert_int_equal(r.decision, 'y');
	assert_int_equal(r.decided_at, STAGE_ENVFROM);
}

static void
test_one_refused_recipient(void **state)
{
	const uint32_t protocol = NR_ALL & ~(1u << 15);
	const char *const first[] = {"MR", "r", "R", "c", "TLLNBBBE", "c", "A", NULL};
	const char *const second[] = {"MR", "c", "R", "t", "TLLNBBBE", "c", "A", NULL};
	struct mta_dialogue r = run_dialogue(protocol, first);

	(void)state;
	assert_int_equal(r.decision, 'c');
	assert_int_equal(r.accepted_rcpts, 1);
	assert_int_equal(run_dialogue(protocol, second).accepted_rcpts, 1);
}

static void
test_all_recipients_refused(void **state)
{
	const char *const d[] = {"MR", "r", "R", "y", "A", NULL};
	struct mta_dialogue r = run_dialogue(NR_ALL & ~(1u << 15), d);

	(void)state;
	assert_int_equal(r.decision, 'y');
	assert_int_equal(r.decided_at, STAGE_ENVRCPT);
}

static void
test_accept_at_rcpt_ends_the_message(void **state)
{
	const char *const d[] = {"MR", "a", "A", NULL};

	(void)state;
	assert_int_equal(run_dialogue(NR_ALL & ~(1u << 15), d).decided_at, STAGE_ENVRCPT);
}

static void
test_skip_leaves_chunks_out(void **state)
{
	const char *const d[] = {"MRRTLLNB", "s", "E", "c", "A", NULL};

	(void)state;
	assert_int_equal(run_dialogue(NR_ALL & ~(1u << 19), d).decided_at, STAGE_EOM);
}

static void
test_session_and_end(void **state)
{
	struct mta_script s = {0};
	struct milter_client c;
	struct mta_dialogue r;
	struct buf out = {0};

	(void)state;
	milter_client_init(&c);
	c.terms = (struct milter_terms){6, 0, 1u << 12};
	mta_script_add_session(&s, &c, NULL);
	mta_dialogue_start(&r, &s);
	assert_true(mta_dialogue_fill(&r, &out));
	assert_string_equal(read_commands(&out), "CH");
	mta_dialogue_take_reply(&r, 'c');
	assert_false(mta_dialogue_fill(&r, &out));
	assert_string_equal(read_commands(&out), "");
	mta_script_free(&s);
	mta_script_add_end(&s, &c);
	mta_dialogue_start(&r, &s);
	assert_false(mta_dialogue_fill(&r, &out));
	assert_string_equal(read_commands(&out), "AQ");
	mta_script_free(&s);
	buf_free(&out);
}

static void
test_replies_from_bytes(void **state)
{
	static const unsigned char good[] = {0, 0, 0, 1, 'c', 0};
	static const unsigned char zero[] = {0, 0, 0, 0, 'c'};
	struct milter_reply reply;
	size_t size = 0;

	(void)state;
	assert_int_equal(mta_decode_reply(good, 4, &reply, &size), 0);
	assert_int_equal(mta_decode_reply(good, sizeof(good), &reply, &size), 1);
	assert_int_equal(size, 5);
	assert_int_equal(reply.reply, 'c');
	assert_true(mta_decode_reply(zero, sizeof(zero), &reply, &size) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_everywhere),
		cmocka_unit_test(test_one_burst),
		cmocka_unit_test(test_declined_stages_are_not_sent),
		cmocka_unit_test(test_refusal_of_mail_ends_it),
		cmocka_unit_test(test_one_refused_recipient),
		cmocka_unit_test(test_all_recipients_refused),
		cmocka_unit_test(test_accept_at_rcpt_ends_the_message),
		cmocka_unit_test(test_skip_leaves_chunks_out),
		cmocka_unit_test(test_session_and_end),
		cmocka_unit_test(test_replies_from_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
