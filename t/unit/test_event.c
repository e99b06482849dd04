/* Unit tests of milter/event: what real MTAs sent is decoded, what is malformed is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dumps.h"
#include "milter/event.h"

/* The last payload, in memory of exactly its size, so that ASan finds reads beyond it. */
static unsigned char *held;

static int
drop_held(void **state)
{
	(void)state;
	free(held);
	held = NULL;
	return 0;
}

static int
decode(unsigned char command, const void *payload, size_t len, struct milter_event *ret)
{
	struct milter_frame f = {.command = command, .len = len, .size = len + 5};

	free(held);
	held = malloc(len + (len == 0));
	assert_non_null(held);
	if (len > 0)
		memcpy(held, payload, len);
	f.payload = held;
	return milter_event_decode(&f, ret);
}

#define DECODE(command, literal, ret) decode((command), (literal), sizeof(literal) - 1, (ret))

static int
decode_dump(const struct dump *d, struct milter_event *ret)
{
	unsigned char bytes[DUMP_BYTES];
	size_t len = dump_bytes(d, bytes);

	return decode(bytes[4], bytes + 5, len - 5, ret);
}

/* These macros and no others, in this order: name, value, name, ..., NULL. */
static void
expect_macros(const struct dump *d, unsigned char command, const char *const *want)
{
	struct milter_event ev;

	assert_int_equal(decode_dump(d, &ev), 0);
	assert_int_equal(ev.command, CMD_MACRO);
	assert_int_equal(ev.macro.command, command);

	const char *end = ev.macro.pairs + ev.macro.len;
	const char *s = ev.macro.len > 0 ? ev.macro.pairs : NULL;

	for (; *want; want++, s = milter_string_next(s, end)) {
		assert_non_null(s);
		assert_string_equal(s, *want);
	}
	assert_null(s);
}

#define EXPECT_MACROS(d, command, ...)                                                         \
	expect_macros((d), (command), (const char *const[]){__VA_ARGS__, NULL})

static void
expect_envelope(const struct dump *d, unsigned char command, const char *const *want)
{
	struct milter_event ev;

	assert_int_equal(decode_dump(d, &ev), 0);
	assert_int_equal(ev.command, command);

	const char *s = ev.envelope.argv, *end = s + ev.envelope.len;

	for (; *want; want++, s = milter_string_next(s, end)) {
		assert_non_null(s);
		assert_string_equal(s, *want);
	}
	assert_null(s);
}

#define EXPECT_ENVELOPE(d, command, ...)                                                       \
	expect_envelope((d), (command), (const char *const[]){__VA_ARGS__, NULL})

static void
expect_connect(const struct dump *d, const char *host, char family, uint16_t port,
	       const char *addr)
{
	struct milter_event ev;

	assert_int_equal(decode_dump(d, &ev), 0);
	assert_int_equal(ev.command, 'C');
	assert_string_equal(ev.connect.host, host);
	assert_int_equal(ev.connect.family, family);
	assert_int_equal(ev.connect.port, port);
	assert_string_equal(ev.connect.addr, addr);
}

static void
expect_header(const struct dump *d, const char *name, const char *value)
{
	struct milter_event ev;

	assert_int_equal(decode_dump(d, &ev), 0);
	assert_int_equal(ev.command, 'L');
	assert_string_equal(ev.header.name, name);
	assert_string_equal(ev.header.value, value);
}

static void
expect_body(const struct dump *d, const char *text)
{
	struct milter_event ev;

	assert_int_equal(decode_dump(d, &ev), 0);
	assert_int_equal(ev.command, 'B');
	assert_int_equal(ev.body.len, strlen(text));
	assert_memory_equal(ev.body.data, text, strlen(text));
}

static void
expect_bare(const struct dump *d, unsigned char command)
{
	struct milter_event ev;

	assert_int_equal(decode_dump(d, &ev), 0);
	assert_int_equal(ev.command, command);
}

static void
test_dump_1(void **state)
{
	struct milter_event ev;

	(void)state;
	assert_int_equal(decode_dump(dump_find(dump_1, "OPTNEG", 0), &ev), 0);
	assert_int_equal(ev.command, 'O');
	assert_int_equal(ev.optneg.version, 6);
	assert_int_equal(ev.optneg.actions, 0x1ff);
	assert_int_equal(ev.optneg.protocol, 0x1fffff);
	EXPECT_MACROS(dump_find(dump_1, "MACRO", 0), 'C', "j", "mx.example.test",
		      "{daemon_name}", "mx.example.test", "{daemon_addr}", "127.0.0.1", "v",
		      "Postfix 3.7.11", "_", "localhost [127.0.0.1]");
	expect_connect(dump_find(dump_1, "CONNECT", 0), "localhost", '4', 0x91d2, "127.0.0.1");
	EXPECT_MACROS(dump_find(dump_1, "MACRO", 1), 'H', NULL);
	assert_int_equal(decode_dump(dump_find(dump_1, "HELO", 0), &ev), 0);
	assert_int_equal(ev.command, 'H');
	assert_string_equal(ev.helo, "client.example.test");
}

static void
test_dump_2(void **state)
{
	(void)state;
	EXPECT_MACROS(dump_find(dump_2, "MACRO", 0), 'C', "j", "mx.example.test",
		      "{client_addr}", "127.0.0.1", "{client_name}", "localhost",
		      "{client_ptr}", "localhost", "{client_resolve}", "OK", "{client_port}",
		      "59182", "{daemon_port}", "10025");
}

static void
test_dumps_3_and_10_odd_addresses(void **state)
{
	struct milter_event ev;

	(void)state;
	expect_connect(dump_find(dump_3, "CONNECT", 0), "unknown", '4', 0xe73e, "unknown");
	expect_connect(dump_find(dump_10, "CONNECT", 0), "[IPv6:0:0:0:0:0:0:0:1]", '6', 0xc466,
		       "IPv6:0:0:0:0:0:0:0:1");
	/* an IPv6 address in Postfix */
	assert_int_equal(DECODE('C',
				"v6.example.net\0"
				"6\x10\xe1"
				"2001:db8::1\0",
				&ev),
			 0);
	assert_int_equal(ev.connect.family, '6');
	assert_int_equal(ev.connect.port, 4321);
	assert_string_equal(ev.connect.addr, "2001:db8::1");
}

static void
test_dump_4(void **state)
{
	(void)state;
	EXPECT_MACROS(dump_find(dump_4, "MACRO", 0), 'M', "{mail_addr}", "alice@example.org",
		      "{mail_host}", "example.org", "{mail_mailer}", "discard");
	EXPECT_ENVELOPE(dump_find(dump_4, "MAIL", 0), 'M', "<alice@example.org>", "SIZE=100",
			"BODY=8BITMIME");
	EXPECT_MACROS(dump_find(dump_4, "MACRO", 1), 'R', "{rcpt_addr}", "bob@example.test",
		      "{rcpt_host}", "example.test", "{rcpt_mailer}", "virtual");
	EXPECT_ENVELOPE(dump_find(dump_4, "RCPT", 0), 'R', "<bob@example.test>",
			"NOTIFY=NEVER");
	EXPECT_MACROS(dump_find(dump_4, "MACRO", 2), 'T', "i", "4A393A9A33D");
	expect_bare(dump_find(dump_4, "DATA", 0), 'T');
	EXPECT_MACROS(dump_find(dump_4, "MACRO", 3), 'M', "{mail_addr}", "", "{mail_host}",
		      "mx.example.test", "{mail_mailer}", "discard");
	EXPECT_ENVELOPE(dump_find(dump_4, "MAIL", 1), 'M', "<>");
}

static void
test_dump_5(void **state)
{
	(void)state;
	EXPECT_MACROS(dump_find(dump_5, "MACRO", 0), 'L', "i", "4A393A9A33D");
	expect_header(dump_find(dump_5, "HEADER", 0), "Subject", " two spaces");
	expect_header(dump_find(dump_5, "HEADER", 1), "X-Tab", "\tafter tab");
	expect_header(dump_find(dump_5, "HEADER", 2), "X-Fold", "first\n\tsecond\n third");
	expect_header(dump_find(dump_5, "HEADER", 3), "X-Empty", "");
	expect_header(dump_find(dump_5, "HEADER", 4), "Subject", "  two");
	expect_header(dump_find(dump_5, "HEADER", 5), "X-Fold", " first\n\tsecond");
}

static void
test_dump_6(void **state)
{
	(void)state;
	EXPECT_MACROS(dump_find(dump_6, "MACRO", 0), 'N', "i", "4A393A9A33D");
	expect_bare(dump_find(dump_6, "EOH", 0), 'N');
	EXPECT_MACROS(dump_find(dump_6, "MACRO", 1), 'B', "i", "4A393A9A33D");
	expect_body(dump_find(dump_6, "BODY", 0), "line one\r\n.dot line\r\n\r\nlast\r\n");
	EXPECT_MACROS(dump_find(dump_6, "MACRO", 2), 'E', "i", "4A393A9A33D");
	expect_bare(dump_find(dump_6, "BODYEOB", 0), 'E');
	expect_bare(dump_find(dump_6, "ABORT", 0), CMD_ABORT);
	expect_bare(dump_find(dump_6, "ABORT", 1), CMD_ABORT);
	expect_bare(dump_find(dump_6, "QUIT", 0), CMD_QUIT);
}

static void
test_dumps_7_and_8(void **state)
{
	(void)state;
	EXPECT_MACROS(dump_find(dump_7, "MACRO", 0), 'H', NULL);
	EXPECT_MACROS(dump_find(dump_7, "MACRO", 1), 'T', "i", "80BB0A9A016");
	EXPECT_MACROS(dump_find(dump_7, "MACRO", 3), 'B', "i", "80BB0A9A016");
	expect_body(dump_find(dump_7, "BODY", 0), "\ntail\r\n");
	EXPECT_MACROS(dump_find(dump_8, "MACRO", 0), 'E', "i", "84E89A9A33E");
	expect_bare(dump_find(dump_8, "BODYEOB", 0), 'E');
}

static void
test_dump_11_family_unknown(void **state)
{
	(void)state;
	EXPECT_MACROS(dump_find(dump_11, "MACRO", 0), 'C', "j", "mx.example.test", "_",
		      "root@localhost");
	expect_connect(dump_find(dump_11, "CONNECT", 0), "localhost", 'U', 0, "");
	EXPECT_MACROS(dump_find(dump_11, "MACRO", 1), 'H', NULL);
	expect_bare(dump_find(dump_11, "ABORT", 0), CMD_ABORT);
	expect_bare(dump_find(dump_11, "QUIT", 0), CMD_QUIT);
}

static void
test_dump_12_rejected_recipients(void **state)
{
	(void)state;
	EXPECT_MACROS(dump_find(dump_12, "MACRO", 0), 'R', "{rcpt_addr}", "Relay access denied",
		      "{rcpt_host}", "5.7.1", "{rcpt_mailer}", "error");
	EXPECT_ENVELOPE(dump_find(dump_12, "RCPT", 0), 'R', "<x@elsewhere.invalid>");
	EXPECT_MACROS(dump_find(dump_12, "MACRO", 1), 'R', "{rcpt_mailer}", "error",
		      "{rcpt_host}", "5.1.1", "{rcpt_addr}", "550 5.1.1 User unknown");
	EXPECT_ENVELOPE(dump_find(dump_12, "RCPT", 1), 'R', "<nosuchuser@mx.example.test>");
}

static void
test_dump_13_local_submission(void **state)
{
	(void)state;
	expect_connect(dump_find(dump_13, "CONNECT", 0), "localhost", '4', 0, "127.0.0.1");
	EXPECT_MACROS(dump_find(dump_13, "MACRO", 0), 'M', "i", "511AEA9A35C", "{mail_addr}",
		      "alice@example.org");
	EXPECT_ENVELOPE(dump_find(dump_13, "MAIL", 0), 'M', "alice@example.org");
	EXPECT_MACROS(dump_find(dump_13, "MACRO", 1), 'R', "i", "511AEA9A35C", "{rcpt_addr}",
		      "bob@example.test");
	EXPECT_ENVELOPE(dump_find(dump_13, "RCPT", 0), 'R', "bob@example.test");
	expect_bare(dump_find(dump_13, "BODYEOB", 0), 'E');
	expect_bare(dump_find(dump_13, "QUIT", 0), CMD_QUIT);
}

static void
test_dump_14_sendmail(void **state)
{
	struct milter_event ev;

	(void)state;
	EXPECT_MACROS(dump_find(dump_14, "MACRO", 0), 'C', "j", "mx.example.test", "_",
		      "localhost [127.0.0.1]", "{daemon_name}", "MTA", "{if_name}",
		      "localhost");
	expect_connect(dump_find(dump_14, "CONNECT", 0), "localhost", '4', 0xbe54, "127.0.0.1");
	EXPECT_MACROS(dump_find(dump_14, "MACRO", 1), 'H', NULL);
	assert_int_equal(decode_dump(dump_find(dump_14, "HELO", 0), &ev), 0);
	assert_string_equal(ev.helo, "client.example.test");
	EXPECT_MACROS(dump_find(dump_14, "MACRO", 2), 'M', "i", "6AL0Ofsq030136",
		      "{mail_mailer}", "esmtp", "{mail_host}", "example.org.", "{mail_addr}",
		      "alice@example.org");
	EXPECT_ENVELOPE(dump_find(dump_14, "MAIL", 0), 'M', "<alice@example.org>", "SIZE=100",
			"BODY=8BITMIME");
	EXPECT_MACROS(dump_find(dump_14, "MACRO", 3), 'R', "{rcpt_mailer}", "local",
		      "{rcpt_host}", "", "{rcpt_addr}", "bob");
	EXPECT_ENVELOPE(dump_find(dump_14, "RCPT", 0), 'R', "<bob@example.test>",
			"NOTIFY=NEVER");
	expect_bare(dump_find(dump_14, "DATA", 0), 'T');
	expect_header(dump_find(dump_14, "HEADER", 0), "From", "alice@example.org");
	expect_bare(dump_find(dump_14, "EOH", 0), 'N');
	expect_body(dump_find(dump_14, "BODY", 0), "line one\r\n.dot line\r\n\r\nlast\r\n");
	EXPECT_MACROS(dump_find(dump_14, "MACRO", 4), 'E', "{msg_id}",
		      "<202611210024.6AL0Ofsq030136@mx.example.test>");
	expect_bare(dump_find(dump_14, "BODYEOB", 0), 'E');
	expect_bare(dump_find(dump_14, "QUIT", 0), CMD_QUIT);
}

static void
test_dump_15_unknown_command(void **state)
{
	struct milter_event ev;

	(void)state;
	EXPECT_MACROS(dump_find(dump_15, "MACRO", 0), 'C', "j", "mx.example.test",
		      "{client_addr}", "127.0.0.1", "{client_name}", "localhost",
		      "{client_resolve}", "OK", "i", "6AL139dO014632");
	assert_int_equal(decode_dump(dump_find(dump_15, "UNKNOWN", 0), &ev), 0);
	assert_int_equal(ev.command, 'U');
	assert_string_equal(ev.unknown, "FROBNICATE now please");
}

/* Cut at any place, a connect with an address is refused and never read beyond. */
static void
test_connect_cut_short(void **state)
{
	static const char whole[] = "host\0"
				    "4\1\2"
				    "192.0.2.1"; /* with its NUL */
	struct milter_event ev = {.command = '!'};

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++)
		assert_int_equal(decode('C', whole, n, &ev), -EBADMSG);
	assert_int_equal(ev.command, '!');
	assert_int_equal(decode('C', whole, sizeof(whole), &ev), 0);
	assert_int_equal(ev.connect.port, 0x0102);
}

static void
test_connect_families(void **state)
{
	struct milter_event ev;

	(void)state;
	assert_int_equal(DECODE('C', "h\0L\0\0/run/s\0", &ev), 0);
	assert_int_equal(ev.connect.family, 'L');
	assert_string_equal(ev.connect.addr, "/run/s");
	assert_int_equal(DECODE('C', "h\0U\0\0x", &ev), 0);
	assert_int_equal(ev.connect.family, 'U');
	assert_string_equal(ev.connect.addr, "");
	assert_int_equal(ev.connect.port, 0);
	assert_int_equal(DECODE('C', "h\0X\1\1x\0", &ev), 0);
	assert_int_equal(ev.connect.family, 'U');
	assert_int_equal(ev.connect.port, 0);
	assert_int_equal(DECODE('C', "\0U", &ev), 0);
	assert_string_equal(ev.connect.host, "");
	assert_int_equal(DECODE('C',
				"h\0"
				"4\377\377\0",
				&ev),
			 0);
	assert_int_equal(ev.connect.port, 65535);
	assert_string_equal(ev.connect.addr, "");
	assert_int_equal(DECODE('C',
				"h\0"
				"4\0\1",
				&ev),
			 -EBADMSG);
	assert_int_equal(DECODE('C',
				"h\0"
				"6\0\1::1",
				&ev),
			 -EBADMSG);
	/* the port's zero is not the end of an address */
	assert_int_equal(DECODE('C', "h\0L\0\0", &ev), -EBADMSG);
	assert_int_equal(DECODE('C', "h\0L\0", &ev), -EBADMSG);
	assert_int_equal(DECODE('C', "h\0L", &ev), -EBADMSG);
	assert_int_equal(DECODE('C', "h\0", &ev), -EBADMSG);
	assert_int_equal(DECODE('C', "h", &ev), -EBADMSG);
}

static void
test_optneg_sizes(void **state)
{
	struct milter_event ev = {.command = '!'};

	(void)state;
	for (size_t n = 0; n < 12; n++)
		assert_int_equal(decode('O', "\0\0\0\6\0\0\1\377\0\37\377\377", n, &ev),
				 -EBADMSG);
	assert_int_equal(ev.command, '!');
	assert_int_equal(DECODE('O', "\0\0\0\2\0\0\0\77\0\0\0\177", &ev), 0);
	assert_int_equal(ev.optneg.version, 2);
	assert_int_equal(ev.optneg.actions, 0x3f);
	assert_int_equal(ev.optneg.protocol, 0x7f);
	assert_int_equal(DECODE('O', "\377\0\0\1\200\0\0\0\360\0\0\1extra", &ev), 0);
	assert_int_equal(ev.optneg.version, 0xff000001);
	assert_int_equal(ev.optneg.actions, 0x80000000);
	assert_int_equal(ev.optneg.protocol, 0xf0000001);
}

static void
test_strings_must_end(void **state)
{
	struct milter_event ev = {.command = '!'};

	(void)state;
	for (const char *p = "HMRUL"; *p != '\0'; p++) {
		assert_int_equal(DECODE((unsigned char)*p, "", &ev), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "a", &ev), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "a\0b", &ev), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "\0b", &ev), -EBADMSG);
	}
	assert_int_equal(DECODE('L', "name\0", &ev), -EBADMSG);
	assert_int_equal(DECODE('L', "\0", &ev), -EBADMSG);
	assert_int_equal(ev.command, '!');
}

static void
test_strings_may_be_empty(void **state)
{
	struct milter_event ev;

	(void)state;
	assert_int_equal(DECODE('H', "\0", &ev), 0);
	assert_string_equal(ev.helo, "");
	assert_int_equal(DECODE('L', "\0\0", &ev), 0);
	assert_string_equal(ev.header.name, "");
	assert_string_equal(ev.header.value, "");
	assert_int_equal(DECODE('R', "<a>\0\0X=1\0", &ev), 0);

	const char *end = ev.envelope.argv + ev.envelope.len;
	const char *s = milter_string_next(ev.envelope.argv, end);

	assert_string_equal(s, "");
	assert_string_equal(milter_string_next(s, end), "X=1");
}

static void
test_further_strings_are_ignored(void **state)
{
	struct milter_event ev;

	(void)state;
	assert_int_equal(DECODE('H', "a\0b\0", &ev), 0);
	assert_string_equal(ev.helo, "a");
	assert_int_equal(DECODE('L', "a\0b\0c\0", &ev), 0);
	assert_string_equal(ev.header.value, "b");
	for (const char *p = "TNAQK"; *p != '\0'; p++)
		assert_int_equal(DECODE((unsigned char)*p, "x", &ev), 0);
}

/* Postfix 2.3 sent the last chunk with the end. */
static void
test_eom_with_body(void **state)
{
	struct milter_event ev;

	(void)state;
	assert_int_equal(DECODE('E', "last\0chunk", &ev), 0);
	assert_int_equal(ev.body.len, 10);
	assert_memory_equal(ev.body.data, "last\0chunk", 10);
	assert_int_equal(DECODE('E', "", &ev), 0);
	assert_int_equal(ev.body.len, 0);
	assert_int_equal(DECODE('B', "", &ev), 0);
	assert_int_equal(ev.body.len, 0);
}

struct tolerance {
	const char *payload;
	size_t len, whole; /* whole: how much of the pairs is taken */
	unsigned char command;
};

#define TOLERANCE(literal, whole, command)                                                     \
	{                                                                                      \
		(literal), sizeof(literal) - 1, (whole), (command)                             \
	}

static void
test_macros_are_never_refused(void **state)
{
	static const struct tolerance cases[] = {
		TOLERANCE("", 0, 0),
		TOLERANCE("H", 0, 'H'),
		TOLERANCE("Ha", 0, 'H'),
		TOLERANCE("H\0", 0, 'H'),
		TOLERANCE("Ha\0", 0, 'H'),
		TOLERANCE("Ha\0b", 0, 'H'),
		TOLERANCE("Ha\0b\0", 4, 'H'),
		TOLERANCE("Ha\0b\0c", 4, 'H'),
		TOLERANCE("Ha\0b\0c\0", 4, 'H'),
		TOLERANCE("Ha\0b\0c\0d", 4, 'H'),
		TOLERANCE("Ha\0b\0c\0\0", 7, 'H'),
		TOLERANCE("\0\0\0", 2, 0),
		TOLERANCE("?a\0b\0", 4, '?'),
		TOLERANCE("\377a\0b\0", 4, 0xff),
	};
	struct milter_event ev;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tolerance *c = &cases[i];

		assert_int_equal(decode('D', c->payload, c->len, &ev), 0);
		assert_int_equal(ev.command, CMD_MACRO);
		assert_int_equal(ev.macro.command, c->command);
		assert_int_equal(ev.macro.len, c->whole);
		assert_ptr_equal(ev.macro.pairs, held + (c->len > 0));
	}
}

static void
test_unknown_letters(void **state)
{
	struct milter_event ev = {.command = '!'};
	size_t known = 0;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		if (c != 0 && strchr("ODCHMRTULNBEAQK", (int)c))
			known++;
		else
			assert_int_equal(DECODE((unsigned char)c, "x\0y\0", &ev), -EBADMSG);
	}
	assert_int_equal(known, 15);
	assert_int_equal(ev.command, '!');
}

static void
test_string_next(void **state)
{
	static const char list[] = "a\0\0bc\0d"; /* d has no NUL within */
	const char *end = list + sizeof(list) - 1;

	(void)state;
	assert_ptr_equal(milter_string_next(list, end), list + 2);
	assert_ptr_equal(milter_string_next(list + 2, end), list + 3);
	assert_ptr_equal(milter_string_next(list + 3, end), list + 6);
	assert_null(milter_string_next(list + 6, end));
	assert_null(milter_string_next(list + 3, list + 6));
	assert_null(milter_string_next(end, end));
}

#define TEST(name) cmocka_unit_test_teardown(name, drop_held)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dump_1),
		TEST(test_dump_2),
		TEST(test_dumps_3_and_10_odd_addresses),
		TEST(test_dump_4),
		TEST(test_dump_5),
		TEST(test_dump_6),
		TEST(test_dumps_7_and_8),
		TEST(test_dump_11_family_unknown),
		TEST(test_dump_12_rejected_recipients),
		TEST(test_dump_13_local_submission),
		TEST(test_dump_14_sendmail),
		TEST(test_dump_15_unknown_command),
		TEST(test_connect_cut_short),
		TEST(test_connect_families),
		TEST(test_optneg_sizes),
		TEST(test_strings_must_end),
		TEST(test_strings_may_be_empty),
		TEST(test_further_strings_are_ignored),
		TEST(test_eom_with_body),
		TEST(test_macros_are_never_refused),
		TEST(test_unknown_letters),
		TEST(test_string_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
