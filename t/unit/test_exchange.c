/* service/exchange: the content in windows, the text of a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "service/exchange.h"

static const struct slice parts[] = {{"", 0}, {"abc", 3}, {NULL, 0}, {"defgh", 5}, {"", 0}};
static const struct exchange_content content = {parts, 5, 8};

static void
test_content_in_windows_of_every_size(void **state)
{
	(void)state;
	for (size_t window = 1; window < 12; window++) {
		struct exchange_position at = {0};
		struct buf out = {0};
		size_t n, sum = 0;

		while ((n = exchange_write_content(&content, &at, window, &out)) > 0) {
			sum += n;
			assert_true(n == window || sum == 8);
			assert_int_equal(at.sent, sum);
			assert_int_equal(out.len, sum);
		}
		assert_string_equal(buf_string(&out), "abcdefgh");
		assert_int_equal(exchange_write_content(&content, &at, window, &out), 0);
		buf_free(&out);
	}
}

static void
test_content_without_bytes(void **state)
{
	struct exchange_content none = {NULL, 0, 0}, empty = {parts, 1, 0};
	struct exchange_position at = {0};
	struct buf out = {0};

	(void)state;
	assert_int_equal(exchange_write_content(&none, &at, 10, &out), 0);
	assert_int_equal(exchange_write_content(&empty, &at, 10, &out), 0);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void
test_content_goes_behind_what_is_there(void **state)
{
	struct exchange_position at = {0};
	struct buf out = {0};

	(void)state;
	buf_puts(&out, "head ");
	assert_int_equal(exchange_write_content(&content, &at, 4, &out), 4);
	assert_string_equal(buf_string(&out), "head abcd");
	buf_free(&out);
}

static void
test_text_of_a_failure(void **state)
{
	struct exchange x = {0};
	char text[2 * EXCHANGE_TEXT_BYTES];

	(void)state;
	assert_int_equal(exchange_fail(&x, EXCHANGE_TOO_BIG, "size limit", 10),
			 EXCHANGE_TOO_BIG);
	assert_string_equal(x.text, "size limit");
	assert_int_equal(exchange_fail(&x, EXCHANGE_BAD_ANSWER, "a\r\n\"\x00", 5),
			 EXCHANGE_BAD_ANSWER);
	assert_string_equal(x.text, "a\\x0d\\x0a\\\"\\x00");
	exchange_fail(&x, EXCHANGE_BAD_ANSWER, "", 0);
	assert_string_equal(x.text, "");
	/* Cut, also where each byte becomes four. */
	memset(text, 'y', sizeof(text));
	exchange_fail(&x, EXCHANGE_BAD_ANSWER, text, sizeof(text));
	assert_int_equal(strlen(x.text), EXCHANGE_TEXT_BYTES + 3);
	assert_string_equal(x.text + EXCHANGE_TEXT_BYTES, "...");
	memset(text, '\xff', sizeof(text));
	exchange_fail(&x, EXCHANGE_BAD_ANSWER, text, sizeof(text));
	assert_true(strlen(x.text) <= EXCHANGE_TEXT_BYTES + 3);
	assert_memory_equal(x.text, "\\xff\\xff", 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_in_windows_of_every_size),
		cmocka_unit_test(test_content_without_bytes),
		cmocka_unit_test(test_content_goes_behind_what_is_there),
		cmocka_unit_test(test_text_of_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
