/* Adds up counters by name: see totals.h. What the snapshot has beside them is filled in by
 * publish.c. */
#include "master/totals.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/publish.h"
#include "master/state.h"
#include "master/worker_process.h"
#include "service/service.h"

struct totals {
	struct snapshot ended; /* the lists' names, and what workers that have ended counted */
	struct snapshot now;   /* the same, with those that run */
	struct snapshot *shared;
	int fd;
	/* For the last minute and hour: what there was at the last look. */
	uint64_t second; /* number of the second at work; 0: there was no look */
	uint64_t messages[VERDICT_COUNT_N], time[TIME_BUCKETS];
};

struct totals *
totals_new(void)
{
	struct totals *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->shared = snapshot_new(&t->fd);
	if (t->shared != NULL)
		return t;
	free(t);
	return NULL;
}

struct totals *
totals_free(struct totals *t)
{
	if (t == NULL)
		return NULL;
	snapshot_free(t->shared);
	close(t->fd);
	free(t);
	return NULL;
}

void
totals_count(struct totals *t, enum snapshot_total which)
{
	t->ended.totals[which]++;
}

/* Names. */

static void
copy_name(char to[SNAPSHOT_NAME_BYTES], const char *name)
{
	size_t len = strnlen(name, SNAPSHOT_NAME_BYTES - 1);

	memcpy(to, name, len);
	to[len] = '\0';
}

/* The entry of a new name, in a list with n of them: the last one is of all others. */
static uint16_t
new_entry(uint32_t *n, uint32_t max)
{
	uint32_t i = *n;

	if (i <= max)
		(*n)++;
	return (uint16_t)(i < max ? i : max);
}

/* The entry of that name in a list with *n entries, each of which begins with its name: a new
 * one, if there is none. max: the one of all others. */
static uint16_t
adopt_name(void *list, size_t entry_size, uint32_t *n, uint32_t max, const char *name)
{
	char *entry = list;
	uint16_t i = 0;

	_Static_assert(offsetof(struct snapshot_listener, name) == 0 &&
			       offsetof(struct snapshot_policy, name) == 0,
		       "an entry begins with its name");
	for (; i < *n && strcmp(entry, name) != 0; i++)
		entry += entry_size;
	if (i == *n || i == max)
		i = new_entry(n, max);
	if (i < max)
		copy_name((char *)list + i * entry_size, name);
	return i;
}

static uint16_t
adopt_listener(struct snapshot *s, const struct listener_conf *conf)
{
	uint16_t i = adopt_name(s->listeners, sizeof(s->listeners[0]), &s->n_listeners,
				COUNTED_LISTENERS_MAX, conf->name);
	struct snapshot_listener *l = &s->listeners[i];

	if (i == COUNTED_LISTENERS_MAX)
		return i;
	(void)snprintf(l->socket, sizeof(l->socket), "%s", conf->socket);
	l->is_configured = 1;
	l->max_sessions = conf->max_sessions;
	return i;
}

/* A policy of another kind with the same title has other results. */
static void
adopt_results(struct snapshot_policy *p, const char *results)
{
	if (strcmp(p->results, results) == 0)
		return;
	memset(&p->n[POLICY_RESULTS], 0, COUNTED_RESULTS_MAX * sizeof(p->n[0]));
	(void)snprintf(p->results, sizeof(p->results), "%s", results);
}

static uint16_t
adopt_policy(struct snapshot *s, const struct counted_policy *conf)
{
	uint16_t i = adopt_name(s->policies, sizeof(s->policies[0]), &s->n_policies,
				COUNTED_POLICIES_MAX, conf->title);
	struct snapshot_policy *p = &s->policies[i];

	if (i == COUNTED_POLICIES_MAX)
		return i;
	(void)snprintf(p->kind, sizeof(p->kind), "%s", conf->kind);
	adopt_results(p, conf->results);
	p->is_configured = 1;
	p->monitors = conf->mode == MODE_MONITOR;
	p->is_off = conf->mode == MODE_OFF;
	return i;
}

static uint16_t
adopt_rule(struct snapshot *s, const char *title, uint32_t policy)
{
	uint16_t i = 0;

	while (i < s->n_rules &&
	       (s->rules[i].policy != policy || strcmp(s->rules[i].name, title) != 0))
		i++;
	if (i == s->n_rules || i == COUNTED_RULES_MAX)
		i = new_entry(&s->n_rules, COUNTED_RULES_MAX);
	if (i == COUNTED_RULES_MAX)
		return i;
	copy_name(s->rules[i].name, title);
	s->rules[i].policy = policy;
	s->rules[i].is_configured = 1;
	return i;
}

/* server: "" is the entry of the service as a whole. */
static uint16_t
adopt_server(struct snapshot *s, const struct service *service, const char *server)
{
	struct snapshot_server *row = s->servers;
	uint16_t i = 0;

	while (i < s->n_servers && (strcmp(s->servers[i].name, service->name) != 0 ||
				    strcmp(s->servers[i].server, server) != 0))
		i++;
	if (i == s->n_servers || i == COUNTED_SERVERS_MAX)
		i = new_entry(&s->n_servers, COUNTED_SERVERS_MAX);
	if (i == COUNTED_SERVERS_MAX)
		return i;
	row += i;
	copy_name(row->name, service->name);
	(void)snprintf(row->server, sizeof(row->server), "%s", server);
	(void)snprintf(row->kind, sizeof(row->kind), "%s",
		       service->kind != NULL ? service->kind->name : "");
	row->is_configured = 1;
	return i;
}

/* n places, by number of the server, and behind these by number of the service. */
static void
adopt_servers(struct snapshot *s, const struct config *cfg, size_t n, uint16_t *at)
{
	for (size_t i = 0; i < n; i++)
		at[i] = COUNTED_SERVERS_MAX;
	for (size_t i = 0; i < cfg->n_services; i++) {
		const struct service *service = cfg->services[i];
		size_t whole = cfg->n_servers + i;

		for (size_t k = 0; k < service->n; k++)
			if (service->servers[k].number < n)
				at[service->servers[k].number] =
					adopt_server(s, service, service->servers[k].text);
		if (whole < n)
			at[whole] = adopt_server(s, service, "");
	}
}

static void
forget_configuration(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_listeners; i++)
		s->listeners[i].is_configured = 0;
	for (size_t i = 0; i < s->n_policies; i++)
		s->policies[i].is_configured = 0;
	for (size_t i = 0; i < s->n_rules; i++)
		s->rules[i].is_configured = 0;
	for (size_t i = 0; i < s->n_servers; i++)
		s->servers[i].is_configured = 0;
}

static void
adopt_policies(struct snapshot *s, const struct config *cfg, size_t n, uint16_t *at)
{
	for (size_t i = 0; i < n; i++)
		at[i] = i < COUNTED_POLICIES_MAX
				? adopt_policy(s, &cfg->counted_policies[i])
				: new_entry(&s->n_policies, COUNTED_POLICIES_MAX);
}

static void
adopt_rules(struct snapshot *s, const struct config *cfg, size_t n, const uint16_t *policies,
	    uint16_t *at)
{
	for (size_t i = 0; i < n; i++)
		at[i] = i < COUNTED_RULES_MAX
				? adopt_rule(s, cfg->counted_rules[i].title,
					     policies[cfg->counted_rules[i].policy])
				: new_entry(&s->n_rules, COUNTED_RULES_MAX);
}

struct total_places *
totals_adopt(struct totals *t, const struct config *cfg)
{
	struct worker_shared_size size = worker_shared_size(cfg);
	size_t n = size.listeners + size.policies + size.rules + size.servers;
	struct total_places *p = calloc(1, sizeof(*p) + n * sizeof(p->at[0]));
	struct snapshot *s = &t->ended;

	if (p == NULL)
		abort();
	p->size = size;
	forget_configuration(s);
	for (size_t i = 0; i < size.listeners; i++)
		p->at[i] = adopt_listener(s, &cfg->listeners[i]);
	adopt_policies(s, cfg, size.policies, p->at + size.listeners);
	adopt_rules(s, cfg, size.rules, p->at + size.listeners,
		    p->at + size.listeners + size.policies);
	adopt_servers(s, cfg, size.servers,
		      p->at + size.listeners + size.policies + size.rules);
	return p;
}

/* Sums. */

static void
add_counters(uint64_t *to, const _Atomic uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += counter_get(&from[i]);
}

static void
add_by_name(struct snapshot *to, const struct total_places *places,
	    struct worker_shared *shared)
{
	struct worker_shared_size size = places->size;
	const struct policy_counters *policies = worker_policies(shared, size);
	const struct rule_counters *rules = worker_rules(shared, size);
	const struct server_counters *servers = worker_servers(shared, size);
	const uint16_t *at = places->at;

	for (size_t i = 0; i < size.listeners; i++)
		add_counters(to->listeners[*at++].n, shared->per_listener[i].n,
			     LISTENER_COUNTERS);
	for (size_t i = 0; i < size.policies; i++)
		add_counters(to->policies[*at++].n, policies[i].n, POLICY_COUNTERS);
	for (size_t i = 0; i < size.rules; i++)
		add_counters(to->rules[*at++].n, rules[i].n, RULE_COUNTERS);
	for (size_t i = 0; i < size.servers; i++)
		add_counters(to->servers[*at++].n, servers[i].n, SERVER_COUNTERS);
}

static void
add_worker(struct snapshot *to, const struct total_places *places, struct worker_shared *shared)
{
	static const enum worker_stat stats[] = {
		[TOTAL_SESSIONS] = STAT_SESSIONS,
		[TOTAL_CLOSED_QUIT] = STAT_CLOSED_QUIT,
		[TOTAL_CLOSED_EOF] = STAT_CLOSED_EOF,
		[TOTAL_CLOSED_TIMEOUT] = STAT_CLOSED_TIMEOUT,
		[TOTAL_CLOSED_PROTOCOL] = STAT_CLOSED_PROTOCOL,
		[TOTAL_CLOSED_DRAIN] = STAT_CLOSED_DRAIN,
	};

	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++)
		to->totals[i] += counter_get(&shared->count[stats[i]]);
	to->totals[TOTAL_ACTED] += counter_get(&shared->count[STAT_ACTED]);
	add_counters(to->message, shared->message.n, MESSAGE_COUNTERS);
	if (places != NULL)
		add_by_name(to, places, shared);
}

void
totals_add_ended(struct totals *t, const struct total_places *places,
		 struct worker_shared *shared)
{
	uint64_t *n = t->ended.totals;

	add_worker(&t->ended, places, shared);
	n[TOTAL_CLOSED_CRASH] = n[TOTAL_SESSIONS];
	for (int i = TOTAL_CLOSED_QUIT; i < TOTAL_CLOSED_CRASH; i++)
		n[TOTAL_CLOSED_CRASH] -= n[i];
}

static void
sum_messages(struct snapshot *s)
{
	for (size_t v = 0; v < VERDICT_COUNT_N; v++) {
		s->messages[v] = 0;
		for (size_t i = 0; i < s->n_listeners; i++)
			s->messages[v] += s->listeners[i].n[LISTENER_MESSAGES + v];
	}
}

static void
sum_all(struct totals *t, const struct master *m)
{
	snapshot_copy(&t->ended, &t->now);
	for (const struct generation *g = m->newest; g != NULL; g = g->older)
		for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
			add_worker(&t->now, g->places, w->shared);
	sum_messages(&t->now);
}

/* The last minute and hour. */

/* Moves a list by n entries, and empties the first n. */
static void
move_list(void *list, size_t entry, size_t length, uint64_t n)
{
	size_t moved = n < length ? (size_t)n : length;
	char *bytes = list;

	memmove(bytes + moved * entry, bytes, (length - moved) * entry);
	memset(bytes, 0, moved * entry);
}

/* What has ended since the last look or snapshot counts in the last second, and in the minute
 * at work. */
static void
note_ended_messages(struct totals *t)
{
	struct snapshot *s = &t->ended;

	for (size_t v = 0; v < VERDICT_COUNT_N; v++) {
		uint64_t n = t->now.messages[v] - t->messages[v];

		s->seconds[0].messages[v] += n;
		s->minutes[0].messages[v] += n;
		t->messages[v] += n;
	}
	for (size_t i = 0; i < TIME_BUCKETS; i++) {
		uint64_t n = t->now.message[MESSAGE_TIME + i] - t->time[i];

		s->minutes[0].time[i] += n;
		t->time[i] += n;
	}
}

void
totals_look(struct totals *t, const struct master *m)
{
	uint64_t second = timers_now(m->timers) / 1000;

	if (t->second == second)
		return;
	if (t->second != 0) {
		move_list(t->ended.seconds, sizeof(t->ended.seconds[0]), SNAPSHOT_SECONDS,
			  second - t->second);
		move_list(t->ended.minutes, sizeof(t->ended.minutes[0]), SNAPSHOT_MINUTES,
			  second / 60 - t->second / 60);
	}
	t->second = second;
	sum_all(t, m);
	note_ended_messages(t);
}

int
totals_publish(struct totals *t, const struct master *m)
{
	totals_look(t, m);
	sum_all(t, m);
	note_ended_messages(t);
	memcpy(t->now.seconds, t->ended.seconds, sizeof(t->now.seconds));
	memcpy(t->now.minutes, t->ended.minutes, sizeof(t->now.minutes));
	publish_state(m, &t->now);
	snapshot_write(t->shared, &t->now);
	return t->fd;
}
