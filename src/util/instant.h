/* Instants as people write them: RFC 3339, section 5.6, with a blank for the T, without
 * seconds, and without an offset.
 *
 *	"2026-03-29T01:30:00Z"		1774747800
 *	"2026-03-29T03:30:00+02:00"	1774747800
 *	"2026-03-29 03:30"		in local time: 1774747800 in Berlin */
#ifndef UTIL_INSTANT_H
#define UTIL_INSTANT_H

#include <stdint.h>

/* Seconds since 1970. 0, or -EINVAL: it is no such text, or no such day. */
int instant_parse(const char *text, int64_t *ret);

#endif
