/* The screen of polymilterctl status: first whether it is well, then what it does now, then
 * what it has done. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ctl/status.h"
#include "stats/summary.h"
#include "util/buf.h"

#define CELL_BYTES     32u
#define SOCKET_COLUMNS 29u
#define POLICY_COLUMNS 24
#define SERVER_COLUMNS 22u

/* Cells. */

static const char *
format_count(char cell[static CELL_BYTES], uint64_t n)
{
	if (n < 10000000)
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64, n);
	else if (n < 10000000000)
		(void)snprintf(cell, CELL_BYTES, "%.1fM", (double)n / 1e6);
	else
		(void)snprintf(cell, CELL_BYTES, "%.1fG", (double)n / 1e9);
	return cell;
}

static const char *
format_time(char cell[static CELL_BYTES], uint64_t ns)
{
	if (ns == 0)
		(void)snprintf(cell, CELL_BYTES, "-");
	else if (ns < 1000)
		(void)snprintf(cell, CELL_BYTES, "<1us");
	else if (ns < 1000000)
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64 "us", ns / 1000);
	else if (ns < 1000000000)
		(void)snprintf(cell, CELL_BYTES, "%.1fms", (double)ns / 1e6);
	else
		(void)snprintf(cell, CELL_BYTES, "%.1fs", (double)ns / 1e9);
	return cell;
}

static const char *
format_memory(char cell[static CELL_BYTES], uint64_t bytes)
{
	if (bytes == 0)
		(void)snprintf(cell, CELL_BYTES, "-");
	else if (bytes < UINT64_C(10) << 30)
		(void)snprintf(cell, CELL_BYTES, "%.1fM", (double)bytes / (1 << 20));
	else
		(void)snprintf(cell, CELL_BYTES, "%.1fG", (double)bytes / (1 << 30));
	return cell;
}

static const char *
format_age(char cell[static CELL_BYTES], uint64_t s)
{
	if (s < 60)
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64 "s", s);
	else if (s < 3600)
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64 "m %" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64 "h %" PRIu64 "m", s / 3600,
			       s / 60 % 60);
	else
		(void)snprintf(cell, CELL_BYTES, "%" PRIu64 "d %" PRIu64 "h", s / 86400,
			       s / 3600 % 24);
	return cell;
}

/* How long before the snapshot. */
static const char *
format_since(char cell[static CELL_BYTES], const struct snapshot *s, uint64_t then_ms)
{
	return format_age(cell, s->written_ms > then_ms ? (s->written_ms - then_ms) / 1000 : 0);
}

static void
show_right(struct buf *b, int width, const char *cell)
{
	buf_printf(b, "%*s", width, cell);
}

static void
show_number(struct buf *b, int width, uint64_t n)
{
	char cell[CELL_BYTES];

	show_right(b, width, format_count(cell, n));
}

/* name and mark, "" for none, in width columns. */
static void
show_title(struct buf *b, int width, const char *name, const char *mark)
{
	int room = width - (int)strlen(mark), len = (int)strlen(name);

	if (*name == '\0')
		name = "(other)";
	if (len > room)
		buf_printf(b, "%.*s...%s", room - 3, name, mark);
	else
		buf_printf(b, "%s%s%*s", name, mark,
			   width - (int)strlen(name) - (int)strlen(mark), "");
}

/* The end of a text that is longer than width, and a line end. */
static void
show_end_of(struct buf *b, size_t width, const char *text)
{
	size_t len = strlen(text);

	buf_printf(b, "  %s%s\n", len > width ? "..." : "",
		   len > width ? text + len - (width - 3) : text);
}

/* The first lines. */

bool
status_is_well(const struct snapshot *s)
{
	return s->health[0] == '\0' && s->reload_failed_ms == 0 && !s->is_stopping &&
	       s->generation != 0;
}

static void
show_faults(struct buf *b, const struct snapshot *s)
{
	const char *line = s->health;
	char cell[CELL_BYTES];

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		buf_printf(b, "  ! %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
	if (s->reload_failed_ms != 0)
		buf_printf(b,
			   "  ! the reload failed %s ago; the configuration before it serves:\n"
			   "    %s\n",
			   format_since(cell, s, s->reload_failed_ms), s->reload_failure);
	if (s->is_stopping)
		buf_puts(b, "  ! it is stopping\n");
	else if (s->generation == 0)
		buf_puts(b, "  ! it is starting: no configuration serves yet\n");
}

static void
show_drains(struct buf *b, const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_listeners; i++)
		if (s->listeners[i].is_configured && s->listeners[i].drains)
			buf_printf(b,
				   "  listener %.20s drains: no connections until the next "
				   "reload\n",
				   s->listeners[i].name);
}

static void
show_state(struct buf *b, const struct snapshot *s)
{
	char age[CELL_BYTES], memory[CELL_BYTES];

	buf_printf(b, "polymilter %s is %s\n", s->daemon_version,
		   status_is_well(s) ? "well." : "NOT well:");
	show_faults(b, s);
	buf_printf(b, "\n  up %s, pid %" PRId32 ", memory of the master %s\n",
		   format_since(age, s, s->started_ms), s->master_pid,
		   format_memory(memory, s->master_memory));
	buf_printf(b, "  %s: generation %" PRIu32 ", %s %s ago\n", s->config_file,
		   s->generation, s->generation > 1 ? "reloaded" : "loaded",
		   format_since(age, s, s->loaded_ms));
	if (s->reload == SNAPSHOT_RELOAD_RUNS)
		buf_puts(b, "  a reload is under way\n");
	if (strcmp(s->log_level, s->log_level_configured) != 0)
		buf_printf(b, "  log level %s until the next reload (configured: %s)\n",
			   s->log_level, s->log_level_configured);
	show_drains(b, s);
	if (s->n_generations > 1)
		buf_printf(b, "  %" PRIu32 " older generations finish %" PRIu64 " sessions\n",
			   s->n_generations - 1, s->sessions_draining);
	buf_printf(b, "  %" PRIu64 " sessions", s->sessions_in_flight);
	if (s->connections_queued > 0)
		buf_printf(b, ", %" PRIu64 " connections wait", s->connections_queued);
	buf_puts(b, " now\n");
}

/* What went wrong since the start; nothing where nothing did. */
static void
show_fault_counts(struct buf *b, const struct snapshot *s)
{
	static const struct {
		enum snapshot_total which;
		const char *text;
	} fault_counts[] = {
		{TOTAL_WORKER_SIGNALS, "workers were killed by a signal"},
		{TOTAL_WORKER_EXITS, "workers ended by themselves"},
		{TOTAL_WORKER_HANGS, "workers hung and were replaced"},
		{TOTAL_RELOADS_FAILED, "reloads failed"},
		{TOTAL_ACCEPT_PAUSES, "times all workers were full"},
		{TOTAL_LOG_LINES_LOST, "log lines were lost"},
	};
	bool first = true;

	for (size_t i = 0; i < sizeof(fault_counts) / sizeof(fault_counts[0]); i++) {
		if (s->totals[fault_counts[i].which] == 0)
			continue;
		buf_puts(b, first ? "\nSince the start\n" : "");
		show_number(b, 10, s->totals[fault_counts[i].which]);
		buf_printf(b, " %s\n", fault_counts[i].text);
		first = false;
	}
}

/* Tables. */

static void
show_workers(struct buf *b, const struct snapshot *s)
{
	char cell[CELL_BYTES];

	buf_puts(b, "\nWorkers   pid  generation  state      sessions    messages    memory"
		    "        up\n");
	for (size_t i = 0; i < s->n_workers; i++) {
		const struct snapshot_worker *w = &s->workers[i];

		buf_printf(b, "%13" PRId32 "%12" PRIu32 "  %-8s", w->pid, w->generation,
			   snapshot_worker_state_name(w->state));
		show_number(b, 11, w->sessions);
		show_number(b, 12, w->messages);
		show_right(b, 10, format_memory(cell, w->memory));
		show_right(b, 10, format_age(cell, w->age_s));
		buf_putc(b, '\n');
	}
	if (s->workers_left_out > 0)
		buf_printf(b, "  and %" PRIu32 " more\n", s->workers_left_out);
}

static void
show_listeners(struct buf *b, const struct snapshot *s)
{
	buf_puts(b, "\nListener             sessions     max    messages  socket\n");
	for (size_t i = 0; i < s->n_listeners; i++) {
		const struct snapshot_listener *l = &s->listeners[i];

		if (!l->is_configured)
			continue;
		show_title(b, 20, l->name, l->drains ? " [drains]" : "");
		show_number(b, 9, l->sessions);
		if (l->max_sessions > 0)
			show_number(b, 8, l->max_sessions);
		else
			show_right(b, 8, "-");
		show_number(b, 12, summary_sum(&l->n[LISTENER_MESSAGES], VERDICT_COUNT_N));
		show_end_of(b, SOCKET_COLUMNS, l->socket);
	}
}

static void
show_message_row(struct buf *b, const char *name, uint64_t minute, uint64_t hour, uint64_t all)
{
	buf_printf(b, "  %-18s", name);
	show_number(b, 12, minute);
	show_number(b, 12, hour);
	show_number(b, 14, all);
	buf_putc(b, '\n');
}

static void
show_time_row(struct buf *b, const char *name, const uint64_t *time)
{
	char p50[CELL_BYTES], p99[CELL_BYTES];

	buf_printf(b, "  time in policies, %s: p50 %s, p99 %s\n", name,
		   format_time(p50, summary_quantile_ns(time, 50)),
		   format_time(p99, summary_quantile_ns(time, 99)));
}

static void
show_messages(struct buf *b, const struct snapshot *s)
{
	uint64_t minute = 0, hour = 0, time[TIME_BUCKETS];

	buf_puts(b, "\nMessages             last minute   last hour           all\n");
	for (unsigned v = 0; v < VERDICT_COUNT_N; v++) {
		uint64_t in_minute = summary_last_minute(s, v);
		uint64_t in_hour = summary_last_hour(s, v);

		minute += in_minute;
		hour += in_hour;
		if (s->messages[v] > 0)
			show_message_row(b, verdict_count_name(v), in_minute, in_hour,
					 s->messages[v]);
	}
	show_message_row(b, "all", minute, hour, summary_sum(s->messages, VERDICT_COUNT_N));
	summary_last_hour_time(s, time);
	show_time_row(b, "last hour", time);
}

static const char *
find_policy_mark(const struct snapshot_policy *p)
{
	return p->is_off ? " [off]" : p->monitors ? " [monitor]" : "";
}

static void
show_rules(struct buf *b, const struct snapshot *s, size_t policy)
{
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct snapshot_rule *r = &s->rules[i];

		if (r->policy != policy || !r->is_configured)
			continue;
		buf_puts(b, "  / ");
		show_title(b, POLICY_COLUMNS + 4, r->name, ""); /* its counts below those */
		show_number(b, 8, r->n[RULE_HITS]);
		show_number(b, 8, r->n[RULE_WOULD_HITS]);
		buf_putc(b, '\n');
	}
}

/* "    clean 120, infected 3": those that there were, of a policy that asks a server. */
static void
show_results(struct buf *b, const struct snapshot_policy *p)
{
	const char *word;
	size_t len, n = 0;

	for (size_t i = 0;
	     i < COUNTED_RESULTS_MAX && (word = snapshot_result(p, i, &len)) != NULL; i++) {
		if (p->n[POLICY_RESULTS + i] == 0)
			continue;
		buf_printf(b, "%s%.*s ", n++ > 0 ? ", " : "    ", (int)len, word);
		buf_put_number(b, p->n[POLICY_RESULTS + i]);
	}
	if (n > 0)
		buf_putc(b, '\n');
}

static void
show_policies(struct buf *b, const struct snapshot *s, bool with_rules)
{
	char cell[CELL_BYTES];

	buf_puts(b, "\nPolicy                      runs    hits   would errors skipped"
		    "     p50     p99\n");
	for (size_t i = 0; i < s->n_policies; i++) {
		const struct snapshot_policy *p = &s->policies[i];
		const uint64_t *time = &p->n[POLICY_TIME];

		if (!p->is_configured && *p->name != '\0')
			continue;
		show_title(b, POLICY_COLUMNS, p->name, find_policy_mark(p));
		show_number(b, 8, p->n[POLICY_RUNS]);
		show_number(b, 8, p->n[POLICY_HITS]);
		show_number(b, 8, p->n[POLICY_WOULD_HITS]);
		show_number(b, 7, p->n[POLICY_ERRORS]);
		show_number(b, 8, p->n[POLICY_SKIPPED]);
		show_right(b, 8, format_time(cell, summary_quantile_ns(time, 50)));
		show_right(b, 8, format_time(cell, summary_quantile_ns(time, 99)));
		buf_putc(b, '\n');
		show_results(b, p);
		if (with_rules)
			show_rules(b, s, i);
	}
}

/* Of a server; of a service as a whole what waits, or came to no server. */
static void
show_server(struct buf *b, const struct snapshot_server *row)
{
	uint64_t errors =
		summary_sum(&row->n[SERVER_TOO_BIG + 1], SERVER_OUTCOMES - SERVER_TOO_BIG - 1);
	bool is_whole = *row->server == '\0';
	char cell[CELL_BYTES], age[CELL_BYTES];

	show_title(b, 16, row->name, "");
	show_number(b, 6, is_whole ? row->queued : row->in_flight);
	show_number(b, 10, row->n[SERVER_ANSWERED] + row->n[SERVER_TOO_BIG]);
	show_number(b, 8, errors);
	(void)snprintf(cell, sizeof(cell), "%s", is_whole ? "wait" : "up");
	if (row->state == SNAPSHOT_SERVER_DOWN)
		(void)snprintf(cell, sizeof(cell), "DOWN %.24s", format_age(age, row->down_s));
	buf_printf(b, "  %-12s", cell);
	show_end_of(b, SERVER_COLUMNS, is_whole ? "(no server)" : row->server);
}

static void
show_servers(struct buf *b, const struct snapshot *s)
{
	buf_puts(b, "\nService            now  answered  errors  state         server\n");
	for (size_t i = 0; i < s->n_servers; i++) {
		const struct snapshot_server *row = &s->servers[i];
		bool is_idle = row->queued == 0 && summary_sum(row->n, SERVER_OUTCOMES) == 0;

		if (row->is_configured && (*row->server != '\0' || !is_idle))
			show_server(b, row);
	}
}

void
status_write_text(const struct snapshot *s, bool with_rules, struct buf *b)
{
	show_state(b, s);
	show_fault_counts(b, s);
	show_workers(b, s);
	show_listeners(b, s);
	show_messages(b, s);
	if (s->n_policies > 0)
		show_policies(b, s, with_rules);
	if (s->n_servers > 0)
		show_servers(b, s);
}
