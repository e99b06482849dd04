/* Sums and quantiles of a snapshot. */
#include "stats/summary.h"

#include <string.h>

uint64_t
summary_sum(const uint64_t *n, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += n[i];
	return total;
}

/* Bucket i has times from 2^(i-1) to 2^i us, the first one from 0. */
static uint64_t
time_in_bucket_ns(unsigned i, double part)
{
	uint64_t begin_us = i == 0 ? 0 : UINT64_C(1) << (i - 1);
	uint64_t width_us = i == 0 ? 1 : begin_us;

	return begin_us * 1000 + (uint64_t)((double)width_us * 1000 * part);
}

uint64_t
summary_quantile_ns(const uint64_t time[static TIME_BUCKETS], unsigned percent)
{
	double rank = (double)summary_sum(time, TIME_BUCKETS) * percent / 100, before = 0;
	unsigned last = 0;

	for (unsigned i = 0; i < TIME_BUCKETS; i++) {
		double n = (double)time[i];

		if (n == 0)
			continue;
		if (before + n >= rank)
			return time_in_bucket_ns(i, (rank - before) / n);
		before += n;
		last = i;
	}
	return before == 0 ? 0 : time_in_bucket_ns(last, 1);
}

uint64_t
summary_last_minute(const struct snapshot *s, enum verdict_count which)
{
	uint64_t n = 0;

	for (size_t i = 0; i < SNAPSHOT_SECONDS; i++)
		n += s->seconds[i].messages[which];
	return n;
}

uint64_t
summary_last_hour(const struct snapshot *s, enum verdict_count which)
{
	uint64_t n = 0;

	for (size_t i = 0; i < SNAPSHOT_MINUTES; i++)
		n += s->minutes[i].messages[which];
	return n;
}

void
summary_last_hour_time(const struct snapshot *s, uint64_t ret[static TIME_BUCKETS])
{
	memset(ret, 0, TIME_BUCKETS * sizeof(ret[0]));
	for (size_t i = 0; i < SNAPSHOT_MINUTES; i++)
		for (size_t k = 0; k < TIME_BUCKETS; k++)
			ret[k] += s->minutes[i].time[k];
}
