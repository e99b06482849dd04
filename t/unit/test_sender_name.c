/* content/sender_name: addresses in names, and names as they are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "content/sender_name.h"
#include "linear.h"
#include "util/buf.h"

static bool
add_address(void *ctx, const char *address)
{
	struct buf *out = ctx;

	buf_puts(out, out->len > 0 ? "|" : "");
	buf_puts(out, address);
	return false;
}

static void
expect_addresses(const char *name, const char *expected)
{
	struct buf out = {0};

	assert_false(sender_name_each_address(name, add_address, &out));
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_addresses(void **state)
{
	(void)state;
	expect_addresses("", "");
	expect_addresses("ceo@a.example", "ceo@a.example");
	expect_addresses("the ceo <ceo@a.example>.", "ceo@a.example");
	expect_addresses("ceo@a.example, x@b.example!", "ceo@a.example|x@b.example");
	expect_addresses("'ceo@a.example'", "ceo@a.example");
	expect_addresses("ceo@a.example.", "ceo@a.example");
	expect_addresses("ceo @ a.example", "ceo@a.example");
	expect_addresses("ceo at a dot example", "ceo@a.example");
	expect_addresses("ceo (at) a (dot) b(dot)example", "ceo@a.b.example");
	expect_addresses("ceo[at]a[dot]example", "ceo@a.example");
	expect_addresses("j\u00f6@m\u00fcnchen.example", "j\u00f6@m\u00fcnchen.example");
	expect_addresses("jane at work", "");
	expect_addresses("news at a.example", "");
	expect_addresses("jane@home", "");
	expect_addresses("@a.example", "");
	expect_addresses("a@b@c.example", "b@c.example");
}

static bool
stop_at_once(void *ctx, const char *address)
{
	++*(unsigned *)ctx;
	assert_string_equal(address, "a@a.example");
	return true;
}

static void
test_the_first_that_is_wanted(void **state)
{
	unsigned n = 0;

	(void)state;
	assert_true(sender_name_each_address("a@a.example b@a.example", stop_at_once, &n));
	assert_int_equal(n, 1);
}

static void
expect_words(const char *name, const char *expected)
{
	struct buf out = {0};

	sender_name_append_words(name, &out);
	assert_string_equal(buf_string(&out), expected);
	buf_free(&out);
}

static void
test_words(void **state)
{
	(void)state;
	expect_words("Jane Boss", "boss jane");
	expect_words("BOSS, Jane", "boss jane");
	expect_words("Jane  B\u200boss", "boss jane");
	expect_words("\"Jane\" (Boss)", "boss jane");
	expect_words("\u201cJane\u201d \u2013 Boss\u3002", "boss jane");
	expect_words("Jane", "jane");
	expect_words("\u042f\u043d\u0430 Boss", "boss \u044f\u043d\u0430");
	expect_words(" -- ", "");
	expect_words("", "");
}

static void
find_all(const void *ctx, const struct buf *in)
{
	struct buf out = {0};

	(void)ctx;
	(void)sender_name_each_address((const char *)in->data, add_address, &out);
	buf_reset(&out);
	sender_name_append_words((const char *)in->data, &out);
	buf_free(&out);
}

static void
test_linear(void **state)
{
	static const char *const texts[] = {"a@a.b ", "@", " at ", "a at b dot c ",
					    "a",      ".", "a@"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_linear_text("", texts[i], "", 65536, find_all, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_the_first_that_is_wanted),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
