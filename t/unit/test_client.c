/* Unit tests of milter/client: it writes the frames that real MTAs sent, and obeys the filter's
 * terms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dumps.h"
#include "milter/client.h"
#include "milter/event.h"
#include "util/buf.h"

#define ARGV(...)                                                                              \
	(const char *const[])                                                                  \
	{                                                                                      \
		__VA_ARGS__, NULL                                                              \
	}

static void
expect(struct buf *out, const struct dump *d)
{
	unsigned char bytes[DUMP_BYTES];
	size_t len = dump_bytes(d, bytes);

	assert_int_equal(out->len, len);
	assert_memory_equal(out->data, bytes, len);
	buf_reset(out);
}

/* A client whose filter gets all stages and answers all. */
static struct milter_client
client_of_eager_filter(void)
{
	struct milter_client c;

	milter_client_init(&c);
	c.terms = (struct milter_terms){6, ACTION_ALL, 0};
	return c;
}

static void
test_dump_1(void **state)
{
	struct milter_client c;
	struct buf out = {0};

	(void)state;
	milter_client_init(&c);
	assert_true(milter_client_optneg(&c, &out));
	expect(&out, dump_find(dump_1, "OPTNEG", 0));
	c = client_of_eager_filter();
	assert_false(
		milter_client_macros(&c, &out, 'C',
				     ARGV("j", "mx.example.test", "{daemon_name}",
					  "mx.example.test", "{daemon_addr}", "127.0.0.1", "v",
					  "Postfix 3.7.11", "_", "localhost [127.0.0.1]")));
	expect(&out, dump_find(dump_1, "MACRO", 0));
	assert_true(milter_client_connect(&c, &out, "localhost", '4', 0x91d2, "127.0.0.1"));
	expect(&out, dump_find(dump_1, "CONNECT", 0));
	milter_client_macros(&c, &out, 'H', ARGV(NULL));
	expect(&out, dump_find(dump_1, "MACRO", 1));
	assert_true(milter_client_helo(&c, &out, "client.example.test"));
	expect(&out, dump_find(dump_1, "HELO", 0));
	buf_free(&out);
}

static void
test_dumps_3_10_11_connects(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	milter_client_connect(&c, &out, "unknown", '4', 59198, "unknown");
	expect(&out, dump_find(dump_3, "CONNECT", 0));
	milter_client_connect(&c, &out, "[IPv6:0:0:0:0:0:0:0:1]", '6', 50278,
			      "IPv6:0:0:0:0:0:0:0:1");
	expect(&out, dump_find(dump_10, "CONNECT", 0));
	assert_true(milter_client_connect(&c, &out, "localhost", 'U', 25, NULL));
	expect(&out, dump_find(dump_11, "CONNECT", 0));
	milter_client_connect(&c, &out, "h", 'L', 0, "/run/s");
	assert_int_equal(out.len, 5 + 2 + 3 + 7);
	assert_memory_equal(out.data + 5, "h\0L\0\0/run/s\0", 12);
	buf_free(&out);
}

static void
test_dumps_4_and_13_envelope(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	assert_true(milter_client_envfrom(
		&c, &out, ARGV("<alice@example.org>", "SIZE=100", "BODY=8BITMIME")));
	expect(&out, dump_find(dump_4, "MAIL", 0));
	assert_true(
		milter_client_envrcpt(&c, &out, ARGV("<bob@example.test>", "NOTIFY=NEVER")));
	expect(&out, dump_find(dump_4, "RCPT", 0));
	assert_true(milter_client_data(&c, &out));
	expect(&out, dump_find(dump_4, "DATA", 0));
	milter_client_envfrom(&c, &out, ARGV("<>"));
	expect(&out, dump_find(dump_4, "MAIL", 1));
	milter_client_envfrom(&c, &out, ARGV("alice@example.org"));
	expect(&out, dump_find(dump_13, "MAIL", 0));
	milter_client_envrcpt(&c, &out, ARGV("bob@example.test"));
	expect(&out, dump_find(dump_13, "RCPT", 0));
	buf_free(&out);
}

static void
test_dump_5_headers(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	assert_true(milter_client_header(&c, &out, "Subject", "  two spaces"));
	expect(&out, dump_find(dump_5, "HEADER", 0));
	milter_client_header(&c, &out, "X-Tab", "\tafter tab");
	expect(&out, dump_find(dump_5, "HEADER", 1));
	milter_client_header(&c, &out, "X-Fold", " first\n\tsecond\n third");
	expect(&out, dump_find(dump_5, "HEADER", 2));
	milter_client_header(&c, &out, "X-Empty", "");
	expect(&out, dump_find(dump_5, "HEADER", 3));
	c.terms.protocol = 0x100080;
	assert_false(milter_client_header(&c, &out, "Subject", "  two"));
	expect(&out, dump_find(dump_5, "HEADER", 4));
	milter_client_header(&c, &out, "X-Fold", " first\n\tsecond");
	expect(&out, dump_find(dump_5, "HEADER", 5));
	buf_free(&out);
}

static void
test_dump_6_content(void **state)
{
	static const char body[] = "line one\r\n.dot line\r\n\r\nlast\r\n";
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	assert_true(milter_client_eoh(&c, &out));
	expect(&out, dump_find(dump_6, "EOH", 0));
	assert_true(milter_client_body(&c, &out, body, sizeof(body) - 1));
	expect(&out, dump_find(dump_6, "BODY", 0));
	assert_true(milter_client_eom(&c, &out));
	expect(&out, dump_find(dump_6, "BODYEOB", 0));
	milter_client_abort(&c, &out);
	expect(&out, dump_find(dump_6, "ABORT", 0));
	milter_client_quit(&c, &out);
	expect(&out, dump_find(dump_6, "QUIT", 0));
	milter_client_quit_nc(&c, &out);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "\0\0\0\1K", 5);
	buf_free(&out);
}

static void
test_dump_15_unknown(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	assert_true(milter_client_unknown(&c, &out, "FROBNICATE now please"));
	expect(&out, dump_find(dump_15, "UNKNOWN", 0));
	buf_free(&out);
}

/* A list of NUL ended strings as an array; at most 31 of them. */
static const char *const *
as_argv(const char *s, size_t len, const char *argv[static 32])
{
	const char *end = s + len;
	size_t n = 0;

	for (s = len > 0 ? s : NULL; s && n < 31; s = milter_string_next(s, end))
		argv[n++] = s;
	argv[n] = NULL;
	return argv;
}

static void
send_again(struct milter_client *c, struct buf *out, const struct milter_event *ev)
{
	const char *argv[32];

	switch (ev->command) {
	case 'D':
		milter_client_macros(c, out, ev->macro.command,
				     as_argv(ev->macro.pairs, ev->macro.len, argv));
		break;
	case 'C':
		milter_client_connect(c, out, ev->connect.host, ev->connect.family,
				      ev->connect.port, ev->connect.addr);
		break;
	case 'H':
		milter_client_helo(c, out, ev->helo);
		break;
	case 'M':
		milter_client_envfrom(c, out,
				      as_argv(ev->envelope.argv, ev->envelope.len, argv));
		break;
	case 'R':
		milter_client_envrcpt(c, out,
				      as_argv(ev->envelope.argv, ev->envelope.len, argv));
		break;
	case 'T':
		milter_client_data(c, out);
		break;
	case 'U':
		milter_client_unknown(c, out, ev->unknown);
		break;
	case 'L':
		milter_client_header(c, out, ev->header.name, ev->header.value);
		break;
	case 'N':
		milter_client_eoh(c, out);
		break;
	case 'B':
		milter_client_body(c, out, ev->body.data, ev->body.len);
		break;
	case 'E':
		milter_client_eom(c, out);
		break;
	case 'A':
		milter_client_abort(c, out);
		break;
	case 'Q':
		milter_client_quit(c, out);
		break;
	default:
		milter_client_optneg(c, out);
	}
}

static void
test_every_command_of_the_dumps(void **state)
{
	unsigned char bytes[DUMP_BYTES];
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};
	struct milter_frame f = {0};
	struct milter_event ev;
	size_t n = 0;

	(void)state;
	c.terms.protocol = PROTO_LEADSPC;
	for (size_t i = 0; i < DUMP_COUNT; i++) {
		for (const struct dump *d = all_dumps[i]; d->kind; d++) {
			if (!dump_is_command(d))
				continue;

			size_t len = dump_bytes(d, bytes);

			assert_int_equal(milter_frame_next(bytes, len, MILTER_MAX_FRAME, &f),
					 1);
			assert_int_equal(milter_event_decode(&f, &ev), 0);
			send_again(&c, &out, &ev);
			expect(&out, d);
			n++;
		}
	}
	assert_int_equal(n, 75);
	buf_free(&out);
}

static bool
send_stage(struct milter_client *c, struct buf *out, enum stage s)
{
	switch (s) {
	case STAGE_CONNECT:
		return milter_client_connect(c, out, "h", '4', 1, "192.0.2.1");
	case STAGE_HELO:
		return milter_client_helo(c, out, "h");
	case STAGE_ENVFROM:
		return milter_client_envfrom(c, out, ARGV("<>"));
	case STAGE_ENVRCPT:
		return milter_client_envrcpt(c, out, ARGV("<a@b>"));
	case STAGE_DATA:
		return milter_client_data(c, out);
	case STAGE_UNKNOWN:
		return milter_client_unknown(c, out, "x");
	case STAGE_HEADER:
		return milter_client_header(c, out, "x", "y");
	case STAGE_EOH:
		return milter_client_eoh(c, out);
	case STAGE_BODY:
		return milter_client_body(c, out, "x", 1);
	case STAGE_EOM:
	case STAGE_COUNT:
		break;
	}
	return milter_client_eom(c, out);
}

/* Each bit is about its own stage and no other. */
static void
test_no_and_nr_bits(void **state)
{
	struct buf out = {0};

	(void)state;
	for (enum stage bit = 0; bit < STAGE_COUNT; bit++) {
		for (enum stage s = 0; s < STAGE_COUNT; s++) {
			struct milter_client c = client_of_eager_filter();
			bool own = s == bit && s != STAGE_EOM;

			c.terms.protocol = stage_no_bit(bit);
			assert_int_equal(send_stage(&c, &out, s), !own);
			assert_int_equal(out.len == 0, own);
			buf_reset(&out);
			c.terms.protocol = stage_nr_bit(bit);
			assert_int_equal(send_stage(&c, &out, s), !own);
			assert_int_not_equal(out.len, 0);
			assert_int_equal(out.data[4], stage_command(s));
			buf_reset(&out);
		}
	}
	buf_free(&out);
}

/* Both MTAs send macros for a declined stage too. */
static void
test_macros_of_declined_stages(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	c.terms.protocol = PROTO_ALL;
	milter_client_macros(&c, &out, 'M', ARGV("i", ""));
	assert_int_equal(out.len, 9);
	assert_memory_equal(out.data, "\0\0\0\5DMi\0\0", 9);
	buf_free(&out);
}

static void
test_old_versions(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	c.terms.version = 2;
	assert_false(milter_client_unknown(&c, &out, "x"));
	assert_false(milter_client_data(&c, &out));
	c.terms.version = 3;
	assert_false(milter_client_data(&c, &out));
	assert_int_equal(out.len, 0);
	assert_true(milter_client_unknown(&c, &out, "x"));
	c.terms.version = 4;
	assert_true(milter_client_data(&c, &out));
	buf_free(&out);
}

static void
test_skip_ends_with_the_message(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	c.skip_body = true;
	assert_false(milter_client_body(&c, &out, "x", 1));
	assert_false(milter_client_macros(&c, &out, 'B', ARGV("i", "x")));
	assert_int_equal(out.len, 0);
	milter_client_macros(&c, &out, 'E', ARGV("i", "x"));
	assert_int_not_equal(out.len, 0);
	assert_true(milter_client_eom(&c, &out));
	assert_true(milter_client_body(&c, &out, "x", 1));
	c.skip_body = true;
	milter_client_abort(&c, &out);
	assert_true(milter_client_body(&c, &out, "x", 1));
	c.skip_body = true;
	milter_client_envfrom(&c, &out, ARGV("<>"));
	assert_true(milter_client_body(&c, &out, "x", 1));
	buf_free(&out);
}

static void
test_one_blank_before_a_value(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf out = {0};

	(void)state;
	milter_client_header(&c, &out, "A", " ");
	assert_int_equal(out.len, 5 + 3);
	buf_reset(&out);
	milter_client_header(&c, &out, "A", "b");
	assert_memory_equal(out.data + 5, "A\0b\0", 4);
	buf_reset(&out);
	c.terms.protocol = PROTO_LEADSPC;
	milter_client_header(&c, &out, "A", " b");
	assert_memory_equal(out.data + 5, "A\0 b\0", 5);
	buf_free(&out);
}

static int
agree(uint32_t version, uint32_t actions, uint32_t protocol)
{
	struct milter_client c;
	const struct milter_reply r = {
		.reply = 'O',
		.terms = {version, actions, protocol},
	};

	milter_client_init(&c);
	c.offer = (struct milter_terms){4, 0x3f, 0x37f};

	int got = milter_client_agree(&c, &r);

	assert_int_equal(c.terms.version, got == 0 ? version : 0);
	assert_int_equal(c.terms.actions, got == 0 ? actions : 0);
	assert_int_equal(c.terms.protocol, got == 0 ? protocol : 0);
	return got;
}

static void
test_agree(void **state)
{
	(void)state;
	assert_int_equal(agree(4, 0x3f, 0x37f), 0);
	assert_int_equal(agree(2, 0, 0), 0);
	assert_int_equal(agree(3, 0x11, 0x71), 0);
	assert_int_equal(agree(5, 0, 0), -EPROTO);
	assert_int_equal(agree(1, 0, 0), -EPROTO);
	assert_int_equal(agree(0, 0, 0), -EPROTO);
	assert_int_equal(agree(4, 0x40, 0), -EPROTO);
	assert_int_equal(agree(4, 0x80000000, 0), -EPROTO);
	assert_int_equal(agree(4, 0, 0x80), -EPROTO);
	assert_int_equal(agree(4, 0, 0x80000000), -EPROTO);
}

static void
test_agree_with_something_else(void **state)
{
	struct milter_client c;
	const struct milter_reply r = {.reply = 'c', .terms = {6, 0, 0}};

	(void)state;
	milter_client_init(&c);
	assert_int_equal(milter_client_agree(&c, &r), -EPROTO);
	assert_int_equal(c.terms.version, 0);
}

static void
test_final_replies(void **state)
{
	(void)state;
	for (unsigned letter = 0; letter < 256; letter++) {
		const struct milter_reply r = {.reply = (unsigned char)letter};
		bool final = letter != 0 && strchr("Ocartdys4", (int)letter);

		assert_int_equal(milter_reply_is_final(&r), final);
	}
}

static void
test_paths_and_values_as_the_model_keeps_them(void **state)
{
	struct milter_client c = client_of_eager_filter();
	struct buf a = {0}, b = {0};

	(void)state;
	c.skip_body = true;
	assert_true(milter_client_path(&c, &a, STAGE_ENVFROM, "<a@b>", "X=1\0Y=2", 8));
	assert_false(c.skip_body);
	assert_true(milter_client_path(&c, &a, STAGE_ENVRCPT, "<c@d>", NULL, 0));
	assert_true(milter_client_kept_header(&c, &a, "A", " b\n c"));
	milter_client_envfrom(&c, &b, ARGV("<a@b>", "X=1", "Y=2"));
	milter_client_envrcpt(&c, &b, ARGV("<c@d>"));
	milter_client_header(&c, &b, "A", "  b\n c");
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, b.len);

	/* the terms */
	buf_reset(&a);
	c.terms.protocol = PROTO_LEADSPC | stage_nr_bit(STAGE_HEADER) |
			   stage_nr_bit(STAGE_ENVRCPT) | stage_no_bit(STAGE_ENVFROM);
	assert_false(milter_client_path(&c, &a, STAGE_ENVFROM, "<a@b>", NULL, 0));
	assert_int_equal(a.len, 0);
	assert_false(milter_client_path(&c, &a, STAGE_ENVRCPT, "<c@d>", NULL, 0));
	assert_int_equal(a.len, 5 + 6);
	buf_reset(&a);
	assert_false(milter_client_kept_header(&c, &a, "A", "b"));
	assert_memory_equal(a.data, "\0\0\0\6LA\0 b\0", 10);
	c.terms.protocol = stage_no_bit(STAGE_HEADER);
	buf_reset(&a);
	assert_false(milter_client_kept_header(&c, &a, "A", "b"));
	assert_int_equal(a.len, 0);
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_1),
		cmocka_unit_test(test_dumps_3_10_11_connects),
		cmocka_unit_test(test_dumps_4_and_13_envelope),
		cmocka_unit_test(test_dump_5_headers),
		cmocka_unit_test(test_dump_6_content),
		cmocka_unit_test(test_dump_15_unknown),
		cmocka_unit_test(test_every_command_of_the_dumps),
		cmocka_unit_test(test_no_and_nr_bits),
		cmocka_unit_test(test_macros_of_declined_stages),
		cmocka_unit_test(test_old_versions),
		cmocka_unit_test(test_skip_ends_with_the_message),
		cmocka_unit_test(test_one_blank_before_a_value),
		cmocka_unit_test(test_paths_and_values_as_the_model_keeps_them),
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_agree_with_something_else),
		cmocka_unit_test(test_final_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
