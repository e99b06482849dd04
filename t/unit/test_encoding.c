/* mime/encoding: quoted-printable and base64, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "linear.h"
#include "mime/encoding.h"
#include "util/buf.h"

static void
test_encoding_names(void **state)
{
	static const struct {
		const char *value;
		enum mime_encoding e;
	} cases[] = {
		{NULL, MIME_7BIT},
		{"", MIME_7BIT},
		{" \r\n ", MIME_7BIT},
		{"7BIT", MIME_7BIT},
		{" 8bit ", MIME_8BIT},
		{"Binary", MIME_BINARY},
		{"Quoted-Printable", MIME_QP},
		{"(a (b)\\)) base64\r\n (c)", MIME_BASE64},
		{"base64;", MIME_BASE64},
		{"base64(x)", MIME_BASE64},
		{"base6", MIME_UNKNOWN_ENCODING},
		{"base64 7bit", MIME_UNKNOWN_ENCODING},
		{"X-UUEncode (x)", MIME_UUENCODE},
		{"uuencode", MIME_UUENCODE},
		{"x-uue;", MIME_UUENCODE},
		{"uue", MIME_UUENCODE},
		{"x-uu", MIME_UUENCODE},
		{"x-uuencoded", MIME_UNKNOWN_ENCODING},
		{"x-binhex40", MIME_UNKNOWN_ENCODING},
		{"\"base64\"", MIME_UNKNOWN_ENCODING},
		{"unknown", MIME_UNKNOWN_ENCODING},
		{";", MIME_UNKNOWN_ENCODING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mime_encoding_parse(cases[i].value), cases[i].e);
	for (int e = 0; e < MIME_UNKNOWN_ENCODING; e++)
		assert_int_equal(mime_encoding_parse(mime_encoding_name((enum mime_encoding)e)),
				 e);
}

static void
test_guessed_names(void **state)
{
	static const struct {
		const char *value;
		enum mime_encoding e;
	} cases[] = {
		{NULL, MIME_7BIT},
		{"base64", MIME_BASE64},
		{"8-bit", MIME_8BIT},
		{"\"7 Bits\"", MIME_8BIT},
		{"US-ASCII", MIME_8BIT},
		{"text/plain; charset=utf-8", MIME_8BIT},
		{"iso-8859-1", MIME_8BIT},
		{"none", MIME_8BIT},
		{"base-64", MIME_UNKNOWN_ENCODING},
		{"x-yenc", MIME_UNKNOWN_ENCODING},
		{"mac-binhex40", MIME_UNKNOWN_ENCODING},
		{"x-gzip64", MIME_UNKNOWN_ENCODING},
		{";", MIME_UNKNOWN_ENCODING},
		{"=?utf-8?q?base64?=", MIME_UNKNOWN_ENCODING},
		{"7bit, Base64", MIME_UNKNOWN_ENCODING},
		{"8bit quoted-printable", MIME_UNKNOWN_ENCODING},
		{"us-ascii/x-uue", MIME_UNKNOWN_ENCODING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mime_encoding_guess(cases[i].value), cases[i].e);
}

static void
decode(bool (*fn)(const char *, size_t, struct buf *), const char *in, bool regular,
       const char *expected)
{
	struct buf out = {0};
	bool r = fn(in, strlen(in), &out);

	if (r != regular || strcmp(buf_string(&out), expected) != 0)
		fail_msg("'%s': %d '%s'", in, r, buf_string(&out));
	buf_free(&out);
}

static void
test_qp_decode(void **state)
{
	static const struct {
		const char *in;
		bool regular;
		const char *expected;
	} cases[] = {
		{"", true, ""},
		{"a=3Db=20\r\n", true, "a=b \r\n"},
		{"gr=C3=bc", true, "grü"},
		{"long =\r\nline", true, "long line"},
		{"long=  \t\r\nline", true, "longline"},
		{"long=\nline\n", true, "longline\n"},
		{"a  \t\r\nb \n c  ", true, "a\r\nb\n c"},
		{"a=20  \r\n", true, "a \r\n"},
		{"end=", true, "end"},
		{"end=\r\n", true, "end"},
		{"=\r\n=\r\n", true, ""},
		{"=0D=0A", true, "\r\n"},
		{"=3D=\r\n=3D", true, "=="},
		{"==\r\n=41", false, "=A"},
		{"a=b", false, "a=b"},
		{"a=XY=4", false, "a=XY=4"},
		{"=4\r\n1", false, "=4\r\n1"},
		{"\xc3\xbc", false, "ü"},
		{"a\rb\r\r\n", true, "a\rb\r\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		decode(mime_qp_decode, cases[i].in, cases[i].regular, cases[i].expected);
}

#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10

/* Decodes mark at each place of lines of all lengths around the words that are copied at once,
 * with something behind the line and without. */
static void
decode_at_each_place(const char *mark, bool regular, const char *expected)
{
	static const char *const tails[] = {"", "\r\n", "=\r\n", "\r\nsecond line"};
	static const char *const shown[] = {"", "\r\n", "", "\r\nsecond line"};

	for (int before = 0; before < 20; before++)
		for (int behind = 0; behind < 20; behind++)
			for (int i = 0; i < 4; i++) {
				char in[80], text[80];

				(void)snprintf(in, sizeof(in), "%.*s%s%.*s%s", before, X70,
					       mark, behind, X70, tails[i]);
				(void)snprintf(text, sizeof(text), "%.*s%s%.*s%s", before, X70,
					       expected, behind, X70, shown[i]);
				decode(mime_qp_decode, in, regular, text);
			}
}

static void
test_qp_places(void **state)
{
	(void)state;
	decode_at_each_place("", true, "");
	decode_at_each_place("=C3=bc", true, "\xc3\xbc");
	decode_at_each_place("=3D", true, "=");
	decode_at_each_place("=-", false, "=-");
	decode_at_each_place("\xe9", false, "\xe9");
	decode_at_each_place("=41\xe9", false, "A\xe9");
}

static void
test_base64_decode(void **state)
{
	static const struct {
		const char *in;
		bool regular;
		const char *expected;
	} cases[] = {
		{"", true, ""},
		{"d2lubmVy\r\n", true, "winner"},
		{"d2lu\r\nbmU=\r\n", true, "winne"},
		{"d 2\tl\r\nu", true, "win"},
		{"YQ==", true, "a"},
		{"YWI=", true, "ab"},
		{"YQ", false, "a"},
		{"YWI", false, "ab"},
		{"Y", false, ""},
		{"YQ==YmM=", false, "abc"},
		{"=", false, ""},
		{"Y=", false, ""},
		{"d2lu=", false, "win"},
		{"d2*l-u", false, "win"},
		{"+/+/", true, "\xfb\xff\xbf"},
		{"d2lu\xff", false, "win"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		decode(mime_base64_decode, cases[i].in, cases[i].regular, cases[i].expected);
}

static void
encode(void (*fn)(const char *, size_t, struct buf *), const char *in, const char *expected)
{
	struct buf out = {0};

	fn(in, strlen(in), &out);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_qp_encode(void **state)
{
	(void)state;
	encode(mime_qp_encode, "", "");
	encode(mime_qp_encode, "a = b\r\n", "a =3D b\r\n");
	encode(mime_qp_encode, "a \r\nb\t\r\nc ", "a=20\r\nb=09\r\nc=20");
	encode(mime_qp_encode, "grü\x7f\x01", "gr=C3=BC=7F=01");
	encode(mime_qp_encode, "a\rb\nc\r", "a=0Db=0Ac=0D");
	encode(mime_qp_encode, "--b\r\n-- \r\n-b", "=2D-b\r\n=2D-=20\r\n-b");
	encode(mime_qp_encode, ".\r\n..\r\na.", "=2E\r\n=2E.\r\na.");
	encode(mime_qp_encode, "From x\r\nFrom: From x", "=46rom x\r\nFrom: From x");
	encode(mime_qp_encode, X70 "12345\r\n", X70 "12345\r\n");
	encode(mime_qp_encode, X70 "123456", X70 "12345=\r\n6");
	encode(mime_qp_encode, X70 "123ü", X70 "123=\r\n=C3=BC");
	encode(mime_qp_encode, X70 "12345--b", X70 "12345=\r\n=2D-b");
	encode(mime_qp_encode, X70 "1234 \r\n", X70 "1234=\r\n=20\r\n");
	encode(mime_qp_encode, X70 "1234  x", X70 "1234 =\r\n x");
}

static void
test_base64_encode(void **state)
{
	(void)state;
	encode(mime_base64_encode, "", "");
	encode(mime_base64_encode, "a", "YQ==\r\n");
	encode(mime_base64_encode, "ab", "YWI=\r\n");
	encode(mime_base64_encode, "win", "d2lu\r\n");
	encode(mime_base64_encode, "\xfb\xff\xbf", "+/+/\r\n");
	encode(mime_base64_encode,
	       "123123123123123123123123123123123123123123123123123123123"
	       "1",
	       "MTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIzMTIz\r\n"
	       "MQ==\r\n");
}

static uint32_t
noise(void)
{
	static uint32_t seed = 11;

	seed = seed * 1664525 + 1013904223;
	return seed >> 16;
}

static void
check_lines(const struct buf *b)
{
	size_t column = 0;

	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = b->data[i];
		bool ends = i + 1 < b->len && c == '\r' && b->data[i + 1] == '\n';

		assert_true(ends || (c == '\n' && i > 0 && b->data[i - 1] == '\r') ||
			    (c >= ' ' && c < 0x7f) || c == '\t');
		if (ends)
			assert_true(i == 0 ||
				    (b->data[i - 1] != ' ' && b->data[i - 1] != '\t'));
		assert_true(column != 0 || c != '.');
		column = c == '\n' ? 0 : column + !ends;
		assert_true(column <= 76);
	}
}

static void
test_round_trip(void **state)
{
	static const char *const pieces[] = {"\r\n", " ",  "\t", "-",	 "--",	 ".",	"From ",
					     "=",    "\r", "\n", "\xc3", "\xff", "word"};
	const size_t kinds = sizeof(pieces) / sizeof(pieces[0]);
	struct buf in = {0}, text = {0}, out = {0};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		for (uint32_t n = noise() % 400; n > 0; n--) {
			uint32_t k = noise() % (2 * (uint32_t)kinds);

			if (k < kinds)
				buf_puts(&in, pieces[k]);
			else
				buf_putc(&in, (unsigned char)noise());
		}
		buf_putc(&in, (unsigned char)noise());
		mime_qp_encode((const char *)in.data, in.len, &text);
		check_lines(&text);
		assert_true(mime_qp_decode((const char *)text.data, text.len, &out));
		assert_int_equal(out.len, in.len);
		assert_memory_equal(out.data, in.data, in.len);
		buf_reset(&text);
		buf_reset(&out);
		mime_base64_encode((const char *)in.data, in.len, &text);
		check_lines(&text);
		assert_true(mime_base64_decode((const char *)text.data, text.len, &out));
		assert_int_equal(out.len, in.len);
		assert_memory_equal(out.data, in.data, in.len);
		buf_reset(&in);
		buf_reset(&text);
		buf_reset(&out);
	}
	buf_free(&in);
	buf_free(&text);
	buf_free(&out);
}

typedef void codec_fn(const char *s, size_t len, struct buf *out);

struct codec {
	codec_fn *fn;
};

static void
run_codec(const void *ctx, const struct buf *in)
{
	const struct codec *codec = ctx;
	struct buf coded = {0};

	codec->fn((const char *)in->data, in->len, &coded);
	buf_free(&coded);
}

static void
qp_decode(const char *s, size_t len, struct buf *out)
{
	mime_qp_decode(s, len, out);
}

static void
base64_decode(const char *s, size_t len, struct buf *out)
{
	mime_base64_decode(s, len, out);
}

static void
test_linear(void **state)
{
	static const struct codec codecs[] = {
		{mime_qp_encode}, {mime_base64_encode}, {qp_decode}, {base64_decode}};
	static const char *const shapes[] = {" ", "=", "-", "\r", "\n", "A", "\xff", " \r\n"};

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(shapes) / sizeof(shapes[0]); i++)
		assert_linear_text("", shapes[i / 4], "", 1u << 19, run_codec, &codecs[i % 4]);
}

/* A text encoded in pieces of any size is the text encoded at once. */
static void
test_encoder(void **state)
{
	static const char text[] = "From a .\r\n. -\r\n--b\r\nFrom=\r\n \r\n\rx\n \t"
				   "a line that is longer than the seventy-six of a line of it "
				   "and so is broken \xfc somewhere";
	static const enum mime_encoding encodings[] = {MIME_8BIT, MIME_QP, MIME_BASE64};
	const size_t len = sizeof(text) - 1;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf whole = {0};

		mime_encoder_put(&(struct mime_encoder){.out = &whole}, "", 0);
		if (encodings[i] == MIME_QP)
			mime_qp_encode(text, len, &whole);
		else if (encodings[i] == MIME_BASE64)
			mime_base64_encode(text, len, &whole);
		else
			buf_append(&whole, text, len);
		for (size_t step = 1; step <= len; step++) {
			struct buf out = {0};
			struct mime_encoder e = {.encoding = encodings[i], .out = &out};

			for (size_t at = 0; at < len; at += step)
				mime_encoder_put(&e, text + at,
						 step < len - at ? step : len - at);
			mime_encoder_end(&e);
			assert_string_equal(buf_string(&out), buf_string(&whole));
			buf_free(&out);
		}
		buf_free(&whole);
	}
}

/* The lines around a place, with whole quanta in front of them and behind. */
static void
test_base64_around(void **state)
{
	static const char text[] = "SGVsbG8g\r\nSGV\r\nsbG8g\r\n\r\nSGVsbG8=\r\n";
	static const struct {
		size_t place, from, to, before;
	} rows[] = {{0, 0, 10, 0},    {6, 10, 22, 6},	{5, 0, 10, 0},	 {7, 10, 22, 6},
		    {12, 24, 34, 12}, {13, 24, 34, 12}, {17, 24, 34, 12}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mime_base64_lines l =
			mime_base64_lines_around(text, sizeof(text) - 1, 17, rows[i].place);

		assert_int_equal(l.from, rows[i].from);
		assert_int_equal(l.to, rows[i].to);
		assert_int_equal(l.before, rows[i].before);
	}
	assert_int_equal(mime_base64_lines_around("", 0, 0, 0).to, 0);
	assert_int_equal(mime_base64_lines_around("\r\n", 2, 0, 0).from, 0);
}

/* An octet that is inserted at the place of octet n is octet n of the decoded text. */
static void
test_qp_locate(void **state)
{
	static const char *const texts[] = {
		"Gr=C3=BC=C3=9Fe\r\n",
		"a=\r\nb =\r\n=\r\nc\r\n",
		"a  \r\nb\t\n c= \t\r\nd ",
		"a=\"x\" b=4 c==\r\n=",
		"=3D=3d=\r\n",
		"",
		"\r\n\r\n",
	};
	struct buf text = {0}, plain = {0}, out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i]);

		buf_reset(&plain);
		mime_qp_decode(texts[i], len, &plain);
		for (size_t at = 0; at <= plain.len; at++) {
			size_t place = mime_qp_find_octet(texts[i], len, at);

			assert_true(place <= len);
			if (at > 0 && plain.data[at - 1] == '\r')
				continue;
			buf_reset(&text);
			buf_append(&text, texts[i], place);
			buf_puts(&text, "=58");
			buf_append(&text, texts[i] + place, len - place);
			buf_reset(&out);
			mime_qp_decode(buf_string(&text), text.len, &out);
			assert_int_equal(out.len, plain.len + 1);
			assert_memory_equal(out.data, buf_string(&plain), at);
			assert_int_equal(out.data[at], 'X');
			assert_memory_equal(out.data + at + 1, plain.data + at, plain.len - at);
		}
	}
	buf_free(&text);
	buf_free(&plain);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encoding_names), cmocka_unit_test(test_guessed_names),
		cmocka_unit_test(test_qp_decode),      cmocka_unit_test(test_qp_places),
		cmocka_unit_test(test_base64_decode),  cmocka_unit_test(test_qp_encode),
		cmocka_unit_test(test_base64_encode),  cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_encoder),	       cmocka_unit_test(test_base64_around),
		cmocka_unit_test(test_qp_locate),      cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
