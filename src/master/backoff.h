/* When a process that has ended is started again: at once, unless it died young, within 10 s
 * after its start, and another one had died young less than a minute before. Example, one
 * process that ends whenever it has started:
 *   first death    the next starts at once
 *   second death   in 1 s
 *   third death    in 2 s; then in 4, 8, 16, and from then on in 30 s
 * A young death more than 60 s after the one before is a first one again. */
#ifndef MASTER_BACKOFF_H
#define MASTER_BACKOFF_H

#include <stdint.h>

struct backoff {	       /* {0}: no process has died */
	unsigned young_deaths; /* each less than a minute after the one before */
	uint64_t last_young_death_ms;
};

/* Counts the death of a process that was started at started_ms. Returns the milliseconds until
 * the next one is to start; 0: at once. */
uint64_t backoff_count_death(struct backoff *b, uint64_t started_ms, uint64_t now_ms);

/* That delay after so many young deaths that each came less than a minute after the one before
 * it. */
uint64_t backoff_delay_ms(unsigned earlier_deaths);

#endif
