/* Hours of the week, as an administrator writes them: "Mon-Fri 08:00-18:00".
 *
 *	written			holds on
 *	"Mon-Fri 08:00-18:00"	Monday 08:00 to Friday 17:59, not Monday 18:00
 *	"Sat,Sun"		all of these days
 *	"Fri-Mon 12:00-13:00"	Friday, Saturday, Sunday and Monday
 *	"00:00-07:30"		every day
 *	"Fri 22:00-06:00"	Friday 22:00 to Saturday 05:59: the hours belong to the day on
 *				which they began
 *	"Sun 18:00-24:00"	to the end of Sunday
 *
 * It is the clock on the wall that counts: hours that a change to daylight saving time leaves
 * out never come on that day, and those that it repeats hold twice. */
#ifndef MATCH_HOURS_H
#define MATCH_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/time_zone.h"

struct hours {
	const char *text; /* as it was written */
	uint8_t days;	  /* bit 0: Monday */
	/* Minutes of the day: [begin, end); when end is not larger, from begin to midnight, and
	 * to end on the next day. */
	uint16_t begin, end;
};

/* Reads a text, which must live as long as *ret. 0; or -EINVAL, and in why stands what is wrong
 * and what to write, as the end of a sentence about the text. */
int hours_read(const char *text, struct hours *ret, char *why, size_t why_size);

bool hours_include(const struct hours *h, const struct local_time *at);

/* "Mon" for 0. */
const char *hours_weekday(unsigned weekday);

#endif
