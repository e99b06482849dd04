/* The tables of the page. Rows of policies, rules and listeners that the configuration does not
 * have any more are left out; /metrics has them. */
#include <inttypes.h>
#include <stdio.h>

#include "http/page_private.h"
#include "stats/exposition.h"
#include "stats/summary.h"
#include "stats/units.h"

void
page_put_text(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			buf_puts(b, "&amp;");
		else if (*text == '<')
			buf_puts(b, "&lt;");
		else if (*text == '>')
			buf_puts(b, "&gt;");
		else if (*text == '"')
			buf_puts(b, "&quot;");
		else if (*text == '\'')
			buf_puts(b, "&#39;");
		else
			buf_putc(b, (unsigned char)*text);
	}
}

/* Pieces of a table. */

/* columns: the names, with NULL at the end. */
static void
begin_table(struct buf *b, const char *title, const char *const *columns)
{
	buf_printf(b, "<section><h2>%s</h2><div class=\"wide\"><table>\n<tr>", title);
	for (; *columns != NULL; columns++)
		buf_printf(b, "<th>%s</th>", *columns);
	buf_puts(b, "</tr>\n");
}

static void
end_table(struct buf *b)
{
	buf_puts(b, "</table></div></section>\n");
}

static void
put_count_cell(struct buf *b, uint64_t n)
{
	buf_puts(b, "<td>");
	units_put_count(b, n);
	buf_puts(b, "</td>");
}

/* A number that should be 0. */
static void
put_fault_cell(struct buf *b, uint64_t n)
{
	buf_puts(b, n > 0 ? "<td class=\"warn\">" : "<td>");
	units_put_count(b, n);
	buf_puts(b, "</td>");
}

/* Two texts, the second below the first and weaker. */
static void
put_name_cell(struct buf *b, const char *name, const char *note)
{
	buf_puts(b, "<tr><td>");
	page_put_text(b, name[0] != '\0' ? name : EXPOSITION_OTHER);
	if (note[0] != '\0') {
		buf_puts(b, "<small>");
		page_put_text(b, note);
		buf_puts(b, "</small>");
	}
	buf_puts(b, "</td>");
}

/* Verdicts. */

static void
put_verdict_row(const struct snapshot *s, enum verdict_count which, struct buf *b)
{
	buf_printf(b, "<tr><td><i class=\"v-%s\"></i>%s</td>", verdict_count_name(which),
		   verdict_count_name(which));
	put_count_cell(b, summary_last_minute(s, which));
	put_count_cell(b, summary_last_hour(s, which));
	put_count_cell(b, s->messages[which]);
	buf_puts(b, "</tr>\n");
}

void
page_put_verdict_table(const struct snapshot *s, struct buf *b)
{
	static const char *const columns[] = {"Verdict", "Last minute", "Last hour",
					      "Since the start", NULL};

	begin_table(b, "Messages by verdict", columns);
	for (unsigned i = 0; i < VERDICT_COUNT_N; i++)
		put_verdict_row(s, (enum verdict_count)i, b);
	end_table(b);
}

/* Policies and rules. */

static void
put_quantile_cell(struct buf *b, const uint64_t *time, unsigned percent)
{
	uint64_t ns = summary_quantile_ns(time, percent);

	buf_puts(b, "<td>");
	if (ns > 0)
		units_put_duration(b, ns / 1000);
	buf_puts(b, "</td>");
}

static void
put_policy_row(const struct snapshot_policy *p, struct buf *b)
{
	char note[64];

	(void)snprintf(note, sizeof(note), "%s%s", p->kind,
		       p->is_off     ? ", off"
		       : p->monitors ? ", monitors"
				     : "");
	put_name_cell(b, p->name, note);
	put_count_cell(b, p->n[POLICY_RUNS]);
	put_count_cell(b, p->n[POLICY_HITS]);
	put_count_cell(b, p->n[POLICY_WOULD_HITS]);
	put_fault_cell(b, p->n[POLICY_ERRORS]);
	put_quantile_cell(b, p->n + POLICY_TIME, 50);
	put_quantile_cell(b, p->n + POLICY_TIME, 99);
	buf_puts(b, "</tr>\n");
}

void
page_put_policy_table(const struct snapshot *s, struct buf *b)
{
	static const char *const columns[] = {"Policy", "Runs", "Hits", "Would hit",
					      "Errors", "p50",	"p99",	NULL};

	begin_table(b, "Policies", columns);
	for (uint32_t i = 0; i < s->n_policies; i++)
		if (s->policies[i].is_configured)
			put_policy_row(&s->policies[i], b);
	end_table(b);
}

void
page_put_rule_table(const struct snapshot *s, struct buf *b)
{
	static const char *const columns[] = {"Rule", "Hits", "Would hit", NULL};

	if (s->n_rules == 0)
		return;
	begin_table(b, "Rules", columns);
	for (uint32_t i = 0; i < s->n_rules; i++) {
		const struct snapshot_rule *r = &s->rules[i];

		if (!r->is_configured)
			continue;
		put_name_cell(b, r->name,
			      r->policy < s->n_policies ? s->policies[r->policy].name : "");
		put_count_cell(b, r->n[RULE_HITS]);
		put_count_cell(b, r->n[RULE_WOULD_HITS]);
		buf_puts(b, "</tr>\n");
	}
	end_table(b);
}

/* Listeners and workers. */

static void
put_listener_row(const struct snapshot_listener *l, struct buf *b)
{
	const uint64_t *messages = l->n + LISTENER_MESSAGES;

	char note[sizeof(l->socket) + 16];

	(void)snprintf(note, sizeof(note), "%s%s", l->socket, l->drains ? ", drains" : "");
	put_name_cell(b, l->name, note);
	put_count_cell(b, l->sessions);
	put_count_cell(b, l->n[LISTENER_SESSIONS]);
	put_count_cell(b, summary_sum(messages, VERDICT_COUNT_N));
	put_count_cell(b, messages[VERDICT_COUNT_REJECT]);
	put_count_cell(b, messages[VERDICT_COUNT_TEMPFAIL]);
	buf_puts(b, "</tr>\n");
}

void
page_put_listener_table(const struct snapshot *s, struct buf *b)
{
	static const char *const columns[] = {"Listener", "Open",     "Sessions", "Messages",
					      "Reject",	  "Tempfail", NULL};

	begin_table(b, "Listeners", columns);
	for (uint32_t i = 0; i < s->n_listeners; i++)
		if (s->listeners[i].is_configured)
			put_listener_row(&s->listeners[i], b);
	end_table(b);
}

static void
put_worker_row(const struct snapshot_worker *w, struct buf *b)
{
	buf_printf(b, "<tr><td>%" PRId32 "</td><td>%" PRIu32 "</td><td>%s</td>", w->pid,
		   w->generation,
		   snapshot_worker_state_name((enum snapshot_worker_state)w->state));
	put_count_cell(b, w->sessions);
	put_count_cell(b, w->messages);
	buf_puts(b, "<td>");
	if (w->memory > 0)
		units_put_bytes(b, w->memory);
	buf_puts(b, "</td><td>");
	units_put_span(b, w->age_s);
	buf_puts(b, "</td></tr>\n");
}

void
page_put_worker_table(const struct snapshot *s, struct buf *b)
{
	static const char *const columns[] = {"Worker",	  "Gen.",   "State", "Sessions",
					      "Messages", "Memory", "Age",   NULL};

	begin_table(b, "Workers", columns);
	for (uint32_t i = 0; i < s->n_workers; i++)
		put_worker_row(&s->workers[i], b);
	end_table(b);
	if (s->workers_left_out > 0)
		buf_printf(b, "<p>%" PRIu32 " workers are not listed.</p>\n",
			   s->workers_left_out);
}
