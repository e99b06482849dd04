/* Local time: the offset of a time zone from UTC at an instant.
 *
 * All that is needed is computed by the C library when the zone is read (while the
 * configuration is loaded), and kept as a table: the worker that looks an instant up later
 * opens no file. A change of the zone's file counts from the next reload on. An example, of
 * Europe/Berlin:
 *
 *	2026-03-29 00:59:59 UTC		 3600	01:59:59
 *	2026-03-29 01:00:00 UTC		 7200	03:00:00
 *	2026-10-25 00:30:00 UTC		 7200	02:30:00
 *	2026-10-25 01:30:00 UTC		 3600	02:30:00, a second time
 */
#ifndef UTIL_TIME_ZONE_H
#define UTIL_TIME_ZONE_H

#include <stdint.h>

struct arena;
struct time_zone;

/* Reads the zone of that name, a file of the zone database such as "Europe/Berlin"; NULL: the
 * local one, which the environment variable TZ or /etc/localtime says. *known is the list of
 * the zones that were read before, from which a zone comes without being read again; NULL at
 * first. Returns the arena's, or NULL with the end of a sentence about the name in *ret_why,
 * the arena's too.
 *
 * Reading changes the environment variable TZ for a moment: there must be no other thread. */
const struct time_zone *time_zone_read(struct arena *arena, const char *name,
				       const struct time_zone **known, const char **ret_why);

/* "Europe/Berlin"; "local time". */
const char *time_zone_name(const struct time_zone *zone);

/* Seconds that local time is ahead of UTC (east of Greenwich: positive) at an instant, in
 * seconds since 1970 (time(2)). Before 2000 and after 2099 it is that of the nearest instant
 * between. */
int32_t time_zone_offset(const struct time_zone *zone, int64_t at);

/* What the clock on the wall shows. */
struct local_time {
	int64_t day;	  /* since Thursday, 1970-01-01 */
	unsigned weekday; /* 0: Monday */
	unsigned minute;  /* of the day */
};

struct local_time time_zone_local(const struct time_zone *zone, int64_t at);

#endif
