/* Spare chain runs of a listener. A connection needs a run only while it has a message, so an
 * idle connection holds none, and no message allocates its own. */
#ifndef WORKER_RUN_POOL_H
#define WORKER_RUN_POOL_H

#include <stddef.h>

#include "chain/chain.h"

#define RUN_POOL_MAX 16u /* spare runs; one that is put back beyond it is freed */

struct run_pool { /* {0} is empty */
	struct chain_run *spare[RUN_POOL_MAX];
	size_t n;
};

/* A spare run, or a new one, as chain_run_new() makes it. All runs of a pool are of one chain
 * and have the same ops. The run is the caller's until run_pool_put(), or chain_run_free(). */
struct chain_run *run_pool_get(struct run_pool *pool, const struct chain *chain,
			       const struct chain_host *ops, void *host,
			       const char *session_id);
/* The run has no message at work. */
void run_pool_put(struct run_pool *pool, struct chain_run *run);
void run_pool_clear(struct run_pool *pool); /* frees the spare runs */

#endif
