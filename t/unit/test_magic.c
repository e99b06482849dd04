/* mime/magic: the first bytes of files of each kind, and bytes that are similar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mime/budget.h"
#include "mime/magic.h"
#include "util/buf.h"

#define BIT(kind) (1u << MAGIC_BIT_##kind)

static void
test_kinds(void **state)
{
	static const struct {
		const char *s;
		size_t len;
		unsigned kinds;
	} rows[] = {
		{"", 0, 0},
		{"MZ", 2, 0},
		{"MZ\x90\0\3\0", 6, BIT(PE)},
		{"MZ\x7f\1", 4, BIT(PE)},
		{"MZ is text,\r\n\tof two lines", 25, 0},
		{"MZ \xc3\xa4", 5, 0},
		{"\177ELF\2", 5, BIT(ELF)},
		{"\177EL", 3, 0},
		{"\xcf\xfa\xed\xfe\7", 5, BIT(MACH_O)},
		{"\xca\xfe\xba\xbe\0\0\0\2", 8, BIT(MACH_O)},
		{"\xca\xfe\xba\xbe\0\0\0\x34", 8, 0}, /* a Java class */
		{"\xca\xfe\xba\xbe\0\0", 6, 0},
		{"PK\3\4\x14", 5, BIT(ZIP)},
		{"PK\5\6\0", 5, BIT(ZIP)},
		{"PK\1\2\0", 5, 0},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, BIT(OLE)},
		{"%PDF-1.7", 8, BIT(PDF)},
		{"\r\nx\r\n%PDF-1.7", 13, BIT(PDF)},
		{"%PDF", 4, 0},
		{"Rar!\x1a\7\1\0", 8, BIT(RAR)},
		{"7z\xbc\xaf\x27\x1c", 6, BIT(SEVENZIP)},
		{"PK\3\4%PDF-", 9, BIT(ZIP) | BIT(PDF)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(magic_kinds(rows[i].s, rows[i].len), rows[i].kinds);
}

/* A control behind the DOS header does not count, nor a mark of PDF too far behind. */
static void
test_far(void **state)
{
	char text[2048];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "MZ", 2);
	text[64] = '\0';
	assert_int_equal(magic_kinds(text, sizeof(text)), 0);
	text[63] = '\0';
	assert_int_equal(magic_kinds(text, sizeof(text)), BIT(PE));
	memcpy(text + 1020, "%PDF-", 5);
	assert_int_equal(magic_kinds(text, sizeof(text)), BIT(PE));
	memcpy(text + 1019, "%PDF-", 5);
	assert_int_equal(magic_kinds(text, sizeof(text)), BIT(PE) | BIT(PDF));
}

/* "MZ\0\0" in each encoding, behind what decodes to nothing. */
static void
test_bodies(void **state)
{
	static const struct {
		const char *before;
		unsigned times;
		const char *body;
		enum mime_encoding encoding;
		unsigned kinds;
	} rows[] = {
		{"", 0, "TVoAAAAA\n", MIME_BASE64, BIT(PE)},
		{"\n", 100000, "TVoAAAAA\n", MIME_BASE64, BIT(PE)},
		{"~! ", 50000, "TVoAAAAA\n", MIME_BASE64, BIT(PE)},
		{"=", 20000, "TVoAAAAA\n", MIME_BASE64, BIT(PE)},
		{"", 0, "T=VoAAAAA\n", MIME_BASE64, BIT(PE)},
		{"\n", 10000, "VGV4dA==\n", MIME_BASE64, 0},
		{"", 0, "TVoAAAAA\n", MIME_7BIT, 0},
		{"", 0, "MZ=00=00", MIME_QP, BIT(PE)},
		{"=\r\n", 50000, "=4D=5A=00=00", MIME_QP, BIT(PE)},
		{"=  \n", 50000, "text", MIME_QP, 0},
		{"text\n", 30000, "begin 644 x\n$35H``\n`\nend\n", MIME_UUENCODE, BIT(PE)},
		{"", 0, "$35H  \n", MIME_UUENCODE, BIT(PE)},
		{"\n", 10000, "TVoAAAAA\n", MIME_UNKNOWN_ENCODING, BIT(PE)},
		{"", 0, "begin 644 x\n$35H``\nend\n", MIME_UNKNOWN_ENCODING, BIT(PE)},
		{"", 0, "%PDF-1", MIME_BASE64, BIT(PDF)},
		{"", 0, "", MIME_BASE64, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf body = {0};
		struct mime_budget budget = {.text = 1u << 20};

		for (unsigned n = 0; n < rows[i].times; n++)
			buf_puts(&body, rows[i].before);
		buf_puts(&body, rows[i].body);
		assert_int_equal(magic_kinds_of_body(buf_string(&body), body.len,
						     1u << rows[i].encoding, &budget),
				 rows[i].kinds);
		assert_true(body.len > MAGIC_FREE_BYTES || budget.text == 1u << 20);
		buf_free(&body);
	}
}

/* What is decoded for nothing is bounded in sum. */
static void
test_budget(void **state)
{
	struct buf body = {0};
	struct mime_budget budget = {.text = 50000};

	(void)state;
	for (unsigned n = 0; n < 40000; n++)
		buf_putc(&body, '\n');
	buf_puts(&body, "TVoAAAAA\n");
	assert_int_equal(
		magic_kinds_of_body(buf_string(&body), body.len, 1u << MIME_BASE64, &budget),
		BIT(PE));
	assert_in_range(budget.text, 10000, 20000);
	assert_int_equal(
		magic_kinds_of_body(buf_string(&body), body.len, 1u << MIME_BASE64, &budget),
		0);
	assert_true(budget.exceeded);
	assert_int_equal(magic_kinds_of_body("TVoAAAAA", 8, 1u << MIME_BASE64, &budget),
			 BIT(PE));
	buf_free(&body);
}

static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(magic_words[MAGIC_BIT_PE], "pe");
	assert_string_equal(magic_words[MAGIC_BIT_SEVENZIP], "7z");
	assert_null(magic_words[MAGIC_COUNT]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),  cmocka_unit_test(test_far),
		cmocka_unit_test(test_bodies), cmocka_unit_test(test_budget),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
