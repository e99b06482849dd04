/* Unit tests of util/arena and util/buf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/arena.h"
#include "util/buf.h"

static void
test_alloc_is_aligned_and_distinct(void **state)
{
	struct arena *a = arena_new();
	char *last = NULL;

	(void)state;
	for (size_t n = 1; n < 5000; n += 7) {
		char *p = arena_alloc(a, n);

		assert_int_equal((uintptr_t)p % sizeof(long double), 0);
		assert_ptr_not_equal(p, last);
		memset(p, 0xa5, n);
		last = p;
	}
	arena_free(a);
}

static void
test_copies(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(arena_strdup(a, "hello"), "hello");
	assert_string_equal(arena_strndup(a, "hello", 3), "hel");
	assert_string_equal(arena_printf(a, "%s %d", "x", 7), "x 7");
	assert_memory_equal(arena_dup(a, "a\0b", 3), "a\0b", 4);
	arena_free(a);
}

static void
note(void *arg)
{
	char **end = arg;

	*(*end)++ = 'x';
}

static void
test_deferred_run_once_newest_first(void **state)
{
	struct arena *a = arena_new();
	char out[4] = "", *end = out;

	(void)state;
	arena_defer(a, note, &end);
	arena_reset(a);
	assert_string_equal(out, "x");
	arena_reset(a);
	assert_string_equal(out, "x");
	arena_defer(a, note, &end);
	arena_free(a);
	assert_string_equal(out, "xx");
}

static void
test_reset_starts_over(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (int i = 0; i < 100; i++)
		memset(arena_alloc(a, 10000), 1, 10000);
	assert_int_equal(arena_used(a), 1000000);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
}

static void
test_buf(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_string_equal(buf_string(&b), "");
	buf_puts(&b, "abc");
	buf_printf(&b, "%05d", 42);
	buf_put_u32(&b, 0x01020304);
	assert_int_equal(b.len, 12);
	assert_memory_equal(b.data, "abc00042\1\2\3\4", 12);
	buf_consume(&b, 3);
	assert_memory_equal(b.data, "00042\1\2\3\4", 9);
	buf_consume(&b, 100);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc_is_aligned_and_distinct),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_deferred_run_once_newest_first),
		cmocka_unit_test(test_reset_starts_over),
		cmocka_unit_test(test_buf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
