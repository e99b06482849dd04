/* mime/decoder: a body decoded in pieces of any size is the body decoded at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mime/decoder.h"
#include "util/buf.h"

static const struct {
	enum mime_encoding encoding;
	const char *body, *text;
	bool regular;
} rows[] = {
	{MIME_7BIT, "a=41\r\n", "a=41\r\n", true},
	{MIME_QP, "a=41=\r\nb  =20 \r\n c = \r\nd=", "aAb   \r\n c d", true},
	{MIME_QP, "=4\r\n=4=41 =\n=\r\n\t\r\n", "=4\r\n=4A \r\n", true},
	{MIME_QP, "          \r\n        x", "\r\n        x", true},
	{MIME_BASE64, "SGVs\r\nbG8=\r\n", "Hello", true},
	{MIME_BASE64, "S G V s b G 8=", "Hello", true},
	{MIME_BASE64, "SGVsbG8", "Hello", false},
	{MIME_BASE64, "SGVs*bG8=", "Hello", false},
	{MIME_BASE64, "", "", true},
	{MIME_UUENCODE, "text\r\nbegin 644 x\r\n#0V%T\r\n#0V%T\r\n`\r\nend\r\n#0V%T\r\n",
	 "CatCat", true},
	{MIME_UUENCODE, "#0V%T\n", "Cat", true},
	{MIME_UUENCODE, "end", "", true},
	{MIME_UUENCODE, "", "", true},
};

static void
test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t chunk = 1; chunk < 40; chunk++) {
			struct mime_decoder d;
			struct buf out = {0};

			assert_int_equal(mime_decoder_start(&d, rows[i].encoding, rows[i].body,
							    strlen(rows[i].body)),
					 0);
			while (!mime_decoder_is_over(&d))
				mime_decoder_next(&d, chunk, &out);
			assert_string_equal(buf_string(&out), rows[i].text);
			assert_int_equal(mime_decoder_is_regular(&d), rows[i].regular);
			buf_free(&out);
		}
	}
}

/* A piece is not larger than it was asked for. */
static void
test_bounded(void **state)
{
	struct mime_decoder d;
	struct buf body = {0}, out = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_puts(&body, "=41 =\r\n");
	(void)mime_decoder_start(&d, MIME_QP, buf_string(&body), body.len);
	for (size_t before = 0; !mime_decoder_is_over(&d); before = d.at) {
		mime_decoder_next(&d, 100, &out);
		assert_true(d.at > before && d.at <= before + 100);
	}
	buf_free(&body);
	buf_free(&out);
}

static void
test_unknown(void **state)
{
	struct mime_decoder d;

	(void)state;
	assert_int_equal(mime_decoder_start(&d, MIME_UNKNOWN_ENCODING, "x", 1), -EOPNOTSUPP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
