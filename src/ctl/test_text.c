/* The output of polymilterctl test for people. Texts of the message are decoded, and cut to
 * what a line or two take; what could act on a terminal is escaped. */
#include <string.h>

#include "chain/chain.h"
#include "ctl/mail_after.h"
#include "ctl/show.h"
#include "ctl/show_finding.h"
#include "ctl/test.h"
#include "ctl/unified.h"
#include "milter/proto.h"
#include "util/buf.h"
#include "util/str.h"

#define VALUE_MAX     200u /* bytes of a text of the message */
#define WIDTH	      79u
#define RCPTS_SHOWN   3u
#define TITLE_MIN     12
#define TITLE_MAX     24
#define KIND_WIDTH    10
#define DETAIL_INDENT 4

static void
show_size(uint64_t bytes, struct buf *out)
{
	if (bytes < 1024)
		buf_printf(out, "%llu bytes", (unsigned long long)bytes);
	else if (bytes < 10240)
		buf_printf(out, "%.1fK", (double)bytes / 1024);
	else if (bytes < 1024 * 1024)
		buf_printf(out, "%lluK", (unsigned long long)bytes / 1024);
	else
		buf_printf(out, "%.1fM", (double)bytes / 1048576);
}

static void
show_count(size_t n, const char *one, const char *many, struct buf *out)
{
	buf_printf(out, "%zu %s", n, n == 1 ? one : many);
}

static size_t
count_changes(const struct test_message *t)
{
	bool has_body = false;
	size_t n = 0;

	for (const struct mta_change *c = t->result->outcome.changes; c; c = c->next) {
		n += c->letter != REPLY_REPLACE_BODY || !has_body;
		has_body |= c->letter == REPLY_REPLACE_BODY;
	}
	return n;
}

/* `hello.eml: accept, 1 change  (listener mx, 3 policies, 0.4 ms)`, or with the reply. */
static void
show_head(const struct test_message *t, struct buf *out)
{
	const struct offline_result *r = t->result;
	size_t n = count_changes(t), from = out->len;
	struct buf where = {0};

	buf_printf(out, "%s: %s", t->name, r->verdict);
	if (!test_is_accepted(t) && r->outcome.stage < STAGE_COUNT &&
	    r->outcome.reply != REPLY_CONTINUE)
		buf_printf(out, " at %s", show_stage(r->outcome.stage));
	test_append_reply(t, out);
	if (n > 0) {
		buf_puts(out, ", ");
		show_count(n, "change", "changes", out);
	} else if (test_is_accepted(t)) {
		buf_puts(out, ", unchanged");
	}
	buf_printf(&where, "(listener %s, ", t->chain->listener);
	show_count(r->n_policies, "policy", "policies", &where);
	buf_printf(&where, ", %.1f ms)\n", (double)r->ns / 1e6);
	buf_puts(out, out->len - from + where.len + 1 > WIDTH ? "\n  " : "  ");
	buf_append(out, where.data, where.len);
	buf_free(&where);
}

static void
show_source(const char *source, struct buf *out)
{
	if (source == NULL)
		buf_puts(out, " (assumed)");
	else if (source[0] != '-') /* of an option: as it was given */
		buf_printf(out, " (%s)", source);
}

static void
show_rcpts(const struct test_message *t, struct buf *out)
{
	size_t n = 0;

	while (t->sent->rcpts[n] != NULL)
		n++;
	for (size_t i = 0; i < n && (i < RCPTS_SHOWN || n == RCPTS_SHOWN + 1); i++) {
		buf_puts(out, i > 0 ? ", " : "");
		show_text(out, t->sent->rcpts[i], VALUE_MAX);
	}
	if (n > RCPTS_SHOWN + 1)
		buf_printf(out, " and %zu more", n - RCPTS_SHOWN);
}

/* In one line, or in two. */
static void
show_envelope(const struct test_message *t, struct buf *out)
{
	struct buf to = {0};
	size_t from = out->len;

	buf_puts(out, "  from ");
	show_text(out, t->sent->sender[0], VALUE_MAX);
	show_source(t->envelope.sender_from, out);
	show_rcpts(t, &to);
	show_source(t->envelope.rcpts_from, &to);
	buf_puts(out, out->len - from + to.len + 4 > WIDTH ? "\n  to   " : " to ");
	buf_append(out, to.data, to.len);
	buf_putc(out, '\n');
	buf_free(&to);
}

/* What one policy did. */

static int
find_title_width(const struct test_message *t)
{
	int width = TITLE_MIN;

	for (size_t i = 0; i < t->result->n_policies; i++) {
		int n = (int)strlen(t->result->policies[i].inst->title);

		if (n > width && n <= TITLE_MAX)
			width = n;
	}
	return width;
}

static void
show_result(const struct policy_report *p, struct buf *out)
{
	const char *result = *p->result != '\0' ? p->result : "not called";

	if (p->monitors && p->acted)
		buf_puts(out, "would ");
	buf_puts(out, result);
	if (p->skip_reason != NULL && strcmp(p->result, "skipped") == 0)
		buf_printf(out, " (%s)", p->skip_reason);
	show_refused_count(out, p->refused_rcpts);
	if (p->error != NULL) {
		buf_puts(out, ": ");
		show_text(out, p->error, VALUE_MAX);
	}
}

static void
show_findings_of(const struct test_message *t, const struct policy_report *p, struct buf *out)
{
	for (const struct finding *f = t->result->findings; f != NULL; f = f->next) {
		struct shown_finding shown = shown_finding(f);

		if (f->position == test_position(t, p))
			show_finding(&shown, DETAIL_INDENT, out);
	}
}

/* Whether a rule of the policy has told it already. */
static bool
is_shown_already(const struct test_message *t, const struct offline_step *note)
{
	struct buf place = {0};
	bool is_shown = false;

	for (const struct finding *f = t->result->findings; f != NULL; f = f->next) {
		if (f->position != note->position || f->kind != FINDING_RULE)
			continue;
		buf_reset(&place);
		if (f->place != NULL)
			show_place(f->place, f->after, &place);
		is_shown |= (f->after != NULL && strcmp(f->after, note->text) == 0) ||
			    strcmp(buf_string(&place), note->text) == 0;
	}
	buf_free(&place);
	return is_shown;
}

/* What the policy puts into the log line. */
static void
show_notes(const struct test_message *t, const struct policy_report *p, struct buf *out)
{
	for (size_t i = 0; i < t->result->n_steps; i++) {
		const struct offline_step *s = &t->result->steps[i];

		if (s->kind != CHAIN_STEP_NOTE || s->position != test_position(t, p) ||
		    is_shown_already(t, s))
			continue;
		buf_printf(out, "%*s%s: ", DETAIL_INDENT, "", s->note);
		show_text(out, s->text, VALUE_MAX);
		buf_putc(out, '\n');
	}
}

static void
show_policy(const struct test_message *t, const struct policy_report *p, int width,
	    struct buf *out)
{
	buf_printf(out, "  %-*s %-*s ", width, p->inst->title, KIND_WIDTH, p->inst->ops->name);
	show_result(p, out);
	if (p->acted && test_find_place(t, p) != NULL && p->error == NULL)
		buf_printf(out, " at %s", test_find_place(t, p));
	buf_putc(out, '\n');
	test_write_trace(t, p, out);
	show_found(&p->found, DETAIL_INDENT, out);
	show_findings_of(t, p, out);
	show_notes(t, p, out);
}

static void
append_refused_recipients(const struct test_message *t, struct buf *out)
{
	for (const struct mta_refusal *r = t->result->outcome.refusals; r; r = r->next) {
		buf_puts(out, "  refused ");
		show_text(out, t->sent->rcpts[r->rcpt], VALUE_MAX);
		if (r->reply == REPLY_CODE) {
			buf_puts(out, ": ");
			show_reply(out, r->text);
		}
		buf_putc(out, '\n');
	}
}

/* The word for what the MTA is sent. */
static const char *
name_change(const struct mta_change *c)
{
	switch (c->letter) {
	case REPLY_ADD_HEADER:
	case REPLY_INSERT_HEADER:
		return finding_word(FINDING_ADD_HEADER);
	case REPLY_CHANGE_HEADER:
		return finding_word(c->value == NULL || *c->value == '\0'
					    ? FINDING_DELETE_HEADER
					    : FINDING_CHANGE_HEADER);
	case REPLY_ADD_RCPT:
	case REPLY_ADD_RCPT_PAR:
		return finding_word(FINDING_ADD_RCPT);
	case REPLY_DEL_RCPT:
		return finding_word(FINDING_DELETE_RCPT);
	case REPLY_CHANGE_FROM:
		return finding_word(FINDING_SENDER);
	default:
		return finding_word(FINDING_QUARANTINE);
	}
}

static void
show_change(const struct mta_change *c, struct buf *out)
{
	buf_puts(out, name_change(c));
	if (c->letter == REPLY_QUARANTINE || c->name == NULL)
		return;
	buf_puts(out, c->letter == REPLY_CHANGE_FROM ? " to " : " ");
	show_text(out, c->name, VALUE_MAX);
}

/* The next one of a list, on the same line if there is room. *column: of its end; 0 at first.
 */
static void
show_wrapped(const struct buf *text, size_t *column, struct buf *out)
{
	static const char begin[] = "  to the MTA: ";

	if (*column == 0)
		buf_puts(out, begin);
	else
		buf_puts(out, ",");
	if (*column > 0 && *column + text->len + 3 > WIDTH) {
		buf_printf(out, "\n%*s", (int)strlen(begin), "");
		*column = 0;
	} else if (*column > 0) {
		buf_putc(out, ' ');
	}
	if (*column == 0)
		*column = strlen(begin);
	buf_append(out, text->data, text->len);
	*column += text->len + 2;
}

static void
show_changes(const struct test_message *t, struct buf *out)
{
	const struct mta_change *c = t->result->outcome.changes;
	struct buf one = {0};
	uint64_t body = 0;
	size_t column = 0;

	for (; c != NULL; c = c->next) {
		if (c->letter == REPLY_REPLACE_BODY) {
			body += c->len;
			continue;
		}
		buf_reset(&one);
		show_change(c, &one);
		show_wrapped(&one, &column, out);
	}
	if (body > 0) {
		buf_reset(&one);
		buf_printf(&one, "%s (", finding_word(FINDING_BODY));
		show_size(body, &one);
		buf_putc(&one, ')');
		show_wrapped(&one, &column, out);
	}
	if (column > 0)
		buf_putc(out, '\n');
	buf_free(&one);
}

static void
show_log_line(const char *line, struct buf *out)
{
	buf_puts(out, "  log: ");
	show_text(out, line, VALUE_MAX);
	buf_putc(out, '\n');
}

void
test_write_text(const struct test_message *t, struct buf *out)
{
	int width = find_title_width(t);

	show_head(t, out);
	show_envelope(t, out);
	append_refused_recipients(t, out);
	for (size_t i = 0; i < t->result->n_policies; i++)
		show_policy(t, &t->result->policies[i], width, out);
	show_changes(t, out);
	for (const char *const *w = t->result->warnings; *w != NULL; w++)
		show_log_line(*w, out);
}

void
test_write_diff(const struct test_message *t, bool colour, struct buf *out)
{
	struct mail_after before = mail_after_apply(t->arena, t->sent, NULL),
			  after = mail_after_apply(t->arena, t->sent,
						   t->result->outcome.changes);
	struct buf old = {0}, new = {0};

	mail_after_write(&before, &old);
	mail_after_write(&after, &new);
	unified_write(&(struct unified_text){t->name, buf_string(&old), old.len},
		      &(struct unified_text){t->name, buf_string(&new), new.len}, colour, out);
	buf_free(&old);
	buf_free(&new);
}
