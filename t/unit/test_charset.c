/* charset/charset: a sample of each charset, names, strict and lossy conversions, streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "charset/charset.h"
#include "util/buf.h"
#include "util/str.h"

#define FFFD "\xef\xbf\xbd"

static const struct {
	const char *name;
	bool ascii; /* superset */
	const char *bytes, *utf8;
} samples[] = {
	{"us-ascii", true, "plain", "plain"},
	{"utf-8", true, "gr\xc3\xbc\xc3\x9f", "grüß"},
	{"utf-7", false, "gr+APw", "grü"},
	{"utf-16be", false, "\x20\xac\x01\x01", "€ā"},
	{"utf-16le", false, "\xac\x20\x01\x01", "€ā"},
	{"iso-8859-1", true, "gr\xfc\xdf", "grüß"},
	{"iso-8859-2", true, "\xb1\xe6", "ąć"},
	{"iso-8859-3", true, "\xa1", "Ħ"},
	{"iso-8859-4", true, "\xa2", "ĸ"},
	{"iso-8859-5", true, "\xbf\xe0", "Пр"},
	{"iso-8859-6", true, "\xc7", "ا"},
	{"iso-8859-7", true, "\xc1", "Α"},
	{"iso-8859-8", true, "\xe0", "א"},
	{"iso-8859-8-i", true, "\xe0", "א"},
	{"iso-8859-9", true, "\xfd", "ı"},
	{"iso-8859-10", true, "\xa4", "Ī"},
	{"iso-8859-11", true, "\xa1", "ก"},
	{"iso-8859-13", true, "\xa8", "Ø"},
	{"iso-8859-14", true, "\xa1", "Ḃ"},
	{"iso-8859-15", true, "\xa4", "€"},
	{"iso-8859-16", true, "\xaa", "Ș"},
	{"windows-874", true, "\x80\xa1", "€ก"},
	{"windows-1250", true, "\x8a", "Š"},
	{"windows-1251", true, "\xcf\xf0", "Пр"},
	{"windows-1252", true, "\x80\x93", "€“"},
	{"windows-1253", true, "\xc1", "Α"},
	{"windows-1254", true, "\xfd", "ı"},
	{"windows-1255", true, "\xe0", "א"},
	{"windows-1256", true, "\xc7", "ا"},
	{"windows-1257", true, "\xa8", "Ø"},
	{"windows-1258", true, "\xf0", "đ"},
	{"koi8-r", true, "\xf0\xd2", "Пр"},
	{"koi8-u", true, "\xa4", "є"},
	{"ibm437", true, "\x81", "ü"},
	{"ibm850", true, "\x81", "ü"},
	{"ibm852", true, "\x81", "ü"},
	{"ibm866", true, "\x8f", "П"},
	{"macintosh", true, "\x9f", "ü"},
	{"x-mac-cyrillic", true, "\x8f", "П"},
	{"tis-620", true, "\xa1", "ก"},
	{"shift_jis", true, "\x93\xfa\x96\x7b\x5c", "日本\\"},
	{"euc-jp", true, "\xc6\xfc\xcb\xdc", "日本"},
	{"iso-2022-jp", false, "a\x1b$BF|K\\\x1b(B", "a日本"},
	{"iso-2022-jp-2", false, "\x1b$BF|K\\\x1b(B", "日本"},
	{"iso-2022-kr", false, "\x1b$)C\x0eGQ\x0f", "한"},
	{"iso-2022-cn", false, "\x1b$)A\x0eVP\x0f", "中"},
	{"euc-kr", true, "\xc7\xd1", "한"},
	{"ks_c_5601-1987", true, "\xc7\xd1\x81\x41", "한갂"},
	{"johab", false, "\xd0\x65", "한"},
	{"gb2312", true, "\xd6\xd0", "中"},
	{"gbk", true, "\x96\x57", "朩"},
	{"gb18030", true, "\x94\x39\xda\x33", "\xf0\x9f\x92\xa9"},
	{"big5", true, "\xa4\xa4", "中"},
	{"big5-hkscs", true, "\xa4\xa4", "中"},
	{"cp950", true, "\xa4\xa4", "中"},
	{"euc-tw", true, "\xc4\xe3", "中"},
	{"viscii", false, "\xf0", "đ"},
	{"tcvn", false, "\xae", "đ"},
};

#define N_SAMPLES (sizeof(samples) / sizeof(samples[0]))

static const struct charset *
get(const char *name)
{
	const struct charset *cs = charset_find(name, strlen(name));

	if (cs == NULL)
		fail_msg("%s is unknown", name);
	return cs;
}

static void
assert_text(struct buf *b, const char *expected)
{
	assert_string_equal(buf_string(b), expected);
	assert_int_equal(b->len, strlen(expected));
	buf_reset(b);
}

static void
test_only_two_before_open(void **state)
{
	(void)state;
	assert_non_null(charset_find("UTF-8", 5));
	assert_non_null(charset_find("us-ascii", 8));
	assert_null(charset_find("iso-8859-1", 10));
	assert_int_equal(charset_open_all(), 0);
	assert_int_equal(charset_open_all(), 0);
	assert_non_null(charset_find("iso-8859-1", 10));
}

static void
test_both_ways(void **state)
{
	struct buf out = {0}, back = {0};

	(void)state;
	for (size_t i = 0; i < N_SAMPLES; i++) {
		const struct charset *cs = get(samples[i].name);
		const char *bytes = samples[i].bytes, *utf8 = samples[i].utf8;
		int r;

		assert_string_equal(charset_name(cs), samples[i].name);
		assert_int_equal(charset_is_ascii_superset(cs), samples[i].ascii);
		r = charset_to_utf8(cs, bytes, strlen(bytes), &out);
		if (r != 0 || strcmp(buf_string(&out), utf8) != 0)
			fail_msg("%s: %d, '%s'", samples[i].name, r, buf_string(&out));
		buf_reset(&out);
		assert_int_equal(charset_from_utf8(cs, utf8, strlen(utf8), &out), 0);
		assert_int_equal(charset_to_utf8(cs, (const char *)out.data, out.len, &back),
				 0);
		assert_text(&back, utf8);
		buf_reset(&out);
	}
	buf_free(&out);
	buf_free(&back);
}

/* charset_is_ascii_superset(), for every charset and every byte below 128. */
static void
test_ascii_superset(void **state)
{
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < N_SAMPLES; i++) {
		const struct charset *cs = get(samples[i].name);

		for (int c = 0; c < 128 && charset_is_ascii_superset(cs); c++) {
			char s[1] = {(char)c};

			assert_int_equal(charset_to_utf8(cs, s, 1, &out), 0);
			assert_int_equal(charset_from_utf8(cs, s, 1, &out), 0);
			assert_int_equal(out.len, 2);
			assert_true(out.data[0] == c && out.data[1] == c);
			buf_reset(&out);
		}
	}
	buf_free(&out);
}

static void
test_names(void **state)
{
	static const char *const same[][2] = {
		{"Latin1", "iso-8859-1"},
		{"ISO8859-15", "iso-8859-15"},
		{"ISO_8859-1:1987", "iso-8859-1"},
		{"CP1252", "windows-1252"},
		{"x-sjis", "shift_jis"},
		{"Windows-31J", "shift_jis"},
		{"cp949", "ks_c_5601-1987"},
		{"KS_C_5601-1987", "ks_c_5601-1987"},
		{"GB_2312-80", "gb2312"},
		{"ansi_x3.4-1968", "us-ascii"},
		{"UTF8", "utf-8"},
		{"utf_8", "utf-8"},
		{"cp936", "gbk"},
		{"csISO2022JP", "iso-2022-jp"},
		{"koi8-ru", "koi8-u"},
		{"iso-8859-8-e", "iso-8859-8"},
		{"unicode-1-1-utf-7", "utf-7"},
		{"x-gbk", "gbk"},
		{"437", "ibm437"},
		{"x-x-big5", "big5"},
		{"'utf-8'", "utf-8"},
		{"\"iso-8859-1\"", "iso-8859-1"},
		{"utf-8;", "utf-8"},
		{"chinese", "gb2312"},
		{"logical", "iso-8859-8-i"},
		{"latin5", "iso-8859-9"},
		{"ms932", "shift_jis"},
		{"eucJP-ms", "euc-jp"},
	};
	static const char *const unknown[] = {
		"",
		"-",
		"x-unknown",
		"utf-8//TRANSLIT",
		"/etc/passwd",
		"iso-8859-1/",
		"iso-8859-12",
		"utf-8\n",
		"utf\xc3\xa9",
		"utf-8utf-8utf-8utf-8utf-8utf-8",
		"ut",
		"utf-88",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_string_equal(charset_name(get(same[i][0])), same[i][1]);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_null(charset_find(unknown[i], strlen(unknown[i])));
	assert_null(charset_find("utf-8\0", 6));
	assert_non_null(charset_find("utf-8xxx", 5));
	assert_true(charset_is_utf8(get("utf8")));
	assert_false(charset_is_utf8(get("us-ascii")));
}

static void
refuse(int (*fn)(const struct charset *, const char *, size_t, struct buf *), const char *name,
       const char *text)
{
	struct buf out = {0};

	buf_puts(&out, "kept");
	if (fn(get(name), text, strlen(text), &out) != -EILSEQ)
		fail_msg("%s took '%s'", name, text);
	assert_text(&out, "kept");
	buf_free(&out);
}

static void
test_strict(void **state)
{
	(void)state;
	refuse(charset_from_utf8, "iso-8859-1", "5 €");
	refuse(charset_from_utf8, "us-ascii", "ü");
	refuse(charset_from_utf8, "gbk", "5 €");       /* in gb18030, two bytes */
	refuse(charset_from_utf8, "shift_jis", "5 ¥"); /* glibc: a backslash */
	refuse(charset_from_utf8, "shift_jis", "a‾");  /* glibc: a tilde */
	refuse(charset_from_utf8, "iso-8859-1", "x\xf3\xa0\x81\x81y"); /* glibc: nothing */
	refuse(charset_from_utf8, "koi8-r", "x\xc3");		       /* cut */
	refuse(charset_from_utf8, "utf-16", "\xed\xa0\x80");	       /* a surrogate */
	refuse(charset_from_utf8, "utf-8", "\xc0\x80");
	refuse(charset_to_utf8, "utf-8", "a\xff");
	refuse(charset_to_utf8, "us-ascii", "a\xe4");
	refuse(charset_to_utf8, "windows-1252", "a\x81");
	refuse(charset_to_utf8, "shift_jis", "a\x93"); /* half a character */
	refuse(charset_to_utf8, "iso-2022-jp", "\x1b$BF");
	refuse(charset_to_utf8, "utf-16le", "abc");
	refuse(charset_to_utf8, "utf-16le", "\x01\xd8\x61\x61");
	refuse(charset_to_utf8, "gb2312", "\x96\x20");
	refuse(charset_to_utf8, "iso-8859-1", "a\x81"); /* windows-1252 has five gaps */
	refuse(charset_to_utf8, "iso-2022-jp", "a\x1b[31m");
	refuse(charset_to_utf8, "iso-2022-jp", "\x1b$A!!");
	refuse(charset_to_utf8, "iso-2022-jp", "\x1b(Ia");
	/* It fits, but is another character for one of the two readings. */
	refuse(charset_from_utf8, "iso-8859-1", "\xc2\x93");
	refuse(charset_from_utf8, "iso-8859-1", "“");
	refuse(charset_from_utf8, "gb2312", "・");
}

/* Text is read as mail programs read it, in both kinds of conversion. */
static void
test_read_as_mail_programs_do(void **state)
{
	static const struct {
		const char *name, *bytes, *utf8;
	} rows[] = {
		{"iso-8859-1", "\x93q\x94 \x80\x85", "“q” €…"},
		{"latin1", "\x96", "–"},
		{"iso-8859-9", "\x93\xfd\x94", "“ı”"},
		{"latin5", "\x80", "€"},
		{"iso-8859-11", "\x80\xa1", "€ก"},
		{"tis-620", "\x93\xa1", "“ก"},
		{"gb2312", "\x96\x57\xd6\xd0", "朩中"},
		{"gb2312", "\x94\x39\xda\x33", "\xf0\x9f\x92\xa9"},
		{"gbk", "\x80", "€"},
		{"euc-kr", "\x81\x41\xc7\xd1", "갂한"},
		{"korean", "\x81\x41", "갂"},
		{"shift_jis", "\x87\x40\xb1", "①ｱ"},
		{"euc-jp", "\xad\xa1\xc6\xfc\x8e\xb1", "①日ｱ"},
		{"euc-jp", "\xf9\xa1", "纊"},
		{"big5", "\x87\x40\xa4\xa4", "䏰中"},
		{"iso-2022-jp", "\x1b$BF|K\\\x1b(Jx", "日本x"},
		{"iso-2022-jp", "\x1b(J\\~", "¥‾"},
		{"iso-2022-jp", "\x1b(I1_\x1b(B!", "ｱﾟ!"},
		{"iso-2022-jp",
		 "\x0e"
		 "1\x0f"
		 "1",
		 "ｱ1"},
		{"iso-2022-jp", "\x1b$@-!\x1b$By!\x1b(B", "①纊"},
		{"iso-2022-jp", "\x1b$BF|\r\nK\\", "日\r\n本"},
		{"iso-2022-jp", "\x1b&@\x1b$BF|\x1b(B", "日"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct charset *cs = get(rows[i].name);
		size_t len = strlen(rows[i].bytes);

		if (charset_to_utf8(cs, rows[i].bytes, len, &out) != 0)
			fail_msg("%s: row %zu", rows[i].name, i);
		assert_text(&out, rows[i].utf8);
		assert_true(charset_to_utf8_lossy(cs, rows[i].bytes, len, &out));
		assert_text(&out, rows[i].utf8);
	}
	buf_free(&out);
}

static void
test_names_that_are_no_superset_of_ascii(void **state)
{
	static const char *const foreign[] = {
		"ibm037",
		"IBM01140",
		"cp500",
		"x-ibm1047",
		"1047",
		"ebcdic-cp-us",
		"EBCDIC-US-37+euro",
		"csIBM273",
		"hz-gb-2312",
		"HZ",
		"iso-2022-cn-ext",
		"iso-2022-jp-3",
		"utf-16",
		"utf-7",
		"UTF-16-nobom",
		"ucs-2-internal",
		"iso-2022-jp",
		"scsu",
		"ebcdic-with-a-name-that-is-very-long",
	};
	static const char *const near[] = {
		"utf-8",   "x-unknown",	  "unicode-utf8-x", "cp037x",  "iso-8859-1",
		"default", "_autodetect", "ibm866",	    "cp1252x", "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (charset_name_is_ascii_superset(foreign[i], strlen(foreign[i])))
			fail_msg("%s", foreign[i]);
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (!charset_name_is_ascii_superset(near[i], strlen(near[i])))
			fail_msg("%s", near[i]);
}

static void
test_state_does_not_leak(void **state)
{
	const struct charset *jp = get("iso-2022-jp"), *kr = get("iso-2022-kr");
	const struct charset *vn = get("windows-1258");
	struct buf out = {0};

	(void)state;
	assert_int_equal(charset_to_utf8(jp, "\x1b$BF|", 5, &out), 0);
	assert_int_equal(charset_to_utf8(jp, "F|", 2, &out), 0);
	assert_text(&out, "日F|");
	assert_int_equal(charset_from_utf8(jp, "日", 3, &out), 0);
	assert_text(&out, "\x1b$BF|\x1b(B"); /* and back to ASCII */
	assert_int_equal(charset_from_utf8(get("utf-7"), "ü", 2, &out), 0);
	assert_text(&out, "+APw-");
	assert_int_equal(charset_to_utf8(kr, "\x1b$)C\x0eGQ", 7, &out), 0);
	buf_reset(&out);
	assert_int_equal(charset_to_utf8(kr, "GQ", 2, &out), 0);
	assert_text(&out, "GQ");
	assert_int_equal(charset_to_utf8(vn, "a", 1, &out), 0); /* glibc holds it back */
	assert_text(&out, "a");
	assert_false(charset_to_utf8_lossy(jp, "\x1b$BF", 4, &out));
	buf_reset(&out);
	assert_int_equal(charset_to_utf8(jp, "F|", 2, &out), 0);
	assert_text(&out, "F|");
	buf_free(&out);
}

/* A text in pieces of any size, cut inside characters too, converts as the whole does. */
static void
test_stream(void **state)
{
	static const char japanese[] = "a \xe6\x97\xa5\xe6\x9c\xac z \xe6\x97\xa5";
	static const char any[] =
		"caf\xc3\xa9 \xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80";
	static const char *const names[] = {"utf-8", "utf-16",	"utf-16le",   "utf-32",
					    "utf-7", "gb18030", "iso-2022-jp"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct charset *cs = charset_find(names[i], strlen(names[i]));
		const char *text = strcmp(names[i], "iso-2022-jp") == 0 ? japanese : any;
		struct buf encoded = {0};

		assert_int_equal(charset_from_utf8(cs, text, strlen(text), &encoded), 0);
		for (size_t step = 1; step <= encoded.len; step++) {
			struct charset_stream st = {.cs = cs, .lossy = step % 2 == 0};
			struct buf out = {0};

			for (size_t at = 0; at < encoded.len; at += step) {
				size_t n = step < encoded.len - at ? step : encoded.len - at;

				assert_int_equal(
					charset_stream_put(&st, (char *)encoded.data + at, n,
							   at + n == encoded.len, &out),
					0);
			}
			assert_string_equal(buf_string(&out), text);
			charset_stream_free(&st);
			buf_free(&out);
		}
		buf_free(&encoded);
	}
}

/* An incomplete character is an error at the end of the text only. */
static void
test_stream_broken(void **state)
{
	struct charset_stream st = {.cs = charset_find("utf-8", 5)}, lossy = st;
	struct buf out = {0};

	(void)state;
	lossy.lossy = true;
	assert_int_equal(charset_stream_put(&st, "abcd\xe2\x82", 6, false, &out), 0);
	assert_int_equal(charset_stream_put(&st, "\xac\xe2", 2, true, &out), -EILSEQ);
	charset_stream_free(&st);
	buf_reset(&out);
	assert_int_equal(charset_stream_put(&lossy, "abcd\xe2", 5, false, &out), 0);
	assert_int_equal(charset_stream_put(&lossy, "", 0, true, &out), 0);
	assert_string_equal(buf_string(&out), "abcd\xef\xbf\xbd");
	charset_stream_free(&lossy);
	buf_free(&out);
}

static void
test_byte_order_marks(void **state)
{
	const struct charset *u16 = get("utf-16"), *u32 = get("utf-32");
	struct buf out = {0};

	(void)state;
	assert_int_equal(charset_to_utf8(u16, "\xff\xfe\xac\x20", 4, &out), 0);
	assert_int_equal(charset_to_utf8(u16, "\xfe\xff\x20\xac", 4, &out), 0);
	assert_int_equal(charset_to_utf8(get("utf-16be"), "\xff\xfe\xac\x20", 4, &out), 0);
	assert_text(&out, "€€€");
	assert_int_equal(charset_to_utf8(u32, "\xff\xfe\0\0\xac\x20\0\0", 8, &out), 0);
	assert_text(&out, "€");
	assert_true(charset_to_utf8_lossy(u16, "\xff\xfe\xac\x20", 4, &out));
	assert_text(&out, "€");
	assert_int_equal(charset_from_utf8(u16, "€", 3, &out), 0);
	assert_int_equal(out.len, 4);
	assert_memory_equal(out.data, "\xff\xfe\xac\x20", 4);
	buf_free(&out);
}

/* Without a mark, text is read in the order in which it is text, and otherwise only lossily. */
static void
test_byte_order_is_found(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		int result;
		const char *lossy;
	} rows[] = {
		{"utf-16", "D\0e\0a\0r\0", 8, 0, "Dear"},
		{"utf-16", "\0D\0e\0a\0r", 8, 0, "Dear"},
		{"utf-16", "\xe5\x65\x2c\x67\r\0\n\0", 8, 0, "日本\r\n"},
		{"utf-16", "\x65\xe5\x67\x2c\0\r\0\n", 8, 0, "日本\r\n"},
		{"utf-16", "B\x30\x02\x30", 4, 0, "あ。"},
		{"ucs-2", "a\0", 2, 0, "a"},
		{"utf-32", "a\0\0\0", 4, 0, "a"},
		{"utf-32", "\0\0\0a", 4, 0, "a"},
		{"utf-32", "\0\0\x20\xac", 4, 0, "€"},
		{"utf-16", "\x20\xac", 2, -EILSEQ, "€"},	    /* or U+AC20 */
		{"utf-16", "Hi\r\n", 4, -EILSEQ, "䡩\xe0\xb4\x8a"}, /* not UTF-16 */
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct charset *cs = get(rows[i].name);

		if (charset_to_utf8(cs, rows[i].bytes, rows[i].len, &out) != rows[i].result)
			fail_msg("row %zu", i);
		if (rows[i].result == 0)
			assert_text(&out, rows[i].lossy);
		charset_to_utf8_lossy(cs, rows[i].bytes, rows[i].len, &out);
		assert_text(&out, rows[i].lossy);
	}
	buf_free(&out);
}

static void
lossy(const char *name, const char *bytes, bool clean, const char *expected)
{
	struct buf out = {0};

	assert_int_equal(charset_to_utf8_lossy(get(name), bytes, strlen(bytes), &out), clean);
	assert_text(&out, expected);
	buf_free(&out);
}

static void
test_lossy(void **state)
{
	struct buf out = {0};

	(void)state;
	lossy("iso-8859-1", "\x80\xe4", true, "€ä");
	lossy("us-ascii", "\x80\xe4", false, "€ä");
	lossy("us-ascii", "\xc3\xa4", false, "ä");
	lossy("us-ascii", "a", true, "a");
	lossy("windows-1252",
	      "a\x81"
	      "b",
	      false, "a" FFFD "b");
	lossy("gb2312", "\x96\x57", true, "朩");
	lossy("euc-kr", "\x81\x41", true, "갂");
	lossy("tis-620", "\x80", true, "€");
	lossy("iso-2022-jp", "a\x1b[m\x1b$BF|\x22\x7e~~K\\", false, "a" FFFD "[m日◯" FFFD "本");
	lossy("iso-2022-jp", "\x1b$BF", false, FFFD);
	lossy("euc-jp", "\xad\xa1\xff\xad\xff", false, "①" FFFD FFFD FFFD);
	lossy("utf-8", "a\xff\xc3(\xe2\x82", false, "a" FFFD FFFD "(" FFFD FFFD);
	lossy("utf-8", "\xed\xa0\x80", false, FFFD FFFD FFFD);
	lossy("shift_jis", "\x93\xfa\xff\x93", false, "日" FFFD FFFD);
	lossy("utf-16le", "\x01\xd8\x61\x01\x62", false, FFFD "š" FFFD);
	assert_false(charset_clean_utf8("a\0b\xff", 4, &out));
	assert_text(&out, "a" FFFD "b" FFFD);
	charset_guess_to_utf8("\x80\x81\xa0\xff", 4, &out);
	assert_text(&out, "€" FFFD "\xc2\xa0\xc3\xbf");
	buf_free(&out);
}

static uint32_t
noise(void)
{
	static uint32_t seed = 42;

	seed = seed * 1664525 + 1013904223;
	return seed >> 16;
}

/* Random bytes in every charset: the result is valid UTF-8 and at most three times as long, and
 * what can be converted from it converts back. */
static void
test_random_bytes(void **state)
{
	struct buf out = {0}, there = {0}, back = {0};

	(void)state;
	for (size_t i = 0; i < N_SAMPLES * 200; i++) {
		const struct charset *cs = get(samples[i % N_SAMPLES].name);
		char s[64];

		for (size_t k = 0; k < sizeof(s); k++)
			s[k] = (char)noise();
		charset_to_utf8_lossy(cs, s, noise() % sizeof(s), &out);
		assert_true(str_is_utf8((const char *)out.data, out.len));
		assert_true(out.len <= 3 * sizeof(s));
		if (charset_from_utf8(cs, (const char *)out.data, out.len, &there) == 0) {
			charset_to_utf8(cs, (const char *)there.data, there.len, &back);
			assert_int_equal(back.len, out.len);
			assert_memory_equal(back.data, out.data, out.len);
		}
		buf_reset(&out);
		buf_reset(&there);
		buf_reset(&back);
	}
	buf_free(&out);
	buf_free(&there);
	buf_free(&back);
}

/* Nothing is opened after charset_open_all(): conversions work without free descriptors. */
static void
test_no_file_is_opened(void **state)
{
	struct rlimit before, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	test_both_ways(state);
	test_strict(state);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_two_before_open),
		cmocka_unit_test(test_no_file_is_opened),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_ascii_superset),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_state_does_not_leak),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_broken),
		cmocka_unit_test(test_read_as_mail_programs_do),
		cmocka_unit_test(test_names_that_are_no_superset_of_ascii),
		cmocka_unit_test(test_byte_order_marks),
		cmocka_unit_test(test_byte_order_is_found),
		cmocka_unit_test(test_lossy),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
