/* charset/normalize: the form in which texts are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "charset/normalize.h"
#include "linear.h"
#include "util/buf.h"
#include "util/memory.h"
#include "util/str.h"

#define FFFD	   "\xef\xbf\xbd"
#define N_RANDOM   20000
#define MAX_RANDOM 400 /* characters of a random text */

static void
check(const char *what, const char *text, size_t len, const char *expected)
{
	struct buf out = {0};

	buf_puts(&out, "before ");
	assert_true(normalize_text(text, len, &out));
	if (strcmp(buf_string(&out) + strlen("before "), expected) != 0 ||
	    out.len != strlen("before ") + strlen(expected))
		fail_msg("%s: '%s'", what, buf_string(&out));
	buf_free(&out);
}

static void
test_cases(void **state)
{
	static const struct {
		const char *what, *text, *expected;
	} cases[] = {
		{"empty", "", ""},
		{"plain", "cheap pills", "cheap pills"},
		{"case", "Cheap PILLS @[`{", "cheap pills @[`{"},
		{"control characters stay", "a\x01\x1f\x7f", "a\x01\x1f\x7f"},
		{"full case folding", "Straße ŒUVRE ПРИВЕТ ΣΊΣΥΦΟΣ ẞ",
		 "strasse œuvre привет σίσυφοσ ss"},
		{"İ", "İ", "i̇"},
		{"full width", "Ｃｈｅａｐ　ｐｉｌｌｓ", "cheap pills"},
		{"half-width katakana", "ｶﾞ", "ガ"},
		{"ligature", "ﬁx ﬃ", "fix ffi"},
		{"in circles", "ⓒⓗⓔⓐⓟ", "cheap"},
		{"mathematical", "𝐂𝐡𝐞𝐚𝐩 𝕡𝕚𝕝𝕝𝕤", "cheap pills"},
		{"superscript, fraction", "x² ½", "x2 1⁄2"},
		{"one that becomes many", "ﷺ", "صلى الله عليه وسلم"},
		{"a mark behind ASCII", "u\u0308ber U\u0308BER", "über über"},
		{"a mark behind a blank", "a \u0308b", "a \u0308b"},
		{"a mark in front", "\u0308b", "\u0308b"},
		{"a mark behind a sign", "a=\u0338b", "a≠b"},
		{"marks in another order", "a\u0302\u0323 q\u0307\u0323", "ậ q\u0323\u0307"},
		{"an ignorable between", "u\u200b\u0308ber", "über"},
		{"Hangul", "\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"},
		{"Bengali", "\u09c7\u09be", "\u09cb"},
		{"zero width", "pi\u200bl\u200cl\u200ds\u2060\ufeff", "pills"},
		{"soft hyphen", "pil\u00adls", "pills"},
		{"direction", "\u202epills\u202c \u200epills\u2066x\u2069", "pills pillsx"},
		{"variation selectors", "p\ufe0fi\U000e0100lls", "pills"},
		{"fillers", "pi\u3164l\u115fl\u1160s\uffa0", "pills"},
		{"tags", "pi\U000e0061lls", "pills"},
		{"grapheme joiner", "pi\u034flls", "pills"},
		{"white space", " \t a\r\n\tb\v\fc  ", "a b c"},
		{"white space over ASCII",
		 "\u00a0a\u00a0b\xc2\x85"
		 "c\u1680d\u2003e\u2028f\u2029g\u202fh\u205fi\u3000",
		 "a b c d e f g h i"},
		{"both kinds", "a \u00a0 b\u00a0 \u00a0c", "a b c"},
		{"white space and ignorables", "a \u200b b \u200b", "a b"},
		{"nothing but white space", " \u00a0\r\n ", ""},
		{"spacing accent", "a´b", "a \u0301b"},
		{"another script stays", "раypal", "раypal"},
		{"not UTF-8", "a\xff\xc3z\xe2\x80", "a" FFFD FFFD "z" FFFD FFFD},
		{"surrogate, overlong", "\xed\xa0\x80\xc0\xaf", FFFD FFFD FFFD FFFD FFFD},
		{"not assigned", "a\u2065\ufff0\U000e0ff0b\U000e1234\uffff",
		 "ab\U000e1234\uffff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].what, cases[i].text, strlen(cases[i].text), cases[i].expected);
	check("NUL", "A\0\0B", 4, "a" FFFD FFFD "b");
}

/* What normalize_text() must make: one call of the library for all of the text, then blanks. */
static void
make_reference(const struct buf *text, struct buf *out)
{
	utf8proc_uint8_t *mapped;
	utf8proc_ssize_t n = utf8proc_map(text->data, (utf8proc_ssize_t)text->len, &mapped,
					  UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
						  UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	utf8proc_int32_t c;
	bool blank = false;

	assert_true(n >= 0);
	for (utf8proc_ssize_t i = 0, len; i < n; i += len) {
		len = utf8proc_iterate(mapped + i, n - i, &c);
		if (c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0x1680 ||
		    c == 0x2028 || c == 0x2029) {
			blank = out->len > 0;
			continue;
		}
		if (blank)
			buf_putc(out, ' ');
		blank = false;
		buf_append(out, mapped + i, (size_t)len);
	}
	free(mapped);
}

/* A character of a block in which much happens, or any. */
static utf8proc_int32_t
random_char(void)
{
	static const struct {
		utf8proc_int32_t first, n;
	} blocks[] = {
		{1, 127},	  {' ', 1},	    {'A', 26},		 {'a', 26},
		{0x80, 0x180},	  {0x300, 0x70},    {0x370, 0x90},	 {0x590, 0x70},
		{0x9bc, 0x20},	  {0xdcf, 0x10},    {0xf70, 0x20},	 {0x1100, 0x100},
		{0x1e00, 0x200},  {0x2000, 0x70},   {0x3040, 0x60},	 {0xac00, 0x80},
		{0xfb00, 0x50},	  {0xfdf0, 0x10},   {0xff00, 0xf0},	 {0x1d100, 0x400},
		{0xe000, 0x2000}, {0x11100, 0x400}, {0x10000, 0x100000},
	};
	size_t i = (size_t)rand() % (sizeof(blocks) / sizeof(blocks[0]));
	utf8proc_int32_t c = blocks[i].first + rand() % blocks[i].n;

	/* No surrogates, and none of the ignorable ones that the library leaves in. */
	return (c >= 0xd800 && c < 0xe000) || c == 0x2065 || (c >= 0xfff0 && c <= 0xfff8) ||
			       c >= 0xe0000
		       ? 'a'
		       : c;
}

/* Marks are ordered in groups of 30 only; so there are fewer in a row. */
static void
make_random_text(struct buf *text)
{
	int marks = 0;

	for (int n = rand() % MAX_RANDOM; n > 0; n--) {
		utf8proc_int32_t c = random_char();
		unsigned char bytes[4];

		marks = c < 0x300 && c != 0xad ? 0 : marks + 1;
		if (marks > 7) /* U+0344 and others are several marks */
			c = 'x';
		buf_append(text, bytes, (size_t)utf8proc_encode_char(c, bytes));
		marks = c == 'x' ? 0 : marks;
	}
}

static void
test_random(void **state)
{
	struct buf text = {0}, expected = {0}, out = {0}, again = {0};

	(void)state;
	srand(1);
	for (int i = 0; i < N_RANDOM; i++) {
		make_random_text(&text);
		make_reference(&text, &expected);
		assert_true(normalize_text((const char *)text.data, text.len, &out));
		if (strcmp(buf_string(&out), buf_string(&expected)) != 0)
			fail_msg("round %d: '%s': '%s', not '%s'", i, buf_string(&text),
				 buf_string(&out), buf_string(&expected));
		assert_true(normalize_text((const char *)out.data, out.len, &again));
		if (strcmp(buf_string(&out), buf_string(&again)) != 0)
			fail_msg("round %d, again: '%s': '%s'", i, buf_string(&out),
				 buf_string(&again));
		buf_reset(&text);
		buf_reset(&expected);
		buf_reset(&out);
		buf_reset(&again);
	}
	buf_free(&text);
	buf_free(&expected);
	buf_free(&out);
	buf_free(&again);
}

/* Blanks, capitals, control characters and the begin of a run at each place of eight bytes. */
static void
test_bytes_at_each_place(void **state)
{
	static const char *const pieces[] = {"  ", " ",	   "A",	      "Z",    "@[",
					     "\t", "\x1f", "u\u0308", "~\x7f"};
	struct buf text = {0}, expected = {0}, out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		for (size_t at = 0; at < 40; at++) {
			for (size_t n = 0; n < 48; n++)
				buf_puts(&text, n == at || n == at + 3 ? pieces[i] : "x");
			make_reference(&text, &expected);
			assert_true(normalize_text((const char *)text.data, text.len, &out));
			assert_string_equal(buf_string(&out), buf_string(&expected));
			buf_reset(&text);
			buf_reset(&expected);
			buf_reset(&out);
		}
	}
	buf_free(&text);
	buf_free(&expected);
	buf_free(&out);
}

/* A run that is put out in several parts: in none of them a composition is lost. */
static void
test_long_runs(void **state)
{
	static const char *const texts[] = {
		"\u1112\u1161\u11ab", "e\u0301\u0302",	    "\u3042", "\u304b\u3099",
		"\u09c7\u09be",	      "\u09c7\u09be\u0301", "я\u0306"};
	struct buf text = {0}, expected = {0}, out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t shift = 0; shift < 5; shift++) {
			for (size_t n = 0; n < shift; n++)
				buf_puts(&text, "ж");
			while (text.len < 9000)
				buf_puts(&text, texts[i]);
			make_reference(&text, &expected);
			assert_true(normalize_text((const char *)text.data, text.len, &out));
			assert_string_equal(buf_string(&out), buf_string(&expected));
			buf_reset(&text);
			buf_reset(&expected);
			buf_reset(&out);
		}
	}
	buf_free(&text);
	buf_free(&expected);
	buf_free(&out);
}

/* More marks than are put in order together: none is lost. */
static void
test_many_marks(void **state)
{
	struct buf text = {0}, out = {0};

	(void)state;
	buf_puts(&text, "q");
	for (int i = 0; i < 50; i++)
		buf_puts(&text, "\u0307\u0323");
	assert_true(normalize_text((const char *)text.data, text.len, &out));
	assert_int_equal(out.len, text.len);
	buf_free(&text);
	buf_free(&out);
}

static void
test_memory(void **state)
{
	struct buf text = {0}, out = {0};

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_puts(&text, i < 50000 ? "ﷺ" : "x");
	memory_set_budget(100000);
	assert_false(normalize_text((const char *)text.data, text.len, &out));
	assert_true(out.len < 200000);
	memory_set_budget(UINT64_MAX);
	memory_recheck();
	buf_free(&text);
	buf_free(&out);
}

static void
normalize(const void *ctx, const struct buf *in)
{
	struct buf out = {0};

	(void)ctx;
	assert_true(normalize_text((const char *)in->data, in->len, &out));
	buf_free(&out);
}

static void
test_linear(void **state)
{
	static const char *const texts[] = {
		"The quick brown fox ",
		"über ",
		"\u0307\u0323",
		"\u0301\u200b",
		"ﷺ",
		"\u3042",
		"\u1112\u1161\u11ab",
		" ",
		"\u00a0",
		"\xff",
		"a\u0300",
		"\u200b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_linear_text("", texts[i], "", 65536, normalize, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_bytes_at_each_place),
		cmocka_unit_test(test_long_runs),
		cmocka_unit_test(test_many_marks),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
