/* Figures of a snapshot that are made of several others. */
#ifndef STATS_SUMMARY_H
#define STATS_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "stats/snapshot.h"

/* The time that so many percent of the counted ones did not exceed, in ns; within a bucket they
 * are taken to be spread evenly. 0: there are none. Example: 3 below 1 us and 1 from 2 to 4 us:
 * p50 is 666 ns, p99 is 3920 ns. */
uint64_t summary_quantile_ns(const uint64_t time[static TIME_BUCKETS], unsigned percent);

uint64_t summary_sum(const uint64_t *n, size_t count);

/* What ended in the last minute (60 seconds), and in the last hour (59 whole minutes and
 * that at work). */
uint64_t summary_last_minute(const struct snapshot *s, enum verdict_count which);
uint64_t summary_last_hour(const struct snapshot *s, enum verdict_count which);
/* The times of the messages of the last hour, by buckets. */
void summary_last_hour_time(const struct snapshot *s, uint64_t ret[static TIME_BUCKETS]);

#endif
