/* Why a policy ran, was skipped or waited: the part of the text of polymilterctl test below a
 * policy's own line. Input: the steps of the chain. */
#include <string.h>

#include "chain/chain.h"
#include "ctl/show.h"
#include "ctl/test.h"
#include "util/buf.h"
#include "util/str.h"

#define WIDTH	    79u
#define TEXT_MAX    100u /* bytes of what was compared */
#define LINE_INDENT 6

static const char *
tri_word(int result)
{
	return result < 0	       ? "failed"
	       : result == TRI_YES     ? "yes"
	       : result == TRI_UNKNOWN ? "open"
				       : "no";
}

static bool
names_condition(const struct condition *c, const struct condition *const *list, size_t n)
{
	size_t i = 0;

	while (i < n && list[i] != c)
		i++;
	return i < n;
}

/* "when" or "unless" of the first exception that has the condition; NULL: none has. */
static const char *
find_in_exceptions(const struct policy_inst *inst, const struct condition *c,
		   const char **ret_title)
{
	for (size_t i = 0; inst->events != NULL && i < inst->events->n_exceptions; i++) {
		const struct policy_exception *e = &inst->events->exceptions[i];

		*ret_title = e->title;
		if (names_condition(c, e->when, e->n_when))
			return "when";
		if (names_condition(c, e->unless, e->n_unless))
			return "unless";
	}
	return NULL;
}

/* `when "leaving":`, `exception "ours": when "leaving"`; a condition that another one or a rule
 * names is no part of either. */
static void
show_condition_name(const struct policy_inst *inst, const struct condition *c, struct buf *out)
{
	const char *how = NULL, *exception = NULL;

	buf_puts(out, "    ");
	if (names_condition(c, inst->unless, inst->n_unless))
		how = "unless";
	else if (names_condition(c, inst->when, inst->n_when))
		how = "when";
	else if ((how = find_in_exceptions(inst, c, &exception)) != NULL)
		buf_printf(out, "exception \"%s\": ", exception);
	buf_printf(out, "%s \"%s\"\n", how != NULL ? how : condition_kind(c),
		   condition_name(c));
}

/* What the line was compared with: `"bob@example.com"`, `"b@x.example" is in "x.example"`. */
static void
show_comparison(const struct condition_step *s, struct buf *out)
{
	if (s->result == TRI_UNKNOWN) {
		buf_puts(out, "not known before the verdict");
		return;
	}
	if (s->subject == NULL) {
		buf_puts(out, s->value != NULL				  ? s->value
			      : str_case_starts(s->line, "authenticated") ? "not authenticated"
			      : str_case_starts(s->line, "tls")		  ? "not encrypted"
									  : "there is none");
		return;
	}
	buf_putc(out, '"');
	show_text(out, s->subject, TEXT_MAX);
	buf_putc(out, '"');
	if (s->value != NULL) {
		buf_puts(out, " matches ");
		show_text(out, s->value, TEXT_MAX);
	}
}

static bool
is_about_other_conditions(const struct condition_step *s)
{
	return s->subject == NULL && s->value == NULL &&
	       (str_case_starts(s->line, "all ") || str_case_starts(s->line, "any ") ||
		str_case_starts(s->line, "none "));
}

/* In one line, or two when they are too long. */
static void
show_line(const struct condition_step *s, struct buf *out)
{
	struct buf compared = {0};
	size_t from = out->len;

	buf_printf(out, "%*s%-4s ", LINE_INDENT, "", tri_word(s->result));
	show_text(out, s->line, TEXT_MAX);
	if (!is_about_other_conditions(s)) {
		show_comparison(s, &compared);
		if (out->len - from + compared.len + 2 > WIDTH)
			buf_printf(out, "\n%*s", LINE_INDENT + 7, "");
		else
			buf_puts(out, ": ");
		buf_append(out, compared.data, compared.len);
	}
	buf_putc(out, '\n');
	buf_free(&compared);
}

static void
show_lines(const struct test_message *t, const struct policy_report *p, struct buf *out)
{
	const struct condition *last = NULL;

	for (size_t i = 0; i < t->result->n_steps; i++) {
		const struct offline_step *s = &t->result->steps[i];

		if (s->kind != CHAIN_STEP_LINE || s->position != test_position(t, p))
			continue;
		if (s->line.condition != last)
			show_condition_name(p->inst, s->line.condition, out);
		last = s->line.condition;
		show_line(&s->line, out);
	}
}

/* The stage at which message() of this policy ran; STAGE_COUNT: it did not. */
static enum stage
find_stage_of_turn(const struct test_message *t, unsigned position)
{
	enum stage stage = STAGE_COUNT;

	for (size_t i = 0; i < t->result->n_steps; i++) {
		const struct offline_step *s = &t->result->steps[i];

		if (s->kind == CHAIN_STEP_CALL && s->position == position &&
		    s->stage >= t->result->policies[position - 1].inst->need.message)
			stage = s->stage;
	}
	return stage;
}

/* The stage at which the policy did something, else at which it was called last; STAGE_COUNT:
 * it was not. */
static enum stage
find_place(const struct test_message *t, const struct policy_report *p)
{
	enum stage stage = STAGE_COUNT;

	for (const struct finding *f = t->result->findings; f != NULL; f = f->next)
		if (f->position == test_position(t, p) && !f->undone)
			stage = f->stage;
	for (size_t i = 0; i < t->result->n_steps && stage == STAGE_COUNT; i++) {
		const struct offline_step *s = &t->result->steps[i];

		if (s->kind == CHAIN_STEP_CALL && s->position == test_position(t, p) &&
		    s->verdict != VERDICT_CONTINUE)
			stage = s->stage;
	}
	return stage;
}

const char *
test_find_place(const struct test_message *t, const struct policy_report *p)
{
	enum stage stage = find_place(t, p);

	return stage < STAGE_COUNT ? show_stage(stage) : NULL;
}

/* It acted later than it could have: the last policy before it that needed that stage. */
static void
show_waiting(const struct test_message *t, const struct policy_report *p, struct buf *out)
{
	unsigned position = test_position(t, p), i = position;
	enum stage stage = find_stage_of_turn(t, position);

	if (stage == STAGE_COUNT || stage == p->inst->need.message || !p->acted ||
	    stage != find_place(t, p))
		return;
	while (--i > 0) {
		const struct policy_report *before = &t->result->policies[i - 1];

		if (before->inst->need.message == stage && find_stage_of_turn(t, i) == stage) {
			buf_printf(out, "    waited for \"%s\", which needs %s\n",
				   before->inst->title,
				   stage == STAGE_EOM ? "the whole message"
						      : show_stage(stage));
			return;
		}
	}
}

static void
show_held_refusal(const struct test_message *t, const struct offline_step *s, struct buf *out)
{
	const struct policy_report *other;

	buf_printf(out, "    %s at %s, held: ", verdict_name(s->verdict), show_stage(s->stage));
	if (s->waits_for == 0) {
		buf_puts(out, "the MTA takes no refusal there\n");
		return;
	}
	other = &t->result->policies[s->waits_for - 1];
	buf_printf(out, "\"%s\" could still accept or discard the message%s\n",
		   other->inst->title,
		   strcmp(other->result, "accept") == 0 || strcmp(other->result, "discard") == 0
			   ? ", and did"
			   : "");
}

void
test_write_trace(const struct test_message *t, const struct policy_report *p, struct buf *out)
{
	show_lines(t, p, out);
	show_waiting(t, p, out);
	for (size_t i = 0; i < t->result->n_steps; i++)
		if (t->result->steps[i].kind == CHAIN_STEP_HELD &&
		    t->result->steps[i].position == test_position(t, p))
			show_held_refusal(t, &t->result->steps[i], out);
}
