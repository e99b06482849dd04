/* A message of the history as text for a reader. why.h has an example. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chain/history.h"
#include "ctl/show.h"
#include "ctl/show_finding.h"
#include "ctl/why.h"
#include "util/buf.h"
#include "util/str.h"

#define DETAIL_INDENT 17

static void
append_shown(struct buf *b, const char *s)
{
	show_text(b, s, SIZE_MAX);
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

/* What a policy did, or would have done. */

static void
append_policy_detail(struct buf *b, const char *label, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "%*s%s: ", DETAIL_INDENT, "", label);
	append_shown(b, value);
	buf_putc(b, '\n');
}

static void
append_findings_of(struct buf *b, const struct history_message *m, unsigned position)
{
	for (size_t i = 0; i < m->head.n_findings; i++) {
		struct shown_finding shown = shown_finding_of_history(&m->findings[i]);

		if (m->findings[i].n.position == position)
			show_finding(&shown, DETAIL_INDENT, b);
	}
}

/* "would reject, refused 2" and so on. */
static void
append_outcome(struct buf *b, const struct history_policy *p)
{
	bool idle = strcmp(p->result, "pass") == 0 || strcmp(p->result, "skipped") == 0;

	if (p->n.monitors && !idle)
		buf_puts(b, "would ");
	append_shown(b, p->result);
	if (p->skip_reason != NULL && strcmp(p->result, "skipped") == 0)
		buf_printf(b, " (%s)", p->skip_reason);
	show_refused_count(b, p->n.refused_rcpts);
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
		struct policy_found found = history_found(p);

		append_policy_line(b, p, i == 0);
		show_found(&found, DETAIL_INDENT, b);
		append_policy_detail(b, "error", p->error);
		append_findings_of(b, m, p->n.position);
		append_policy_detail(b, "reply", p->reply);
	}
	if (m->head.n_policies == 0 && m->head.n_policies_left_out == 0) {
		append_label(b, "policies");
		buf_puts(b, "none was called: 'polymilterctl check --listener ");
		append_shown(b, m->listener);
		buf_puts(b, "' prints the chain\n");
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
