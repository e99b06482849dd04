/* Unit tests of service/json_read: what is read, what is repaired, and how much memory it
 * takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "service/json_read.h"
#include "util/memory.h"

static json_t *
parse(const char *text)
{
	struct buf error = {0};
	json_t *root = json_read_object(text, strlen(text), &error);

	assert_int_equal(root == NULL, error.len > 0);
	buf_free(&error);
	return root;
}

static void
test_what_is_no_utf8(void **state)
{
	static const struct {
		const char *sent, *read;
	} strings[] = {
		{"{\"a\":\"x\xffy\"}", "x\xef\xbf\xbdy"},
		{"{\"a\":\"\xe2\x82\"}", "\xef\xbf\xbd\xef\xbf\xbd"}, /* cut before the quote */
		{"{\"a\":\"\xc3\xa4\xed\xa0\x80\"}",
		 "\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"{\"a\":\"\x7f\"}", "\x7f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		json_t *root = parse(strings[i].sent);

		assert_non_null(root);
		assert_string_equal(json_string_value(json_object_get(root, "a")),
				    strings[i].read);
		json_read_free(root);
	}
}

static void
test_nul_in_a_string(void **state)
{
	json_t *root = parse("{\"a\":\"x\\u0000y\"}");

	(void)state;
	assert_int_equal(json_string_length(json_object_get(root, "a")), 3);
	assert_memory_equal(json_string_value(json_object_get(root, "a")), "x\0y", 3);
	json_read_free(root);
}

static void
test_what_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"1",
		"{",
		"{} {}",
		"{\"a\":1,\"a\":2}",
		"{\"a\":1e999}",
		"{\"a\":\"x\ny\"}",
		"{\"a\":\"\\ud800\"}",
		"\xff{}",
		"{a:1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(parse(texts[i]));

	struct buf error = {0};

	assert_null(json_read_object("{\"a\":\0}", 7, &error));
	buf_reset(&error);
	assert_null(json_read_object("{\"a\":1,\"a\":2}", 13, &error));
	assert_string_equal(buf_string(&error),
			    "JSON, byte 10: duplicate object key near '\"a\"'");
	buf_free(&error);
	json_read_free(NULL);
}

/* "prefix" and n times "unit". */
static const char *
repeat(struct buf *b, const char *prefix, const char *unit, size_t n)
{
	buf_reset(b);
	buf_puts(b, prefix);
	while (n-- > 0)
		buf_puts(b, unit);
	return buf_string(b);
}

static void
test_depth(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_null(parse(repeat(&b, "{\"a\":", "[", 3000)));
	assert_null(parse(repeat(&b, "", "{\"a\":", 100000)));
	buf_free(&b);
}

/* Everything is counted, and given back; also of a text that is refused at its end. */
static void
test_memory_is_counted(void **state)
{
	size_t before = memory_used();
	json_t *root = parse("{\"a\":[1,2.5,\"x\",{\"b\":null}]}");

	(void)state;
	assert_true(memory_used() > before);
	json_read_free(root);
	assert_int_equal(memory_used(), before);
	assert_null(parse("{\"a\":[1,2.5,\"x\",{\"b\":null}]"));
	assert_int_equal(memory_used(), before);
}

/* Empty objects take a hundred times their text. */
static void
test_memory_is_bounded(void **state)
{
	struct buf b = {0};
	size_t len, most;

	(void)state;
	repeat(&b, "{\"a\":[{}", ",{}", 100000);
	buf_puts(&b, "]}");
	len = b.len;
	most = memory_used() + JSON_ROOM(len) + 4 * len;
	memory_set_budget(most - memory_used());
	memory_recheck();
	assert_null(parse(buf_string(&b)));
	assert_false(memory_is_over());
	memory_set_budget(UINT64_MAX);
	buf_free(&b);
}

/* Over max_memory it ends, and the message can be refused: memory_is_over(). */
static void
test_budget(void **state)
{
	struct buf b = {0};
	size_t before;

	(void)state;
	repeat(&b, "{\"a\":[\"\"", ",\"x\"", 10000);
	buf_puts(&b, "]}");
	before = memory_used();
	memory_set_budget(3 * b.len);
	assert_null(parse(buf_string(&b)));
	assert_true(memory_is_over());
	assert_int_equal(memory_used(), before);
	memory_set_budget(UINT64_MAX);
	json_read_free(parse(buf_string(&b)));
	buf_free(&b);
}

/* What others make with jansson is still freed as malloc() made it. */
static void
test_functions_of_others(void **state)
{
	json_t *root = parse("{\"a\":1}");
	char *text = json_dumps(root, 0);

	(void)state;
	assert_string_equal(text, "{\"a\": 1}");
	free(text);
	json_read_free(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_utf8),
		cmocka_unit_test(test_nul_in_a_string),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_memory_is_counted),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_functions_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
