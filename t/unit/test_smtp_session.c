/* ctl/smtp_session: what a dialogue says, byte for byte, and where its mistakes are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "ctl/smtp_session.h"
#include "scratch.h"
#include "util/arena.h"
#include "util/buf.h"

static struct arena *arena;
static struct smtp_session session;

static int
setup(void **state)
{
	(void)state;
	make_scratch();
	arena = arena_new();
	session = (struct smtp_session){0};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	remove_scratch();
	return 0;
}

static int
read_dialogue(const char *text, size_t len, struct buf *why)
{
	write_scratch_bytes("d", text, len);
	return smtp_session_read(arena, in_scratch("d"), &session, why);
}

static void
test_two_messages(void **state)
{
	static const char text[] = "# comment\n\nEHLO client.example.org\r\n"
				   "mail from:<ann@example.org> SIZE=1000 BODY=8BITMIME\n"
				   "RCPT TO:<bob@example.com>\nRCPT TO:<\"c d\"@example.com>\n"
				   "DATA\nSubject: a\0b\r\n\n..dot\n.\n"
				   "MAIL FROM:<>\nRSET\nQUIT\n";
	static const char mail[] = "Subject: a\0b\n\n.dot\n";
	const struct smtp_transaction *t;
	struct buf why = {0};

	(void)state;
	assert_int_equal(read_dialogue(text, sizeof(text) - 1, &why), 0);
	assert_string_equal(session.helo, "client.example.org");
	t = session.first;
	assert_int_equal(t->line, 4);
	assert_string_equal(t->sender[0], "<ann@example.org>");
	assert_string_equal(t->sender[1], "SIZE=1000");
	assert_string_equal(t->sender[2], "BODY=8BITMIME");
	assert_null(t->sender[3]);
	assert_string_equal(t->rcpts[0], "<bob@example.com>");
	assert_string_equal(t->rcpts[1], "<\"c d\"@example.com>");
	assert_null(t->rcpts[2]);
	assert_false(t->is_reset);
	assert_int_equal(t->len, sizeof(mail) - 1);
	assert_memory_equal(t->text, mail, t->len);
	t = t->next;
	assert_int_equal(t->line, 12);
	assert_true(t->is_reset);
	assert_null(t->rcpts[0]);
	assert_null(t->next);
}

static void
expect_mistake(const char *text, const char *expected)
{
	struct buf why = {0};

	assert_int_equal(read_dialogue(text, strlen(text), &why), -EBADMSG);
	buf_putc(&why, '\0');
	assert_non_null(strstr((const char *)why.data, expected));
	assert_int_equal(
		strncmp((const char *)why.data, in_scratch("d"), strlen(in_scratch("d"))), 0);
	buf_free(&why);
}

static void
test_mistakes(void **state)
{
	(void)state;
	expect_mistake("VRFY a\n", ":1: no command that can be played");
	expect_mistake("EHLOx\n", ":1: no command that can be played");
	expect_mistake("EHLO\n", ":1: the name is missing");
	expect_mistake("EHLO a\nEHLO b\n", ":2: a session has one EHLO name");
	expect_mistake("MAIL FROM:a@b\n", ":1: the address is not in brackets");
	expect_mistake("RCPT TO:<a@b>\n", ":1: RCPT without a MAIL");
	expect_mistake("MAIL FROM:<>\nRCPT TO:<a@b> NOTIFY=NEVER\n",
		       ":2: parameters of RCPT cannot be played");
	expect_mistake("MAIL FROM:<>\nDATA\n", ":2: DATA without a RCPT");
	expect_mistake("MAIL FROM:<>\nRCPT TO:<a@b>\nDATA\nx\n", ":4: the message has no end");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_two_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
