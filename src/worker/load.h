/* How many sessions each worker of a generation has, for the others to see. Layer 7.
 *
 * A slot's load has one writer, the worker that sits there; and the master, once that worker
 * is gone. */
#ifndef WORKER_LOAD_H
#define WORKER_LOAD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct worker_loads {
	size_t n;
	_Atomic uint32_t *load; /* 0: takes no connections; else one more than its sessions */
};

/* All free; the loads are shared with children that are forked later. NULL: no memory. */
struct worker_loads *loads_new(size_t n);
struct worker_loads *loads_free(struct worker_loads *s); /* NULL is fine; returns NULL */

static inline void
loads_set(struct worker_loads *s, size_t slot, size_t load)
{
	atomic_store_explicit(&s->load[slot], load < UINT32_MAX ? (uint32_t)load : UINT32_MAX,
			      memory_order_relaxed);
}

/* The fewest sessions of those that take connections; SIZE_MAX: nobody does. */
size_t loads_least(const struct worker_loads *s);

#endif
