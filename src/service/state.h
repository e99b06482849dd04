/* What the workers of a generation know together of their servers: shared memory.
 *
 * Each server has a state, which any worker changes; and each worker has a row, which only it
 * writes, with the number of its connections to each server. When a worker has ended, the
 * master clears its row: the places that it had are free again. Example, max_connections 3:
 *
 *	row of worker A   2
 *	row of worker B   1      all three places are taken: a question of C waits
 *	A is killed, the master clears its row: C finds 1
 *
 * Two workers may take the last place at once: then there is one connection more. */
#ifndef SERVICE_STATE_H
#define SERVICE_STATE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct server_state {
	_Atomic uint32_t failures;	/* in a row */
	_Atomic uint32_t revive_ms;	/* from one probe to the next, while it is down */
	_Atomic uint64_t down_since_ms; /* CLOCK_MONOTONIC; 0: it is up */
	_Atomic uint64_t probed_ms;	/* likewise: the last probe, or when it went down */
};

struct server_use {		    /* of one worker */
	_Atomic uint32_t in_flight; /* connections */
	_Atomic uint32_t queued;    /* questions that wait: at a service's first server */
};

struct service_state {
	size_t n_servers, n_rows;
	struct server_state *servers; /* by number */
	struct server_use *uses;      /* n_servers of row 0, then of row 1, ... */
	void *memory;
};

/* Rows for this many workers, those that end included. */
static inline size_t
service_state_rows(unsigned workers)
{
	return 2 * (size_t)workers + 64;
}

/* All zero; n_servers may be 0. *ret_fd: for service_state_map() in another process; the
 * caller's. NULL: no memory. */
struct service_state *service_state_new(size_t n_servers, size_t n_rows, int *ret_fd);
/* The same memory in another process, which has received fd. NULL: it cannot be mapped. */
struct service_state *service_state_map(int fd, size_t n_servers, size_t n_rows);
struct service_state *service_state_free(struct service_state *s); /* NULL is fine; NULL */

static inline struct server_use *
service_use(const struct service_state *s, size_t row, size_t server)
{
	return &s->uses[row * s->n_servers + server];
}

/* Connections of all workers to a server. */
uint32_t service_state_in_flight(const struct service_state *s, size_t server);
uint32_t service_state_queued(const struct service_state *s, size_t server);
/* The worker of this row has ended. */
void service_state_clear_row(struct service_state *s, size_t row);

#endif
