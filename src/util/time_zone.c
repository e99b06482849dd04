/* Reads time zones. The C library knows the form of the zone's file and the rules of years to
 * come, but only for the one zone that TZ names; so TZ is set for a moment, and the offset is
 * asked for week after week. Where it differs, the second of the change is found by bisection.
 * No zone has changed its offset back within a week since 2000. */
#include "util/time_zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/arena.h"
#include "util/str.h"

#define FIRST_INSTANT 946684800	 /* 2000-01-01 00:00 UTC */
#define LAST_INSTANT  4102444800 /* 2100-01-01 00:00 UTC */
#define DAY_SECONDS   86400
#define STEP_SECONDS  (7 * DAY_SECONDS)
#define MAX_CHANGES   1000u /* two a year are usual */
#define MAX_NAMES     1000u /* that a suggestion is looked for in */

struct zone_change {
	int64_t at;	/* from this instant on */
	int32_t offset; /* seconds */
};

struct time_zone {
	const struct time_zone *next; /* of the list of known ones */
	const char *name;
	const struct zone_change *changes; /* the first counts before its instant, too */
	size_t n;
};

static const char *
zone_folder(void)
{
	const char *folder = getenv("TZDIR");

	return folder != NULL && *folder != '\0' ? folder : "/usr/share/zoneinfo";
}

/* By the C library, in the zone that TZ names at present. */
static int32_t
ask_offset(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	return localtime_r(&t, &tm) != NULL ? (int32_t)tm.tm_gmtoff : 0;
}

/* The first instant in (from, to] that has the offset of `to`. */
static int64_t
find_change(int64_t from, int64_t to, int32_t offset)
{
	while (to - from > 1) {
		int64_t middle = from + (to - from) / 2;

		if (ask_offset(middle) == offset)
			to = middle;
		else
			from = middle;
	}
	return to;
}

static void
fill_changes(struct arena *arena, struct time_zone *zone)
{
	struct zone_change found[MAX_CHANGES];
	int64_t at = FIRST_INSTANT;

	found[0] = (struct zone_change){at, ask_offset(at)};
	zone->n = 1;
	for (; at < LAST_INSTANT && zone->n < MAX_CHANGES; at += STEP_SECONDS) {
		int32_t offset = ask_offset(at + STEP_SECONDS);

		if (offset != found[zone->n - 1].offset)
			found[zone->n++] = (struct zone_change){
				find_change(at, at + STEP_SECONDS, offset), offset};
	}
	zone->changes = arena_dup(arena, found, zone->n * sizeof(found[0]));
}

/* Calls fill_changes() in the zone of that file. */
static void
fill_changes_of_file(struct arena *arena, struct time_zone *zone, const char *path)
{
	const char *tz = getenv("TZ");
	char *former = tz != NULL ? arena_strdup(arena, tz) : NULL;

	(void)setenv("TZ", arena_printf(arena, ":%s", path), 1);
	tzset();
	fill_changes(arena, zone);
	if (former != NULL)
		(void)setenv("TZ", former, 1);
	else
		(void)unsetenv("TZ");
	tzset();
}

/* Is it the name of a file of the zone database, and not a way out of its folder? */
static bool
is_zone_name(const char *name)
{
	if (*name == '\0' || *name == '/' || strstr(name, "..") != NULL)
		return false;
	for (const char *p = name; *p != '\0'; p++)
		if (!str_is_digit(*p) && strchr("+-_/", *p) == NULL &&
		    (str_lower_char(*p) < 'a' || str_lower_char(*p) > 'z'))
			return false;
	return true;
}

/* RFC 8536, section 3.1: the magic number. */
static bool
is_zone_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char magic[4] = "";
	bool is_zone = f != NULL && fread(magic, 1, sizeof(magic), f) == sizeof(magic) &&
		       memcmp(magic, "TZif", sizeof(magic)) == 0;

	if (f != NULL)
		(void)fclose(f);
	return is_zone;
}

/* The names that zone.tab has: its third column. Ends with NULL. */
static const char **
list_zone_names(struct arena *arena)
{
	const char **names = arena_zalloc(arena, (MAX_NAMES + 1) * sizeof(*names));
	FILE *f = fopen(arena_printf(arena, "%s/zone.tab", zone_folder()), "re");
	char line[512], name[128];
	size_t n = 0;

	while (f != NULL && n < MAX_NAMES && fgets(line, sizeof(line), f) != NULL)
		if (*line != '#' && sscanf(line, "%*s %*s %127s", name) == 1)
			names[n++] = arena_strdup(arena, name);
	if (f != NULL)
		(void)fclose(f);
	return names;
}

/* What was meant by "europe/berlin", "Berlin", "Europe/Berlim"; or NULL. */
static const char *
suggest_zone(struct arena *arena, const char *name)
{
	const char **names = list_zone_names(arena);

	for (size_t i = 0; names[i] != NULL; i++) {
		const char *city = strrchr(names[i], '/');

		if (str_case_equal(names[i], name) ||
		    (city != NULL && str_case_equal(city + 1, name)))
			return names[i];
	}
	return str_nearest(name, names);
}

static const char *
explain_no_zone(struct arena *arena, const char *name)
{
	const char *meant = suggest_zone(arena, name);

	if (meant != NULL)
		return arena_printf(arena, "is no time zone; did you mean '%s'?", meant);
	return arena_printf(arena,
			    "is no time zone: there is no such file in %s; names have the form "
			    "'Europe/Berlin'",
			    zone_folder());
}

static const struct time_zone *
find_known_zone(const struct time_zone *known, const char *name)
{
	while (known != NULL && strcmp(known->name, name) != 0)
		known = known->next;
	return known;
}

const struct time_zone *
time_zone_read(struct arena *arena, const char *name, const struct time_zone **known,
	       const char **ret_why)
{
	const struct time_zone *old =
		find_known_zone(*known, name == NULL ? "local time" : name);
	const char *path = NULL;
	struct time_zone *zone;

	if (old != NULL)
		return old;
	if (name != NULL) {
		path = arena_printf(arena, "%s/%s", zone_folder(), name);
		if (!is_zone_name(name) || !is_zone_file(path)) {
			*ret_why = explain_no_zone(arena, name);
			return NULL;
		}
	}
	zone = arena_zalloc(arena, sizeof(*zone));
	zone->name = name == NULL ? "local time" : name;
	zone->next = *known;
	tzset();
	if (path != NULL)
		fill_changes_of_file(arena, zone, path);
	else
		fill_changes(arena, zone);
	*known = zone;
	return zone;
}

const char *
time_zone_name(const struct time_zone *zone)
{
	return zone->name;
}

int32_t
time_zone_offset(const struct time_zone *zone, int64_t at)
{
	size_t low = 0, high = zone->n; /* the change that counts is in [low, high) */

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return zone->changes[low].offset;
}

struct local_time
time_zone_local(const struct time_zone *zone, int64_t at)
{
	int64_t local = at + time_zone_offset(zone, at);
	int64_t day = local / DAY_SECONDS, second = local % DAY_SECONDS;

	if (second < 0) {
		day--;
		second += DAY_SECONDS;
	}
	return (struct local_time){
		.day = day,
		.weekday = (unsigned)(((day + 3) % 7 + 7) % 7),
		.minute = (unsigned)(second / 60),
	};
}
