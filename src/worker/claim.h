/* Who has a connection that the master sent to a worker: the worker, or, when the worker makes
 * no progress and leaves it in the channel, the master, which gives it to another worker. The
 * master keeps a descriptor of each until the worker has taken it. One word in shared memory
 * decides, so that no connection is served twice or not at all.
 *
 * The word is the number of connections that the worker has taken since its start, and a flag.
 * The connections are numbered by their order in the channel.
 *
 *   master   sends connections 1, 2 and 3
 *   worker   takes 1: the word is 1. Then it hangs
 *   master   revokes: the word is 1 and the flag; 2 and 3 go to other workers
 *   worker   goes on: it cannot take 2 and 3, and closes them; its channel is empty, so it
 * restores: the word is 3, without the flag master   may send connection 4 now; while the flag
 * was set it has sent none */
#ifndef WORKER_CLAIM_H
#define WORKER_CLAIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CLAIM_REVOKED ((uint64_t)1 << 63)

/* The worker, for the next connection that it has received. False: it is another worker's. */
static inline bool
claim_take(_Atomic uint64_t *word)
{
	uint64_t taken = atomic_load(word);

	return (taken & CLAIM_REVOKED) == 0 &&
	       atomic_compare_exchange_strong(word, &taken, taken + 1);
}

static inline bool
claim_is_revoked(const _Atomic uint64_t *word)
{
	return (atomic_load(word) & CLAIM_REVOKED) != 0;
}

/* The worker, when claim_is_revoked() was true before it found its channel empty. received: all
 * connections since its start. */
static inline void
claim_restore(_Atomic uint64_t *word, uint64_t received)
{
	atomic_store(word, received);
}

/* The master. Returns how many the worker has taken: it will take no more. */
static inline uint64_t
claim_revoke(_Atomic uint64_t *word)
{
	return atomic_fetch_or(word, CLAIM_REVOKED) & ~CLAIM_REVOKED;
}

/* The master: how many the worker has taken. The word is the worker's and may have any value.
 */
static inline uint64_t
claim_taken(const _Atomic uint64_t *word)
{
	return atomic_load(word) & ~CLAIM_REVOKED;
}

#endif
