/* A stack of spare chain runs: the one that was used last, which is in the cache, comes first.
 */
#include "worker/run_pool.h"

struct chain_run *
run_pool_get(struct run_pool *pool, const struct chain *chain, const struct chain_host *ops,
	     void *host, const char *session_id)
{
	struct chain_run *run;

	if (pool->n == 0)
		return chain_run_new(chain, ops, host, session_id);
	run = pool->spare[--pool->n];
	chain_run_move(run, host, session_id);
	return run;
}

void
run_pool_put(struct run_pool *pool, struct chain_run *run)
{
	if (pool->n == RUN_POOL_MAX)
		chain_run_free(run);
	else
		pool->spare[pool->n++] = run;
}

void
run_pool_clear(struct run_pool *pool)
{
	while (pool->n > 0)
		chain_run_free(pool->spare[--pool->n]);
}
