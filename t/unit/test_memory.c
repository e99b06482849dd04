/* Unit tests of util/memory, and of the count that arenas and buffers keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/memory.h"

static size_t before;

static int
setup(void **state)
{
	(void)state;
	before = memory_used();
	return 0;
}

/* Each test frees all that it allocates, and the count knows it. */
static int
teardown(void **state)
{
	(void)state;
	memory_set_budget(UINT64_MAX);
	return memory_used() == before ? 0 : -1;
}

static void
test_count(void **state)
{
	char *p = memory_alloc(100), *q = memory_zalloc(50);

	(void)state;
	assert_int_equal(memory_used(), before + 150);
	assert_memory_equal(q, (char[50]){0}, 50);
	memcpy(p, "hello", 6);
	p = memory_resize(p, 100, 1000);
	assert_string_equal(p, "hello");
	assert_int_equal(memory_used(), before + 1050);
	p = memory_resize(p, 1000, 6);
	assert_string_equal(p, "hello");
	memory_free(p, 6);
	memory_free(q, 50);
	memory_free(NULL, 0);
}

/* The example of memory.h. */
static void
test_budget(void **state)
{
	char *held = memory_alloc(900), *more;

	(void)state;
	memory_set_budget(1000);
	assert_false(memory_is_over());
	more = memory_alloc(1000);
	assert_false(memory_is_over());
	memory_free(more, 1000);
	more = memory_alloc(1001);
	assert_true(memory_is_over());
	memory_recheck();
	assert_true(memory_is_over());
	memory_free(more, 1001);
	assert_true(memory_is_over());
	memory_recheck();
	assert_false(memory_is_over());
	memory_free(held, 900);
}

static void
test_room(void **state)
{
	char *held;

	(void)state;
	memory_set_budget(1000);
	held = memory_alloc(900);
	assert_false(memory_lacks_room(100));
	assert_false(memory_is_over());
	assert_true(memory_lacks_room(101));
	assert_true(memory_is_over());
	memory_recheck();
	assert_true(memory_lacks_room(SIZE_MAX));
	memory_recheck();
	held = memory_resize(held, 900, 1100);
	assert_true(memory_lacks_room(0));
	memory_free(held, 1100);
}

static void
test_no_budget(void **state)
{
	char *held = memory_alloc(900);

	(void)state;
	assert_false(memory_lacks_room(SIZE_MAX / 2));
	memory_set_budget(UINT64_MAX - 10);
	assert_false(memory_lacks_room(SIZE_MAX / 2));
	memory_free(held, 900);
	memory_return();
}

static void
test_arena(void **state)
{
	struct arena *a = arena_new();
	size_t used;

	(void)state;
	(void)arena_alloc(a, 10);
	(void)arena_alloc(a, 1000000);
	used = memory_used();
	assert_true(used >= before + 1000010 && used < before + 1100000);
	arena_reset(a);
	assert_true(memory_used() < before + 10000);
	arena_free(a);
}

static void
test_buf(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_puts(&b, "hello");
	assert_int_equal(memory_used(), before + b.cap);
	(void)buf_reserve(&b, 40000000);
	assert_int_equal(memory_used(), before + b.cap);
	assert_true(b.cap < 40000005 + 40000005 / 4 + 1);
	buf_free(&b);
	assert_int_equal(memory_used(), before);
}

static void
test_buf_in_an_arena(void **state)
{
	struct arena *a = arena_new();
	struct buf b = {0};
	const char *s;

	(void)state;
	(void)buf_reserve(&b, 100000);
	buf_puts(&b, "hello");
	s = buf_move_to_arena(&b, a);
	assert_string_equal(s, "hello");
	assert_true(memory_used() >= before + 100000);
	arena_reset(a);
	assert_true(memory_used() < before + 10000);
	arena_free(a);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_count),		 T(test_budget), T(test_room),
		T(test_no_budget),	 T(test_arena),	 T(test_buf),
		T(test_buf_in_an_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
