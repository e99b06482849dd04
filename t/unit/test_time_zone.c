/* util/time_zone and util/instant: offsets at instants that are fixed, and instants as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/arena.h"
#include "util/instant.h"
#include "util/time_zone.h"

#define BERLIN "/usr/share/zoneinfo/Europe/Berlin"

static struct arena *arena;
static const struct time_zone *known;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	known = NULL;
	(void)unsetenv("TZDIR");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int64_t
instant(const char *text)
{
	int64_t at = 0;

	assert_int_equal(instant_parse(text, &at), 0);
	return at;
}

static const struct time_zone *
read_zone(const char *name)
{
	const char *why = NULL;
	const struct time_zone *zone = time_zone_read(arena, name, &known, &why);

	assert_non_null(zone);
	return zone;
}

static const struct time_zone *
read_local(const char *tz)
{
	known = NULL;
	(void)setenv("TZ", tz, 1);
	return read_zone(NULL);
}

static int32_t
offset(const struct time_zone *zone, const char *text)
{
	return time_zone_offset(zone, instant(text));
}

static void
check_berlin(const struct time_zone *zone)
{
	assert_int_equal(offset(zone, "2026-03-29T00:59:59Z"), 3600);
	assert_int_equal(offset(zone, "2026-03-29T01:00:00Z"), 7200);
	assert_int_equal(offset(zone, "2026-10-25T00:59:59Z"), 7200);
	assert_int_equal(offset(zone, "2026-10-25T01:00:00Z"), 3600);
	assert_int_equal(offset(zone, "2098-07-01T00:00:00Z"), 7200);
	assert_int_equal(offset(zone, "2150-07-01T00:00:00Z"), 3600);
	assert_int_equal(offset(zone, "1970-01-01T00:00:00Z"), 3600);
}

static void
test_local_time(void **state)
{
	(void)state;
	check_berlin(read_local("CET-1CEST,M3.5.0,M10.5.0/3"));
	assert_string_equal(time_zone_name(read_zone(NULL)), "local time");
	assert_int_equal(offset(read_local("UTC0"), "2026-07-01T00:00:00Z"), 0);
	assert_int_equal(offset(read_local("XXX8"), "2026-07-01T00:00:00Z"), -8 * 3600);
	assert_int_equal(offset(read_local("<+0545>-5:45"), "2026-07-01T00:00:00Z"), 20700);
	/* Southern summer. */
	(void)read_local("NZST-12NZDT,M9.5.0,M4.1.0/3");
	assert_int_equal(offset(read_zone(NULL), "2026-01-01T00:00:00Z"), 13 * 3600);
	assert_int_equal(offset(read_zone(NULL), "2026-06-01T00:00:00Z"), 12 * 3600);
}

static void
check_local(const struct time_zone *zone, const char *text, unsigned weekday, unsigned minute)
{
	struct local_time local = time_zone_local(zone, instant(text));

	assert_int_equal(local.weekday, weekday);
	assert_int_equal(local.minute, minute);
}

static void
test_the_clock_on_the_wall(void **state)
{
	const struct time_zone *berlin = read_local("CET-1CEST,M3.5.0,M10.5.0/3");

	(void)state;
	check_local(berlin, "1970-01-01T00:00:00Z", 3, 60); /* Thursday */
	check_local(berlin, "2026-03-29T00:59:59Z", 6, 119);
	check_local(berlin, "2026-03-29T01:00:00Z", 6, 180);
	check_local(berlin, "2026-10-25T00:30:00Z", 6, 150);
	check_local(berlin, "2026-10-25T01:30:00Z", 6, 150);
	check_local(berlin, "2026-03-29T22:00:00Z", 0, 0);
	check_local(read_local("XXX8"), "1970-01-01T07:59:59Z", 2, 1439);
	check_local(read_local("XXX8"), "1969-12-28T07:00:00Z", 5, 1380);
}

static void
test_named_zones(void **state)
{
	(void)state;
	if (access(BERLIN, R_OK) < 0)
		skip();
	(void)setenv("TZ", "XXX8", 1);
	check_berlin(read_zone("Europe/Berlin"));
	assert_string_equal(time_zone_name(read_zone("Europe/Berlin")), "Europe/Berlin");
	assert_ptr_equal(read_zone("Europe/Berlin"), read_zone("Europe/Berlin"));
	assert_int_equal(offset(read_zone("Asia/Kathmandu"), "2026-07-01T00:00:00Z"), 20700);
	assert_int_equal(offset(read_zone(NULL), "2026-07-01T00:00:00Z"), -8 * 3600);
	/* The environment is as before. */
	assert_string_equal(getenv("TZ"), "XXX8");
	(void)unsetenv("TZ");
	known = NULL;
	(void)read_zone("Asia/Kathmandu");
	assert_null(getenv("TZ"));
}

static void
check_no_zone(const char *name, const char *expected)
{
	const char *why = NULL;

	assert_null(time_zone_read(arena, name, &known, &why));
	assert_non_null(strstr(why, expected));
}

static void
test_bad_names(void **state)
{
	(void)state;
	check_no_zone("", "is no time zone");
	check_no_zone("/etc/localtime", "is no time zone");
	check_no_zone("../zoneinfo/UTC", "is no time zone");
	check_no_zone("Nowhere/Atlantis", "names have the form 'Europe/Berlin'");
	check_no_zone("CET-1CEST,M3.5.0,M10.5.0/3", "is no time zone");
	check_no_zone("zone.tab", "is no time zone");
	if (access(BERLIN, R_OK) < 0)
		skip();
	check_no_zone("europe/berlin", "did you mean 'Europe/Berlin'?");
	check_no_zone("Berlin", "did you mean 'Europe/Berlin'?");
	check_no_zone("Europe/Berlim", "did you mean 'Europe/Berlin'?");
	(void)setenv("TZDIR", "/nonexistent", 1);
	check_no_zone("Europe/Berlin", "there is no such file in /nonexistent");
}

static void
test_instants(void **state)
{
	static const char *const wrong[] = {"",
					    "now",
					    "2026-03-29",
					    "2026-03-29T",
					    "2026-02-30T00:00:00Z",
					    "2026-03-29T25:00:00Z",
					    "2026-03-29T01:30:00X",
					    "2026-03-29T01:30:00+2",
					    "2026-03-29T01:30:00+02:60",
					    "2026-03-29T01:30:00Z "};
	int64_t at;

	(void)state;
	(void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_int_equal(instant("1970-01-01T00:00:01Z"), 1);
	assert_int_equal(instant("2026-03-29T01:30:00Z"), 1774747800);
	assert_int_equal(instant("2026-03-29T03:30:00+02:00"), 1774747800);
	assert_int_equal(instant("2026-03-28 21:00-04:30"), 1774747800);
	assert_int_equal(instant("2026-03-29 03:30"), 1774747800);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_true(instant_parse(wrong[i], &at) < 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_local_time),	TEST(test_the_clock_on_the_wall),
		TEST(test_named_zones), TEST(test_bad_names),
		TEST(test_instants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
