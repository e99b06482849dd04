/* Reads hours of the week, and compares an instant with them. */
#include "match/hours.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/str.h"

#define DAY_MINUTES 1440u
#define ALL_DAYS    0x7fu

static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
static const char *const long_names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
					 "Friday", "Saturday", "Sunday",    NULL};

/* A text while it is read. */
struct hours_reader {
	const char *p;
	char *why;
	size_t why_size;
};

static int
fail_word(const struct hours_reader *r, size_t len, const char *text)
{
	snprintf(r->why, r->why_size, "'%.*s' %s", (int)len, r->p, text);
	return -EINVAL;
}

static size_t
letters(const char *p)
{
	size_t n = 0;

	while ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z') ||
	       (unsigned char)p[n] >= 0x80)
		n++;
	return n;
}

static int
find_day(const char *const *names, const char *p, size_t len)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strlen(names[i]) == len && str_case_equal_n(names[i], len, p, len))
			return i;
	return -1;
}

/* 0 to 6, or -EINVAL. */
static int
read_day(struct hours_reader *r)
{
	size_t len = letters(r->p);
	int day = find_day(day_names, r->p, len), meant;
	char text[80];

	if (day >= 0) {
		r->p += len;
		return day;
	}
	meant = find_day(long_names, r->p, len);
	for (int i = 0; meant < 0 && len >= 2 && long_names[i] != NULL; i++)
		if (len < strlen(long_names[i]) &&
		    str_case_equal_n(long_names[i], len, r->p, len))
			meant = i; /* "Tues" */
	if (len == 0)
		return fail_word(r, strcspn(r->p, " "), "is no day: days are Mon to Sun");
	snprintf(text, sizeof(text), "is no day: write %s",
		 meant >= 0 ? day_names[meant] : "Mon, Tue, Wed, Thu, Fri, Sat or Sun");
	return fail_word(r, len, text);
}

/* "Mon-Fri", "Sat,Sun", "Mon,Wed-Fri". */
static int
read_days(struct hours_reader *r, struct hours *ret)
{
	for (;; r->p++) {
		int first = read_day(r), last = first;

		if (first >= 0 && strncmp(r->p, "..", 2) == 0)
			return fail_word(r, 2, "is not written here: a range is 'Mon-Fri'");
		if (first >= 0 && *r->p == '-') {
			r->p++;
			last = read_day(r);
		}
		if (first < 0 || last < 0)
			return -EINVAL;
		for (int day = first;; day = (day + 1) % 7) {
			ret->days |= (uint8_t)(1u << day);
			if (day == last)
				break;
		}
		if (*r->p != ',')
			break;
	}
	if (*r->p == '\0' || *r->p == ' ')
		return 0;
	return fail_word(r, strcspn(r->p, " "),
			 "stands behind a day: write 'Mon-Fri' or "
			 "'Sat,Sun', then a blank and the hours");
}

/* "08:00", to minutes of the day; -EINVAL. */
static int
read_time_of_day(struct hours_reader *r, size_t len)
{
	const char *p = r->p;
	char meant[64] = "is no time of day: write it as 08:00 or 18:30";
	unsigned hour, minute;

	if (len == 5 && str_is_digit(p[0]) && str_is_digit(p[1]) && p[2] == ':' &&
	    str_is_digit(p[3]) && str_is_digit(p[4])) {
		hour = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
		minute = (unsigned)(p[3] - '0') * 10 + (unsigned)(p[4] - '0');
		if (minute < 60 && hour * 60 + minute <= DAY_MINUTES) {
			r->p += len;
			return (int)(hour * 60 + minute);
		}
		return fail_word(r, len, "is no time of day: they are 00:00 to 24:00");
	}
	if (len == 4 && str_is_digit(p[0]) && p[1] == ':')
		snprintf(meant, sizeof(meant), "is no time of day: write 0%.4s", p);
	else if (len > 0 && len <= 2 && strspn(p, "0123456789") == len)
		snprintf(meant, sizeof(meant), "is no time of day: write %s%.*s:00",
			 len == 1 ? "0" : "", (int)len, p);
	return fail_word(r, len, meant);
}

/* "08:00-18:00". */
static int
read_times(struct hours_reader *r, struct hours *ret)
{
	const char *dash = strchr(r->p, '-');
	int begin, end;

	if (dash == NULL)
		return fail_word(r, strlen(r->p), "has no end: hours are written 08:00-18:00");
	begin = read_time_of_day(r, (size_t)(dash - r->p));
	if (begin < 0)
		return -EINVAL;
	r->p = dash + 1;
	end = read_time_of_day(r, strlen(r->p));
	if (end < 0)
		return -EINVAL;
	if (begin == end || begin == (int)DAY_MINUTES) {
		r->p = dash - 5;
		return fail_word(r, strlen(r->p),
				 "is no time at all: the whole day is 00:00-24:00");
	}
	ret->begin = (uint16_t)begin;
	ret->end = (uint16_t)end;
	return 0;
}

int
hours_read(const char *text, struct hours *ret, char *why, size_t why_size)
{
	struct hours_reader r = {text, why, why_size};
	struct hours h = {.text = text, .end = DAY_MINUTES};

	if (str_is_digit(*text))
		h.days = ALL_DAYS;
	else if (read_days(&r, &h) < 0)
		return -EINVAL;
	r.p += strspn(r.p, " ");
	if (*r.p != '\0' && read_times(&r, &h) < 0)
		return -EINVAL;
	*ret = h;
	return 0;
}

static bool
has_day(const struct hours *h, unsigned weekday)
{
	return (h->days & (1u << weekday)) != 0;
}

bool
hours_include(const struct hours *h, const struct local_time *at)
{
	if (h->begin < h->end)
		return has_day(h, at->weekday) && at->minute >= h->begin && at->minute < h->end;
	if (at->minute >= h->begin)
		return has_day(h, at->weekday);
	return at->minute < h->end && has_day(h, (at->weekday + 6) % 7);
}

const char *
hours_weekday(unsigned weekday)
{
	return day_names[weekday % 7];
}
