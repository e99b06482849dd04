/* The one log line of a message, and warnings about a listener. The line's grammar stands in
 * polymilter(8). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chain/run.h"
#include "session/diff.h"
#include "util/log.h"
#include "util/str.h"

#define MAX_VALUE_BYTES 256u

/* key=<value>, or with other marks; cleaned. */
static void
put_marked(struct buf *b, const char *key, const char *value, const char marks[static 2])
{
	buf_putc(b, ' ');
	buf_puts(b, key);
	buf_putc(b, '=');
	buf_putc(b, (unsigned char)marks[0]);
	str_append_printable(b, value, strlen(value), MAX_VALUE_BYTES);
	buf_putc(b, (unsigned char)marks[1]);
}

static void
put_angle(struct buf *b, const char *key, const char *value)
{
	put_marked(b, key, value, "<>");
}

static void
put_quoted(struct buf *b, const char *key, const char *value)
{
	put_marked(b, key, value, "\"\"");
}

static void
put_client(struct buf *b, const struct peer *peer)
{
	buf_puts(b, " client=");
	if (peer->host[0] == '[' || peer->host[0] == '\0')
		buf_puts(b, "unknown");
	else
		str_append_printable(b, peer->host, strlen(peer->host), MAX_VALUE_BYTES);
	buf_putc(b, '[');
	str_append_printable(b, peer->addr, strlen(peer->addr), MAX_VALUE_BYTES);
	buf_putc(b, ']');
	put_angle(b, "helo", peer->helo);
}

static void
put_envelope(struct buf *b, const struct message *m)
{
	const struct sender *from = message_sender(m, 0);
	size_t n = 0;

	if (from != NULL)
		put_angle(b, "from", from->mailbox);
	for (size_t i = 0; i < m->n_rcpts; i++) {
		if (m->rcpts[i].added_by != POSITION_MTA)
			continue;
		if (n++ == 0)
			put_angle(b, "to", m->rcpts[i].mailbox);
	}
	buf_puts(b, " nrcpt=");
	buf_put_number(b, n);
}

/* Only of what was taken anyway: nothing is asked of the MTA for the line's sake. */
static void
put_content(struct buf *b, const struct chain_run *run, const struct message *m)
{
	uint32_t parts = run->chain->need.parts;
	const struct header *id;
	const char *value;
	size_t len;

	if (run->stage != STAGE_EOM)
		return;
	if ((parts & (PART_SIZE | PART_BODY)) != 0) {
		buf_puts(b, " size=");
		buf_put_number(b, message_size(m));
	}
	id = (parts & PART_HEADERS) != 0 ? message_nth_header(m, "Message-Id", 1) : NULL;
	if (id == NULL)
		return;
	value = id->value + strspn(id->value, " \t\n<");
	len = strcspn(value, ">\n");
	buf_puts(b, " msgid=<");
	str_append_printable(b, value, len, MAX_VALUE_BYTES);
	buf_putc(b, '>');
}

static const char *
outcome(const struct policy_call *c)
{
	if (c->said == VERDICT_ERROR)
		return "error";
	if (c->said != VERDICT_CONTINUE)
		return verdict_name(c->said);
	if (c->would != VERDICT_CONTINUE)
		return verdict_name(c->would);
	if (c->skipped != NULL)
		return "skipped";
	return c->changed ? "changed" : "pass";
}

static void
put_policy(struct buf *b, const struct policy_call *c, bool first)
{
	const char *what = outcome(c);
	bool would = c->watches && strcmp(what, "pass") != 0 && strcmp(what, "skipped") != 0;

	if (!first)
		buf_putc(b, ' ');
	str_append_printable(b, c->inst->title, strlen(c->inst->title), MAX_VALUE_BYTES);
	buf_puts(b, would ? ":would=" : ":");
	buf_puts(b, what);
	if (strcmp(what, "skipped") == 0)
		buf_printf(b, "(%s)", c->skipped);
	if (c->refused > 0)
		buf_printf(b, "(refused=%u)", c->refused);
}

/* Policies that were not asked are left out. */
static void
put_policies(struct buf *b, const struct chain_run *run)
{
	bool first = true;

	buf_puts(b, " policies=\"");
	for (size_t i = 0; i < run->chain->n; i++) {
		const struct policy_call *c = &run->calls[i];

		if (!c->ran && c->skipped == NULL)
			continue;
		put_policy(b, c, first);
		first = false;
	}
	buf_putc(b, '"');
}

static void
put_edits(struct buf *b, const struct chain_run *run, const struct message *m)
{
	const struct milter_terms *terms = session_terms(run->session);
	struct buf edits = {0};

	diff_write_summary(m, &edits);
	if (edits.len > 0)
		put_quoted(b, "edits", buf_string(&edits));
	buf_free(&edits);
	if ((terms->actions & ACTION_ADD_RCPT_PAR) != 0)
		return;
	for (size_t i = 0; i < m->n_rcpts; i++) {
		const struct rcpt *r = &m->rcpts[i];

		if (r->added_by != POSITION_MTA && r->removed_by == POSITION_NONE &&
		    r->args_len > 0) {
			buf_puts(b, " lost=notify");
			return;
		}
	}
}

static void
put_final(struct buf *b, const struct chain_run *run)
{
	const struct pending_verdict *w = &run->final;
	const struct message *m = session_message(run->session);

	if (!w->set)
		return;
	if (run->final_by != NULL)
		put_quoted(b, "by", run->final_by);
	else if (m->over_limit != NULL)
		buf_printf(b, " limit=%s", m->over_limit);
	if (w->code == 0)
		return;
	buf_printf(b, " reply=\"%u %s ", w->code, w->xcode);
	str_append_printable(b, w->text, strlen(w->text), MAX_VALUE_BYTES);
	buf_putc(b, '"');
}

bool
chain_acted(const struct chain_run *run)
{
	if (run->final.set)
		return true;
	for (size_t i = 0; i < run->chain->n; i++) {
		const struct policy_call *c = &run->calls[i];

		if (c->changed || c->refused > 0 || c->said != VERDICT_CONTINUE ||
		    c->would != VERDICT_CONTINUE)
			return true;
	}
	return false;
}

void
chain_line_write(struct chain_run *run, const char *said)
{
	struct message *m = session_message(run->session);
	bool acted = chain_acted(run);
	struct log_field fields[] = {
		{"QUEUE_ID", run->queue_id},
		{"SESSION", run->session_id},
		{"LISTENER", run->chain->listener},
		{"VERDICT", said == NULL ? "aborted" : said},
	};
	struct log_record record = {.level = LOG_INFO, .fields = fields, .n_fields = 4};
	struct buf *line = &run->line;

	if (!run->host->message_done(run->host_ctx, said, acted) || (said == NULL && !acted))
		return;
	buf_reset(line);
	str_append_printable(line, run->queue_id, strlen(run->queue_id), MAX_VALUE_BYTES);
	buf_puts(line, run->queue_id[0] == '\0' ? "NOQUEUE: verdict=" : ": verdict=");
	buf_puts(line, fields[3].value);
	put_final(line, run);
	buf_puts(line, " session=");
	buf_puts(line, run->session_id);
	buf_puts(line, " listener=\"");
	buf_puts(line, run->chain->listener);
	buf_putc(line, '"');
	put_client(line, session_peer(run->session));
	put_envelope(line, m);
	put_content(line, run, m);
	put_policies(line, run);
	if (said != NULL && (strcmp(said, "accept") == 0 || strcmp(said, "continue") == 0))
		put_edits(line, run, m);
	buf_append(line, run->notes.data, run->notes.len);
	record.text = buf_string(line);
	run->host->log(run->host_ctx, &record);
}

void
chain_warn(struct chain_run *run, const char *fmt, ...)
{
	char what[200], text[300];
	struct log_record record = {.level = LOG_WARNING, .text = text};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(text, sizeof(text), "listener %s: %s", run->chain->listener, what);
	run->host->log(run->host_ctx, &record);
}
