/* ctl/offline: verdicts, changes, findings and log lines of messages that are played to a chain
 * in this process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charset/charset.h"
#include "config/config.h"
#include "ctl/offline.h"
#include "milter/proto.h"
#include "util/arena.h"
#include "util/buf.h"

static const char conf[] =
	"limits { body_memory = \"4K\" }\n"
	"listener \"mx\" { socket = \"inet:1@127.0.0.1\" chain = { \"caps\", \"words\" } }\n"
	"size \"caps\" { recipients = 2 }\n"
	"header \"words\" {\n"
	"  rule \"pills\" { name = \"Subject\" match = 'pills' action = \"reject\"\n"
	"                   reply = \"550 5.7.1 No pills\" }\n"
	"  rule \"tag\" { name = \"Subject\" match = 'win' action = \"prefix\" value = \"[?] \" }\n"
	"  rule \"hold\" { name = \"X-Hold\" match = '.' action = \"quarantine\" }\n"
	"}\n"
	"footer \"legal\" { text = \"bye\" }\n"
	"listener \"out\" { socket = \"inet:2@127.0.0.1\" chain = { \"legal\" } }\n";

static const struct mta_peer peer = {
	.name = "mail.example.org", .addr = "192.0.2.1", .family = '4', .helo = "mail"};
static const char *const sender[] = {"<a@example.org>", NULL};
static const char *const one_rcpt[] = {"<b@example.net>", NULL};
static const char *const three_rcpts[] = {"<b@example.net>", "<c@example.net>",
					  "<d@example.net>", NULL};

static struct config *cfg;
static struct arena *arena;

static void
report_mistake(void *ctx, enum config_severity severity, const char *file, unsigned line,
	       const char *text)
{
	(void)ctx;
	(void)severity;
	fail_msg("%s:%u: %s", file, line, text);
}

static int
load(void **state)
{
	(void)state;
	charset_open_all();
	arena = arena_new();
	return config_load_text("test", conf, report_mistake, NULL, &cfg);
}

static int
unload(void **state)
{
	(void)state;
	cfg = config_free(cfg);
	arena = arena_free(arena);
	return 0;
}

static struct mta_message
make_message(const struct mta_header *headers, const char *const *rcpts)
{
	return (struct mta_message){
		.peer = &peer,
		.queue_id = "Q1",
		.sender = sender,
		.rcpts = rcpts,
		.headers = headers,
		.body = "text\r\n",
		.body_len = 6,
	};
}

static struct offline_result
play(struct offline *o, const char *name, const char *value, const char *const *rcpts)
{
	const struct mta_header headers[] = {{name, value}, {NULL, NULL}};
	const struct mta_message message = make_message(headers, rcpts);
	struct offline_result r;

	assert_int_equal(offline_play(o, &message, arena, &r), 0);
	return r;
}

static void
test_messages_of_a_session(void **state)
{
	struct offline *o = offline_new(&cfg->listeners[0], cfg);
	struct offline_result r;

	(void)state;
	assert_int_equal(offline_connect(o, &peer), 0);
	r = play(o, "Subject", "hello", one_rcpt);
	assert_string_equal(r.verdict, "accept");
	assert_null(r.outcome.changes);
	assert_null(r.findings);
	r = play(o, "Subject", "you win", one_rcpt);
	assert_string_equal(r.verdict, "accept");
	assert_string_equal(r.outcome.changes->value, "[?] you win");
	assert_int_equal(r.findings->kind, FINDING_RULE);
	assert_string_equal(r.findings->name, "tag");
	assert_string_equal(r.findings->next->before, "you win");
	assert_int_equal(r.n_policies, 2);
	assert_string_equal(r.policies[1].result, "changed");
	assert_non_null(strstr(r.log, "client=mail.example.org[192.0.2.1] helo=<mail>"));
	r = play(o, "Subject", "pills", one_rcpt);
	assert_string_equal(r.verdict, "reject");
	assert_int_equal(r.outcome.stage, STAGE_EOM);
	assert_string_equal(r.outcome.text, "550 5.7.1 No pills");
	r = play(o, "X-Hold", "x", one_rcpt);
	assert_string_equal(r.verdict, "quarantine");
	offline_free(o);
}

static void
test_refused_recipients(void **state)
{
	struct offline *o = offline_new(&cfg->listeners[0], cfg);
	struct offline_result r;

	(void)state;
	assert_int_equal(offline_connect(o, &peer), 0);
	r = play(o, "Subject", "hello", three_rcpts);
	assert_string_equal(r.verdict, "accept");
	assert_int_equal(r.outcome.refusals->rcpt, 2);
	assert_memory_equal(r.outcome.refusals->text, "452 4.5.3", 9);
	assert_null(r.outcome.refusals->next);
	assert_string_equal(play(o, "Subject", "hello", one_rcpt).verdict, "accept");
	offline_free(o);
}

static void
test_reset(void **state)
{
	static const struct mta_header none[] = {{NULL, NULL}};
	struct offline *o = offline_new(&cfg->listeners[0], cfg);
	struct mta_message message = make_message(none, one_rcpt);
	struct offline_result r;

	(void)state;
	assert_int_equal(offline_connect(o, &peer), 0);
	message.is_reset = true;
	assert_int_equal(offline_play(o, &message, arena, &r), 0);
	assert_string_equal(r.verdict, "aborted");
	assert_string_equal(play(o, "Subject", "pills", one_rcpt).verdict, "reject");
	offline_free(o);
}

/* The body is larger than body_memory, so it is in a file. */
static void
test_large_body(void **state)
{
	static const struct mta_header headers[] = {{"Subject", "x"}, {NULL, NULL}};
	struct offline *o = offline_new(&cfg->listeners[1], cfg);
	struct mta_message message = make_message(headers, one_rcpt);
	struct buf body = {0}, got = {0};
	struct offline_result r;

	(void)state;
	for (size_t i = 0; i < 50000; i++)
		buf_puts(&body, "line\r\n");
	message.body = (const char *)body.data;
	message.body_len = body.len;
	assert_int_equal(offline_connect(o, &peer), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(offline_play(o, &message, arena, &r), 0);
		buf_reset(&got);
		for (const struct mta_change *c = r.outcome.changes; c != NULL; c = c->next)
			if (c->letter == REPLY_REPLACE_BODY)
				buf_append(&got, c->data, c->len);
		assert_memory_equal(got.data, body.data, body.len);
		assert_non_null(strstr(buf_string(&got) + body.len, "bye"));
	}
	buf_free(&body);
	buf_free(&got);
	offline_free(o);
}

static void
test_play_without_session(void **state)
{
	static const struct mta_header none[] = {{NULL, NULL}};
	struct offline *o = offline_new(&cfg->listeners[0], cfg);
	const struct mta_message message = make_message(none, one_rcpt);
	struct offline_result r;

	(void)state;
	assert_true(offline_play(o, &message, arena, &r) < 0);
	offline_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_messages_of_a_session, load, unload),
		cmocka_unit_test_setup_teardown(test_refused_recipients, load, unload),
		cmocka_unit_test_setup_teardown(test_reset, load, unload),
		cmocka_unit_test_setup_teardown(test_large_body, load, unload),
		cmocka_unit_test_setup_teardown(test_play_without_session, load, unload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
