/* mime/budget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mime/budget.h"

static void
test_charges(void **state)
{
	struct mime_budget b;
	size_t fields;

	(void)state;
	mime_budget_start(&b, 1000);
	fields = b.fields;
	assert_true(mime_charge_fields(&b, fields - 1));
	assert_true(mime_charge_fields(&b, 1));
	assert_true(mime_charge_fields(&b, 0));
	assert_true(mime_charge_text(&b, 1000));
	assert_false(b.exceeded);
	assert_false(mime_charge_fields(&b, 1));
	assert_true(b.exceeded);
	assert_false(mime_charge_text(&b, 0)); /* a later one fails, whatever it is for */
	assert_true(mime_charge_fields(NULL, SIZE_MAX) && mime_charge_text(NULL, SIZE_MAX));
}

/* A long message may be walked over more often than once; its fields have a limit of their own.
 */
static void
test_grows_with_the_message(void **state)
{
	struct mime_budget small, large;

	(void)state;
	mime_budget_start(&small, 0);
	mime_budget_start(&large, 100u << 20);
	assert_int_equal(small.fields, large.fields);
	assert_true(small.text > 0);
	assert_true(mime_charge_text(&large, 2 * (100u << 20)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charges),
		cmocka_unit_test(test_grows_with_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
