/* mime/uuencode_block: blocks in a text, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "linear.h"
#include "mime/uuencode_block.h"
#include "util/buf.h"

#define M_LINE "M35H                                                         \n"

static void
test_blocks(void **state)
{
	static const struct {
		const char *before, *block, *data, *after;
	} rows[] = {
		{"", "begin 644 x\n#0V%T\n`\nend\n", "#0V%T\n`\n", ""},
		{"hi\n\n", "begin 644 x\n" M_LINE "`\nend\n", M_LINE "`\n", "bye\n"},
		{"", "begin 644 x\r\n#0V%T\r\n \r\nend\r\n", "#0V%T\r\n \r\n", "a"},
		{"", "begin 644 x\n#0V%T\n\nend", "#0V%T\n\n", ""},
		/* without blanks at the ends of the lines */
		{"", "begin 644 x\nM35H\nM\n\nend\n", "M35H\nM\n\n", ""},
		/* an empty file */
		{"", "begin 644 x\n`\nend\n", "`\n", ""},
		/* junk in front of the data, a second line "begin" */
		{"", "begin 644 x\njunk\n" M_LINE "end\n", M_LINE, ""},
		{"", "begin 644 x\nbegin 644 y\n" M_LINE "end\n", M_LINE, ""},
		/* no end */
		{"", "begin 644 x\n" M_LINE "rest\n", M_LINE "rest\n", ""},
		{"", "begin 644 x\n" M_LINE, M_LINE, "begin 644 y\n"},
		{"begin 644 x\nend\n", "begin 7 y\n" M_LINE "end\n", M_LINE, "begin\nend\n"},
		{"", "begin-base64 644 x\nTVqQAAMA\n====\n", "TVqQAAMA\n", "end\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uuencode_block b;
		struct buf text = {0};
		const char *s;

		buf_printf(&text, "%s%s%s", rows[i].before, rows[i].block, rows[i].after);
		s = buf_string(&text);
		assert_true(uuencode_next_block(s, text.len, 0, &b));
		assert_int_equal(b.from, strlen(rows[i].before));
		assert_int_equal(b.to - b.from, strlen(rows[i].block));
		assert_int_equal(b.data_end - b.data, strlen(rows[i].data));
		assert_memory_equal(s + b.data, rows[i].data, b.data_end - b.data);
		assert_int_equal(b.encoding, strncmp(rows[i].block, "begin-", 6) == 0
						     ? MIME_BASE64
						     : MIME_UUENCODE);
		assert_false(uuencode_next_block(s, text.len, b.to, &b));
		buf_free(&text);
	}
}

static void
test_two(void **state)
{
	static const char text[] =
		"begin 644 x\n" M_LINE "begin 644 y\n#0V%T\n`\nend\nbegin 644 z\n" M_LINE;
	struct uuencode_block b = {0};

	(void)state;
	for (size_t n = 0; n < 3; n++)
		assert_true(uuencode_next_block(text, strlen(text), b.to, &b));
	assert_int_equal(b.to, strlen(text));
	assert_false(uuencode_next_block(text, strlen(text), b.to, &b));
}

static void
test_prose(void **state)
{
	static const char *const rows[] = {
		"",
		"begin",
		"We meet at nine.\nbegin 644 times again, he said\nend\n",
		"begin 644 x\n\nend\n",
		"begin 644 x\nsome text\n",
		"begin 644 x\nOK\nend\n",
		"begin 644 x\nend\n" M_LINE,
		" begin 644 x\n" M_LINE "end\n",
		"begin\n" M_LINE "end\n",
		"begin-base64 644 x\nthis is text\n====\n",
		"begin-base64 644 x\n====\n====\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uuencode_block b;

		assert_false(uuencode_next_block(rows[i], strlen(rows[i]), 0, &b));
	}
}

static void
find_all(const void *ctx, const struct buf *in)
{
	struct uuencode_block b = {0};

	(void)ctx;
	while (uuencode_next_block((const char *)in->data, in->len, b.to, &b))
		continue;
}

static void
test_linear(void **state)
{
	static const char *const pieces[] = {
		"begin 644 x\n",
		"begin",
		"begin 644 x\nM\n",
		"begin 644 x\nM35H\nend\n",
		"begin-base64 644 x\nAAAA\n",
		"M\n",
		"begin 644 x\nend\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		assert_linear_text("begin 644 x\n", pieces[i], "", 1u << 18, find_all, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
