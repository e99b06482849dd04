/* Unit tests of util/record: the forms of a log record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "util/buf.h"
#include "util/record.h"

static const struct log_field some_fields[] = {{"QUEUE_ID", "4XyZab12Cd"},
					       {"POLICY", NULL},
					       {"TEXT", "a\nPRIORITY=0\nb"},
					       {"EMPTY", ""}};

static const struct log_record some = {
	.level = LOG_INFO, .text = "hello", .fields = some_fields, .n_fields = 4};

static void
test_journal_form(void **state)
{
	static const char expected[] = "PRIORITY=6\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=pm\n"
				       "MESSAGE\n\5\0\0\0\0\0\0\0hello\n"
				       "POLYMILTER_QUEUE_ID\n\12\0\0\0\0\0\0\0004XyZab12Cd\n"
				       "POLYMILTER_TEXT\n\16\0\0\0\0\0\0\0a\nPRIORITY=0\nb\n"
				       "POLYMILTER_EMPTY\n\0\0\0\0\0\0\0\0\n";
	struct buf b = {0};

	(void)state;
	log_format_journal(&b, &some, "pm");
	assert_int_equal(b.len, sizeof(expected) - 1);
	assert_memory_equal(b.data, expected, b.len);
	buf_free(&b);
}

static void
test_journal_length_is_little_endian(void **state)
{
	char *text = calloc(1, 0x1235);
	struct log_record r = {.level = LOG_ERR, .text = text};
	struct buf b = {0};
	const unsigned char *at;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 0x1234);
	log_format_journal(&b, &r, "pm");
	at = memmem(b.data, b.len, "MESSAGE\n", 8);
	assert_non_null(at);
	assert_memory_equal(at + 8, "\x34\x12\0\0\0\0\0\0x", 9);
	free(text);
	buf_free(&b);
}

static void
test_syslog_form(void **state)
{
	struct tm when = {.tm_mon = 4, .tm_mday = 7, .tm_hour = 3, .tm_min = 2, .tm_sec = 1};
	struct log_record r = {.level = LOG_WARNING, .text = "a\n<0>b\x7f caf\xc3\xa9"};
	struct buf b = {0};

	(void)state;
	log_format_syslog(&b, &r, "polymilter", 812, &when);
	assert_string_equal(buf_string(&b),
			    "<20>May  7 03:02:01 polymilter[812]: a?<0>b? caf\xc3\xa9");
	buf_free(&b);
}

static void
test_line_form(void **state)
{
	struct log_record r = {.level = LOG_ERR, .text = "bad\r\nthing \xc3\xa9"};
	struct buf b = {0};

	(void)state;
	log_format_line(&b, &r, "polymilter", 4096);
	assert_string_equal(buf_string(&b), "polymilter: bad??thing \xc3\xa9\n");
	buf_reset(&b);
	log_format_line(&b, &r, NULL, 4096);
	assert_string_equal(buf_string(&b), "<3>bad??thing \xc3\xa9\n");
	buf_reset(&b);
	log_format_line(&b, &r, NULL, 7);
	assert_string_equal(buf_string(&b), "<3>bad\n");
	buf_reset(&b);
	log_format_line(&b, &r, NULL, 3 + 12 + 1);
	assert_string_equal(buf_string(&b), "<3>bad??thing \n"); /* no half character */
	buf_free(&b);
}

static void
test_cut(void **state)
{
	(void)state;
	assert_int_equal(log_cut_length("abc", 3, 3), 3);
	assert_int_equal(log_cut_length("abc", 3, 2), 2);
	assert_int_equal(log_cut_length("a\xf0\x9f\x98\x80", 5, 4), 1);
	assert_int_equal(log_cut_length("a\xf0\x9f\x98\x80", 5, 5), 5);
	assert_int_equal(log_cut_length("a\xf0\x9f\x98\x80z", 6, 5), 5);
	assert_int_equal(log_cut_length("\x80\x80\x80\x80\x80\x80", 6, 5),
			 2); /* not UTF-8: looks no further back */
	assert_int_equal(log_cut_length("abc", 3, 0), 0);
}

static void
test_pack_and_unpack(void **state)
{
	struct log_field fields[4];
	struct log_record r;
	struct buf b = {0};
	size_t one;

	(void)state;
	log_record_pack(&b, &some);
	one = b.len;
	log_record_pack(&b, &some);
	assert_int_equal(b.len, 2 * one);
	for (size_t n = 0; n < one; n++)
		assert_int_equal(log_record_unpack(b.data, n, &r, fields, 4), 0);
	assert_int_equal(log_record_unpack(b.data, b.len, &r, fields, 4), one);
	assert_int_equal(r.level, LOG_INFO);
	assert_string_equal(r.text, "hello");
	assert_int_equal(r.n_fields, 3); /* NULL was left out */
	assert_string_equal(r.fields[0].name, "QUEUE_ID");
	assert_string_equal(r.fields[0].value, "4XyZab12Cd");
	assert_string_equal(r.fields[1].value, "a\nPRIORITY=0\nb");
	assert_string_equal(r.fields[2].name, "EMPTY");
	assert_string_equal(r.fields[2].value, "");
	assert_int_equal(log_record_unpack(b.data, b.len, &r, fields, 2), -EBADMSG);
	buf_free(&b);
}

static void
test_pack_is_bounded(void **state)
{
	char *big = calloc(1, 50001);
	struct log_field in[40], out[LOG_MAX_FIELDS];
	struct log_record r = {.level = LOG_ERR, .text = big, .fields = in, .n_fields = 3},
			  back;
	struct buf b = {0};

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 50000);
	in[0] = (struct log_field){"TOO_BIG", big};
	in[1] = (struct log_field){"FITS", big + 50000 - 7000};
	in[2] = (struct log_field){"NO_MORE", big + 50000 - 2000};
	log_record_pack(&b, &r);
	assert_in_range(b.len, 15000, LOG_RECORD_MAX_BYTES);
	assert_int_equal(log_record_unpack(b.data, b.len, &back, out, LOG_MAX_FIELDS), b.len);
	assert_int_equal(strlen(back.text), LOG_TEXT_MAX_BYTES);
	assert_int_equal(back.n_fields, 1);
	assert_string_equal(out[0].name, "FITS");

	buf_reset(&b);
	for (size_t i = 0; i < 40; i++)
		in[i] = (struct log_field){"A", "b"};
	r = (struct log_record){.text = "", .fields = in, .n_fields = 40};
	log_record_pack(&b, &r);
	assert_int_equal(log_record_unpack(b.data, b.len, &back, out, LOG_MAX_FIELDS), b.len);
	assert_int_equal(back.n_fields, LOG_MAX_FIELDS);
	free(big);
	buf_free(&b);
}

static void
test_exact_fit(void **state)
{
	char *value = calloc(1, LOG_RECORD_MAX_BYTES);
	struct log_field in = {"A", value}, out;
	struct log_record r = {.text = "", .fields = &in, .n_fields = 1}, back;
	size_t room = LOG_RECORD_MAX_BYTES - 6 - 1 - 2 - 1; /* head, text, name, NUL */
	struct buf b = {0};

	(void)state;
	assert_non_null(value);
	memset(value, 'x', room);
	log_record_pack(&b, &r);
	assert_int_equal(b.len, LOG_RECORD_MAX_BYTES);
	assert_int_equal(log_record_unpack(b.data, b.len, &back, &out, 1), b.len);
	assert_int_equal(back.n_fields, 1);
	value[room] = 'x';
	buf_reset(&b);
	log_record_pack(&b, &r);
	assert_int_equal(log_record_unpack(b.data, b.len, &back, &out, 1), b.len);
	assert_int_equal(back.n_fields, 0);
	free(value);
	buf_free(&b);
}

static void
test_unpack_refuses(void **state)
{
	static const struct {
		const char *data;
		size_t len;
	} rows[] = {
		{"\0\0\0\5\6\0", 6},		 /* shorter than its head */
		{"\0\0\0\6\6\0", 6},		 /* no text */
		{"\0\0\x40\1\6\0", 6},		 /* too long */
		{"\xff\xff\xff\xff\6\0", 6},	 /* much too long */
		{"\0\0\0\7\x8\0\0", 7},		 /* level */
		{"\0\0\0\10\6\0ab", 8},		 /* no NUL */
		{"\0\0\0\10\6\0\0\0", 8},	 /* longer than its length */
		{"\0\0\0\10\6\1\0\0", 8},	 /* a field without value */
		{"\0\0\0\12\6\1\0a\0\0", 10},	 /* field's name */
		{"\0\0\0\11\6\1\0\0\0", 9},	 /* no name */
		{"\0\0\0\14\6\1\0A\nB\0\0", 12}, /* a name that makes a field */
		{"\0\0\0\12\6\1\0A\0b", 10},	 /* value without NUL */
		{"\0\0\0\12\6\5\0A\0\0", 10},	 /* more fields than there is room for */
	};
	struct log_field fields[4];
	struct log_record r = {.level = 99};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = log_record_unpack(rows[i].data, rows[i].len, &r, fields, 4);

		if (n != -EBADMSG || r.level != 99)
			fail_msg("row %zu gives %d", i, n);
	}
}

/* Each byte of a record changed to each value: no crash, no read beyond its end. */
static void
test_unpack_survives_damage(void **state)
{
	struct log_field fields[4];
	struct log_record r;
	struct buf b = {0};

	(void)state;
	log_record_pack(&b, &some);
	for (size_t i = 0; i < b.len; i++) {
		unsigned char *copy = malloc(b.len);

		assert_non_null(copy);
		memcpy(copy, b.data, b.len);
		for (unsigned v = 0; v < 256; v++) {
			int n;

			copy[i] = (unsigned char)v;
			n = log_record_unpack(copy, b.len, &r, fields, 4);
			assert_true(n == 0 || n == -EBADMSG || n == (int)b.len);
		}
		free(copy);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_journal_form),
		cmocka_unit_test(test_journal_length_is_little_endian),
		cmocka_unit_test(test_syslog_form),
		cmocka_unit_test(test_line_form),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_pack_and_unpack),
		cmocka_unit_test(test_pack_is_bounded),
		cmocka_unit_test(test_exact_fit),
		cmocka_unit_test(test_unpack_refuses),
		cmocka_unit_test(test_unpack_survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
