/* util/counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/arena.h"
#include "util/counts.h"

static void
test_keys_are_counted(void **state)
{
	struct arena *arena = arena_new();
	struct counts c;

	(void)state;
	counts_init(&c, arena, 3, false);
	assert_int_equal(counts_add(&c, "Joe"), 1);
	assert_int_equal(counts_add(&c, "joe"), 1);
	assert_int_equal(counts_add(&c, "joe"), 2);
	assert_int_equal(counts_get(&c, "joe"), 2);
	assert_int_equal(counts_get(&c, "Joe"), 1);
	assert_int_equal(counts_get(&c, ""), 0);
	arena_free(arena);
}

static void
test_case_does_not_count(void **state)
{
	struct arena *arena = arena_new();
	struct counts c;

	(void)state;
	counts_init(&c, arena, 2, true);
	assert_int_equal(counts_add(&c, "Joe@X"), 1);
	assert_int_equal(counts_add(&c, "joe@x"), 2);
	assert_int_equal(counts_get(&c, "JOE@x"), 2);
	assert_int_equal(counts_add(&c, "[oe@x"), 1); /* no letter: '{' in the other case */
	assert_int_equal(counts_get(&c, "{oe@x"), 0);
	arena_free(arena);
}

static void
test_table_has_room_for_all_keys(void **state)
{
	struct arena *arena = arena_new();
	struct counts c;

	(void)state;
	counts_init(&c, arena, 1000, false);
	for (int round = 1; round <= 2; round++)
		for (int i = 0; i < 1000; i++)
			assert_int_equal(counts_add(&c, arena_printf(arena, "%d", i)), round);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_are_counted),
		cmocka_unit_test(test_case_does_not_count),
		cmocka_unit_test(test_table_has_room_for_all_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
