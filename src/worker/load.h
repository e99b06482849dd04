/* How many sessions each worker of a generation has, visible to the others: shared memory.
 *
 * A worker writes its own slot; the master writes it after the worker has ended. Example, three
 * slots: { 5, 1, 0 } is a worker with 4 sessions, one without, and one that takes no
 * connections (it is leaving, or there is none yet); loads_least() is 0. */
#ifndef WORKER_LOAD_H
#define WORKER_LOAD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct worker_loads {
	size_t n;
	_Atomic uint32_t *load; /* by slot; 0: takes no connections; else 1 + its sessions */
};

/* All 0. *ret_fd: for loads_map() in another process; the caller's. NULL: no memory. */
struct worker_loads *loads_new(size_t n, int *ret_fd);
/* The same loads in another process, which has received fd. NULL: they cannot be mapped. */
struct worker_loads *loads_map(int fd, size_t n);
struct worker_loads *loads_free(struct worker_loads *loads); /* NULL is fine; returns NULL */

static inline void
loads_set(struct worker_loads *loads, size_t slot, size_t load)
{
	atomic_store_explicit(&loads->load[slot],
			      load < UINT32_MAX ? (uint32_t)load : UINT32_MAX,
			      memory_order_relaxed);
}

/* The fewest sessions of those that take connections; SIZE_MAX: none does. */
size_t loads_least(const struct worker_loads *loads);

#endif
