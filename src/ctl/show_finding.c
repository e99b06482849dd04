/* Findings for readers: see show_finding.h. Input: findings of a message that was tested, or of
 * the history of a daemon; their texts may have any bytes. */
#include "ctl/show_finding.h"

#include <inttypes.h>
#include <string.h>

#include "chain/history.h"
#include "ctl/show.h"
#include "milter/proto.h"
#include "policy/hit_place.h"
#include "util/buf.h"

#define VALUE_MAX 200u /* bytes of a text */
#define WIDTH	  79u

struct shown_finding
shown_finding(const struct finding *f)
{
	return (struct shown_finding){
		.kind = f->kind,
		.stage = f->stage,
		.undone = f->undone,
		.monitored = f->monitored != NULL,
		.name = f->name,
		.before = f->before,
		.after = f->after,
		.place = f->place,
	};
}

struct shown_finding
shown_finding_of_history(const struct history_finding *f)
{
	return (struct shown_finding){
		.kind = (enum finding_kind)f->n.kind,
		.stage = (enum stage)f->n.stage,
		.undone = f->n.undone != 0,
		.monitored = f->n.monitored != 0,
		.hidden = f->n.hidden != 0,
		.name = f->name,
		.before = f->before,
		.after = f->after,
	};
}

const char *
finding_word(enum finding_kind kind)
{
	static const char *const words[] = {
		[FINDING_RULE] = "rule",
		[FINDING_ADD_HEADER] = "add header",
		[FINDING_CHANGE_HEADER] = "change header",
		[FINDING_DELETE_HEADER] = "remove header",
		[FINDING_SENDER] = "change sender",
		[FINDING_ADD_RCPT] = "add recipient",
		[FINDING_DELETE_RCPT] = "remove recipient",
		[FINDING_BODY] = "change body",
		[FINDING_QUARANTINE] = "quarantine",
		[FINDING_REFUSE_RCPT] = "refuse recipient",
		[FINDING_VERDICT] = "verdict",
	};

	return words[kind];
}

/* NULL: it is not known. */
static void
show_value(const char *text, struct buf *out)
{
	if (text != NULL)
		show_text(out, text, VALUE_MAX);
}

static void
show_mailbox(const char *mailbox, struct buf *out)
{
	buf_putc(out, '<');
	show_value(mailbox, out);
	buf_putc(out, '>');
}

static void
show_header_place(const struct hit_place *p, struct buf *out)
{
	if (p->number == 0) {
		buf_puts(out, "by all ");
		show_value(p->name, out);
		buf_puts(out, " fields");
		return;
	}
	buf_puts(out, "in ");
	show_value(p->name, out);
	if (p->number > 1)
		buf_printf(out, " (number %u)", p->number);
}

static void
show_part(const struct hit_place *p, const char *found, struct buf *out)
{
	if (p->name == NULL)
		buf_puts(out, "in a part that only some programs see");
	else if (*p->name == '\0')
		buf_puts(out, "in the message as a whole");
	else
		buf_printf(out, "in part %s", p->name);
	if (found == NULL || strcmp(found, p->type) != 0) {
		buf_puts(out, ", ");
		show_value(p->type, out);
	}
	if (p->number > 1)
		buf_printf(out, ", and in %u more", p->number - 1);
}

void
show_place(const struct hit_place *p, const char *found, struct buf *out)
{
	switch (p->kind) {
	case HIT_HEADER:
		show_header_place(p, out);
		break;
	case HIT_PART:
		show_part(p, found, out);
		break;
	case HIT_SIZE:
		buf_printf(out, "%s %" PRIu64 " of %" PRIu64, p->name, p->size, p->limit);
		break;
	case HIT_SENDER:
		buf_puts(out, "in the sender");
		break;
	case HIT_TEXT:
		buf_printf(out, "in %s, ", p->name);
		if (p->number > 0)
			buf_printf(out, "paragraph %u", p->number);
		else
			buf_puts(out, "a link");
		break;
	case HIT_RECIPIENT:
		buf_puts(out, "in the recipient");
		if (found != NULL && strcmp(found, p->name) != 0) {
			buf_putc(out, ' ');
			show_mailbox(p->name, out);
		}
		break;
	case HIT_FOR:
		buf_puts(out, "for the recipient ");
		show_mailbox(p->name, out);
		break;
	}
}

/* What it found, where, and in which table. */
static void
show_hit(const struct shown_finding *f, struct buf *out)
{
	const char *separator = "";

	if (f->after != NULL) {
		buf_puts(out, "found \"");
		show_value(f->after, out);
		buf_putc(out, '"');
		separator = " ";
	}
	if (f->place != NULL) {
		buf_puts(out, separator);
		show_place(f->place, f->after, out);
	}
	if (f->before != NULL) {
		buf_puts(out, f->after != NULL || f->place != NULL ? ", " : "");
		buf_puts(out, "table ");
		show_value(f->before, out);
	}
}

static void
show_rule(const struct shown_finding *f, size_t begin, int indent, struct buf *out)
{
	struct buf hit = {0};

	buf_puts(out, "rule \"");
	show_value(f->name, out);
	buf_puts(out, f->monitored ? "\" (mode monitor) hits" : "\" hits");
	show_hit(f, &hit);
	if (hit.len > 0 && out->len - begin + hit.len + 2 > WIDTH)
		buf_printf(out, ":\n%*s", indent + 2, "");
	else if (hit.len > 0)
		buf_puts(out, ": ");
	buf_append(out, hit.data, hit.len);
	buf_free(&hit);
}

/* LABEL OLD -> NEW, the new value below the old one where both do not fit beside each other. */
static void
show_old_and_new(const struct buf *old, const struct buf *new, size_t begin, size_t column,
		 struct buf *out)
{
	buf_append(out, old->data, old->len);
	if (out->len - begin + new->len + 4 > WIDTH)
		buf_printf(out, "\n%*s", (int)column, "-> ");
	else
		buf_puts(out, " -> ");
	buf_append(out, new->data, new->len);
}

static void
show_changed_header(const struct shown_finding *f, size_t begin, struct buf *out)
{
	struct buf old = {0}, new = {0};
	size_t column;

	show_value(f->name, out);
	buf_puts(out, ": ");
	column = out->len - begin;
	show_decoded(&old, f->before != NULL ? f->before : "", VALUE_MAX);
	show_decoded(&new, f->after != NULL ? f->after : "", VALUE_MAX);
	show_old_and_new(&old, &new, begin, column, out);
	buf_free(&old);
	buf_free(&new);
}

static void
show_changed_sender(const struct shown_finding *f, size_t begin, struct buf *out)
{
	struct buf old = {0}, new = {0};

	buf_puts(out, "sender: ");
	show_mailbox(f->before, &old);
	show_mailbox(f->after, &new);
	show_old_and_new(&old, &new, begin, out->len - begin, out);
	buf_free(&old);
	buf_free(&new);
}

static void
show_header_change(const struct shown_finding *f, size_t begin, struct buf *out)
{
	const char *value = f->kind == FINDING_ADD_HEADER ? f->after : f->before;

	if (f->kind == FINDING_CHANGE_HEADER && !f->hidden) {
		show_changed_header(f, begin, out);
		return;
	}
	if (f->kind != FINDING_CHANGE_HEADER)
		buf_puts(out, f->kind == FINDING_ADD_HEADER ? "+ " : "- ");
	show_value(f->name, out);
	if (f->kind == FINDING_CHANGE_HEADER) {
		buf_puts(out, ": changed");
	} else if (value != NULL) {
		buf_puts(out, ": ");
		show_decoded(out, value, VALUE_MAX);
	}
}

/* begin: where the line begins in out. */
static void
show_finding_text(const struct shown_finding *f, size_t begin, int indent, struct buf *out)
{
	switch (f->kind) {
	case FINDING_RULE:
		show_rule(f, begin, indent, out);
		break;
	case FINDING_ADD_HEADER:
	case FINDING_CHANGE_HEADER:
	case FINDING_DELETE_HEADER:
		show_header_change(f, begin, out);
		break;
	case FINDING_SENDER:
		show_changed_sender(f, begin, out);
		break;
	case FINDING_ADD_RCPT:
		buf_puts(out, "+ recipient ");
		show_mailbox(f->after, out);
		break;
	case FINDING_DELETE_RCPT:
		buf_puts(out, "- recipient ");
		show_mailbox(f->before, out);
		break;
	case FINDING_BODY:
		buf_puts(out, "body: changed");
		break;
	case FINDING_QUARANTINE:
		buf_puts(out, "quarantine: ");
		show_value(f->after, out);
		break;
	case FINDING_REFUSE_RCPT:
		buf_puts(out, "refuse ");
		show_mailbox(f->name, out);
		buf_puts(out, f->after != NULL ? ": " : "");
		show_value(f->after, out);
		break;
	case FINDING_VERDICT:
		show_value(f->after, out);
		break;
	}
}

void
show_finding(const struct shown_finding *f, int indent, struct buf *out)
{
	size_t begin = out->len;

	buf_printf(out, "%*s", indent, "");
	if (f->undone)
		buf_puts(out, "undone: ");
	else if (f->monitored && f->kind != FINDING_RULE)
		buf_puts(out, "would: ");
	show_finding_text(f, begin, indent, out);
	buf_putc(out, '\n');
}

static void
show_brief_name(const char *mark, const char *name, struct buf *out)
{
	buf_puts(out, mark);
	show_text(out, name, SIZE_MAX);
}

void
show_finding_briefly(const struct finding *f, struct buf *out)
{
	switch (f->kind) {
	case FINDING_ADD_HEADER:
		show_brief_name("+", f->name, out);
		break;
	case FINDING_DELETE_HEADER:
		show_brief_name("-", f->name, out);
		break;
	case FINDING_CHANGE_HEADER:
		show_brief_name("", f->name, out);
		break;
	case FINDING_SENDER:
		buf_puts(out, "sender");
		break;
	case FINDING_ADD_RCPT:
		show_brief_name("+rcpt ", f->after, out);
		break;
	case FINDING_DELETE_RCPT:
		show_brief_name("-rcpt ", f->before, out);
		break;
	case FINDING_BODY:
		buf_puts(out, "body");
		break;
	case FINDING_QUARANTINE:
		buf_puts(out, "quarantine");
		break;
	case FINDING_RULE:
	case FINDING_REFUSE_RCPT:
	case FINDING_VERDICT:
		break;
	}
}

void
show_found(const struct policy_found *found, int indent, struct buf *out)
{
	struct buf text = {0};

	if (found->result == NULL)
		return;
	policy_append_found(&text, found);
	buf_printf(out, "%*sresult ", indent, "");
	show_text(out, buf_string(&text), SIZE_MAX);
	if (found->n_symbols > 0)
		buf_puts(out, ":");
	for (size_t i = 0; i < found->n_symbols; i++) {
		buf_puts(out, i == 0 ? " " : ", ");
		show_text(out, found->symbols[i], SIZE_MAX);
	}
	buf_putc(out, '\n');
	buf_free(&text);
}
