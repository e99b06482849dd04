/* Figures as people read them, on the status page and in `polymilterctl status`. */
#ifndef STATS_UNITS_H
#define STATS_UNITS_H

#include <stdint.h>

#include "util/buf.h"

/* Each appends to b. */
void units_put_count(struct buf *b, uint64_t n);      /* "1,234,567" */
void units_put_bytes(struct buf *b, uint64_t n);      /* "900 B", "4.2 MiB", "17 GiB" */
void units_put_duration(struct buf *b, uint64_t us);  /* "850 us", "4.2 ms", "17 s" */
void units_put_span(struct buf *b, uint64_t seconds); /* "45 s", "3 h 20 min", "4 d 2 h" */

#endif
