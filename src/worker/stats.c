/* The shared mapping of a worker and the master, and the names of its counters. Input: the
 * number of listeners; output: zeroed memory. Names stand in the order of enum worker_stat. */
#include "worker/stats.h"

#include <string.h>
#include <sys/mman.h>

#include "io/shared.h"

static const char *const stat_names[STAT_COUNT] = {
#define X(id, name) [STAT_##id] = (name),
	WORKER_STATS(X)
#undef X
};

static size_t
worker_shared_size(size_t n_listeners)
{
	return sizeof(struct worker_shared) +
	       n_listeners * sizeof(struct worker_listener_stats);
}

struct worker_shared *
worker_shared_new(size_t n_listeners, int *ret_fd)
{
	struct worker_shared *s = shared_new(worker_shared_size(n_listeners), ret_fd);

	if (s != NULL)
		s->n_listeners = n_listeners;
	return s;
}

struct worker_shared *
worker_shared_map(int fd, size_t n_listeners)
{
	return shared_map(fd, worker_shared_size(n_listeners));
}

struct worker_shared *
worker_shared_free(struct worker_shared *s)
{
	if (s != NULL)
		munmap(s, worker_shared_size(s->n_listeners));
	return NULL;
}

const char *
stat_name(enum worker_stat which)
{
	return stat_names[which];
}

enum worker_stat
stat_of_verdict(const char *verdict)
{
	static const size_t prefix = sizeof("messages_") - 1;

	if (verdict == NULL)
		return STAT_MESSAGES_ABORTED;
	for (enum worker_stat i = STAT_MESSAGES_CONTINUE; i < STAT_MESSAGES_ABORTED; i++)
		if (strcmp(stat_names[i] + prefix, verdict) == 0)
			return i;
	return STAT_MESSAGES_CONTINUE;
}
