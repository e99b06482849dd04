/* policy/values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mime/charset.h"
#include "policy/values.h"
#include "util/arena.h"

static void
test_forms(void **state)
{
	struct arena *a = arena_new();
	struct values v = {0};
	const char *plain = "Hello", *word = "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\n you";
	const struct value_entry *e;

	(void)state;
	e = values_get(&v, a, plain, true);
	assert_ptr_equal(e->decoded.text, plain); /* nothing to do: no copy */
	assert_int_equal(e->decoded.len, 5);
	assert_false(e->undecodable);
	e = values_get(&v, a, word, true);
	assert_string_equal(e->decoded.text, "Gr\xc3\xbc\xc3\x9f"
					     "e you");
	assert_null(e->unfolded.text); /* nobody asked */
	e = values_get(&v, a, word, false);
	assert_string_equal(e->unfolded.text, "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= you");
	assert_int_equal(e->unfolded.len, strlen(e->unfolded.text));
	arena_free(a);
}

static void
test_undecodable_has_both(void **state)
{
	struct arena *a = arena_new();
	struct values v = {0};
	const struct value_entry *e =
		values_get(&v, a, "=?x-none?Q?=E4?= =?UTF-8?Q?=C3=BC?=", true);

	(void)state;
	assert_true(e->undecodable);
	assert_non_null(e->decoded.text);
	assert_string_equal(e->unfolded.text, "=?x-none?Q?=E4?= =?UTF-8?Q?=C3=BC?=");
	arena_free(a);
}

static void
test_decoded_once(void **state)
{
	struct arena *a = arena_new();
	struct values v = {0};
	static char value[200][32];
	struct value_entry *e[200];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		memcpy(value[i], "=?UTF-8?Q?=C3=BC?= 000", 23);
		value[i][19] = (char)('0' + i / 100);
		value[i][20] = (char)('0' + i / 10 % 10);
		value[i][21] = (char)('0' + i % 10);
		e[i] = values_get(&v, a, value[i], true);
	}
	for (size_t i = 0; i < 200; i++) {
		const char *text = e[i]->decoded.text;

		assert_ptr_equal(values_get(&v, a, value[i], true), e[i]);
		assert_ptr_equal(e[i]->decoded.text, text);
		assert_memory_equal(text, "\xc3\xbc ", 3);
		assert_string_equal(text + 3, value[i] + 19);
	}
	assert_int_equal(v.n, 200);
	arena_free(a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_undecodable_has_both),
		cmocka_unit_test(test_decoded_once),
	};

	charset_open_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
