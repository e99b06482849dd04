/* The snapshot as one JSON object: times of day in seconds since 1970, durations in seconds. */
#include <inttypes.h>

#include "ctl/json.h"
#include "ctl/status.h"
#include "stats/summary.h"

/* "name": in front of a value; a comma before it unless it is the first of its object. */
static void
write_json_key(FILE *f, const char *name, bool first)
{
	fprintf(f, "%s\"%s\":", first ? "" : ",", name);
}

static void
write_json_number(FILE *f, const char *name, uint64_t n)
{
	write_json_key(f, name, false);
	fprintf(f, "%" PRIu64, n);
}

static void
write_json_text(FILE *f, const char *name, const char *text)
{
	write_json_key(f, name, false);
	json_string(f, text);
}

static void
write_json_bool(FILE *f, const char *name, bool value)
{
	write_json_key(f, name, false);
	fputs(value ? "true" : "false", f);
}

/* null: never. */
static void
write_json_time_of_day(FILE *f, const char *name, uint64_t ms)
{
	write_json_key(f, name, false);
	if (ms == 0)
		fputs("null", f);
	else
		fprintf(f, "%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
}

/* Of times by buckets. */
static void
write_json_quantiles(FILE *f, const uint64_t *time)
{
	static const unsigned percents[] = {50, 99};

	for (size_t i = 0; i < 2; i++) {
		uint64_t ns = summary_quantile_ns(time, percents[i]);

		fprintf(f, ",\"p%u\":%" PRIu64 ".%09" PRIu64, percents[i], ns / 1000000000,
			ns % 1000000000);
	}
}

static void
write_json_verdicts(FILE *f, const char *name, const uint64_t *n, bool first)
{
	write_json_key(f, name, first);
	for (unsigned v = 0; v < VERDICT_COUNT_N; v++)
		fprintf(f, "%c\"%s\":%" PRIu64, v == 0 ? '{' : ',', verdict_count_name(v),
			n[v]);
	fputc('}', f);
}

static void
write_json_daemon(FILE *f, const struct snapshot *s)
{
	write_json_key(f, "well", true);
	fputs(status_is_well(s) ? "true" : "false", f);
	write_json_text(f, "health", s->health);
	write_json_text(f, "version", s->daemon_version);
	write_json_number(f, "pid", (uint64_t)s->master_pid);
	write_json_number(f, "memory", s->master_memory);
	write_json_time_of_day(f, "time", s->written_ms);
	write_json_time_of_day(f, "started", s->started_ms);
	write_json_bool(f, "stopping", s->is_stopping);
}

static void
write_json_configuration(FILE *f, const struct snapshot *s)
{
	write_json_key(f, "configuration", false);
	fputs("{\"file\":", f);
	json_string(f, s->config_file);
	write_json_number(f, "generation", s->generation);
	write_json_number(f, "generations", s->n_generations);
	write_json_time_of_day(f, "loaded", s->loaded_ms);
	write_json_bool(f, "reloading", s->reload == SNAPSHOT_RELOAD_RUNS);
	write_json_time_of_day(f, "reload_failed", s->reload_failed_ms);
	write_json_text(f, "reload_failure", s->reload_failure);
	write_json_text(f, "log_level", s->log_level);
	write_json_text(f, "log_level_configured", s->log_level_configured);
	write_json_number(f, "reloads", s->totals[TOTAL_RELOADS_OK]);
	write_json_number(f, "reloads_failed", s->totals[TOTAL_RELOADS_FAILED]);
	fputc('}', f);
}

static void
write_json_sessions(FILE *f, const struct snapshot *s)
{
	write_json_key(f, "sessions", false);
	fprintf(f, "{\"active\":%" PRIu64, s->sessions_in_flight);
	write_json_number(f, "draining", s->sessions_draining);
	write_json_number(f, "queued", s->connections_queued);
	write_json_number(f, "all", s->totals[TOTAL_SESSIONS]);
	fputc('}', f);
}

static void
write_json_fault_counts(FILE *f, const struct snapshot *s)
{
	write_json_key(f, "faults", false);
	fprintf(f, "{\"worker_signals\":%" PRIu64, s->totals[TOTAL_WORKER_SIGNALS]);
	write_json_number(f, "worker_exits", s->totals[TOTAL_WORKER_EXITS]);
	write_json_number(f, "worker_hangs", s->totals[TOTAL_WORKER_HANGS]);
	write_json_number(f, "accept_pauses", s->totals[TOTAL_ACCEPT_PAUSES]);
	write_json_number(f, "log_lines_lost", s->totals[TOTAL_LOG_LINES_LOST]);
	fputc('}', f);
}

static void
write_json_messages(FILE *f, const struct snapshot *s)
{
	uint64_t minute[VERDICT_COUNT_N], hour[VERDICT_COUNT_N], time[TIME_BUCKETS];

	for (unsigned v = 0; v < VERDICT_COUNT_N; v++) {
		minute[v] = summary_last_minute(s, v);
		hour[v] = summary_last_hour(s, v);
	}
	write_json_key(f, "messages", false);
	fputc('{', f);
	write_json_verdicts(f, "last_minute", minute, true);
	write_json_verdicts(f, "last_hour", hour, false);
	write_json_verdicts(f, "all", s->messages, false);
	write_json_key(f, "last_hour_time", false);
	summary_last_hour_time(s, time);
	fprintf(f, "{\"count\":%" PRIu64, summary_sum(time, TIME_BUCKETS));
	write_json_quantiles(f, time);
	fputs("}}", f);
}

static void
write_json_workers(FILE *f, const struct snapshot *s)
{
	write_json_key(f, "workers", false);
	fputc('[', f);
	for (size_t i = 0; i < s->n_workers; i++) {
		const struct snapshot_worker *w = &s->workers[i];

		fprintf(f, "%s{\"pid\":%" PRId32, i > 0 ? "," : "", w->pid);
		write_json_number(f, "generation", w->generation);
		write_json_text(f, "state", snapshot_worker_state_name(w->state));
		write_json_number(f, "sessions", w->sessions);
		write_json_number(f, "messages", w->messages);
		write_json_number(f, "memory", w->memory);
		write_json_number(f, "age", w->age_s);
		fputc('}', f);
	}
	fputc(']', f);
}

static void
write_json_listeners(FILE *f, const struct snapshot *s)
{
	write_json_key(f, "listeners", false);
	fputc('[', f);
	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct snapshot_listener *l = &s->listeners[i];

		fputs(i > 0 ? ",{\"name\":" : "{\"name\":", f);
		json_string(f, l->name);
		write_json_bool(f, "configured", l->is_configured);
		write_json_bool(f, "drains", l->drains);
		write_json_text(f, "socket", l->socket);
		write_json_number(f, "sessions", l->sessions);
		write_json_number(f, "max_sessions", l->max_sessions);
		write_json_number(f, "sessions_all", l->n[LISTENER_SESSIONS]);
		write_json_verdicts(f, "messages", &l->n[LISTENER_MESSAGES], false);
		fputc('}', f);
	}
	fputc(']', f);
}

static void
write_json_rules(FILE *f, const struct snapshot *s, size_t policy)
{
	bool first = true;

	write_json_key(f, "rules", false);
	fputc('[', f);
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct snapshot_rule *r = &s->rules[i];

		if (r->policy != policy || *r->name == '\0')
			continue;
		fputs(first ? "{\"name\":" : ",{\"name\":", f);
		json_string(f, r->name);
		write_json_bool(f, "configured", r->is_configured);
		write_json_number(f, "hits", r->n[RULE_HITS]);
		write_json_number(f, "would_hits", r->n[RULE_WOULD_HITS]);
		fputc('}', f);
		first = false;
	}
	fputc(']', f);
}

/* Those that are counted together, whatever their policies are. */
static void
write_json_other_rules(FILE *f, const struct snapshot *s)
{
	const struct snapshot_rule *r = &s->rules[COUNTED_RULES_MAX];

	if (s->n_rules <= COUNTED_RULES_MAX)
		return;
	write_json_key(f, "other_rules", false);
	fprintf(f, "{\"hits\":%" PRIu64, r->n[RULE_HITS]);
	write_json_number(f, "would_hits", r->n[RULE_WOULD_HITS]);
	fputc('}', f);
}

static void
write_json_policy(FILE *f, const struct snapshot *s, size_t i)
{
	static const char *const names[] = {"runs",   "hits",	 "would_hits",
					    "errors", "skipped", "refused_recipients"};
	const struct snapshot_policy *p = &s->policies[i];

	fputs(i > 0 ? ",{\"name\":" : "{\"name\":", f);
	json_string(f, p->name);
	write_json_text(f, "kind", p->kind);
	write_json_bool(f, "configured", p->is_configured);
	write_json_text(f, "mode", p->is_off ? "off" : p->monitors ? "monitor" : "enforce");
	for (size_t k = POLICY_RUNS; k < POLICY_NS; k++)
		write_json_number(f, names[k], p->n[k]);
	write_json_key(f, "time", false);
	fprintf(f, "{\"sum\":%" PRIu64 ".%09" PRIu64, p->n[POLICY_NS] / 1000000000,
		p->n[POLICY_NS] % 1000000000);
	write_json_quantiles(f, &p->n[POLICY_TIME]);
	fputc('}', f);
	write_json_rules(f, s, i);
	fputc('}', f);
}

void
status_write_json(const struct snapshot *s, FILE *f)
{
	fputc('{', f);
	write_json_daemon(f, s);
	write_json_configuration(f, s);
	write_json_sessions(f, s);
	write_json_messages(f, s);
	write_json_workers(f, s);
	write_json_listeners(f, s);
	write_json_key(f, "policies", false);
	fputc('[', f);
	for (size_t i = 0; i < s->n_policies; i++)
		write_json_policy(f, s, i);
	fputc(']', f);
	write_json_other_rules(f, s);
	write_json_fault_counts(f, s);
	fputs("}\n", f);
}
