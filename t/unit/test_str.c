/* Unit tests of util/str. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/buf.h"
#include "util/str.h"

struct number {
	const char *text;
	int r;
	uint64_t value;
};

#define UNTOUCHED 4711u

static void
check_numbers(const struct number *n, int (*parse)(const char *, uint64_t *))
{
	for (; n->text != NULL; n++) {
		uint64_t v = UNTOUCHED;

		if (parse(n->text, &v) != n->r || v != (n->r < 0 ? UNTOUCHED : n->value))
			fail_msg("'%s' gives %llu", n->text, (unsigned long long)v);
	}
}

static void
test_sizes(void **state)
{
	static const struct number sizes[] = {
		{"0", 0, 0},
		{"512", 0, 512},
		{"64K", 0, 65536},
		{"25M", 0, 26214400},
		{"1G", 0, 1073741824},
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"99999999999999999999999999", -ERANGE, 0},
		{"17179869183G", 0, UINT64_MAX - 1073741823},
		{"17179869184G", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"K", -EINVAL, 0},
		{"25MB", -EINVAL, 0},
		{"25 M", -EINVAL, 0},
		{" 25M", -EINVAL, 0},
		{"25M ", -EINVAL, 0},
		{"25m", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{"010", -EINVAL, 0},
		{"00", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1.5M", -EINVAL, 0},
		{NULL, 0, 0},
	};

	(void)state;
	check_numbers(sizes, str_parse_size);
}

static void
test_durations_and_counts(void **state)
{
	static const struct number durations[] = {
		{"500ms", 0, 500},  {"30s", 0, 30000},
		{"5m", 0, 300000},  {"2h", 0, 7200000},
		{"0s", 0, 0},	    {"30", -EINVAL, 0},
		{"0", -EINVAL, 0},  {"1h30m", -EINVAL, 0},
		{"ms", -EINVAL, 0}, {"5124095576030h", 0, 18446744073708000000ull},
		{"1d", -EINVAL, 0}, {"5124095576031h", -ERANGE, 0},
		{NULL, 0, 0},
	};
	static const struct number counts[] = {
		{"0", 0, 0},	    {"17", 0, 17},    {"017", -EINVAL, 0},
		{"1K", -EINVAL, 0}, {"", -EINVAL, 0}, {NULL, 0, 0},
	};

	(void)state;
	check_numbers(durations, str_parse_duration);
	check_numbers(counts, str_parse_count);
}

static void
test_modes(void **state)
{
	mode_t m = 0;

	(void)state;
	assert_int_equal(str_parse_mode("0660", &m), 0);
	assert_int_equal(m, 0660);
	assert_int_equal(str_parse_mode("777", &m), 0);
	assert_int_equal(m, 0777);
	assert_int_equal(str_parse_mode("1777", &m), -ERANGE);
	assert_int_equal(str_parse_mode("0680", &m), -EINVAL);
	assert_int_equal(str_parse_mode("00660", &m), -EINVAL);
	assert_int_equal(str_parse_mode("", &m), -EINVAL);
	assert_int_equal(str_parse_mode("-660", &m), -EINVAL);
	assert_int_equal(m, 0777);
}

static void
test_bools(void **state)
{
	static const char *const yes[] = {"yes", "true", "on", "YES"};
	static const char *const no[] = {"no", "false", "off", "Off"};
	bool b;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		b = false;
		assert_int_equal(str_parse_bool(yes[i], &b), 0);
		assert_true(b);
		assert_int_equal(str_parse_bool(no[i], &b), 0);
		assert_false(b);
	}
	assert_int_equal(str_parse_bool("1", &b), -EINVAL);
	assert_int_equal(str_parse_bool("", &b), -EINVAL);
	assert_int_equal(str_parse_bool("yess", &b), -EINVAL);
}

static void
test_format_size(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(str_format_size(buf, 0), "0");
	assert_string_equal(str_format_size(buf, 10), "10");
	assert_string_equal(str_format_size(buf, 1023), "1023");
	assert_string_equal(str_format_size(buf, 1024), "1K");
	assert_string_equal(str_format_size(buf, 1229), "1.2K");
	assert_string_equal(str_format_size(buf, 26214400), "25M");
	assert_string_equal(str_format_size(buf, 1048575), "1023.9K");
	assert_string_equal(str_format_size(buf, UINT64_MAX), "17179869183.9G");
}

static void
test_comparing_without_case(void **state)
{
	char s[] = "X-Spam-\xc3\x84 [Z]";

	(void)state;
	assert_true(str_case_equal("Subject", "sUBJECT"));
	assert_false(str_case_equal("Subject", "Subject2"));
	assert_false(str_case_equal("[", "{")); /* bit 5 apart, but no letters */
	assert_false(str_case_equal("\xc3\x84", "\xc3\xa4"));
	assert_true(str_case_equal_n("a\0B", 3, "A\0b", 3));
	assert_false(str_case_equal_n("abc", 3, "abcd", 4));
	assert_true(str_case_equal_n("", 0, "", 0));
	assert_true(str_case_compare("abc", "ABD") < 0);
	assert_true(str_case_compare("b", "A") > 0);
	assert_true(str_case_compare("a", "") > 0);
	assert_true(str_case_compare("a", "\xc3") < 0);
	assert_true(str_case_starts("IPv6:::1", "ipv6:"));
	assert_false(str_case_starts("IPv", "ipv6:"));
	assert_true(str_case_starts("x", ""));
	str_lower(s);
	assert_string_equal(s, "x-spam-\xc3\x84 [z]");
}

static void
test_nearest(void **state)
{
	static const char *const names[] = {"recipients", "reply", "mode",
					    "action",	  "on",	   NULL};
	char longest[200];

	(void)state;
	memset(longest, 'r', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_string_equal(str_nearest("recipient", names), "recipients");
	assert_string_equal(str_nearest("recipeints", names), "recipients");
	assert_string_equal(str_nearest("Reply", names), "reply");
	assert_string_equal(str_nearest("mdoe", names), "mode"); /* a swap is one slip */
	assert_string_equal(str_nearest("mod", names), "mode");
	assert_null(str_nearest("xyzzy", names));
	assert_null(str_nearest("an", names)); /* too short for a slip */
	assert_string_equal(str_nearest("ON", names), "on");
	assert_null(str_nearest("", names));
	assert_null(str_nearest(longest, names));
}

static void
assert_printable(const char *s, size_t len, size_t max, const char *expected)
{
	struct buf b = {0};

	str_append_printable(&b, s, len, max);
	assert_string_equal(buf_string(&b), expected);
	buf_free(&b);
}

static void
test_printable(void **state)
{
	(void)state;
	assert_printable("caf\xc3\xa9", 5, 100, "caf\xc3\xa9");
	assert_printable("a\r\nb\0c\x1b[1m\x7f", 11, 100, "a\\x0d\\x0ab\\x00c\\x1b[1m\\x7f");
	assert_printable("\xc2\x80\xc2\x9f|\xc2\xa0", 7, 100,
			 "\\u0080\\u009f|\xc2\xa0"); /* C1 is replaced, NBSP stays */
	assert_printable("\xff\xc3x\xed\xa0\x80", 6, 100, "\\xff\\xc3x\\xed\\xa0\\x80");
	assert_printable("a\"<b>\\", 6, 100, "a\\\"\\<b\\>\\\\");
	assert_printable("%n", 2, 100, "%n");
	assert_printable("", 0, 0, "");
	assert_printable("abcd", 4, 4, "abcd");
	assert_printable("abcde", 5, 4, "abcd...");
	assert_printable("abc\xc3\xa9", 5, 4, "abc..."); /* no half characters */
	assert_printable("abc<", 4, 4, "abc...");	 /* and no half escapes */
	assert_printable("\xc3", 1, 100, "\\xc3");
	assert_printable("abc\n", 4, 7, "abc\\x0a");
	assert_printable("abc\n", 4, 6, "abc...");
}

/* Characters that reorder the text around them, or end a line, are never in a log line; their
 * neighbours in Unicode are. */
static void
test_printable_directions(void **state)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {{0x80, 0x9f},
		      {0x61c, 0x61c},
		      {0x200e, 0x200f},
		      {0x2028, 0x202e},
		      {0x2066, 0x2069}};

	(void)state;
	for (unsigned c = 0x80; c < 0x3000; c++) {
		char text[4] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
				(char)(0x80 | (c & 0x3f))};
		char escaped[8];
		bool is_hidden = false;

		if (c < 0x800)
			memcpy(text, (char[]){(char)(0xc0 | c >> 6), text[2], 0}, 3);
		for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
			is_hidden |= c >= ranges[i].first && c <= ranges[i].last;
		(void)snprintf(escaped, sizeof(escaped), "\\u%04x", c);
		assert_printable(text, strlen(text), 100, is_hidden ? escaped : text);
	}
}

static void
test_utf8(void **state)
{
	static const struct {
		const char *s;
		size_t len, valid;
	} rows[] = {
		{"", 0, 0},
		{"\0", 1, 1},
		{"a", 1, 1},
		{"\x80", 1, 0},
		{"\xc1\xbf", 2, 0},
		{"\xc2\x80", 2, 2},
		{"\xdf\xbf", 2, 2},
		{"\xdf", 1, 0},
		{"\xdf\xc0", 2, 0},
		{"\xe0\x9f\xbf", 3, 0},
		{"\xe0\xa0\x80", 3, 3},
		{"\xed\x9f\xbf", 3, 3},
		{"\xed\xa0\x80", 3, 0},
		{"\xee\x80\x80", 3, 3},
		{"\xef\xbf\xbf", 3, 3},
		{"\xe2\x82\x28", 3, 0},
		{"\xf0\x8f\xbf\xbf", 4, 0},
		{"\xf0\x90\x80\x80", 4, 4},
		{"\xf4\x8f\xbf\xbf", 4, 4},
		{"\xf4\x90\x80\x80", 4, 0},
		{"\xf0\x9f\x98", 3, 0},
		{"\xf0\x9f\x98\x41", 4, 0},
		{"\xf5\x80\x80\x80", 4, 0},
		{"\xff", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = str_utf8_length((const unsigned char *)rows[i].s, rows[i].len);

		if (n != rows[i].valid)
			fail_msg("row %zu gives %zu", i, n);
	}
	assert_true(str_is_utf8("", 0));
	assert_true(str_is_utf8("a\xc3\xa9z", 4));
	assert_false(str_is_utf8("a\xc3\xa9\xc3", 4));
}

/* The byte is found wherever in a word it stands, and whatever stands beside it. */
static void
test_clean_run(void **state)
{
	static const char bad[] = {'\0', '\n', 0x1f, 0x7f};
	static const char good[] = {' ', '~', (char)0x80, (char)0xff, '@', '!'};

	(void)state;
	for (size_t at = 0; at < 20; at++) {
		for (size_t i = 0; i < sizeof(bad) * sizeof(good); i++) {
			char text[20];

			memset(text, good[i % sizeof(good)], sizeof(text));
			assert_int_equal(str_clean_run(text, sizeof(text)), sizeof(text));
			text[at] = bad[i / sizeof(good)];
			assert_int_equal(str_clean_run(text, sizeof(text)), at);
		}
	}
}

static void
test_digits_and_blanks(void **state)
{
	(void)state;
	for (int c = -128; c < 128; c++) {
		assert_int_equal(str_is_digit((char)c), c >= '0' && c <= '9');
		assert_int_equal(str_is_blank((char)c), c == ' ' || c == '\t');
	}
	assert_int_equal(str_blank_run(" \t x", 4), 3);
	assert_int_equal(str_blank_run("   ", 2), 2);
	assert_int_equal(str_blank_run("\nx", 2), 0);
	assert_string_equal(str_skip_blanks(" \t x "), "x ");
	assert_string_equal(str_skip_blanks("  "), "");
	assert_int_equal(str_trim_blanks("x y \t", 5), 3);
	assert_int_equal(str_trim_blanks("  ", 2), 0);
}

static void
test_line_ends(void **state)
{
	static const struct {
		const char *line;
		size_t len;
	} lines[] = {{"", 0},	   {"\n", 0},	   {"\r\n", 0},	 {"\r", 0},  {"a\n", 1},
		     {"a\r\n", 1}, {"a\r\r\n", 2}, {"a\n\n", 2}, {"a\r", 1}, {"a", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(str_trim_line_end(lines[i].line, strlen(lines[i].line)),
				 lines[i].len);
}

static void
test_ascii(void **state)
{
	(void)state;
	assert_true(str_is_ascii("", 0));
	assert_true(str_is_ascii("\0\x7f, and enough for words", 24));
	assert_false(str_is_ascii("long enough for words\x80", 22));
	assert_false(str_is_ascii("\xff", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean_run),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_durations_and_counts),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_bools),
		cmocka_unit_test(test_format_size),
		cmocka_unit_test(test_comparing_without_case),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_printable_directions),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_digits_and_blanks),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
