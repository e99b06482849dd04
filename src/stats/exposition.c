/* Writes metrics, a family after the other. In OpenMetrics a family of counters is named
 * without _total, in the older format with it. */
#include "stats/exposition.h"

#include <inttypes.h>
#include <string.h>

#include "stats/summary.h"
#include "util/buf.h"

#define PREFIX "polymilter_"

/* Every third bucket is exported: 8 us, 64 us, 512 us, ... */
#define TIME_STEP 3u

struct writer {
	const struct snapshot *s;
	enum exposition_format format;
	struct buf *out;
	const char *family; /* at work, without PREFIX */
	const char *suffix; /* "_total" of a counter */
};

struct label {
	const char *name, *value; /* value "": EXPOSITION_OTHER */
};

const char *
exposition_content_type(enum exposition_format format)
{
	return format == EXPOSITION_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

/* Families and samples. */

static void
begin_family(struct writer *w, const char *family, const char *type, const char *help)
{
	bool is_counter = strcmp(type, "counter") == 0;

	w->family = family;
	w->suffix = is_counter ? "_total" : "";
	family = "";
	if (is_counter && w->format == EXPOSITION_PROMETHEUS)
		family = "_total";
	buf_printf(w->out, "# HELP " PREFIX "%s%s %s\n", w->family, family, help);
	buf_printf(w->out, "# TYPE " PREFIX "%s%s %s\n", w->family, family, type);
}

static void
expose_label(struct buf *b, const struct label *l)
{
	const char *value = *l->value != '\0' ? l->value : EXPOSITION_OTHER;

	buf_puts(b, l->name);
	buf_puts(b, "=\"");
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			buf_putc(b, '\\');
		if (*value == '\n')
			buf_puts(b, "\\n");
		else
			buf_putc(b, (unsigned char)*value);
	}
	buf_putc(b, '"');
}

/* Name and labels; labels end with one whose name is NULL, le may be NULL. */
static void
expose_name(struct writer *w, const char *suffix, const struct label *labels, const char *le)
{
	const struct label bound = {"le", le};
	bool first = true;

	buf_printf(w->out, PREFIX "%s%s", w->family, suffix);
	for (; labels != NULL && labels->name != NULL; labels++, first = false) {
		buf_putc(w->out, first ? '{' : ',');
		expose_label(w->out, labels);
	}
	if (le != NULL) {
		buf_putc(w->out, first ? '{' : ',');
		expose_label(w->out, &bound);
		first = false;
	}
	buf_puts(w->out, first ? " " : "} ");
}

static void
expose_sample(struct writer *w, const struct label *labels, uint64_t n)
{
	expose_name(w, w->suffix, labels, NULL);
	buf_printf(w->out, "%" PRIu64 "\n", n);
}

static void
expose_labelled(struct writer *w, const char *name, const char *value, uint64_t n)
{
	expose_sample(w, (const struct label[]){{name, value}, {0}}, n);
}

static void
expose_seconds(struct writer *w, const char *suffix, const struct label *labels, uint64_t ns)
{
	expose_name(w, suffix, labels, NULL);
	buf_printf(w->out, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

static void
expose_time_of_day(struct writer *w, uint64_t ms)
{
	expose_seconds(w, "", NULL, ms * 1000000);
}

static void
expose_bucket(struct writer *w, const struct label *labels, const char *le, uint64_t n)
{
	expose_name(w, "_bucket", labels, le);
	buf_printf(w->out, "%" PRIu64 "\n", n);
}

static void
expose_count_and_sum(struct writer *w, const struct label *labels, uint64_t n, uint64_t ns)
{
	expose_name(w, "_count", labels, NULL);
	buf_printf(w->out, "%" PRIu64 "\n", n);
	expose_seconds(w, "_sum", labels, ns);
}

/* The daemon and its configuration. */

static void
expose_build(struct writer *w)
{
	bool open = w->format == EXPOSITION_OPENMETRICS;
	const struct label labels[] = {{"version", w->s->daemon_version},
				       {"pcre2", w->s->pcre2_version},
				       {"jit", w->s->has_jit ? "yes" : "no"},
				       {"http", w->s->has_http ? "yes" : "no"},
				       {0}};

	begin_family(w, open ? "build" : "build_info", open ? "info" : "gauge",
		     "The versions of polymilter and PCRE2, and what is built in.");
	w->suffix = open ? "_info" : "";
	expose_sample(w, labels, 1);
}

static void
expose_gauge(struct writer *w, const char *family, const char *help, uint64_t n)
{
	begin_family(w, family, "gauge", help);
	expose_sample(w, NULL, n);
}

static void
expose_counter(struct writer *w, const char *family, const char *help, uint64_t n)
{
	begin_family(w, family, "counter", help);
	expose_sample(w, NULL, n);
}

static void
expose_daemon(struct writer *w)
{
	const struct snapshot *s = w->s;

	expose_build(w);
	begin_family(w, "start_time_seconds", "gauge", "When the daemon was started.");
	expose_time_of_day(w, s->started_ms);
	expose_gauge(w, "healthy",
		     "0 while workers do not take connections, or log lines are lost.",
		     s->health[0] == '\0');
	expose_counter(w, "accept_paused",
		       "Pauses of accepting, since no worker could take a connection.",
		       s->totals[TOTAL_ACCEPT_PAUSES]);
	expose_counter(w, "log_dropped", "Log lines that were lost.",
		       s->totals[TOTAL_LOG_LINES_LOST]);
}

static void
expose_configuration(struct writer *w)
{
	const struct snapshot *s = w->s;

	expose_gauge(w, "config_generation", "The number of the configuration that serves.",
		     s->generation);
	expose_gauge(w, "config_generations", "It, and older ones whose sessions go on.",
		     s->n_generations);
	expose_gauge(w, "config_last_reload_successful", "0 after a reload that failed.",
		     s->reload_failed_ms == 0);
	begin_family(w, "config_last_reload_success_timestamp_seconds", "gauge",
		     "When the configuration that serves began to serve.");
	expose_time_of_day(w, s->loaded_ms);
	begin_family(w, "config_reloads", "counter", "Reloads, without the start.");
	expose_labelled(w, "result", "ok", s->totals[TOTAL_RELOADS_OK]);
	expose_labelled(w, "result", "error", s->totals[TOTAL_RELOADS_FAILED]);
}

/* Workers and sessions. */

static void
expose_workers(struct writer *w)
{
	const struct snapshot *s = w->s;
	uint64_t n[SNAPSHOT_WORKER_STATES] = {0}, memory = 0;

	for (size_t i = 0; i < s->n_workers; i++) {
		n[s->workers[i].state]++;
		memory += s->workers[i].memory;
	}
	begin_family(w, "workers", "gauge", "Worker processes by state.");
	for (unsigned i = 0; i < SNAPSHOT_WORKER_STATES; i++)
		expose_labelled(w, "state", snapshot_worker_state_name(i), n[i]);
	expose_gauge(w, "workers_configured", "Workers that the configuration wants to serve.",
		     s->workers_configured);
	expose_gauge(w, "workers_memory_bytes",
		     "Resident memory of all workers; what they share counts for each.",
		     memory);
	begin_family(w, "worker_restarts", "counter",
		     "Workers that ended without an order, and were replaced.");
	expose_labelled(w, "reason", "exit", s->totals[TOTAL_WORKER_EXITS]);
	expose_labelled(w, "reason", "signal", s->totals[TOTAL_WORKER_SIGNALS]);
	expose_labelled(w, "reason", "hang", s->totals[TOTAL_WORKER_HANGS]);
}

static void
expose_sessions(struct writer *w)
{
	static const char *const reasons[] = {"quit",	  "eof",   "timeout",
					      "protocol", "drain", "crash"};
	const struct snapshot *s = w->s;

	begin_family(w, "sessions", "counter", "Connections of MTAs.");
	for (size_t i = 0; i < s->n_listeners; i++)
		expose_labelled(w, "listener", s->listeners[i].name,
				s->listeners[i].n[LISTENER_SESSIONS]);
	begin_family(w, "sessions_open", "gauge",
		     "Connections now, of the configuration that serves and of older ones.");
	expose_labelled(w, "state", "active", s->sessions_in_flight);
	expose_labelled(w, "state", "draining", s->sessions_draining);
	expose_gauge(w, "connections_queued", "Connections that wait for a worker.",
		     s->connections_queued);
	begin_family(w, "sessions_closed", "counter", "Connections that have ended.");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		expose_labelled(w, "reason", reasons[i], s->totals[TOTAL_CLOSED_QUIT + i]);
}

/* Messages. */

static void
expose_verdicts(struct writer *w)
{
	const struct snapshot *s = w->s;

	begin_family(w, "messages", "counter", "Messages by what became of them.");
	for (size_t i = 0; i < s->n_listeners; i++) {
		for (unsigned v = 0; v < VERDICT_COUNT_N; v++) {
			const struct label labels[] = {{"listener", s->listeners[i].name},
						       {"verdict", verdict_count_name(v)},
						       {0}};

			expose_sample(w, labels, s->listeners[i].n[LISTENER_MESSAGES + v]);
		}
	}
}

static void
expose_message_time(struct writer *w)
{
	const uint64_t *n = w->s->message;
	uint64_t total = 0;

	begin_family(w, "message_duration_seconds", "histogram",
		     "Time of a message in its policies, with what they waited for.");
	for (unsigned i = 0; i < DURATION_BUCKETS; i++) {
		total += n[MESSAGE_DURATION + i];
		expose_bucket(w, NULL, duration_bound(i), total);
	}
	expose_count_and_sum(w, NULL, total, n[MESSAGE_NS]);
}

static void
expose_messages(struct writer *w)
{
	const struct snapshot *s = w->s;

	expose_verdicts(w);
	expose_counter(w, "messages_acted", "Messages on which a policy acted, or would have.",
		       s->totals[TOTAL_ACTED]);
	expose_counter(w, "message_bytes", "Bytes of messages whose size the policies needed.",
		       s->message[MESSAGE_BYTES]);
	expose_message_time(w);
	begin_family(w, "edits", "counter", "Changes of messages that MTAs were sent.");
	for (unsigned i = 0; i < EDIT_N; i++)
		expose_labelled(w, "action", edit_count_name(i), s->message[MESSAGE_EDITS + i]);
}

/* Policies and rules. */

static void
expose_policy_counter(struct writer *w, enum policy_counter which, const char *family,
		      const char *help)
{
	begin_family(w, family, "counter", help);
	for (size_t i = 0; i < w->s->n_policies; i++)
		expose_labelled(w, "policy", w->s->policies[i].name,
				w->s->policies[i].n[which]);
}

static void
expose_policy_time(struct writer *w, const struct snapshot_policy *p)
{
	static const char *const bounds[] = {"0.000008", "0.000064", "0.000512", "0.004096",
					     "0.032768", "0.262144", "2.097152", "16.777216"};
	const struct label labels[] = {{"policy", p->name}, {0}};
	uint64_t total = 0;

	for (unsigned i = 0; i < TIME_BUCKETS; i++) {
		total += p->n[POLICY_TIME + i];
		if (i > 0 && i % TIME_STEP == 0)
			expose_bucket(w, labels, bounds[i / TIME_STEP - 1], total);
	}
	expose_bucket(w, labels, "+Inf", total);
	expose_count_and_sum(w, labels, total, p->n[POLICY_NS]);
}

static void
expose_results(struct writer *w, const struct snapshot_policy *p)
{
	char word[SNAPSHOT_RESULTS_BYTES];
	const char *s;
	size_t len;

	for (size_t i = 0; i < COUNTED_RESULTS_MAX && (s = snapshot_result(p, i, &len)) != NULL;
	     i++) {
		const struct label labels[] = {{"policy", p->name}, {"result", word}, {0}};

		memcpy(word, s, len);
		word[len] = '\0';
		expose_sample(w, labels, p->n[POLICY_RESULTS + i]);
	}
}

static void
expose_policies(struct writer *w)
{
	expose_policy_counter(w, POLICY_RUNS, "policy_runs", "Messages that it worked on.");
	expose_policy_counter(
		w, POLICY_HITS, "policy_hits",
		"Messages that it refused, changed or held, or of which it refused "
		"a recipient.");
	expose_policy_counter(w, POLICY_WOULD_HITS, "policy_would_hits",
			      "The same with mode monitor: it would have.");
	expose_policy_counter(w, POLICY_ERRORS, "policy_errors",
			      "Messages at which it failed.");
	expose_policy_counter(w, POLICY_SKIPPED, "policy_skipped",
			      "Messages for which it was skipped.");
	expose_policy_counter(w, POLICY_REFUSED_RCPTS, "policy_refused_recipients",
			      "Recipients that it refused.");
	begin_family(w, "policy_results", "counter",
		     "Messages with a result of a policy that asks a server.");
	for (size_t i = 0; i < w->s->n_policies; i++)
		expose_results(w, &w->s->policies[i]);
	begin_family(w, "policy_duration_seconds", "histogram",
		     "Its time for a message, with what it waited for.");
	for (size_t i = 0; i < w->s->n_policies; i++)
		expose_policy_time(w, &w->s->policies[i]);
}

static void
expose_rule_counter(struct writer *w, enum rule_counter which, const char *family,
		    const char *help)
{
	const struct snapshot *s = w->s;

	begin_family(w, family, "counter", help);
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct snapshot_rule *r = &s->rules[i];
		bool is_other = *r->name == '\0';
		const struct label labels[] = {
			{"policy", is_other ? "" : s->policies[r->policy].name},
			{"rule", r->name},
			{0}};

		expose_sample(w, labels, r->n[which]);
	}
}

/* Services. */

struct server_labels {
	struct label list[4];
};

/* third: a label of the family, or NULL. */
static struct server_labels
label_server(const struct snapshot_server *row, const char *third, const char *value)
{
	return (struct server_labels){
		{{"service", row->name},
		 {"server", *row->server != '\0' || *row->name == '\0' ? row->server : "none"},
		 {third, value},
		 {0}}};
}

/* The questions of it that came to no server. */
static bool
is_whole_service(const struct snapshot_server *row)
{
	return *row->name != '\0' && *row->server == '\0';
}

static void
expose_requests(struct writer *w, const struct snapshot_server *row)
{
	uint64_t errors = 0;

	for (unsigned i = SERVER_TOO_BIG + 1; i < SERVER_OUTCOMES; i++)
		errors += row->n[i];
	expose_sample(w, label_server(row, "result", "error").list, errors);
	if (is_whole_service(row))
		return;
	expose_sample(w, label_server(row, "result", "answered").list, row->n[SERVER_ANSWERED]);
	expose_sample(w, label_server(row, "result", "too-big").list, row->n[SERVER_TOO_BIG]);
}

static void
expose_request_errors(struct writer *w, const struct snapshot_server *row)
{
	for (unsigned i = SERVER_TOO_BIG + 1; i < SERVER_OUTCOMES; i++)
		expose_sample(w, label_server(row, "reason", server_outcome_name(i)).list,
			      row->n[i]);
}

static void
expose_request_time(struct writer *w, const struct snapshot_server *row)
{
	const struct server_labels labels = label_server(row, NULL, NULL);
	uint64_t total = 0;

	if (is_whole_service(row))
		return;
	for (unsigned i = 0; i < DURATION_BUCKETS; i++) {
		total += row->n[SERVER_DURATION + i];
		expose_bucket(w, labels.list, duration_bound(i), total);
	}
	expose_count_and_sum(w, labels.list, total, row->n[SERVER_MS] * 1000000);
}

typedef void expose_server_fn(struct writer *w, const struct snapshot_server *row);

static void
expose_server_family(struct writer *w, const char *family, const char *type, const char *help,
		     expose_server_fn *expose)
{
	begin_family(w, family, type, help);
	for (size_t i = 0; i < w->s->n_servers; i++)
		expose(w, &w->s->servers[i]);
}

/* Those of a server; and of a service as a whole. */
static void
expose_in_flight(struct writer *w, const struct snapshot_server *row)
{
	if (row->is_configured && *row->server != '\0')
		expose_sample(w, label_server(row, NULL, NULL).list, row->in_flight);
}

static void
expose_up(struct writer *w, const struct snapshot_server *row)
{
	if (row->is_configured && *row->server != '\0')
		expose_sample(w, label_server(row, NULL, NULL).list,
			      row->state == SNAPSHOT_SERVER_UP);
}

static void
expose_queued(struct writer *w, const struct snapshot_server *row)
{
	if (row->is_configured && is_whole_service(row))
		expose_labelled(w, "service", row->name, row->queued);
}

static void
expose_services(struct writer *w)
{
	expose_server_family(w, "service_requests", "counter",
			     "Questions to servers, by what became of them.", expose_requests);
	expose_server_family(w, "service_errors", "counter",
			     "Questions without an answer, by reason.", expose_request_errors);
	expose_server_family(w, "service_seconds", "histogram",
			     "Time of a question, with waiting for a place and all tries.",
			     expose_request_time);
	expose_server_family(w, "service_in_flight", "gauge", "Connections now.",
			     expose_in_flight);
	expose_server_family(w, "service_queued", "gauge", "Questions that wait for a place.",
			     expose_queued);
	expose_server_family(w, "service_up", "gauge", "0 while the server is down.",
			     expose_up);
}

void
exposition_write(const struct snapshot *s, enum exposition_format format, struct buf *out)
{
	struct writer w = {.s = s, .format = format, .out = out};

	expose_daemon(&w);
	expose_configuration(&w);
	expose_workers(&w);
	expose_sessions(&w);
	expose_messages(&w);
	expose_policies(&w);
	expose_rule_counter(&w, RULE_HITS, "rule_hits",
			    "Hits of a rule, map or limit; each header field or recipient "
			    "counts.");
	expose_rule_counter(&w, RULE_WOULD_HITS, "rule_would_hits",
			    "The same with mode monitor.");
	expose_services(&w);
	if (format == EXPOSITION_OPENMETRICS)
		buf_puts(out, "# EOF\n");
}
