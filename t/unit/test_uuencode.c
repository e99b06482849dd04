/* mime/uuencode: the line "begin", and lines of data of any form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "linear.h"
#include "mime/uuencode.h"
#include "util/buf.h"

static void
test_begin(void **state)
{
	static const struct {
		const char *text, *name; /* NULL: there is no such line */
		size_t data;
	} rows[] = {
		{"begin 644 cat.txt\n#0V%T\n", "cat.txt", 18},
		{"x\r\nbegin 0644 \ta b.exe \r\n", "a b.exe", 25},
		{"begin  7 x", "x", 10},
		{"begin 644\n", "", 10},
		{"begin 644 \n", "", 11},
		{"begin-base64 644 x\nAAAA\n====\n", "x", 19},
		{"begin 64x y\nbegin 8 y\nbegin with\nbegin-base 644 x\n", NULL, 0},
		{" begin 644 x\nxbegin 644 x\nBegin 644 x\nbegin\nbegin644 x\nbegi", NULL, 0},
		{"", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uuencode_begin b;
		bool found = uuencode_next_begin(rows[i].text, strlen(rows[i].text), 0, &b);

		assert_int_equal(found, rows[i].name != NULL);
		if (!found)
			continue;
		assert_int_equal(b.data, rows[i].data);
		assert_int_equal(b.name_end - b.name, strlen(rows[i].name));
		assert_memory_equal(rows[i].text + b.name, rows[i].name, b.name_end - b.name);
	}
}

static void
test_decode(void **state)
{
	static const struct {
		const char *lines, *text;
		size_t end;
		bool ended;
	} rows[] = {
		{"#0V%T\n`\nend\nmore", "Cat", 8, true},
		{"#0V%T\r\n \r\nend \r\n", "Cat", 10, true},
		{"#0V%T", "Cat", 5, false},
		{"#0V%Tx\n$0V%T0\n", "CatCat@", 14, false}, /* a sum; two characters left out */
		{"\"0\n\"00\n", "@", 7, false},		    /* blanks were cut off */
		{"no data\nendx\n#0V%T\nend", "Cat", 19, true},
		{"", "", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = {0};
		size_t len = strlen(rows[i].lines);
		bool ended;
		size_t end = uuencode_decode(rows[i].lines, len, 0, len, &out, &ended);

		assert_string_equal(buf_string(&out), rows[i].text);
		assert_int_equal(end, rows[i].end);
		assert_int_equal(ended, rows[i].ended);
		buf_free(&out);
	}
}

static void
search_begins(const void *ctx, const struct buf *in)
{
	const char *s = (const char *)in->data;
	struct uuencode_begin b;
	size_t at = 0;

	(void)ctx;
	while (uuencode_next_begin(s, in->len, at, &b))
		at = b.data;
}

static void
test_linear(void **state)
{
	(void)state;
	assert_linear_text("", "begin 644 ", "", 1u << 20, search_begins, NULL);
	assert_linear_text("", "begin 644 x\n", "", 1u << 20, search_begins, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
