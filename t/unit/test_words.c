/* mime/words and mime/octets: encoded words, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "charsets.h"
#include "linear.h"
#include "mime/octets.h"
#include "mime/words.h"
#include "util/buf.h"
#include "util/str.h"

#define FFFD "\xef\xbf\xbd"

static void
check(const char *what, const char *value, size_t len, bool certain, const char *expected)
{
	struct buf out = {0};
	bool r = mime_decode_header(value, len, &out);

	if (r != certain || strcmp(buf_string(&out), expected) != 0 ||
	    out.len != strlen(expected))
		fail_msg("%s: %d '%s'", what, r, buf_string(&out));
	buf_free(&out);
}

static void
test_decode(void **state)
{
	static const struct {
		const char *what, *value, *expected;
	} cases[] = {
		{"empty", "", ""},
		{"plain", "hello = world ? =", "hello = world ? ="},
		{"folded", "a\r\n b\n\tc", "a b\tc"},
		{"q", "=?utf-8?q?gr=C3=BC=c3=9f_e?=", "grüß e"},
		{"b", "=?UTF-8?B?Z3LDvMOf?=", "grüß"},
		{"latin1", "=?iso-8859-1?Q?gr=FC=DF?=", "grüß"},
		{"latin1 is windows-1252", "=?iso-8859-1?Q?=80_=93x=94?=", "€ “x”"},
		{"gb2312 is gb18030", "=?gb2312?B?llc=?=", "朩"},
		{"euc-kr is cp949", "=?euc-kr?Q?=81A?=", "갂"},
		{"shift_jis", "=?Shift_JIS?B?k/qWew==?=", "日本"},
		{"iso-2022-jp", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
		{"half-width katakana", "=?iso-2022-jp?B?GyhJMTIbKEI=?=", "ｱｲ"},
		{"Microsoft's iso-2022-jp", "=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"},
		{"koi8-r", "=?koi8-r?Q?=F0=D2?=", "Пр"},
		{"utf-16", "=?utf-16?B?AGMAaABlAGEAcA==?=", "cheap"},
		{"utf-16, little-endian", "=?utf-16?B?YwBoAGUAYQBwAA==?=", "cheap"},
		{"utf-16, marked", "=?utf-16?B?/v8AYwBo?=", "ch"},
		{"utf-16, Cyrillic", "=?utf-16?B?BB8EQAQ4BDIENQRC?=", "Привет"},
		{"utf-16, Cyrillic, little-endian", "=?utf-16?B?HwRABDgEMgQ1BEIE?=", "Привет"},
		{"utf-16, Chinese", "=?utf-16?B?Ti1lhw==?=", "中文"},
		{"utf-7", "=?utf-7?Q?gr+APwA3w-?=", "grüß"},
		{"alias", "=?latin1?Q?=FC?=", "ü"},
		{"language", "=?utf-8*de-AT?Q?gr=C3=BC?=", "grü"},
		{"text around", "a =?utf-8?Q?b?= c", "a b c"},
		{"blank between words", "=?utf-8?Q?a?= \r\n\t =?utf-8?Q?b?=", "ab"},
		{"blank of the word stays", "=?utf-8?Q?a_?= =?utf-8?Q?_b?=", "a  b"},
		{"nothing between words", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
		{"text between words", "=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"},
		{"glued", "x=?utf-8?Q?a?=y", "xay"},
		{"in quotes", "\"=?utf-8?Q?J=C3=BCrgen?=\" <j@example.org>",
		 "\"Jürgen\" <j@example.org>"},
		{"in a comment", "(=?utf-8?Q?a?=)", "(a)"},
		{"spaces in q", "=?utf-8?Q?a b c?=", "a b c"},
		{"folded in q", "=?utf-8?Q?a\r\n b?=", "a b"},
		{"character over q words", "=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü"},
		{"character over b and q", "=?utf-8?B?ww==?= =?UTF8?Q?=BC?=", "ü"},
		{"character over sjis words", "=?cp932?Q?=93?= =?shift_jis?Q?=FA?=", "日"},
		{"two charsets", "=?utf-8?Q?=C3=BC?= =?iso-8859-1?Q?=FC?=", "üü"},
		{"no padding", "=?utf-8?B?d2lubmVy?= =?utf-8?B?IQ?=", "winner!"},
		{"no padding, then a word",
		 "=?utf-8?B?YQ?= =?utf-8?B?Yg?= =?utf-8?B?YWI?=", "abab"},
		{"padded, then more",
		 "=?utf-8?B?d2lu?= =?utf-8?B?bmU=?= =?utf-8?B?cnMh?=", "winners!"},
		{"quantum 1+3", "=?utf-8?B?d?= =?utf-8?B?2lu?=", "win"},
		{"quantum 2+2", "=?utf-8?B?d2?= =?utf-8?B?lu?=", "win"},
		{"quantum 3+1", "=?utf-8?B?d2l?= =?utf-8?B?u?=", "win"},
		{"quantum padded, no bits over", "=?utf-8?B?YQ?= =?utf-8?B?E=?=", "a\x01"},
		{"quantum padded as a whole", "=?utf-8?B?IG?= =?utf-8?B?I=?=", " b"},
		{"quantum over three words",
		 "=?utf-8?B?d?= =?utf-8?B?2?= =?utf-8?B?lu?=", "win"},
		{"blanks in b", "=?utf-8?B?d2 lu\r\n bmU=?=", "winne"},
		{"empty words",
		 "a =?utf-8?Q?"
		 "?= b =?utf-8?B?"
		 "?= c",
		 "a  b  c"},
		{"raw utf-8", "gr\xc3\xbc\xc3\x9f", "grüß"},
		{"raw latin1", "gr\xfc\xdf", "grüß"},
		{"raw windows-1252", "5 \x80", "5 €"},
		{"raw and word", "\xfc =?utf-8?Q?=C3=BC?= \xc3\xbc", "ü ü ü"},
		{"no meaning in windows-1252", "\xfc\x81", "ü" FFFD},
		{"question marks", "really?=", "really?="},
		{"not a word", "a=?b c?Qd?=", "a=?b c?Qd?="},
		{"blanks around the charset", "=? utf-8\t?Q?gr=C3=BC?=", "grü"},
		{"blanks around, language", "=? utf-8 *de ?Q?gr=C3=BC?=", "grü"},
		{"mime boundary", "----=_=?x", "----=_=?x"},
		{"question marks only", "=??????", "=??????"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].what, cases[i].value, strlen(cases[i].value), true,
		      cases[i].expected);
	check("nul", "a\0b", 3, true, "a" FFFD "b");
}

static void
test_decode_uncertain(void **state)
{
	static const struct {
		const char *what, *value, *expected;
	} cases[] = {
		{"unknown charset, utf-8", "=?x-none?Q?gr=C3=BC?=", "grü"},
		{"unknown charset, bytes", "=?x-none?Q?gr=FC?=", "grü"},
		{"unknown charset, joined", "=?x-none?Q?=C3?= =?X-NONE?Q?=BC?=", "ü"},
		{"unknown charsets", "=?x-none?Q?=C3?= =?x-some?Q?=BC?=", "Ã¼"},
		{"charset with a blank", "a=?b c?Q?d?=", "ad"},
		{"long charset",
		 "=?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?Q?d?=",
		 "d"},
		{"no charset", "=??Q?a?=", "a"},
		{"path as charset", "=?utf-8//IGNORE?Q?=FC?=", "ü"},
		{"unknown encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
		{"broken utf-8", "=?utf-8?Q?a=FFb?=", "a" FFFD "b"},
		{"cut utf-8", "=?utf-8?Q?a=C3?= b", "a" FFFD " b"},
		{"nul", "=?utf-8?Q?a=00b?=", "a" FFFD "b"},
		{"8-bit in us-ascii", "=?us-ascii?Q?=FC?=", "ü"},
		{"cut shift_jis", "=?shift_jis?Q?=93?= x", FFFD " x"},
		{"no end", "=?utf-8?Q?abc", "=?utf-8?Q?abc"},
		{"no end, then a word", "=?utf-8?Q?=61b =?utf-8?Q?c?=", "ab c"},
		{"bad hex", "=?utf-8?Q?=XX=4?=", "=XX=4"},
		{"bad base64", "=?utf-8?B?d2*lu?=", "win"},
		{"base64 after padding", "=?utf-8?B?YQ==YmM=?=", "abc"},
		{"one digit", "=?utf-8?B?d2lud?= x", "win x"},
		{"one digit before q", "=?utf-8?B?d2lud?= =?utf-8?Q?x?=", "winx"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].what, cases[i].value, strlen(cases[i].value), false,
		      cases[i].expected);
	check("word in the end of a word",
	      "=?utf-8?Q?=66oo=?x?Q?"
	      "?=",
	      23, false, "foo");
	check("nul in utf-16", "=?utf-16be?B?AAAAYQ==?=", 23, true, FFFD "a");
}

static void
test_unfold_and_plain(void **state)
{
	struct buf out = {0};

	(void)state;
	mime_unfold_header("a\r\n =?utf-8?Q?x?=\xff\0\xc3\n\xbc", 22, &out);
	assert_string_equal(buf_string(&out), "a =?utf-8?Q?x?=" FFFD FFFD "ü");
	buf_free(&out);
	assert_int_equal(mime_header_form("", 0), HEADER_PLAIN);
	assert_int_equal(mime_header_form("a=b?c\t\x7f=", 8), HEADER_PLAIN);
	assert_int_equal(mime_header_form("a=?", 2), HEADER_PLAIN);
	assert_int_equal(mime_header_form("a=?", 3), HEADER_CODED);
	assert_int_equal(mime_header_form("a\n", 2), HEADER_FOLDED);
	assert_int_equal(mime_header_form("a\r", 2), HEADER_FOLDED);
	assert_int_equal(mime_header_form("a\0", 2), HEADER_CODED);
	assert_int_equal(mime_header_form("a\x80", 2), HEADER_CODED);
	assert_int_equal(mime_header_form("=\r\n?", 4), HEADER_CODED);
	assert_int_equal(mime_header_form("=\n ?", 4), HEADER_FOLDED);
}

/* Checks the lengths of lines that mime_encode_header() wrote. */
static void
check_lines(const char *s, size_t column, bool words)
{
	while (*s != '\0') {
		size_t n = strcspn(s, "\n");

		assert_true(column + n <= (words ? 76 : 998));
		assert_true(n > 0 && strspn(s, " ") < n);
		s += n;
		if (*s == '\n')
			assert_int_equal(*++s, ' ');
		column = 0;
	}
}

static void
encode(const char *text, size_t column, const char *expected)
{
	struct buf out = {0};

	mime_encode_header(text, strlen(text), column, &out);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_encode(void **state)
{
	(void)state;
	encode("", 9, "");
	encode("[EXTERNAL] ", 9, "[EXTERNAL] ");
	encode(" a  b ", 9, " a  b ");
	encode("a\r\nb\tc\x7f", 9, "a  b c ");
	encode("ü", 9, "=?UTF-8?B?w7w=?=");
	encode("für alle da", 9, "=?UTF-8?Q?f=C3=BCr_alle_da?=");
	encode("äöüßÄ", 9, "=?UTF-8?B?w6TDtsO8w5/DhA==?=");
	encode("[EXTERN – Prüfen] ", 9, "=?UTF-8?B?W0VYVEVSTiDigJMgUHLDvGZlbl0g?=");
	encode("a =?x?= b", 9, "=?UTF-8?B?YSA9P3g/PSBi?=");
	encode("a\xff", 9, "=?UTF-8?B?Ye+/vQ==?=");
	encode("\xc2\x85x", 9, "  x"); /* a C1 control */
	encode("12345678 12345678", 61, "12345678 12345678");
	encode("12345678 12345678", 62, "12345678\n 12345678");
	encode("12345678 ", 77, "12345678 ");
	encode("abcdefghiü", 58, "=?UTF-8?Q?abcdef?=\n =?UTF-8?Q?ghi=C3=BC?=");
	encode("abcdefghiü", 59, "=?UTF-8?Q?abcde?=\n =?UTF-8?Q?fghi=C3=BC?=");
	encode("üabcdefghi", 200, "=?UTF-8?Q?=C3=BC?=\n =?UTF-8?Q?abcdefghi?=");
	encode("üüü", 60, "=?UTF-8?B?w7w=?=\n =?UTF-8?B?w7zDvA==?=");
}

static void
test_encode_long(void **state)
{
	struct buf in = {0}, out = {0}, back = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_putc(&in, 'x');
	mime_encode_header((const char *)in.data, 900, 98, &out);
	assert_int_equal(out.len, 900);
	buf_reset(&out);
	mime_encode_header((const char *)in.data, 900, 99, &out); /* cannot be folded */
	assert_memory_equal(out.data, "=?UTF-8?Q?", 10);
	buf_reset(&out);
	mime_encode_header((const char *)in.data, in.len, 9, &out);
	check_lines(buf_string(&out), 9, true);
	assert_true(mime_decode_header((const char *)out.data, out.len, &back));
	assert_int_equal(back.len, in.len);
	assert_memory_equal(back.data, in.data, in.len);
	buf_free(&in);
	buf_free(&out);
	buf_free(&back);
}

static uint32_t
noise(void)
{
	static uint32_t seed = 7;

	seed = seed * 1664525 + 1013904223;
	return seed >> 16;
}

/* What was encoded reads back, and its lines are not too long. */
static void
test_round_trip(void **state)
{
	static const char *const pieces[] = {"a",  " ",	 "word ", "ü", "€",  "\xf0\x9f\x92\xa9",
					     "=?", "?=", "_",	  "=", "  ", "日本語"};
	struct buf in = {0}, out = {0}, back = {0};

	(void)state;
	for (int i = 0; i < 3000; i++) {
		size_t kinds = i % 2 == 0 ? 3 : sizeof(pieces) / sizeof(pieces[0]);

		for (uint32_t n = noise() % 60; n > 0; n--)
			buf_puts(&in, pieces[noise() % kinds]);
		buf_putc(&in, 'z');
		mime_encode_header((const char *)in.data, in.len, noise() % 50, &out);
		check_lines(buf_string(&out), 0, memmem(out.data, out.len, "=?", 2) != NULL);
		assert_true(mime_decode_header((const char *)out.data, out.len, &back));
		assert_string_equal(buf_string(&back), buf_string(&in));
		buf_reset(&in);
		buf_reset(&out);
		buf_reset(&back);
	}
	buf_free(&in);
	buf_free(&out);
	buf_free(&back);
}

/* Pieces of words in any order: valid, without NUL, at most three times as long. */
static void
test_hostile(void **state)
{
	static const char *const pieces[] = {
		"=?",	       "?=",  "?Q?",	"?B?",	 "utf-8",    "gb18030",
		"iso-2022-jp", "=C3", "\x1b$B", "\xff",	 "\xc3\xbc", "YQ",
		"=",	       "?",   " ",	"\r\n ", "*",	     "utf-16"};
	struct buf in = {0}, out = {0};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		for (uint32_t n = noise() % 40; n > 0; n--)
			buf_puts(&in, pieces[noise() % (sizeof(pieces) / sizeof(pieces[0]))]);
		mime_decode_header(buf_string(&in), in.len, &out);
		assert_true(out.len <= 3 * in.len);
		assert_true(str_is_utf8(buf_string(&out), out.len));
		assert_null(memchr(out.data, 0, out.len));
		buf_reset(&in);
		buf_reset(&out);
	}
	buf_free(&in);
	buf_free(&out);
}

static void
decode(const void *ctx, const struct buf *in)
{
	struct buf decoded = {0};

	(void)ctx;
	mime_decode_header((const char *)in->data, in->len, &decoded);
	buf_free(&decoded);
}

static void
test_linear(void **state)
{
	static const struct {
		const char *repeated, *end;
	} shapes[] = {
		{"=?", ""},
		{"=?", "?="},
		{"=?utf-8?Q?", ""},
		{"=?utf-8?B?", "?="},
		{"=?utf-8?x?", "?="},
		{"=?a?Q?=?", "?="},
		{"=?utf-8?Q?a?= ", ""},
		{"=?utf-8?Q?a?= =?koi8-r?Q?b?= ", ""},
		{"=?utf-8?B?YQ?= ", ""},
		{"=?utf-8?B?YQ?=", "=?utf-8?B?YQ==?="},
		{"\xff", ""},
		{"\xc3\xbc\n ", ""},
		{" ", "=?utf-8?Q?a?="},
		{"=?utf-8?Q?=C3?= ", ""},
		{"=?x-none?Q?=FF?= ", ""},
		{"?=", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		assert_linear_text("", shapes[i].repeated, shapes[i].end, 1u << 18, decode,
				   NULL);
}

static void
test_octets(void **state)
{
	struct base64_reader r = {0};
	struct buf in = {0}, text = {0}, out = {0};

	(void)state;
	assert_int_equal(octets_from_hex("fF", 2), 255);
	assert_int_equal(octets_from_hex("00", 2), 0);
	assert_int_equal(octets_from_hex("0g", 2), -1);
	assert_int_equal(octets_from_hex("g0", 2), -1);
	assert_int_equal(octets_from_hex("00", 1), -1);
	for (size_t n = 0; n < 300; n++) {
		size_t cut;

		base64_write((const char *)in.data, n, &text);
		assert_int_equal(text.len, (n + 2) / 3 * 4);
		cut = noise() % (text.len + 1);
		base64_read(&r, (const char *)text.data, cut, &out);
		base64_read(&r, (const char *)text.data + cut, text.len - cut, &out);
		assert_true(base64_read_end(&r));
		assert_int_equal(out.len, n);
		if (n > 0)
			assert_memory_equal(out.data, in.data, n);
		buf_putc(&in, (unsigned char)noise());
		buf_reset(&text);
		buf_reset(&out);
	}
	buf_free(&in);
	buf_free(&text);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_decode_uncertain),
		cmocka_unit_test(test_unfold_and_plain),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_encode_long),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, open_charsets, NULL);
}
