/* mime/fields: lines and fields in a buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mime/fields.h"
#include "util/arena.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void
test_lines(void **state)
{
	(void)state;
	assert_int_equal(mime_line_next("ab\ncd", 5, 0), 3);
	assert_int_equal(mime_line_next("ab\ncd", 5, 3), 5);
	assert_int_equal(mime_line_next("ab\rcd", 5, 0), 5);
	assert_int_equal(mime_line_next("", 0, 0), 0);
	assert_int_equal(mime_line_end_length("\nx", 2, 0), 1);
	assert_int_equal(mime_line_end_length("\r\nx", 3, 0), 2);
	assert_int_equal(mime_line_end_length("\r", 1, 0), 0);
	assert_int_equal(mime_line_end_length("\r\n", 1, 0), 0);
	assert_int_equal(mime_line_end_length("\n", 1, 1), 0);
	assert_int_equal(mime_line_end_length("x\n", 2, 0), 0);
}

static const struct {
	const char *text, *name, *value;
	size_t len; /* of the field */
	bool regular;
	size_t blank_fold;
} fields[] = {
	{"A: b\r\nC: d\r\n", "A", " b", 6, true, 0},
	{"A:\nC: d\n", "A", "", 3, true, 0},
	{"A-b:c", "A-b", "c", 5, true, 0},
	{"A: b\r\n c\r\n\td\r\nE:", "A", " b\r\n c\r\n\td", 14, true, 0},
	{"A:\n b\n", "A", "\n b", 6, true, 0},
	{"A: b\n c", "A", " b\n c", 7, true, 0},
	{"A: b: c\n\n", "A", " b: c", 8, true, 0},
	{"A : b\n", "A", " b", 6, false, 0},
	{"A b: c\n", "A b", " c", 7, false, 0},
	{"A\n", "", "A", 2, false, 0},
	{"A\n b: c\n", "", "A\n b: c", 8, false, 0},
	{": b\n", "", " b", 4, false, 0},
	{" A: b\n", " A", " b", 6, false, 0},
	{"\xc3\xa4: b\n", "\xc3\xa4", " b", 6, false, 0},
	{"A: b\r c\n", "A", " b\r c", 8, false, 0},
	{"A: b\r", "A", " b\r", 5, false, 0},
	{"A: b\r\r\n", "A", " b\r", 7, false, 0},
	{"A: b\n \n c\n\t\n", "A", " b\n \n c\n\t", 12, true, 5},
	{"A: b\r\n\t\r\nC:", "A", " b\r\n\t", 9, true, 6},
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		const char *s = fields[i].text;
		struct mime_field_span f;

		mime_field_read(s, strlen(s), 0, &f);
		assert_int_equal(f.from, 0);
		assert_int_equal(f.to, fields[i].len);
		assert_int_equal(f.name_end, strlen(fields[i].name));
		assert_memory_equal(s, fields[i].name, f.name_end);
		assert_int_equal(f.value_end - f.value, strlen(fields[i].value));
		assert_memory_equal(s + f.value, fields[i].value, f.value_end - f.value);
		assert_int_equal(f.regular, fields[i].regular);
		assert_int_equal(f.blank_fold, fields[i].blank_fold);
	}
}

static void
test_bytes(void **state)
{
	struct arena *a = arena_new();
	struct mime_field_span f;

	(void)state;
	mime_field_read("x\nA:b\0c\n", 8, 2, &f);
	assert_int_equal(f.from, 2);
	assert_int_equal(f.to, 8);
	assert_false(f.regular);
	mime_field_read("A:b\r\n", 4, 0, &f); /* the LF is not its own */
	assert_int_equal(f.value_end, 4);
	assert_false(f.regular);
	assert_string_equal(mime_field_text(a, "b\0c\0", 4), "bc");
	assert_string_equal(mime_field_text(a, "", 0), "");
	arena_free(a);
}

static void
test_name(void **state)
{
	struct mime_field_span f;

	(void)state;
	mime_field_read("x\ncOnTent-ID :b\n", 16, 2, &f);
	assert_true(mime_field_is("x\ncOnTent-ID :b\n", &f, "content-id"));
	assert_false(mime_field_is("x\ncOnTent-ID :b\n", &f, "content-i"));
	assert_false(mime_field_is("x\ncOnTent-ID :b\n", &f, "content-id "));
	mime_field_read("content-id", 10, 0, &f);
	assert_false(mime_field_is("content-id", &f, "content-id"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
