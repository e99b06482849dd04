/* The one line of polymilterctl test for a message, and what its other forms share with it. */
#include <string.h>

#include "chain/chain.h"
#include "ctl/show.h"
#include "ctl/show_finding.h"
#include "ctl/test.h"
#include "util/buf.h"
#include "util/str.h"

bool
test_is_accepted(const struct test_message *t)
{
	return strcmp(t->result->verdict, "accept") == 0;
}

unsigned
test_position(const struct test_message *t, const struct policy_report *p)
{
	return (unsigned)(p - t->result->policies) + 1;
}

/* A recipient was refused, and no other one is left. */
static bool
is_decided_at_rcpt(const struct test_message *t)
{
	return t->result->outcome.stage == STAGE_ENVRCPT && !test_is_accepted(t);
}

const struct policy_report *
test_find_decider(const struct test_message *t)
{
	const struct offline_result *r = t->result;

	for (size_t i = 0; i < r->n_policies; i++) {
		const struct policy_report *p = &r->policies[i];

		if (p->monitors)
			continue;
		if (!test_is_accepted(t) && strcmp(p->result, r->verdict) == 0)
			return p;
		if (is_decided_at_rcpt(t) && p->refused_rcpts > 0)
			return p;
	}
	return NULL;
}

void
test_append_reply(const struct test_message *t, struct buf *out)
{
	const struct mta_outcome *o = &t->result->outcome;

	if (o->reply != REPLY_CODE)
		return;
	buf_puts(out, ": ");
	show_reply(out, o->text);
}

/* "; words: ", or what separates it from what stands before. */
static void
begin_deed(const struct policy_report *p, size_t n, struct buf *out)
{
	if (n > 0)
		buf_puts(out, ", ");
	else
		buf_printf(out, "; %s%s: ", p->inst->title, p->monitors ? " would" : "");
}

static bool
is_change_of(const struct test_message *t, const struct policy_report *p,
	     const struct finding *f)
{
	return f->position == test_position(t, p) && !f->undone && f->monitored == NULL &&
	       f->kind != FINDING_RULE && f->kind != FINDING_REFUSE_RCPT;
}

/* "; words: Subject, +X-Tag", without what rules with mode monitor would have done; of a policy
 * that monitors also the verdict that it would have. */
static void
append_deeds(const struct test_message *t, const struct policy_report *p, struct buf *out)
{
	size_t n = 0;

	for (const struct finding *f = t->result->findings; f != NULL; f = f->next) {
		if (!is_change_of(t, p, f))
			continue;
		begin_deed(p, n++, out);
		show_finding_briefly(f, out);
	}
	if (p->monitors && p->acted && strcmp(p->result, "changed") != 0) {
		begin_deed(p, n++, out);
		buf_puts(out, p->result);
	}
	if (p->error != NULL) {
		begin_deed(p, n, out);
		buf_puts(out, p->error);
	}
}

static void
append_refused_rcpts(const struct test_message *t, struct buf *out)
{
	const struct mta_refusal *r = t->result->outcome.refusals;

	for (; r != NULL; r = r->next) {
		const char *rcpt = t->sent->rcpts[r->rcpt];

		buf_puts(out, "; refused ");
		str_append_readable(out, rcpt, strlen(rcpt));
		if (r->reply == REPLY_CODE) {
			buf_puts(out, ": ");
			show_reply(out, r->text);
		}
	}
}

void
test_write_line(const struct test_message *t, struct buf *out)
{
	const struct policy_report *decider = test_find_decider(t);
	const struct offline_result *r = t->result;

	buf_printf(out, "%s: %s", t->name, r->verdict);
	if (decider != NULL)
		buf_printf(out, " by %s", decider->inst->title);
	if (!is_decided_at_rcpt(t))
		test_append_reply(t, out);
	for (size_t i = 0; i < r->n_policies; i++)
		append_deeds(t, &r->policies[i], out);
	append_refused_rcpts(t, out);
	buf_putc(out, '\n');
}
