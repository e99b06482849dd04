/* src/util/title: the strings of a process on its stack, as the kernel puts them, and the title
 * in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "util/title.h"

/* 25 bytes: arguments, environment, and one byte that is not theirs. */
static char area[] = "dir/name\0-c\0x\0A=one\0B=two\0#";
static char *args[] = {area, area + 9, area + 12, NULL};
static char *env[] = {area + 14, area + 20, NULL};

#define AREA_BYTES 26u

static void
test_not_initialized(void **state)
{
	(void)state;
	assert_false(title_set("x"));
	assert_string_equal(area, "dir/name");
}

static void
test_strings_are_kept(void **state)
{
	(void)state;
	title_init(3, args, env);
	assert_true(title_set("a title"));
	assert_string_equal(area, "a title");
	assert_string_equal(args[0], "dir/name");
	assert_string_equal(args[1], "-c");
	assert_string_equal(args[2], "x");
	assert_string_equal(env[0], "A=one");
	assert_string_equal(env[1], "B=two");
	assert_string_equal(program_invocation_name, "dir/name");
	assert_string_equal(program_invocation_short_name, "name");
}

/* The whole area, and not a byte more; a shorter one leaves nothing of a longer one. */
static void
test_room(void **state)
{
	(void)state;
	assert_true(title_set("1234567890123456789012345"));
	assert_false(title_set("12345678901234567890123456"));
	assert_string_equal(area, "1234567890123456789012345");
	assert_int_equal(area[AREA_BYTES], '#');
	assert_true(title_set("short"));
	for (size_t i = strlen("short"); i < AREA_BYTES; i++)
		assert_int_equal(area[i], '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_initialized),
		cmocka_unit_test(test_strings_are_kept),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
