/* Unit tests of milter/reply: replies byte for byte, and what a filter may answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dumps.h"
#include "milter/reply.h"
#include "util/buf.h"

/* out is this frame and nothing else; it is emptied. */
static void
expect(struct buf *out, const struct dump *d)
{
	unsigned char bytes[DUMP_BYTES];
	size_t len = dump_bytes(d, bytes);

	assert_int_equal(out->len, len);
	assert_memory_equal(out->data, bytes, len);
	buf_reset(out);
}

/* The payload of the one frame in out, behind its letter. */
static void
expect_payload(struct buf *out, unsigned char reply, const void *payload, size_t len)
{
	struct milter_frame f = {0};

	assert_int_equal(milter_frame_next(out->data, out->len, MILTER_MAX_FRAME, &f), 1);
	assert_int_equal(f.size, out->len);
	assert_int_equal(f.command, reply);
	assert_int_equal(f.len, len);
	assert_memory_equal(f.payload, payload, len);
	buf_reset(out);
}

#define EXPECT_PAYLOAD(out, reply, literal)                                                    \
	expect_payload((out), (reply), (literal), sizeof(literal) - 1)

static void
test_dump_1_answers(void **state)
{
	struct buf out = {0};
	const struct milter_terms terms = {6, ACTION_ALL, 0};

	(void)state;
	milter_put_optneg(&out, &terms, NULL);
	expect(&out, dump_find(dump_1, "O", 0));
	milter_put_simple(&out, REPLY_CONTINUE);
	expect(&out, dump_find(dump_1, "c", 0));
	buf_free(&out);
}

static void
test_dump_2_macro_lists(void **state)
{
	struct buf out = {0};
	const struct milter_terms a = {6, ACTION_SETSYMLIST | ACTION_ADD_HEADER, 0x870};
	const char *lists_a[MACRO_STAGES] = {
		[MACRO_CONNECT] = "j {client_addr} {client_name} {client_ptr} "
				  "{client_resolve} {client_port} {daemon_port}",
		[MACRO_ENVRCPT] = "{rcpt_mailer} {rcpt_host} {rcpt_addr}",
		[MACRO_EOM] = "i {mail_addr}",
	};
	const struct milter_terms b = {6, 0x103, PROTO_SKIP};
	const char *lists_b[MACRO_STAGES] = {
		[MACRO_CONNECT] = "j {client_addr}",
		[MACRO_EOM] = "",
	};

	(void)state;
	milter_put_optneg(&out, &a, lists_a);
	expect(&out, dump_find(dump_2, "O", 0));
	milter_put_optneg(&out, &b, lists_b);
	expect(&out, dump_find(dump_2, "O", 1));
	buf_free(&out);
}

static void
test_dump_15_macro_lists(void **state)
{
	struct buf out = {0};
	const struct milter_terms terms = {6, ACTION_SETSYMLIST, 0x70};
	const char *lists[MACRO_STAGES] = {
		[MACRO_CONNECT] = "j {client_addr} {client_name} {client_resolve} i",
		[MACRO_ENVRCPT] = "{nrcpts} {rcpt_addr}",
	};

	(void)state;
	milter_put_optneg(&out, &terms, lists);
	expect(&out, dump_find(dump_15, "O", 0));
	buf_free(&out);
}

static void
test_dump_7_terms(void **state)
{
	struct buf out = {0};
	const struct milter_terms terms = {6, 0, 0x26f};

	(void)state;
	milter_put_optneg(&out, &terms, NULL);
	expect(&out, dump_find(dump_7, "O", 0));
	buf_free(&out);
}

static void
test_no_lists_without_setsymlist(void **state)
{
	struct buf out = {0};
	const struct milter_terms terms = {6, ACTION_ALL & ~ACTION_SETSYMLIST, 0};
	const char *lists[MACRO_STAGES] = {[MACRO_EOH] = "i"};

	(void)state;
	milter_put_optneg(&out, &terms, lists);
	assert_int_equal(out.len, 17);
	buf_free(&out);
}

/* EOH is 6 although it comes before EOM, which is 5. */
static void
test_numbers_of_macro_lists(void **state)
{
	struct buf out = {0};
	const struct milter_terms terms = {6, ACTION_SETSYMLIST, 0};
	const char *lists[MACRO_STAGES] = {
		[MACRO_DATA] = "a", [MACRO_EOM] = "b", [MACRO_EOH] = "c"};

	(void)state;
	milter_put_optneg(&out, &terms, lists);
	EXPECT_PAYLOAD(&out, 'O',
		       "\0\0\0\6\0\0\1\0\0\0\0\0"
		       "\0\0\0\4a\0\0\0\0\5b\0\0\0\0\6c\0");
	buf_free(&out);
}

static void
test_dump_8_every_modification(void **state)
{
	struct buf out = {0};
	unsigned char bytes[DUMP_BYTES];
	size_t pos = 0;

	(void)state;
	milter_put_add_header(&out, "X-Added", "plain");
	milter_put_add_header(&out, "X-Fold", "line1\n\tline2");
	milter_put_insert_header(&out, 0, "X-Top", "zero");
	milter_put_insert_header(&out, 1, "X-Second", "one");
	milter_put_change_header(&out, 2, "X-A", "changed");
	milter_put_change_header(&out, 1, "X-A", NULL);
	milter_put_change_from(&out, "<new@example.org>", "RET=HDRS ENVID=x1");
	milter_put_add_rcpt(&out, "<carol@example.test>", NULL);
	milter_put_add_rcpt(&out, "<dave@example.test>", "NOTIFY=NEVER");
	milter_put_del_rcpt(&out, "<bob@example.test>");
	milter_frame_put(&out, 'b', "new ", 4);
	milter_frame_put(&out, 'b', "body\r\n", 6);
	milter_put_simple(&out, REPLY_CONTINUE);
	for (const struct dump *d = dump_find(dump_8, "h", 0); d->kind; d++) {
		size_t len = dump_bytes(d, bytes);

		assert_true(out.len - pos >= len);
		assert_memory_equal(out.data + pos, bytes, len);
		pos += len;
	}
	assert_int_equal(pos, out.len);
	buf_free(&out);
}

static void
test_dump_9_replycode(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_replycode(&out, 550, "5.7.1", "first line 100% sure\nsecond line");
	expect(&out, dump_find(dump_9, "y", 0));
	buf_free(&out);
}

static void
test_replycode_text(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_replycode(&out, 421, "4.7.0", "closing");
	EXPECT_PAYLOAD(&out, 'y', "421 4.7.0 closing\0");
	milter_put_replycode(&out, 451, NULL, "later");
	EXPECT_PAYLOAD(&out, 'y', "451 later\0");
	milter_put_replycode(&out, 550, "5.7.1", "");
	EXPECT_PAYLOAD(&out, 'y', "550 5.7.1 \0");
	milter_put_replycode(&out, 550, NULL, "\n\n");
	EXPECT_PAYLOAD(&out, 'y', "550 \0");
	milter_put_replycode(&out, 550, "5.7.1", "one\n\ntwo\n");
	EXPECT_PAYLOAD(&out, 'y', "550-5.7.1 one\r\n550-5.7.1 \r\n550 5.7.1 two\0");
	milter_put_replycode(&out, 550, "5.7.1", "a\rb\tc\x7f\xc3\xa4%s\x01");
	EXPECT_PAYLOAD(&out, 'y', "550 5.7.1 a?b?c???%%s?\0");
	buf_free(&out);
}

/* Postfix refuses "550 4.1.1 x" and "550 4 x" as a configuration error. */
static void
test_replycode_class(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_replycode(&out, 550, "4.1.1", "x");
	EXPECT_PAYLOAD(&out, 'y', "550 5.0.0 x\0");
	milter_put_replycode(&out, 450, "5.1.1", "x");
	EXPECT_PAYLOAD(&out, 'y', "450 4.0.0 x\0");
	milter_put_replycode(&out, 400, "4.7.1", "x");
	EXPECT_PAYLOAD(&out, 'y', "400 4.7.1 x\0");
	milter_put_replycode(&out, 499, "5.7.1", "x");
	EXPECT_PAYLOAD(&out, 'y', "499 4.0.0 x\0");
	milter_put_replycode(&out, 500, "5.7.1", "x");
	EXPECT_PAYLOAD(&out, 'y', "500 5.7.1 x\0");
	milter_put_replycode(&out, 599, "4.7.1", "x");
	EXPECT_PAYLOAD(&out, 'y', "599 5.0.0 x\0");
	milter_put_replycode(&out, 550, NULL, "4 recipients\n3 more");
	EXPECT_PAYLOAD(&out, 'y', "550-5.0.0 4 recipients\r\n550 5.0.0 3 more\0");
	milter_put_replycode(&out, 550, "5.123.456", "x");
	EXPECT_PAYLOAD(&out, 'y', "550 5.123.456 x\0");
	buf_free(&out);
}

static void
test_replycode_malformed_xcode(void **state)
{
	static const char *const bad[] = {"",	   "5",	       "5.",	   "5.7",    "5.7.",
					  "5..1",  "5.7.1 ",   "5.7.1.2",  "5,7,1",  "57.1",
					  "5.1.x", "5.1234.1", "5.1.1234", "5.7.1%", "x.7.1"};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		milter_put_replycode(&out, 550, bad[i], "x");
		EXPECT_PAYLOAD(&out, 'y', "550 5.0.0 x\0");
	}
	buf_free(&out);
}

static void
test_replycode_32_lines(void **state)
{
	struct buf text = {0}, out = {0};
	const char *p;
	size_t lines = 1;

	(void)state;
	for (int i = 1; i <= 40; i++)
		buf_printf(&text, "%cline %d", i == 1 ? ' ' : '\n', i);
	milter_put_replycode(&out, 550, NULL, buf_string(&text));
	p = (const char *)out.data + 5;
	assert_memory_equal(p, "550- line 1\r\n550-line 2\r\n", 25);
	for (; strstr(p, "\r\n"); lines++) {
		assert_memory_equal(p, "550-", 4);
		p = strstr(p, "\r\n") + 2;
	}
	assert_int_equal(lines, 32);
	assert_string_equal(p, "550 line 32");
	assert_ptr_equal(p + strlen(p) + 1, out.data + out.len);
	buf_free(&text);
	buf_free(&out);
}

/* 980 bytes a line, and a doubled '%' is never cut in two. */
static void
test_replycode_long_line(void **state)
{
	struct buf text = {0}, out = {0};

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_putc(&text, '%');
	buf_puts(&text, "\nend");
	milter_put_replycode(&out, 550, "5.7.1", buf_string(&text));

	const char *line = (const char *)out.data + 5, *cr = strchr(line, '\r');

	assert_int_equal(cr - line, 980);
	assert_string_equal(cr, "\r\n550 5.7.1 end");
	buf_reset(&out);
	milter_put_replycode(&out, 550, NULL, buf_string(&text) + 1);
	buf_reset(&out);
	text.data[0] = 'x';
	milter_put_replycode(&out, 550, NULL, buf_string(&text));
	line = (const char *)out.data + 5;
	assert_int_equal(strchr(line, '\r') - line, 979);
	buf_free(&text);
	buf_free(&out);
}

static void
test_header_values_are_cleaned(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_add_header(&out, "X", "a\r\n b\r");
	EXPECT_PAYLOAD(&out, 'h', "X\0a\n b\0");
	milter_put_add_header(&out, "X", "a\nInjected: b");
	EXPECT_PAYLOAD(&out, 'h', "X\0a\n Injected: b\0");
	milter_put_add_header(&out, "X", "a\n\n\r\n\n\tb\n\r\n");
	EXPECT_PAYLOAD(&out, 'h', "X\0a\n\tb\0");
	milter_put_add_header(&out, "X", "\n");
	EXPECT_PAYLOAD(&out, 'h', "X\0\0");
	milter_put_add_header(&out, "X", " lead \xc3\xa4 trail ");
	EXPECT_PAYLOAD(&out, 'h', "X\0 lead \xc3\xa4 trail \0");
	milter_put_insert_header(&out, 0x01020304, "X", "a\rb");
	EXPECT_PAYLOAD(&out, 'i', "\1\2\3\4X\0ab\0");
	buf_free(&out);
}

static void
test_delete_and_empty(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_change_header(&out, 3, "Subject", NULL);
	EXPECT_PAYLOAD(&out, 'm', "\0\0\0\3Subject\0\0");
	milter_put_change_header(&out, 3, "Subject", "");
	EXPECT_PAYLOAD(&out, 'm', "\0\0\0\3Subject\0 \0");
	milter_put_add_header(&out, "X-Empty", "");
	EXPECT_PAYLOAD(&out, 'h', "X-Empty\0\0");
	buf_free(&out);
}

/* A value that cleaning leaves empty must not turn a change into a deletion. */
static void
test_change_to_line_ends_is_no_deletion(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_change_header(&out, 1, "Subject", "\r\n");
	EXPECT_PAYLOAD(&out, 'm', "\0\0\0\1Subject\0 \0");
	buf_free(&out);
}

static void
test_bad_header_names_write_nothing(void **state)
{
	struct buf out = {0};
	char name[1000];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[999] = '\0';
	milter_put_add_header(&out, "", "v");
	milter_put_insert_header(&out, 1, "", "v");
	milter_put_change_header(&out, 1, "", NULL);
	milter_put_add_header(&out, name, "v");
	milter_put_change_header(&out, 1, name, "v");
	assert_int_equal(out.len, 0);
	name[998] = '\0';
	milter_put_add_header(&out, name, "v");
	assert_int_equal(out.len, 5 + 998 + 1 + 2);
	buf_free(&out);
}

static void
test_long_values_fit_a_frame(void **state)
{
	struct buf out = {0};
	char *value = malloc(100001);
	struct milter_frame f = {0};
	struct milter_reply r;

	(void)state;
	assert_non_null(value);
	memset(value, 'v', 100000);
	value[100000] = '\0';
	milter_put_change_header(&out, 1, "Subject", value);
	assert_int_equal(milter_frame_next(out.data, out.len, MILTER_MAX_FRAME, &f), 1);
	assert_int_equal(f.size, out.len);
	assert_int_equal(milter_reply_decode(&f, &r), 0);
	assert_true(strlen(r.value) > 65000);
	buf_reset(&out);
	memset(value, '\n', 100000);
	for (int i = 0; i < 100000; i += 2)
		value[i] = 'v';
	milter_put_add_header(&out, "Subject", value);
	assert_int_equal(milter_frame_next(out.data, out.len, MILTER_MAX_FRAME, &f), 1);
	assert_int_equal(f.size, out.len);
	buf_reset(&out);
	memset(value, 'v', 100000);
	milter_put_add_rcpt(&out, value, value);
	assert_int_equal(milter_frame_next(out.data, out.len, MILTER_MAX_FRAME, &f), 1);
	assert_int_equal(f.size, out.len);
	free(value);
	buf_free(&out);
}

static void
test_addresses_get_brackets(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_add_rcpt(&out, "a@b", NULL);
	EXPECT_PAYLOAD(&out, '+', "<a@b>\0");
	milter_put_add_rcpt(&out, "a@b", "");
	EXPECT_PAYLOAD(&out, '+', "<a@b>\0");
	milter_put_add_rcpt(&out, "a@b", "NOTIFY=NEVER ORCPT=x");
	EXPECT_PAYLOAD(&out, '2', "<a@b>\0NOTIFY=NEVER ORCPT=x\0");
	milter_put_del_rcpt(&out, "Bob@Example.TEST");
	EXPECT_PAYLOAD(&out, '-', "<Bob@Example.TEST>\0");
	milter_put_change_from(&out, "", NULL);
	EXPECT_PAYLOAD(&out, 'e', "<>\0");
	milter_put_change_from(&out, "<>", "");
	EXPECT_PAYLOAD(&out, 'e', "<>\0");
	milter_put_change_from(&out, "x@y", "RET=FULL");
	EXPECT_PAYLOAD(&out, 'e', "<x@y>\0RET=FULL\0");
	buf_free(&out);
}

static void
test_quarantine(void **state)
{
	struct buf out = {0};

	(void)state;
	milter_put_quarantine(&out, "held for review");
	EXPECT_PAYLOAD(&out, 'q', "held for review\0");
	milter_put_quarantine(&out, "a\nqinjected");
	EXPECT_PAYLOAD(&out, 'q', "a?qinjected\0");
	milter_put_quarantine(&out, "");
	EXPECT_PAYLOAD(&out, 'q', "?\0");
	buf_free(&out);
}

/* Decodes from memory of exactly its size; what ret points to is valid until the next call. */
static int
decode(unsigned char reply, const void *payload, size_t len, struct milter_reply *ret)
{
	static unsigned char *held;
	struct milter_frame f = {.command = reply, .len = len, .size = len + 5};

	free(held);
	held = NULL;
	if (len > 0) {
		held = malloc(len);
		assert_non_null(held);
		memcpy(held, payload, len);
	}
	f.payload = held ? held : (const unsigned char *)"";

	int r = milter_reply_decode(&f, ret);

	if (r < 0) {
		free(held);
		held = NULL;
	}
	return r;
}

#define DECODE(reply, literal, ret) decode((reply), (literal), sizeof(literal) - 1, (ret))

static void
test_decode_dump_8(void **state)
{
	struct {
		const char *name, *value;
		uint32_t index;
	} const want[] = {
		{"X-Added", "plain", 0},
		{"X-Fold", "line1\n\tline2", 0},
		{"X-Top", "zero", 0},
		{"X-Second", "one", 1},
		{"X-A", "changed", 2},
		{"X-A", "", 1},
		{"<new@example.org>", "RET=HDRS ENVID=x1", 0},
		{"<carol@example.test>", NULL, 0},
		{"<dave@example.test>", "NOTIFY=NEVER", 0},
		{"<bob@example.test>", NULL, 0},
	};
	const struct dump *d = dump_find(dump_8, "h", 0);
	unsigned char bytes[DUMP_BYTES];
	struct milter_reply r;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++, d++) {
		size_t len = dump_bytes(d, bytes);

		assert_int_equal(decode(bytes[4], bytes + 5, len - 5, &r), 0);
		assert_int_equal(r.reply, d->kind[0]);
		assert_string_equal(r.name, want[i].name);
		assert_int_equal(r.value == NULL, want[i].value == NULL);
		if (r.value)
			assert_string_equal(r.value, want[i].value);
		assert_int_equal(r.index, want[i].index);
	}
	assert_string_equal(d->kind, "b");
	assert_int_equal(DECODE('b', "new ", &r), 0);
	assert_int_equal(r.len, 4);
	assert_memory_equal(r.data, "new ", 4);
	decode('c', "", 0, &r);
}

static void
test_decode_every_answer_of_the_dumps(void **state)
{
	unsigned char bytes[DUMP_BYTES];
	struct milter_reply r;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < DUMP_COUNT; i++) {
		for (const struct dump *d = all_dumps[i]; d->kind; d++) {
			if (dump_is_command(d))
				continue;

			size_t len = dump_bytes(d, bytes);

			assert_int_equal(decode(bytes[4], bytes + 5, len - 5, &r), 0);
			assert_int_equal(r.reply, d->kind[0]);
			n++;
		}
	}
	assert_int_equal(n, 23);
	decode('c', "", 0, &r);
}

static void
test_decode_optneg(void **state)
{
	unsigned char bytes[DUMP_BYTES];
	size_t len = dump_bytes(dump_find(dump_2, "O", 1), bytes);
	struct milter_reply r;

	(void)state;
	assert_int_equal(decode('O', bytes + 5, len - 5, &r), 0);
	assert_int_equal(r.terms.version, 6);
	assert_int_equal(r.terms.actions, 0x103);
	assert_int_equal(r.terms.protocol, 0x400);
	assert_int_equal(r.len, 4 + 16 + 4 + 1);
	assert_memory_equal(r.data, "\0\0\0\0j {client_addr}\0\0\0\0\5\0", 25);
	assert_int_equal(decode('O', bytes + 5, 12, &r), 0);
	assert_int_equal(r.len, 0);
	assert_int_equal(decode('O', bytes + 5, 11, &r), -EBADMSG);
	assert_int_equal(decode('O', bytes + 5, 0, &r), -EBADMSG);
	/* cut anywhere, the lists are not whole, but after a whole one */
	for (size_t n = 13; n < len - 5; n++)
		assert_int_equal(decode('O', bytes + 5, n, &r), n == 32 ? 0 : -EBADMSG);
	decode('c', "", 0, &r);
}

static void
test_decode_bare(void **state)
{
	struct milter_reply r = {.reply = '!'};

	(void)state;
	for (const char *p = "cartdsp4"; *p != '\0'; p++) {
		assert_int_equal(DECODE((unsigned char)*p, "x", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "\0", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "", &r), 0);
		assert_int_equal(r.reply, *p);
		assert_null(r.name);
	}
}

static void
test_decode_unknown_letters(void **state)
{
	struct milter_reply r = {.reply = '!'};
	size_t known = 0;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		if (strchr("Ocartdsp4yhimeq+2-b", (int)c) && c != 0) {
			known++;
			continue;
		}
		assert_int_equal(DECODE((unsigned char)c, "", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)c, "x\0", &r), -EBADMSG);
	}
	assert_int_equal(known, 19);
	assert_int_equal(r.reply, '!');
}

static void
test_decode_malformed_strings(void **state)
{
	struct milter_reply r = {.reply = '!'};

	(void)state;
	for (const char *p = "+2-eqhy"; *p != '\0'; p++) {
		assert_int_equal(DECODE((unsigned char)*p, "", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "550 x", &r), -EBADMSG);
	}
	for (const char *p = "+-qy"; *p != '\0'; p++)
		assert_int_equal(DECODE((unsigned char)*p, "550 x\0y\0", &r), -EBADMSG);
	for (const char *p = "2eh"; *p != '\0'; p++) {
		assert_int_equal(DECODE((unsigned char)*p, "a\0b", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "a\0b\0c\0", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "a\0b\0c", &r), -EBADMSG);
	}
	assert_int_equal(DECODE('h', "a\0", &r), -EBADMSG);
	for (const char *p = "im"; *p != '\0'; p++) {
		assert_int_equal(DECODE((unsigned char)*p, "", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "\0\0\0", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "\0\0\0\1", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "\0\0\0\1a\0", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "\0\0\0\1a\0b", &r), -EBADMSG);
		assert_int_equal(DECODE((unsigned char)*p, "\0\0\0\1a\0b\0c\0", &r), -EBADMSG);
	}
	assert_int_equal(r.reply, '!');
	assert_int_equal(DECODE('2', "a\0", &r), 0);
	assert_null(r.value);
	assert_int_equal(DECODE('e', "\0", &r), 0);
	assert_string_equal(r.name, "");
	decode('c', "", 0, &r);
}

static void
test_decode_replycode(void **state)
{
	static const char *const bad[] = {
		"",	 "5",	 "55",	   "550",	"250 ok", "650 x",	 "5x0 x",
		"55x x", "550x", "5501 x", "550 4.1.1", "550 4",  "450 5.1.1 x", "450-5.1.1 x"};
	struct milter_reply r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(decode('y', bad[i], strlen(bad[i]) + 1, &r), -EBADMSG);
	assert_int_equal(DECODE('y', "550 \0", &r), 0);
	assert_int_equal(DECODE('y', "451 later\0", &r), 0);
	assert_int_equal(DECODE('y', "421-4.7.0 a\r\n421 b\0", &r), 0);
	assert_string_equal(r.name, "421-4.7.0 a\r\n421 b");
	decode('c', "", 0, &r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_1_answers),
		cmocka_unit_test(test_dump_2_macro_lists),
		cmocka_unit_test(test_dump_15_macro_lists),
		cmocka_unit_test(test_dump_7_terms),
		cmocka_unit_test(test_no_lists_without_setsymlist),
		cmocka_unit_test(test_numbers_of_macro_lists),
		cmocka_unit_test(test_dump_8_every_modification),
		cmocka_unit_test(test_dump_9_replycode),
		cmocka_unit_test(test_replycode_text),
		cmocka_unit_test(test_replycode_class),
		cmocka_unit_test(test_replycode_malformed_xcode),
		cmocka_unit_test(test_replycode_32_lines),
		cmocka_unit_test(test_replycode_long_line),
		cmocka_unit_test(test_header_values_are_cleaned),
		cmocka_unit_test(test_delete_and_empty),
		cmocka_unit_test(test_change_to_line_ends_is_no_deletion),
		cmocka_unit_test(test_bad_header_names_write_nothing),
		cmocka_unit_test(test_long_values_fit_a_frame),
		cmocka_unit_test(test_addresses_get_brackets),
		cmocka_unit_test(test_quarantine),
		cmocka_unit_test(test_decode_dump_8),
		cmocka_unit_test(test_decode_every_answer_of_the_dumps),
		cmocka_unit_test(test_decode_optneg),
		cmocka_unit_test(test_decode_bare),
		cmocka_unit_test(test_decode_unknown_letters),
		cmocka_unit_test(test_decode_malformed_strings),
		cmocka_unit_test(test_decode_replycode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
