/* The charts of the last hour. A drawing is as wide as the window, 60 units, one for each
 * minute, and 100 high; its labels are HTML, so that they are not stretched with it. */
#include <inttypes.h>

#include "http/page_private.h"
#include "stats/summary.h"
#include "stats/units.h"

#define HEIGHT 100.0

static void
begin_chart(struct buf *b, const char *title)
{
	buf_printf(b,
		   "<section><h2>%s</h2>\n<div class=\"chart\"><svg viewBox=\"0 0 %u %.0f\" "
		   "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s\">\n",
		   title, SNAPSHOT_MINUTES, HEIGHT, title);
}

static void
put_grid_line(struct buf *b, double y)
{
	buf_printf(b,
		   "<path class=\"grid\" vector-effect=\"non-scaling-stroke\" d=\"M0 "
		   "%.2fh%u\"/>\n",
		   y, SNAPSHOT_MINUTES);
}

static void
put_axis(struct buf *b)
{
	buf_printf(b,
		   "</div>\n<div class=\"axis\"><span>%u minutes ago</span><span>%u"
		   "</span><span>now</span></div>\n",
		   SNAPSHOT_MINUTES, SNAPSHOT_MINUTES / 2);
}

/* Verdicts: a bar for each minute, the present one at the right. */

/* 1, 2, 5, 10, 20, ...: the first that is not below n; at least 2, so that its half is whole.
 */
static uint64_t
round_up(uint64_t n)
{
	uint64_t unit = 1;

	while (n / 10 >= unit)
		unit *= 10;
	if (n <= 2)
		return 2;
	if (n <= unit)
		return unit;
	if (n <= 2 * unit)
		return 2 * unit;
	return n <= 5 * unit ? 5 * unit : 10 * unit;
}

/* What a pointer on the bar shows. */
static void
put_bar_title(const struct snapshot_minute *minute, unsigned ago, struct buf *b)
{
	const char *between = ": ";

	buf_printf(b, "<title>%u min ago", ago);
	for (unsigned i = 0; i < VERDICT_COUNT_N; i++) {
		if (minute->messages[i] == 0)
			continue;
		buf_printf(b, "%s%" PRIu64 " %s", between, minute->messages[i],
			   verdict_count_name((enum verdict_count)i));
		between = ", ";
	}
	buf_puts(b, "</title>");
}

static void
put_bar(const struct snapshot_minute *minute, unsigned ago, uint64_t top, struct buf *b)
{
	double x = SNAPSHOT_MINUTES - 1 - ago + 0.1, y = HEIGHT;

	if (summary_sum(minute->messages, VERDICT_COUNT_N) == 0)
		return;
	buf_puts(b, "<g>");
	put_bar_title(minute, ago, b);
	for (unsigned i = 0; i < VERDICT_COUNT_N; i++) {
		double height = HEIGHT * (double)minute->messages[i] / (double)top;

		if (minute->messages[i] == 0)
			continue;
		y -= height;
		buf_printf(b,
			   "<rect class=\"v-%s\" x=\"%.1f\" y=\"%.2f\" width=\".8\" "
			   "height=\"%.2f\"/>",
			   verdict_count_name((enum verdict_count)i), x, y, height);
	}
	buf_puts(b, "</g>\n");
}

/* Only the verdicts that there were. */
static void
put_verdict_legend(const struct snapshot *s, struct buf *b)
{
	buf_puts(b, "<ul class=\"legend\">");
	for (unsigned i = 0; i < VERDICT_COUNT_N; i++) {
		const char *name = verdict_count_name((enum verdict_count)i);
		uint64_t n = 0;

		for (unsigned k = 0; k < SNAPSHOT_MINUTES; k++)
			n += s->minutes[k].messages[i];
		if (n == 0)
			continue;
		buf_printf(b, "<li><i class=\"v-%s\"></i>%s ", name, name);
		units_put_count(b, n);
		buf_puts(b, "</li>");
	}
	buf_puts(b, "</ul>\n");
}

static void
put_count_label(struct buf *b, uint64_t n, unsigned y)
{
	buf_printf(b, "<span style=\"top:%u%%\">", y);
	units_put_count(b, n);
	buf_puts(b, "</span>");
}

void
page_put_verdict_chart(const struct snapshot *s, struct buf *b)
{
	uint64_t top = 0;

	for (unsigned i = 0; i < SNAPSHOT_MINUTES; i++) {
		uint64_t n = summary_sum(s->minutes[i].messages, VERDICT_COUNT_N);

		top = n > top ? n : top;
	}
	top = round_up(top);
	begin_chart(b, "Messages a minute, by verdict");
	put_grid_line(b, 0);
	put_grid_line(b, HEIGHT / 2);
	for (unsigned i = SNAPSHOT_MINUTES; i-- > 0;)
		put_bar(&s->minutes[i], i, top, b);
	buf_puts(b, "</svg>");
	put_count_label(b, top, 0);
	put_count_label(b, top / 2, 50);
	put_count_label(b, 0, 100);
	put_axis(b);
	put_verdict_legend(s, b);
	buf_puts(b, "</section>\n");
}

/* Times: the median and the 99th percentile of each minute, by their logarithm. */

#define DECADE_MIN 10.0 /* microseconds at the bottom */
#define DECADES	   5u	/* so the top is 1 s; 7 is 100 s */

/* The logarithm of base 2, straight between the powers of two: it has no error that one sees.
 */
static double
log2_of(double value)
{
	double exponent = 0;

	for (; value >= 2; exponent++)
		value /= 2;
	return exponent + value - 1;
}

static double
time_y(uint64_t us, unsigned decades)
{
	double part = (double)us <= DECADE_MIN
			      ? 0
			      : log2_of((double)us / DECADE_MIN) / (log2_of(10) * decades);

	return HEIGHT * (1 - (part < 1 ? part : 1));
}

/* A line that has gaps where a minute has no messages. */
static void
put_time_line(const struct snapshot *s, unsigned percent, const char *class, unsigned decades,
	      struct buf *b)
{
	const char *command = "M";

	buf_printf(b, "<path class=\"line %s\" vector-effect=\"non-scaling-stroke\" d=\"",
		   class);
	for (unsigned i = SNAPSHOT_MINUTES; i-- > 0;) {
		uint64_t ns = summary_quantile_ns(s->minutes[i].time, percent);

		if (ns == 0) {
			command = "M";
			continue;
		}
		buf_printf(b, "%s%.1f %.2f", command, SNAPSHOT_MINUTES - 0.5 - i,
			   time_y(ns / 1000, decades));
		if (*command == 'M')
			buf_puts(b, "h0"); /* a point of its own is seen, too */
		command = "L";
	}
	buf_puts(b, "\"/>\n");
}

static uint64_t
find_slowest(const struct snapshot *s)
{
	uint64_t slowest = 0;

	for (unsigned i = 0; i < SNAPSHOT_MINUTES; i++) {
		uint64_t us = summary_quantile_ns(s->minutes[i].time, 99) / 1000;

		slowest = us > slowest ? us : slowest;
	}
	return slowest;
}

static void
put_time_labels(unsigned decades, struct buf *b)
{
	uint64_t us = (uint64_t)DECADE_MIN;

	for (unsigned i = 0; i <= decades; i++, us *= 10) {
		buf_printf(b, "<span style=\"top:%.1f%%\">", HEIGHT * (decades - i) / decades);
		if (us < 1000)
			buf_printf(b, "%" PRIu64 " us", us);
		else if (us < 1000000)
			buf_printf(b, "%" PRIu64 " ms", us / 1000);
		else
			buf_printf(b, "%" PRIu64 " s", us / 1000000);
		buf_puts(b, "</span>");
	}
}

void
page_put_time_chart(const struct snapshot *s, struct buf *b)
{
	unsigned decades = find_slowest(s) <= 1000000 ? DECADES : DECADES + 2;

	begin_chart(b, "Time of a message in policies");
	for (unsigned i = 0; i < decades; i++)
		put_grid_line(b, HEIGHT * i / decades);
	put_time_line(s, 99, "p99", decades, b);
	put_time_line(s, 50, "p50", decades, b);
	buf_puts(b, "</svg>");
	put_time_labels(decades, b);
	put_axis(b);
	buf_puts(b, "<ul class=\"legend\"><li><i class=\"p50\"></i>half of the messages (p50)"
		    "</li><li><i class=\"p99\"></i>99 of 100 (p99)</li></ul></section>\n");
}
