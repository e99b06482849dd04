/* match/hours: which minutes of the week a text means, and mistakes in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "match/hours.h"

enum { MON, TUE, WED, THU, FRI, SAT, SUN };

/* Whether a text includes this minute, "18:30" of a weekday. */
static bool
includes(const char *text, unsigned weekday, unsigned hour, unsigned minute)
{
	struct hours h;
	char why[256] = "";

	if (hours_read(text, &h, why, sizeof(why)) < 0)
		fail_msg("'%s': %s", text, why);
	assert_string_equal(h.text, text);
	return hours_include(&h, &(struct local_time){0, weekday, hour * 60 + minute});
}

static unsigned
count_minutes(const char *text)
{
	unsigned n = 0;

	for (unsigned day = MON; day <= SUN; day++)
		for (unsigned minute = 0; minute < 1440; minute++)
			n += includes(text, day, 0, minute);
	return n;
}

static void
test_days_and_hours(void **state)
{
	(void)state;
	assert_int_equal(count_minutes("Mon-Fri 08:00-18:00"), 5 * 600);
	assert_false(includes("Mon-Fri 08:00-18:00", MON, 7, 59));
	assert_true(includes("Mon-Fri 08:00-18:00", MON, 8, 0));
	assert_true(includes("Mon-Fri 08:00-18:00", FRI, 17, 59));
	assert_false(includes("Mon-Fri 08:00-18:00", FRI, 18, 0));
	assert_false(includes("Mon-Fri 08:00-18:00", SAT, 12, 0));
	assert_int_equal(count_minutes("sat,SUN"), 2 * 1440);
	assert_int_equal(count_minutes("Mon"), 1440);
	assert_int_equal(count_minutes("Mon,Wed-Fri,Wed"), 4 * 1440);
	assert_int_equal(count_minutes("00:00-24:00"), 7 * 1440);
	assert_int_equal(count_minutes("00:00-07:30"), 7 * 450);
	assert_int_equal(count_minutes("Mon-Sun  12:00-12:01"), 7);
	assert_int_equal(count_minutes("Mon-Mon"), 1440);
}

static void
test_days_over_the_end_of_the_week(void **state)
{
	(void)state;
	assert_int_equal(count_minutes("Fri-Mon 12:00-13:00"), 4 * 60);
	assert_true(includes("Fri-Mon 12:00-13:00", SUN, 12, 0));
	assert_true(includes("Fri-Mon 12:00-13:00", MON, 12, 0));
	assert_false(includes("Fri-Mon 12:00-13:00", TUE, 12, 0));
}

static void
test_hours_over_midnight_belong_to_the_day_they_began(void **state)
{
	(void)state;
	assert_int_equal(count_minutes("Fri 22:00-06:00"), 8 * 60);
	assert_false(includes("Fri 22:00-06:00", FRI, 5, 0));
	assert_true(includes("Fri 22:00-06:00", FRI, 22, 0));
	assert_true(includes("Fri 22:00-06:00", SAT, 0, 0));
	assert_true(includes("Fri 22:00-06:00", SAT, 5, 59));
	assert_false(includes("Fri 22:00-06:00", SAT, 6, 0));
	assert_false(includes("Fri 22:00-06:00", SAT, 22, 0));
	assert_true(includes("Sun 22:00-06:00", MON, 1, 0));
	assert_int_equal(count_minutes("22:00-06:00"), 7 * 8 * 60);
	assert_int_equal(count_minutes("Mon 18:00-00:00"), 6 * 60);
	assert_int_equal(count_minutes("Mon 18:00-24:00"), 6 * 60);
	assert_false(includes("Mon 18:00-00:00", TUE, 0, 0));
}

static void
check_wrong(const char *text, const char *expected)
{
	struct hours h;
	char why[256] = "";

	assert_true(hours_read(text, &h, why, sizeof(why)) < 0);
	if (strstr(why, expected) == NULL)
		fail_msg("'%s': %s", text, why);
}

static void
test_mistakes(void **state)
{
	(void)state;
	check_wrong("", "'' is no day: days are Mon to Sun");
	check_wrong("Monday 08:00-18:00", "'Monday' is no day: write Mon");
	check_wrong("Tues", "write Tue");
	check_wrong("Mo-Fr 08:00-18:00", "'Mo' is no day: write Mon");
	check_wrong("Mon-Fr 08:00-18:00", "'Fr' is no day: write Fri");
	check_wrong("weekdays", "'weekdays' is no day: write Mon, Tue, Wed");
	check_wrong("Mon..Fri", "a range is 'Mon-Fri'");
	check_wrong("Mon-", "'' is no day");
	check_wrong("Mon,", "'' is no day");
	check_wrong("Mon/Tue", "write 'Mon-Fri' or 'Sat,Sun'");
	check_wrong("Mon, Tue 08:00-18:00", "is no day");
	check_wrong("Mon 8:00-18:00", "'8:00' is no time of day: write 08:00");
	check_wrong("08:00-9:30", "write 09:30");
	check_wrong("8-18", "'8' is no time of day: write 08:00");
	check_wrong("08:00-18", "'18' is no time of day: write 18:00");
	check_wrong("08:00", "'08:00' has no end: hours are written 08:00-18:00");
	check_wrong("Mon 8am-6pm", "'8am' is no time of day: write it as 08:00");
	check_wrong("08:00-24:01", "they are 00:00 to 24:00");
	check_wrong("08:60-18:00", "they are 00:00 to 24:00");
	check_wrong("99:00-18:00", "they are 00:00 to 24:00");
	check_wrong("08:00-18:00 Mon", "'18:00 Mon' is no time of day");
	check_wrong("08:00 - 18:00", "'08:00 ' is no time of day");
	check_wrong("Mon 08:00-08:00", "the whole day is 00:00-24:00");
	check_wrong("24:00-06:00", "the whole day is 00:00-24:00");
	check_wrong("\xc3\xbc", "is no day");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_and_hours),
		cmocka_unit_test(test_days_over_the_end_of_the_week),
		cmocka_unit_test(test_hours_over_midnight_belong_to_the_day_they_began),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
