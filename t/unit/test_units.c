/* Figures for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats/units.h"

typedef void put_fn(struct buf *b, uint64_t n);

static void
expect(put_fn *put, uint64_t n, const char *text)
{
	struct buf b = {0};

	put(&b, n);
	assert_string_equal(buf_string(&b), text);
	buf_free(&b);
}

static void
test_counts(void **state)
{
	(void)state;
	expect(units_put_count, 0, "0");
	expect(units_put_count, 999, "999");
	expect(units_put_count, 1000, "1,000");
	expect(units_put_count, 1234567, "1,234,567");
	expect(units_put_count, UINT64_MAX, "18,446,744,073,709,551,615");
}

static void
test_bytes(void **state)
{
	(void)state;
	expect(units_put_bytes, 0, "0 B");
	expect(units_put_bytes, 1023, "1023 B");
	expect(units_put_bytes, 1024, "1.0 KiB");
	expect(units_put_bytes, 4404019, "4.2 MiB");
	expect(units_put_bytes, 999 * 1024, "999 KiB");
	expect(units_put_bytes, 1000 * 1024, "1.0 MiB");
	expect(units_put_bytes, 17ull << 30, "17 GiB");
	expect(units_put_bytes, UINT64_MAX, "16777216 TiB");
}

static void
test_durations(void **state)
{
	(void)state;
	expect(units_put_duration, 0, "0 us");
	expect(units_put_duration, 999, "999 us");
	expect(units_put_duration, 4200, "4.2 ms");
	expect(units_put_duration, 9960, "10 ms");
	expect(units_put_duration, 170000, "170 ms");
	expect(units_put_duration, 17000000, "17 s");
}

static void
test_spans(void **state)
{
	(void)state;
	expect(units_put_span, 59, "59 s");
	expect(units_put_span, 60, "1 min");
	expect(units_put_span, 3 * 3600 + 20 * 60 + 59, "3 h 20 min");
	expect(units_put_span, 4 * 86400 + 2 * 3600, "4 d 2 h");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
