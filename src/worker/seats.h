/* How many sessions each worker of a generation has, for the others to see. Layer 7.
 *
 * A seat's load has one writer, the worker that sits there; and the master, once that worker
 * is gone. */
#ifndef WORKER_SEATS_H
#define WORKER_SEATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct seats {
	size_t n;
	_Atomic uint32_t *load; /* 0: takes no connections; else one more than its sessions */
};

/* All free; the loads are shared with children that are forked later. NULL: no memory. */
struct seats *seats_new(size_t n);
struct seats *seats_free(struct seats *s); /* NULL is fine; returns NULL */

static inline void
seats_set(struct seats *s, size_t seat, size_t load)
{
	atomic_store_explicit(&s->load[seat], load < UINT32_MAX ? (uint32_t)load : UINT32_MAX,
			      memory_order_relaxed);
}

/* The fewest sessions of those that take connections; SIZE_MAX: nobody does. */
size_t seats_least(const struct seats *s);

#endif
