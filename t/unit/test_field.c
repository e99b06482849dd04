/* content/field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "content/field.h"
#include "mime/words.h"
#include "util/buf.h"

typedef void joiner(const char *name, const char *text, size_t len, const char *value,
		    struct buf *out);

static void
expect_joined(joiner *join, const char *text, const char *value, const char *expected)
{
	struct buf out = {0};

	buf_puts(&out, "before"); /* what out holds already does not count */
	join("Subject", text, strlen(text), value, &out);
	assert_string_equal(buf_string(&out) + 6, expected);
	buf_free(&out);
}

/* What a mail program shows. */
static void
expect_shown(joiner *join, const char *text, const char *value, const char *expected)
{
	struct buf out = {0}, shown = {0};

	join("Subject", text, strlen(text), value, &out);
	assert_true(mime_decode_header((const char *)out.data, out.len, &shown));
	assert_string_equal(buf_string(&shown), expected);
	buf_free(&out);
	buf_free(&shown);
}

static void
expect_lines_fit(const struct buf *value, size_t column)
{
	const char *p = (const char *)value->data, *end = p + value->len;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf ? lf : end;

		assert_true((size_t)(stop - p) + column <= FIELD_MAX_LINE);
		if (lf)
			assert_true(lf + 1 < end && (lf[1] == ' ' || lf[1] == '\t'));
		column = 0;
		p = stop + 1;
	}
}

static void
test_prefix(void **state)
{
	(void)state;
	expect_joined(field_prefix, "[X] ", "Hello", "[X] Hello");
	expect_joined(field_prefix, "[X] ", "=?UTF-8?Q?a?=", "[X] =?UTF-8?Q?a?=");
	expect_joined(field_prefix, "[X]", "=?UTF-8?Q?a?=", "[X] =?UTF-8?Q?a?=");
	expect_joined(field_prefix, "X:", "Hello", "X:Hello");
	expect_joined(field_prefix, "[X] ", "\n =?UTF-8?Q?a?=", "[X]\n =?UTF-8?Q?a?=");
	expect_joined(field_prefix, "[X] ", "a\n b", "[X] a\n b");
	expect_joined(field_prefix, "[X] ", " Hello", "[X] Hello");
}

static void
test_prefix_that_is_not_ascii(void **state)
{
	(void)state;
	expect_joined(field_prefix, "[\xc3\xbc] ", "Hello", "=?UTF-8?B?W8O8XQ==?= Hello");
	expect_joined(field_prefix, "[\xc3\xbc]  ", "a b", "=?UTF-8?B?W8O8XQ==?=  a b");
	expect_joined(field_prefix, "\xc3\xbc", "ber uns", "=?UTF-8?B?w7xiZXI=?= uns");
	expect_shown(field_prefix, "\xc3\xbc", "\xc3\xbc x", "\xc3\xbc\xc3\xbc x");
	expect_shown(field_prefix, "\xc3\xbc", "b =?UTF-8?Q?a?=",
		     "\xc3\xbc"
		     "b a");
	expect_shown(field_prefix, "\xc3\xbc", "=?UTF-8?Q?a?=",
		     "\xc3\xbc"
		     "a");
	expect_joined(field_prefix, "[\xc3\xbc] ", "\n Hello", "=?UTF-8?B?W8O8XQ==?=\n Hello");
	expect_shown(field_prefix, "[\xc3\xbc] ", "=?UTF-8?Q?a?=", "[\xc3\xbc] a");
	expect_shown(field_prefix, "[\xc3\xbc] ", "\n =?UTF-8?Q?a?=", "[\xc3\xbc] a");
}

/* An encoded word must not take a part of an address. */
static void
test_address_fields(void **state)
{
	struct buf out = {0};

	(void)state;
	field_prefix("From", "\xc3\xbc", 2, "a@b, c@d", &out);
	assert_string_equal(buf_string(&out), "=?UTF-8?B?w7w=?= a@b, c@d");
	buf_reset(&out);
	field_suffix("Resent-To", "(\xc3\xbc)", 4, "a@b", &out);
	assert_memory_equal(buf_string(&out), "a@b =?", 6);
	buf_free(&out);
}

static void
test_suffix(void **state)
{
	(void)state;
	expect_joined(field_suffix, " [X]", "Hello", "Hello [X]");
	expect_joined(field_suffix, "[X]", "=?UTF-8?Q?a?=", "=?UTF-8?Q?a?= [X]");
	expect_joined(field_suffix, "!", "Hello", "Hello!");
	expect_joined(field_suffix, " [X]", "a\n b", "a\n b [X]");
	expect_shown(field_suffix, " [\xc3\xbc]", "=?UTF-8?Q?a?=", "a [\xc3\xbc]");
	expect_joined(field_suffix, " \xc3\xbc", "Hello", "Hello =?UTF-8?B?w7w=?=");
	expect_joined(field_suffix, " \xc3\xbc", "Hello ", "Hello =?UTF-8?B?w7w=?=");
	expect_shown(field_suffix, "\xc3\xbc", "a\n Hello", "a Hello\xc3\xbc");
	expect_shown(field_suffix, "\xc3\xbc", "=?UTF-8?Q?a?= b", "a b\xc3\xbc");
	expect_shown(field_suffix, "\xc3\xbc", "=?UTF-8?Q?a?=", "a\xc3\xbc");
}

/* Text that could be taken for a word is a word of its own, blanks included. */
static void
test_text_that_looks_like_a_word(void **state)
{
	(void)state;
	expect_shown(field_prefix, "=?UTF-8?Q?x?= ", "Hello", "=?UTF-8?Q?x?= Hello");
	expect_shown(field_suffix, " =?UTF-8?Q?x?=", "Hello", "Hello =?UTF-8?Q?x?=");
	expect_joined(field_prefix, "a?=b ", "Hello", "a?=b Hello");
}

static void
test_nothing_to_join_with(void **state)
{
	(void)state;
	expect_joined(field_prefix, "[X] ", "", "[X]");
	expect_joined(field_prefix, "[X] ", " \n ", "[X]");
	expect_joined(field_suffix, " [X]", "", "[X]");
	expect_joined(field_prefix, " [\xc3\xbc] ", "", "=?UTF-8?B?W8O8XQ==?=");
}

static void
test_long_lines_are_folded(void **state)
{
	char value[FIELD_MAX_LINE - 9], text[400];
	struct buf out = {0};

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	memset(text, 't', sizeof(text));
	field_prefix("Subject", "[EXTERNAL] ", 11, value, &out);
	expect_lines_fit(&out, 9);
	assert_memory_equal(out.data, "[EXTERNAL]\n vvv", 14);
	buf_reset(&out);
	field_suffix("Subject", text, sizeof(text), value, &out);
	expect_lines_fit(&out, 9);
	buf_reset(&out);
	field_suffix("Subject", "\xc3\xbc", 2, value, &out);
	expect_lines_fit(&out, 9);
	/* To the byte: with the name the line has as many bytes as it may have. */
	value[FIELD_MAX_LINE - 9 - 4] = '\0';
	buf_reset(&out);
	field_suffix("Subject", " end", 4, value, &out);
	assert_null(memchr(out.data, '\n', out.len));
	buf_reset(&out);
	field_prefix("Subject", "end ", 4, value, &out);
	assert_null(memchr(out.data, '\n', out.len));
	buf_reset(&out);
	field_prefix("Subject", "end! ", 5, value, &out);
	assert_non_null(memchr(out.data, '\n', out.len));
	expect_lines_fit(&out, 9);
	value[70] = '\0'; /* encoded words keep to 78 bytes */
	buf_reset(&out);
	field_suffix("Subject", " \xc3\xbc", 3, value, &out);
	assert_memory_equal(out.data + 69, "v\n =?", 5);
	buf_reset(&out);
	field_suffix("Subject", "  \xc3\xbc", 4, value, &out); /* both blanks are shown */
	assert_memory_equal(out.data + 69, "v\n  =?", 6);
	value[70] = 'v';
	buf_reset(&out);
	field_prefix("Subject", "end!  ", 6, value, &out);
	assert_memory_equal(out.data, "end!\n  vvv", 10);
	buf_reset(&out);
	field_suffix("Subject", " end!", 5, value, &out);
	assert_non_null(memchr(out.data, '\n', out.len));
	expect_lines_fit(&out, 9);
	buf_free(&out);
}

static size_t
count_bytes(const struct buf *b, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == (unsigned char)c;
	return n;
}

static void
test_fold_line(void **state)
{
	struct buf out = {0};
	char text[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 9 == 8 ? ' ' : 'w';
	field_fold_line(3, text, sizeof(text), &out);
	expect_lines_fit(&out, 3);
	assert_int_equal(count_bytes(&out, '\n'), sizeof(text) / 72);
	buf_reset(&out);
	memset(text, 'w', sizeof(text)); /* it cannot be folded */
	field_fold_line(3, text, sizeof(text), &out);
	assert_int_equal(out.len, sizeof(text));
	assert_memory_equal(out.data, text, sizeof(text));
	buf_reset(&out);
	memset(text, ' ', 200);
	field_fold_line(3, text, 200, &out);
	assert_null(memchr(out.data, '\n', out.len));
	text[0] = 'w'; /* nor may a line of blanks alone stand at the end */
	buf_reset(&out);
	field_fold_line(3, text, 200, &out);
	assert_null(memchr(out.data, '\n', out.len));
	buf_free(&out);
}

static void
test_contains(void **state)
{
	struct buf scratch = {0};

	(void)state;
	assert_true(field_contains("Re: [EXTERNAL] Hello", "[EXTERNAL] ", &scratch));
	assert_true(field_contains("[A\t  B]", "[A B]", &scratch));
	assert_true(field_contains("[A B]", " [A   B] ", &scratch));
	assert_false(field_contains("[AB]", "[A B]", &scratch));
	assert_false(field_contains("EXTERNAL", "[EXTERNAL]", &scratch));
	assert_false(field_contains("", "[EXTERNAL]", &scratch));
	buf_free(&scratch);
}

static void
test_names(void **state)
{
	(void)state;
	assert_true(field_name_is_valid("X-Foo!"));
	assert_false(field_name_is_valid(""));
	assert_false(field_name_is_valid("X Foo"));
	assert_false(field_name_is_valid("X:"));
	assert_false(field_name_is_valid("\xc3\xbc"));
	assert_false(field_name_is_valid("X\n"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_prefix_that_is_not_ascii),
		cmocka_unit_test(test_address_fields),
		cmocka_unit_test(test_suffix),
		cmocka_unit_test(test_text_that_looks_like_a_word),
		cmocka_unit_test(test_nothing_to_join_with),
		cmocka_unit_test(test_long_lines_are_folded),
		cmocka_unit_test(test_fold_line),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
