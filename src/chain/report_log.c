/* The findings of a message as text for its log line. Input: the list of report.h; output: keys
 * and values in the grammar of message_log.c.
 *
 * A policy that acts names what it changed; one that only monitors says what it would have
 * done, with values. Example, with mode = "monitor":
 *
 *	would="tag: Subject: Win -> [?] Win, +X-Tag: yes"
 *	would="moved: rcpt b@old.example -> b@new.example"
 *	would="caps: refuse c@example.com 452 4.5.3 Too many recipients"
 *
 * A rule with mode = "monitor" has the same for itself, whatever the mode of its policy:
 *
 *	would="words/pills: reject 550 5.7.1 No pills" */
#include <string.h>

#include "chain/run.h"
#include "util/str.h"

#define VALUE_MAX_BYTES 200u

static void
append_value(struct buf *b, const char *value)
{
	str_append_printable(b, value, strlen(value), VALUE_MAX_BYTES);
}

const char *
format_reply(struct arena *arena, unsigned code, const char *xcode, const char *text)
{
	return arena_printf(arena, "%u %s %s", code, xcode, text);
}

static const struct policy_call *
find_call(const struct chain_run *run, const struct finding *f)
{
	return &run->calls[f->position - 1];
}

static bool
is_noted_already(const struct chain_run *run, const struct finding *rule)
{
	const struct finding *f = run->findings.first;

	for (; f != rule; f = f->next)
		if (f->kind == FINDING_RULE && f->position == rule->position &&
		    f->name == rule->name && f->before == NULL && rule->before == NULL)
			return true;
	return false;
}

static void
append_rule(struct buf *b, const struct chain_run *run, const struct finding *f)
{
	buf_puts(b, " rule=\"");
	append_value(b, find_call(run, f)->inst->title);
	buf_putc(b, '/');
	append_value(b, f->name);
	buf_putc(b, '"');
	if (f->before == NULL)
		return;
	buf_puts(b, " table=\"");
	append_value(b, f->before);
	buf_putc(b, '"');
}

/* "X: before -> after", or as much of it as there is. */
static void
append_values(struct buf *b, const struct finding *f)
{
	buf_puts(b, ": ");
	if (f->before != NULL)
		append_value(b, f->before);
	if (f->before != NULL && f->after != NULL)
		buf_puts(b, " -> ");
	if (f->after != NULL)
		append_value(b, f->after);
}

static void
append_header_change(struct buf *b, const struct finding *f, bool values)
{
	if (f->kind != FINDING_CHANGE_HEADER)
		buf_putc(b, f->kind == FINDING_ADD_HEADER ? '+' : '-');
	append_value(b, f->name);
	if (values)
		append_values(b, f);
}

/* A recipient with all its results: these stand in a row, and before the deletion of the
 * recipient. Returns the last finding that was used. */
static const struct finding *
append_rcpt_change(struct buf *b, const struct finding *f)
{
	const struct finding *end = f;

	while (f->before != NULL && end->kind == FINDING_ADD_RCPT && end->next != NULL &&
	       end->next->before == f->before && end->next->position == f->position &&
	       end->next->monitored == f->monitored)
		end = end->next;
	if (f->kind == FINDING_ADD_RCPT && end->kind == FINDING_DELETE_RCPT) {
		buf_puts(b, "rcpt ");
		append_value(b, f->before);
		buf_puts(b, " ->");
		for (; f != end; f = f->next) {
			buf_putc(b, ' ');
			append_value(b, f->after);
		}
		return end;
	}
	buf_puts(b, f->kind == FINDING_ADD_RCPT ? "+rcpt " : "-rcpt ");
	append_value(b, f->kind == FINDING_ADD_RCPT ? f->after : f->before);
	return f;
}

static const struct finding *
append_one_change(struct buf *b, const struct finding *f, bool values)
{
	switch (f->kind) {
	case FINDING_ADD_HEADER:
	case FINDING_CHANGE_HEADER:
	case FINDING_DELETE_HEADER:
		append_header_change(b, f, values);
		break;
	case FINDING_ADD_RCPT:
	case FINDING_DELETE_RCPT:
		return append_rcpt_change(b, f);
	case FINDING_SENDER:
		buf_puts(b, "sender");
		append_values(b, f);
		break;
	case FINDING_BODY:
		buf_puts(b, "body");
		break;
	case FINDING_QUARANTINE:
		buf_puts(b, "quarantine");
		append_values(b, f);
		break;
	case FINDING_REFUSE_RCPT:
		buf_puts(b, "refuse ");
		append_value(b, f->name);
		buf_putc(b, ' ');
		append_value(b, f->after);
		break;
	case FINDING_VERDICT:
		append_value(b, f->after);
		break;
	case FINDING_RULE:
		break;
	}
	return f;
}

/* Whose changes are listed: a policy's, or those of its rule with mode monitor. */
struct changes_of {
	const struct policy_call *call;
	const struct policy_rule *rule; /* NULL: the policy */
};

/* `KEY="TITLE: `, or what separates it from the change before. */
static void
begin_change(struct buf *b, const struct changes_of *of, bool first)
{
	if (!first) {
		buf_puts(b, ", ");
		return;
	}
	buf_puts(b, of->call->monitors || of->rule != NULL ? " would=\"" : " changed=\"");
	append_value(b, of->call->inst->title);
	if (of->rule != NULL) {
		buf_putc(b, '/');
		append_value(b, of->rule->title);
	}
	buf_puts(b, ": ");
}

static bool
would_refuse(const struct policy_call *c)
{
	return c->monitored_verdict != VERDICT_CONTINUE &&
	       c->monitored_verdict != VERDICT_ERROR && c->refused_rcpts == 0;
}

/* What a policy that only monitors would have answered. */
static void
append_monitored_verdict(struct buf *b, const struct policy_call *c)
{
	const struct pending_verdict *reply = &c->monitored_reply;

	buf_puts(b, verdict_name(c->monitored_verdict));
	if (reply->code == 0)
		return;
	buf_printf(b, " %u %s ", reply->code, reply->xcode);
	append_value(b, reply->text);
}

static bool
is_listed_change(const struct finding *f, const struct changes_of *of)
{
	return f->position == of->call->position && f->monitored == of->rule &&
	       f->kind != FINDING_RULE && !f->undone;
}

static void
append_changes_of(struct buf *b, const struct changes_of *of, size_t max)
{
	const struct policy_call *c = of->call;
	bool values = c->monitors || of->rule != NULL;
	size_t n = 0, left_out = 0;

	for (const struct finding *f = c->run->findings.first; f != NULL; f = f->next) {
		if (!is_listed_change(f, of))
			continue;
		if (b->len > max) {
			left_out++;
			continue;
		}
		begin_change(b, of, n++ == 0);
		f = append_one_change(b, f, values);
	}
	if (of->rule == NULL && would_refuse(c)) {
		begin_change(b, of, n++ == 0);
		append_monitored_verdict(b, c);
	}
	if (left_out > 0 && n > 0)
		buf_printf(b, ", +%zu", left_out);
	if (n > 0)
		buf_putc(b, '"');
}

static bool
is_first_of_rule(const struct chain_run *run, const struct finding *change)
{
	const struct finding *f = run->findings.first;

	while (f->monitored != change->monitored || f->kind == FINDING_RULE || f->undone)
		f = f->next;
	return f == change;
}

/* Of all rules of the policy with mode monitor. */
static void
append_monitored_rules(struct buf *b, const struct policy_call *c, size_t max)
{
	const struct finding *f = c->run->findings.first;

	for (; f != NULL && b->len <= max; f = f->next) {
		struct changes_of of = {c, f->monitored};

		if (f->monitored != NULL && is_listed_change(f, &of) &&
		    is_first_of_rule(c->run, f))
			append_changes_of(b, &of, max);
	}
}

void
append_findings(struct buf *b, const struct chain_run *run, size_t max)
{
	max += b->len;
	for (const struct finding *f = run->findings.first; f != NULL; f = f->next)
		if (f->kind == FINDING_RULE && b->len <= max && !is_noted_already(run, f))
			append_rule(b, run, f);
	for (size_t i = 0; i < run->chain->n; i++) {
		const struct policy_call *c = &run->calls[i];

		if (c->was_called)
			append_changes_of(b, &(struct changes_of){c, NULL}, max);
		if (c->would_act)
			append_monitored_rules(b, c, max);
	}
}
