/* Parses instants. strptime(3) reads the date and the time of day; the offset is read here. */
#include "util/instant.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "util/str.h"

/* "+02:00" or "Z", to seconds; false: neither. */
static bool
parse_offset(const char *p, int64_t *ret)
{
	int64_t hours, minutes;

	*ret = 0;
	if (strcmp(p, "Z") == 0)
		return true;
	if (strlen(p) != 6 || (*p != '+' && *p != '-') || p[3] != ':')
		return false;
	for (size_t i = 1; i < 6; i++)
		if (i != 3 && !str_is_digit(p[i]))
			return false;
	hours = (p[1] - '0') * 10 + (p[2] - '0');
	minutes = (p[4] - '0') * 10 + (p[5] - '0');
	*ret = (hours * 60 + minutes) * (*p == '-' ? -60 : 60);
	return hours < 24 && minutes < 60;
}

int
instant_parse(const char *text, int64_t *ret)
{
	struct tm tm = {.tm_isdst = -1}, given;
	const char *p = strptime(text, "%Y-%m-%d", &tm);
	int64_t offset;
	time_t t;

	if (p == NULL || (*p != 'T' && *p != ' '))
		return -EINVAL;
	p = strptime(p + 1, "%H:%M", &tm);
	if (p != NULL && *p == ':')
		p = strptime(p + 1, "%S", &tm);
	if (p == NULL)
		return -EINVAL;
	given = tm;
	if (*p == '\0') {
		t = mktime(&tm);
	} else {
		if (!parse_offset(p, &offset))
			return -EINVAL;
		t = timegm(&tm) - (time_t)offset;
	}
	if (tm.tm_mday != given.tm_mday) /* February 30 is March 2 */
		return -EINVAL;
	*ret = t;
	return 0;
}
