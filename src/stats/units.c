/* Counts, sizes and times as text; quantiles of a histogram. Input: numbers; output: text with
 * at most two or three digits that matter. */
#include "stats/units.h"

#include <inttypes.h>
#include <stdio.h>

void
units_put_count(struct buf *b, uint64_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(b, ',');
		buf_putc(b, (unsigned char)digits[i]);
	}
}

/* "4.2" below 10, else "17". */
static void
put_short(struct buf *b, double value, const char *unit)
{
	buf_printf(b, "%.*f %s", value < 9.95 ? 1 : 0, value, unit);
}

void
units_put_bytes(struct buf *b, uint64_t n)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double value = (double)n / 1024;
	size_t i = 0;

	if (n < 1024) {
		buf_printf(b, "%" PRIu64 " B", n);
		return;
	}
	for (; value >= 1000 && i < sizeof(units) / sizeof(units[0]) - 1; i++)
		value /= 1024;
	put_short(b, value, units[i]);
}

void
units_put_duration(struct buf *b, uint64_t us)
{
	if (us < 1000)
		buf_printf(b, "%" PRIu64 " us", us);
	else if (us < 1000000)
		put_short(b, (double)us / 1e3, "ms");
	else
		put_short(b, (double)us / 1e6, "s");
}

void
units_put_span(struct buf *b, uint64_t seconds)
{
	uint64_t minutes = seconds / 60, hours = minutes / 60;

	if (minutes == 0)
		buf_printf(b, "%" PRIu64 " s", seconds);
	else if (hours == 0)
		buf_printf(b, "%" PRIu64 " min", minutes);
	else if (hours < 24)
		buf_printf(b, "%" PRIu64 " h %" PRIu64 " min", hours, minutes % 60);
	else
		buf_printf(b, "%" PRIu64 " d %" PRIu64 " h", hours / 24, hours % 24);
}
