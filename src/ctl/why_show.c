/* A message of the history as text for a reader. why.h has an example. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chain/history.h"
#include "ctl/why.h"
#include "util/buf.h"
#include "util/str.h"

#define NO_MAX SIZE_MAX

/* Untrusted bytes: as str_append_printable(), without a backslash before '<', '>' and '"', and
 * with a blank for a line end and the blanks behind it. */
static void
append_shown(struct buf *b, const char *s)
{
	while (*s != '\0') {
		size_t len = strcspn(s, "<>\"\n");

		str_append_printable(b, s, len, NO_MAX);
		s += len;
		if (*s == '\n') {
			buf_putc(b, ' ');
			s += strspn(s, "\n\t ");
		} else if (*s != '\0') {
			buf_putc(b, (unsigned char)*s++);
		}
	}
}

static void
append_label(struct buf *b, const char *label)
{
	buf_printf(b, "    %-10s ", label);
}

static void
append_line(struct buf *b, const char *label, const char *value)
{
	if (value == NULL)
		return;
	append_label(b, label);
	append_shown(b, value);
	buf_putc(b, '\n');
}

/* The whole message. */

static void
append_title(struct buf *b, const struct history_message *m)
{
	time_t seconds = (time_t)(m->head.time_us / 1000000);
	struct tm tm;
	char when[32] = "?";

	if (localtime_r(&seconds, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%F %T", &tm);
	buf_printf(b, "%s  ", when);
	append_shown(b, m->queue_id != NULL ? m->queue_id : "NOQUEUE");
	buf_puts(b, "  ");
	append_shown(b, m->verdict);
	if (m->by != NULL) {
		buf_puts(b, " by \"");
		append_shown(b, m->by);
		buf_putc(b, '"');
	} else if (m->limit != NULL) {
		buf_puts(b, " by limits { ");
		append_shown(b, m->limit);
		buf_puts(b, " }");
	}
	buf_putc(b, '\n');
}

static void
append_client(struct buf *b, const struct history_message *m)
{
	append_label(b, "client");
	append_shown(b, m->client_name != NULL ? m->client_name : "unknown");
	buf_puts(b, " [");
	append_shown(b, m->client_address != NULL ? m->client_address : "");
	buf_putc(b, ']');
	if (m->helo != NULL) {
		buf_puts(b, ", HELO ");
		append_shown(b, m->helo);
	}
	buf_putc(b, '\n');
	append_label(b, "listener");
	append_shown(b, m->listener);
	buf_puts(b, ", session ");
	append_shown(b, m->session);
	buf_printf(b, ", message %" PRIu32 ", generation %" PRIu32 "\n", m->head.message_no,
		   m->head.generation);
}

static void
append_mailbox_line(struct buf *b, const char *label, const char *mailbox)
{
	append_label(b, label);
	buf_putc(b, '<');
	append_shown(b, mailbox);
	buf_puts(b, ">\n");
}

static void
append_addresses(struct buf *b, const struct history_message *m)
{
	if (m->sender != NULL)
		append_mailbox_line(b, "from", m->sender);
	for (size_t i = 0; i < m->head.n_named; i++)
		append_mailbox_line(b, i == 0 ? "to" : "", m->rcpts[i]);
	if (m->head.n_rcpts > m->head.n_named) {
		append_label(b, "");
		buf_printf(b, "and %" PRIu32 " more\n", m->head.n_rcpts - m->head.n_named);
	}
}

static void
append_size_and_id(struct buf *b, const struct history_message *m)
{
	char size[16];

	if (m->head.size != UINT64_MAX)
		append_line(b, "size", str_format_size(size, m->head.size));
	append_line(b, "message id", m->message_id);
}

static const char *
known(const char *s)
{
	return s != NULL ? s : "?";
}

/* What a policy did, or would have done. */

/* f: NULL for a line of the policy itself. */
static void
begin_policy_detail(struct buf *b, const struct history_finding *f)
{
	buf_printf(b, "%17s%s", "", f != NULL && f->n.monitored ? "would: " : "");
}

static void
append_header_line(struct buf *b, const struct history_finding *f, const char *mark,
		   const char *name, const char *value)
{
	begin_policy_detail(b, f);
	buf_puts(b, mark);
	append_shown(b, name);
	if (value != NULL) {
		buf_puts(b, ": ");
		append_shown(b, value);
	}
	buf_putc(b, '\n');
}

static void
append_address_change(struct buf *b, const struct history_finding *f, const char *mark,
		      const char *what, const char *mailbox)
{
	begin_policy_detail(b, f);
	buf_printf(b, "%s%s <", mark, what);
	append_shown(b, mailbox);
	buf_puts(b, ">\n");
}

/* The values of a subject are not in the history. */
static void
append_hidden(struct buf *b, const struct history_finding *f)
{
	static const char *const words[] = {
		[FINDING_ADD_HEADER] = "added",
		[FINDING_CHANGE_HEADER] = "changed",
		[FINDING_DELETE_HEADER] = "removed",
	};

	append_header_line(b, f, "", known(f->name), words[f->n.kind]);
}

static void
append_header_values(struct buf *b, const struct history_finding *f)
{
	if (f->n.hidden) {
		append_hidden(b, f);
		return;
	}
	if (f->before != NULL)
		append_header_line(b, f, "- ", known(f->name), f->before);
	if (f->after != NULL)
		append_header_line(b, f, "+ ", known(f->name), f->after);
}

static void
append_address_values(struct buf *b, const struct history_finding *f, const char *what)
{
	/* An added recipient may name the one that it is a result of, which is removed by a
	 * finding of its own. */
	if (f->before != NULL && f->n.kind != FINDING_ADD_RCPT)
		append_address_change(b, f, "- ", what, f->before);
	if (f->after != NULL)
		append_address_change(b, f, "+ ", what, f->after);
}

static void
append_rule_line(struct buf *b, const struct history_finding *f)
{
	begin_policy_detail(b, NULL);
	buf_puts(b, "rule \"");
	append_shown(b, known(f->name));
	buf_putc(b, '"');
	if (f->before != NULL) {
		buf_puts(b, ", table ");
		append_shown(b, f->before);
	}
	buf_putc(b, '\n');
}

static void
append_refusal(struct buf *b, const struct history_finding *f)
{
	begin_policy_detail(b, f);
	buf_puts(b, "refuse <");
	append_shown(b, known(f->name));
	buf_puts(b, "> ");
	append_shown(b, known(f->after));
	buf_putc(b, '\n');
}

static void
append_finding_lines(struct buf *b, const struct history_finding *f)
{
	switch (f->n.kind) {
	case FINDING_RULE:
		append_rule_line(b, f);
		break;
	case FINDING_ADD_HEADER:
	case FINDING_CHANGE_HEADER:
	case FINDING_DELETE_HEADER:
		append_header_values(b, f);
		break;
	case FINDING_SENDER:
		append_address_values(b, f, "from");
		break;
	case FINDING_ADD_RCPT:
	case FINDING_DELETE_RCPT:
		append_address_values(b, f, "to");
		break;
	case FINDING_BODY:
		append_header_line(b, f, "", "body", "changed");
		break;
	case FINDING_QUARANTINE:
		append_header_line(b, f, "", "quarantine", f->after);
		break;
	case FINDING_REFUSE_RCPT:
		append_refusal(b, f);
		break;
	case FINDING_VERDICT:
		append_header_line(b, f, "", known(f->after), NULL);
		break;
	default: /* history_read() lets none pass */
		break;
	}
}

/* What was undone did not happen. */
static void
append_findings_of(struct buf *b, const struct history_message *m, unsigned position)
{
	size_t n_undone = 0;

	for (size_t i = 0; i < m->head.n_findings; i++) {
		const struct history_finding *f = &m->findings[i];

		if (f->n.position != position)
			continue;
		n_undone += f->n.undone != 0;
		if (f->n.undone == 0)
			append_finding_lines(b, f);
	}
	if (n_undone > 0)
		buf_printf(b, "                 (%zu changes were undone)\n", n_undone);
}

/* "would=reject (refused 2)" and so on, as in the log line. */
static void
append_outcome(struct buf *b, const struct history_policy *p)
{
	bool idle = strcmp(p->result, "pass") == 0 || strcmp(p->result, "skipped") == 0;

	if (p->n.monitors && !idle)
		buf_puts(b, "would: ");
	append_shown(b, p->result);
	if (p->skip_reason != NULL && strcmp(p->result, "skipped") == 0)
		buf_printf(b, " (%s)", p->skip_reason);
	if (p->n.refused_rcpts > 0)
		buf_printf(b, ", refused %" PRIu32, p->n.refused_rcpts);
}

static void
pad_to(struct buf *b, size_t begin, size_t width)
{
	do {
		buf_putc(b, ' ');
	} while (b->len - begin < width);
}

static void
append_policy_line(struct buf *b, const struct history_policy *p, bool first)
{
	size_t begin;

	append_label(b, first ? "policies" : "");
	begin = b->len;
	append_shown(b, p->title);
	pad_to(b, begin, 24);
	append_outcome(b, p);
	pad_to(b, begin, 50);
	buf_printf(b, "%8.2f ms\n", (double)p->n.ns / 1e6);
}

static void
append_policy_lines(struct buf *b, const struct history_message *m)
{
	for (size_t i = 0; i < m->head.n_policies; i++) {
		const struct history_policy *p = &m->policies[i];

		append_policy_line(b, p, i == 0);
		if (p->error != NULL)
			append_header_line(b, NULL, "", "error", p->error);
		append_findings_of(b, m, p->n.position);
		if (p->reply != NULL)
			append_header_line(b, NULL, "", "reply", p->reply);
	}
	if (m->head.n_policies_left_out > 0 || m->head.n_findings_left_out > 0) {
		append_label(b, "");
		buf_printf(b, "and %u policies, %u changes for which there was no room\n",
			   m->head.n_policies_left_out, m->head.n_findings_left_out);
	}
}

void
why_show(struct buf *b, const struct history_message *m)
{
	append_title(b, m);
	append_line(b, "reply", m->reply);
	append_client(b, m);
	append_addresses(b, m);
	append_size_and_id(b, m);
	append_policy_lines(b, m);
}
