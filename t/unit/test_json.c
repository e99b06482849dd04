/* ctl/json: texts with any bytes, numbers, members that are left out, lists that are written
 * element by element, and what happens without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/json.h"
#include "util/buf.h"

/* Frees the object. */
static void
expect_with(json_t *object, size_t flags, const char *text)
{
	struct buf out = {0};

	json_append(&out, object, flags);
	assert_string_equal(buf_string(&out), text);
	buf_free(&out);
}

static void
expect_text(const char *text, const char *json)
{
	json_t *object = json_new_object();
	struct buf expected = {0};

	json_put_text(object, "t", text);
	buf_printf(&expected, "{\"t\": %s}", json);
	expect_with(object, 0, buf_string(&expected));
	buf_free(&expected);
}

static void
test_texts(void **state)
{
	(void)state;
	expect_text("", "\"\"");
	expect_text("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	expect_text("\x01\t\r\n\x1f", "\"\\u0001\\t\\r\\n\\u001F\"");
	expect_text("\x7f", "\"\x7f\"");
	expect_text("gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xac",
		    "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xac\"");
}

/* Each byte of it becomes one U+FFFD; what stands around it is kept. */
static void
test_what_is_not_utf8(void **state)
{
#define BAD "\xef\xbf\xbd"
	(void)state;
	expect_text("\xff", "\"" BAD "\"");
	expect_text("a\xe9"
		    "b",
		    "\"a" BAD "b\"");
	expect_text("\xc3\xbc\xc3", "\"\xc3\xbc" BAD "\"");	    /* cut off */
	expect_text("\xc0\xaf!", "\"" BAD BAD "!\"");		    /* overlong */
	expect_text("\xed\xa0\x80", "\"" BAD BAD BAD "\"");	    /* a surrogate */
	expect_text("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* above U+10FFFF */
	expect_text("\xff\n\"", "\"" BAD "\\n\\\"\"");
#undef BAD
}

static void
test_what_is_not_known(void **state)
{
	json_t *object = json_new_object();

	(void)state;
	json_put_text(object, "left_out", NULL);
	json_put_text_or_null(object, "file", NULL);
	json_put_text_or_null(object, "name", "n");
	json_put_real(object, "rate", INFINITY, 1);
	json_put_real(object, "share", NAN, 1);
	expect_with(object, 0,
		    "{\"file\": null, \"name\": \"n\", \"rate\": null, \"share\": null}");
}

static void
test_numbers(void **state)
{
	json_t *object = json_new_object();

	(void)state;
	json_put_number(object, "zero", 0);
	json_put_number(object, "most", INT64_MAX);
	json_put_number(object, "more", UINT64_MAX);
	json_put_fraction(object, "ms", 1796065361762, 1000);
	json_put_fraction(object, "ns", 9950, 1000000000);
	json_put_fraction(object, "none", 0, 1000000000);
	json_put_real(object, "places", 2.0 / 3, 3);
	json_put_bool(object, "yes", true);
	expect_with(object, JSON_COMPACT,
		    "{\"zero\":0,\"most\":9223372036854775807,\"more\":1.84467440737096e19,"
		    "\"ms\":1796065361.762,\"ns\":9.95e-6,\"none\":0.0,\"places\":0.667,"
		    "\"yes\":true}");
	object = json_new_object();
	json_put_fraction(object, "us", 1796065361762123, 1000000);
	expect_with(object, JSON_REAL_PRECISION(16), "{\"us\": 1796065361.762123}");
}

/* In the order in which they were put. */
static void
test_members(void **state)
{
	json_t *object = json_new_object(), *list = json_put_list(object, "z");

	(void)state;
	json_add_text(list, "b");
	json_add_text(list, "a");
	json_put_bool(json_add_object(list), "m", false);
	json_put_text(json_put_object(object, "a"), "t", "x");
	(void)json_put_list(object, "none");
	expect_with(object, 0,
		    "{\"z\": [\"b\", \"a\", {\"m\": false}], \"a\": {\"t\": \"x\"}, "
		    "\"none\": []}");
}

static void
test_list_element_by_element(void **state)
{
	json_t *object = json_new_object();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	json_put_number(object, "n", 1);
	json_begin_list(f, object, "list");
	json_print(f, json_new_object(), 0);
	json_end_list(f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "{\"n\": 1, \"list\": [{}\n]}");
	free(text);
}

static unsigned left; /* allocations that succeed */

static void *
allocate(size_t n)
{
	return left > 0 ? left--, malloc(n) : NULL;
}

static void
write_something(void)
{
	json_t *object = json_new_object();
	json_t *list = json_put_list(object, "list");

	for (unsigned i = 0; i < 20; i++)
		json_add_text(list, "\xff");
	json_put_number(json_add_object(list), "n", 1);
	json_put_fraction(object, "f", 1, 3);
	json_print(stdout, object, 0);
	exit(EX_OK);
}

/* The exit status when only so many allocations succeed. */
static int
run_with_memory(unsigned n)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(EX_UNAVAILABLE);
		left = n;
		json_set_alloc_funcs(allocate, free);
		write_something();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whichever allocation fails, no output is shorter in silence. */
static void
test_without_memory(void **state)
{
	unsigned n = 0;

	(void)state;
	while (n < 1000 && run_with_memory(n) == EX_OSERR)
		n++;
	assert_in_range(n, 20, 999);
	assert_int_equal(run_with_memory(n), EX_OK);
	assert_int_equal(run_with_memory(n + 1), EX_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_what_is_not_utf8),
		cmocka_unit_test(test_what_is_not_known),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_list_element_by_element),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
