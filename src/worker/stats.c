/* The shared mapping of a worker and the master, and the names of its counters. Input: the
 * numbers of listeners, policies and rules; output: zeroed memory. Names stand in the order of
 * enum worker_stat. */
#include "worker/stats.h"

#include <string.h>
#include <sys/mman.h>

#include "config/config.h"
#include "io/shared.h"

static const char *const stat_names[STAT_COUNT] = {
#define X(id, name) [STAT_##id] = (name),
	WORKER_STATS(X)
#undef X
};

_Static_assert(STAT_MESSAGES_ABORTED - STAT_MESSAGES_CONTINUE == VERDICT_COUNT_ABORTED,
	       "in the order of enum verdict_count");

struct worker_shared_size
worker_shared_size(const struct config *cfg)
{
	return (struct worker_shared_size){
		.listeners = cfg->n_listeners,
		.policies = counter_places(cfg->n_chain_policies, COUNTED_POLICIES_MAX),
		.rules = counter_places(cfg->n_chain_rules, COUNTED_RULES_MAX),
		.servers =
			counter_places(cfg->n_servers + cfg->n_services, COUNTED_SERVERS_MAX),
	};
}

static size_t
count_bytes(struct worker_shared_size size)
{
	return sizeof(struct worker_shared) +
	       size.listeners * sizeof(struct worker_listener_stats) +
	       size.policies * sizeof(struct policy_counters) +
	       size.rules * sizeof(struct rule_counters) +
	       size.servers * sizeof(struct server_counters);
}

struct worker_shared *
worker_shared_new(struct worker_shared_size size, int *ret_fd)
{
	return shared_new(count_bytes(size), ret_fd);
}

struct worker_shared *
worker_shared_map(int fd, struct worker_shared_size size)
{
	return shared_map(fd, count_bytes(size));
}

struct worker_shared *
worker_shared_free(struct worker_shared *s, struct worker_shared_size size)
{
	if (s != NULL)
		munmap(s, count_bytes(size));
	return NULL;
}

struct policy_counters *
worker_policies(struct worker_shared *s, struct worker_shared_size size)
{
	return (struct policy_counters *)&s->per_listener[size.listeners];
}

struct rule_counters *
worker_rules(struct worker_shared *s, struct worker_shared_size size)
{
	return (struct rule_counters *)&worker_policies(s, size)[size.policies];
}

struct server_counters *
worker_servers(struct worker_shared *s, struct worker_shared_size size)
{
	return (struct server_counters *)&worker_rules(s, size)[size.rules];
}

const char *
stat_name(enum worker_stat which)
{
	return stat_names[which];
}

enum verdict_count
verdict_count_of(const char *verdict)
{
	enum verdict_count i = VERDICT_COUNT_CONTINUE;

	if (verdict == NULL)
		return VERDICT_COUNT_ABORTED;
	while (i < VERDICT_COUNT_N && strcmp(verdict_count_name(i), verdict) != 0)
		i++;
	return i < VERDICT_COUNT_N ? i : VERDICT_COUNT_CONTINUE;
}
