/* ctl/show: outcomes of messages as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ctl/show.h"
#include "milter/proto.h"
#include "util/buf.h"

static const struct mta_header headers[] = {
	{"Received", "one"}, {"Subject", "hello\n there"}, {"received", "two"}, {NULL, NULL}};
static const char *const sender[] = {"<a@example.org>", NULL};
static const char *const rcpts[] = {"<b@example.net>", NULL};

static struct mta_message
make_message(const char *body)
{
	return (struct mta_message){.sender = sender,
				    .rcpts = rcpts,
				    .headers = headers,
				    .body = body,
				    .body_len = strlen(body)};
}

static void
expect(const char *body, const struct mta_outcome *out, const char *text)
{
	const struct mta_message message = make_message(body);
	struct buf b = {0};

	show_outcome(&b, &message, out);
	assert_string_equal(buf_string(&b), text);
	buf_free(&b);
}

static void
expect_change(struct mta_change change, const char *text)
{
	const char first[] = "accepted, with changes\n";
	const struct mta_outcome out = {REPLY_CONTINUE, STAGE_EOM, "", &change, NULL};
	const struct mta_message message = make_message("x\r\n");
	struct buf b = {0};

	show_outcome(&b, &message, &out);
	assert_memory_equal(buf_string(&b), first, strlen(first));
	assert_string_equal(buf_string(&b) + strlen(first), text);
	buf_free(&b);
}

/* Sends the new body in two replies, divided in the middle. */
static void
expect_body(const char *old, const char *new, const char *text)
{
	size_t half = strlen(new) / 2;
	struct mta_change second = {
		.letter = 'b', .data = new + half, .len = strlen(new) - half};
	struct mta_change first = {.letter = 'b', .data = new, .len = half, .next = &second};
	const struct mta_outcome out = {REPLY_CONTINUE, STAGE_EOM, "", &first, NULL};

	expect(old, &out, text);
}

static void
test_verdicts(void **state)
{
	static const struct {
		unsigned char reply;
		enum stage stage;
		const char *text, *shown;
	} cases[] = {
		{REPLY_CONTINUE, STAGE_EOM, "", "accepted, unchanged\n"},
		{REPLY_ACCEPT, STAGE_ENVRCPT, "", "accepted, unchanged\n"},
		{REPLY_REJECT, STAGE_ENVRCPT, "", "refused at RCPT\n"},
		{REPLY_TEMPFAIL, STAGE_DATA, "", "temporarily refused at DATA\n"},
		{REPLY_DISCARD, STAGE_EOM, "", "discarded at the end of the message\n"},
		{REPLY_CODE, STAGE_ENVFROM, "550 5.7.1 100%% no",
		 "refused at MAIL: 550 5.7.1 100% no\n"},
		{REPLY_CODE, STAGE_EOM, "451-4.7.1 a\r\n451 4.7.1 b",
		 "temporarily refused at the end of the message: 451-4.7.1 a / 451 4.7.1 b\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct mta_outcome out = {.reply = cases[i].reply,
						.stage = cases[i].stage,
						.text = cases[i].text};

		expect("", &out, cases[i].shown);
	}
}

static void
test_header_changes(void **state)
{
	(void)state;
	expect_change(
		(struct mta_change){
			.letter = 'm', .index = 1, .name = "subject", .value = " new\n\tline"},
		"- subject: hello\n-  there\n+ subject: new\n+ \tline\n");
	expect_change(
		(struct mta_change){.letter = 'm', .index = 2, .name = "Received", .value = ""},
		"- Received: two\n");
	expect_change(
		(struct mta_change){
			.letter = 'm', .index = 3, .name = "Received", .value = "x"},
		"+ Received: x\n");
	expect_change((struct mta_change){.letter = 'h', .name = "X-A", .value = "v"},
		      "+ X-A: v\n");
	expect_change((struct mta_change){.letter = 'i', .name = "X-B", .value = " v"},
		      "+ X-B: v\n");
}

static void
test_envelope_changes(void **state)
{
	(void)state;
	expect_change((struct mta_change){.letter = '+', .name = "<c@x>"},
		      "+ recipient <c@x>\n");
	expect_change(
		(struct mta_change){.letter = '2', .name = "<c@x>", .value = "NOTIFY=NEVER"},
		"+ recipient <c@x>\n");
	expect_change((struct mta_change){.letter = '-', .name = "<b@x>"},
		      "- recipient <b@x>\n");
	expect_change((struct mta_change){.letter = 'e', .name = "<n@x>"},
		      "- sender <a@example.org>\n+ sender <n@x>\n");
	expect_change((struct mta_change){.letter = 'q', .name = "why"}, "! quarantine: why\n");
}

static void
test_bodies(void **state)
{
#define HEAD "accepted, with changes\n"
	(void)state;
	expect_body("a\r\nb\r\n", "a\r\nb\r\n\r\nc\r\n", HEAD "  b\n+\n+ c\n");
	expect_body("a\r\nb\r\nc\r\n", "a\r\nX\r\nc\r\n", HEAD "  a\n- b\n+ X\n");
	expect_body("b\r\n", "a\r\nb\r\n", HEAD "+ a\n");
	expect_body("", "a\r\nb\r\n", HEAD "+ a\n+ b\n");
	expect_body("a\r\nb\r\n", "", HEAD "- a\n- b\n");
	expect_body("a\r\n", "a\r\na\r\n", HEAD "  a\n+ a\n");
	expect_body("a\r\nend", "a\r\nend\r\n", HEAD "  a\n- end\n+ end\n");
	expect_body("same\r\n", "same\r\n", HEAD "  same\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_header_changes),
		cmocka_unit_test(test_envelope_changes),
		cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
