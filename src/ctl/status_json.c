/* The snapshot as one JSON object: times of day in seconds since 1970, durations in seconds. */
#include <string.h>

#include "ctl/json.h"
#include "ctl/status.h"
#include "stats/summary.h"

#define MS_PER_S 1000u

/* null: never. */
static void
put_time_of_day(json_t *object, const char *name, uint64_t ms)
{
	if (ms == 0)
		json_put(object, name, json_null());
	else
		json_put_fraction(object, name, ms, MS_PER_S);
}

/* Of times by buckets. */
static void
put_quantiles(json_t *object, const uint64_t *time)
{
	json_put_seconds(object, "p50", summary_quantile_ns(time, 50));
	json_put_seconds(object, "p99", summary_quantile_ns(time, 99));
}

static void
put_verdicts(json_t *object, const char *name, const uint64_t *n)
{
	json_t *member = json_put_object(object, name);

	for (unsigned v = 0; v < VERDICT_COUNT_N; v++)
		json_put_number(member, verdict_count_name(v), n[v]);
}

static void
put_daemon(json_t *object, const struct snapshot *s)
{
	json_put_bool(object, "well", status_is_well(s));
	json_put_text(object, "health", s->health);
	json_put_text(object, "version", s->daemon_version);
	json_put_number(object, "pid", (uint64_t)s->master_pid);
	json_put_number(object, "memory", s->master_memory);
	put_time_of_day(object, "time", s->written_ms);
	put_time_of_day(object, "started", s->started_ms);
	json_put_bool(object, "stopping", s->is_stopping);
}

static void
put_configuration(json_t *object, const struct snapshot *s)
{
	json_put_text(object, "file", s->config_file);
	json_put_number(object, "generation", s->generation);
	json_put_number(object, "generations", s->n_generations);
	put_time_of_day(object, "loaded", s->loaded_ms);
	json_put_bool(object, "reloading", s->reload == SNAPSHOT_RELOAD_RUNS);
	put_time_of_day(object, "reload_failed", s->reload_failed_ms);
	json_put_text(object, "reload_failure", s->reload_failure);
	json_put_text(object, "log_level", s->log_level);
	json_put_text(object, "log_level_configured", s->log_level_configured);
	json_put_number(object, "reloads", s->totals[TOTAL_RELOADS_OK]);
	json_put_number(object, "reloads_failed", s->totals[TOTAL_RELOADS_FAILED]);
}

static void
put_sessions(json_t *object, const struct snapshot *s)
{
	json_put_number(object, "active", s->sessions_in_flight);
	json_put_number(object, "draining", s->sessions_draining);
	json_put_number(object, "queued", s->connections_queued);
	json_put_number(object, "all", s->totals[TOTAL_SESSIONS]);
}

static void
put_fault_counts(json_t *object, const struct snapshot *s)
{
	json_put_number(object, "worker_signals", s->totals[TOTAL_WORKER_SIGNALS]);
	json_put_number(object, "worker_exits", s->totals[TOTAL_WORKER_EXITS]);
	json_put_number(object, "worker_hangs", s->totals[TOTAL_WORKER_HANGS]);
	json_put_number(object, "accept_pauses", s->totals[TOTAL_ACCEPT_PAUSES]);
	json_put_number(object, "log_lines_lost", s->totals[TOTAL_LOG_LINES_LOST]);
}

static void
put_messages(json_t *object, const struct snapshot *s)
{
	uint64_t minute[VERDICT_COUNT_N], hour[VERDICT_COUNT_N], time[TIME_BUCKETS];
	json_t *hour_time;

	for (unsigned v = 0; v < VERDICT_COUNT_N; v++) {
		minute[v] = summary_last_minute(s, v);
		hour[v] = summary_last_hour(s, v);
	}
	put_verdicts(object, "last_minute", minute);
	put_verdicts(object, "last_hour", hour);
	put_verdicts(object, "all", s->messages);
	summary_last_hour_time(s, time);
	hour_time = json_put_object(object, "last_hour_time");
	json_put_number(hour_time, "count", summary_sum(time, TIME_BUCKETS));
	put_quantiles(hour_time, time);
}

static void
put_worker(json_t *object, const struct snapshot_worker *w)
{
	json_put_number(object, "pid", (uint64_t)w->pid);
	json_put_number(object, "generation", w->generation);
	json_put_text(object, "state", snapshot_worker_state_name(w->state));
	json_put_number(object, "sessions", w->sessions);
	json_put_number(object, "messages", w->messages);
	json_put_number(object, "memory", w->memory);
	json_put_number(object, "age", w->age_s);
}

static void
put_listener(json_t *object, const struct snapshot_listener *l)
{
	json_put_text(object, "name", l->name);
	json_put_bool(object, "configured", l->is_configured);
	json_put_bool(object, "drains", l->drains);
	json_put_text(object, "socket", l->socket);
	json_put_number(object, "sessions", l->sessions);
	json_put_number(object, "max_sessions", l->max_sessions);
	json_put_number(object, "sessions_all", l->n[LISTENER_SESSIONS]);
	put_verdicts(object, "messages", &l->n[LISTENER_MESSAGES]);
}

static void
put_hits(json_t *object, const struct snapshot_rule *r)
{
	json_put_number(object, "hits", r->n[RULE_HITS]);
	json_put_number(object, "would_hits", r->n[RULE_WOULD_HITS]);
}

static void
put_rules(json_t *object, const struct snapshot *s, size_t policy)
{
	json_t *list = json_put_list(object, "rules");

	for (size_t i = 0; i < s->n_rules; i++) {
		const struct snapshot_rule *r = &s->rules[i];
		json_t *rule;

		if (r->policy != policy || *r->name == '\0')
			continue;
		rule = json_add_object(list);
		json_put_text(rule, "name", r->name);
		json_put_bool(rule, "configured", r->is_configured);
		put_hits(rule, r);
	}
}

static void
put_policy_results(json_t *object, const struct snapshot_policy *p)
{
	char word[SNAPSHOT_RESULTS_BYTES];
	json_t *results = NULL;
	const char *s;
	size_t len;

	for (size_t i = 0; i < COUNTED_RESULTS_MAX && (s = snapshot_result(p, i, &len)) != NULL;
	     i++) {
		if (results == NULL)
			results = json_put_object(object, "results");
		memcpy(word, s, len);
		word[len] = '\0';
		json_put_number(results, word, p->n[POLICY_RESULTS + i]);
	}
}

static void
put_policy_counts(json_t *object, const struct snapshot *s, size_t i)
{
	static const char *const names[] = {"runs",   "hits",	 "would_hits",
					    "errors", "skipped", "refused_recipients"};
	const struct snapshot_policy *p = &s->policies[i];
	json_t *time;

	json_put_text(object, "name", p->name);
	json_put_text(object, "kind", p->kind);
	json_put_bool(object, "configured", p->is_configured);
	json_put_text(object, "mode", p->is_off ? "off" : p->monitors ? "monitor" : "enforce");
	for (size_t k = POLICY_RUNS; k < POLICY_NS; k++)
		json_put_number(object, names[k], p->n[k]);
	put_policy_results(object, p);
	time = json_put_object(object, "time");
	json_put_seconds(time, "sum", p->n[POLICY_NS]);
	put_quantiles(time, &p->n[POLICY_TIME]);
	put_rules(object, s, i);
}

/* server: null in the row of a service as a whole. */
static void
put_server(json_t *object, const struct snapshot_server *row)
{
	json_t *time;

	json_put_text(object, "service", row->name);
	json_put_text_or_null(object, "server", *row->server != '\0' ? row->server : NULL);
	json_put_text(object, "kind", row->kind);
	json_put_bool(object, "configured", row->is_configured);
	json_put_bool(object, "up", row->state == SNAPSHOT_SERVER_UP);
	if (row->state == SNAPSHOT_SERVER_DOWN)
		json_put_number(object, "down_for", row->down_s);
	json_put_number(object, "in_flight", row->in_flight);
	json_put_number(object, "queued", row->queued);
	for (unsigned i = 0; i < SERVER_OUTCOMES; i++)
		json_put_number(object, server_outcome_name(i), row->n[i]);
	time = json_put_object(object, "time");
	json_put_seconds(time, "sum", row->n[SERVER_MS] * 1000000);
}

static void
put_lists(json_t *object, const struct snapshot *s)
{
	json_t *list = json_put_list(object, "workers");

	for (size_t i = 0; i < s->n_workers; i++)
		put_worker(json_add_object(list), &s->workers[i]);
	list = json_put_list(object, "listeners");
	for (size_t i = 0; i < s->n_listeners; i++)
		put_listener(json_add_object(list), &s->listeners[i]);
	list = json_put_list(object, "policies");
	for (size_t i = 0; i < s->n_policies; i++)
		put_policy_counts(json_add_object(list), s, i);
	list = json_put_list(object, "services");
	for (size_t i = 0; i < s->n_servers; i++)
		put_server(json_add_object(list), &s->servers[i]);
}

void
status_write_json(const struct snapshot *s, FILE *f)
{
	json_t *object = json_new_object();

	put_daemon(object, s);
	put_configuration(json_put_object(object, "configuration"), s);
	put_sessions(json_put_object(object, "sessions"), s);
	put_messages(json_put_object(object, "messages"), s);
	put_lists(object, s);
	if (s->n_rules > COUNTED_RULES_MAX) /* counted together, of whatever policies */
		put_hits(json_put_object(object, "other_rules"), &s->rules[COUNTED_RULES_MAX]);
	put_fault_counts(json_put_object(object, "faults"), s);
	json_print(f, object, JSON_COMPACT);
}
