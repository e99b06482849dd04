/* What policies did to the message at earlier stages is undone: one policy failed, a policy
 * accepted the message before those behind it had their turns, or on_limit = "accept" lets the
 * message go on as the MTA has it.
 *
 * The rules stand in run.h with an example. Not undone is what the MTA was sent already: a
 * recipient that was refused. */
#include "chain/run.h"

#define PART_ENVELOPE ((uint32_t)(PART_SENDER | PART_RCPTS))

/* It starts anew, as if it had not been called yet. */
static void
restart_policy(struct policy_call *c)
{
	c->state = CALL_UNDECIDED;
	c->decided_at_rcpt = false;
	c->called_stages = 0;
	c->msg_state = NULL;
	c->found = NULL;
	c->symbols = NULL;
	c->error_reason = NULL;
	c->pending.set = false;
	c->changed = c->would_act = false;
	c->enforced_verdict = c->monitored_verdict = VERDICT_CONTINUE;
	c->skip_reason = NULL;
}

/* Whether the policy may have acted on these parts of the envelope. A refusal at MAIL does not
 * depend on recipients. */
static bool
has_read_parts(const struct policy_call *c, uint32_t parts)
{
	if (c->pending.set && c->pending.stage == STAGE_ENVFROM)
		parts &= PART_SENDER;
	return c->inst->mode != MODE_OFF && (find_policy_parts(c->inst) & parts) != 0;
}

void
undo_policy_work(struct policy_call *c)
{
	struct chain_run *run = c->run;
	struct message *m = run->message;
	uint32_t parts = c->inst->need.changes & PART_ENVELOPE;

	c->changed = false;
	undo_findings(run, c->position, c->position, NULL);
	if (!message_drop_changes_of(m, c->position))
		return;
	for (size_t i = c->position; i < run->chain->n; i++) {
		struct policy_call *later = &run->calls[i];

		if (!has_read_parts(later, parts))
			continue;
		if (message_drop_changes_of(m, later->position))
			parts |= later->inst->need.changes & PART_ENVELOPE;
		undo_findings(run, later->position, later->position, NULL);
		restart_policy(later);
	}
}

static void
mark_policies_undone(struct chain_run *run, size_t first)
{
	for (size_t i = first; i < run->chain->n; i++) {
		struct policy_call *c = &run->calls[i];

		if (!c->monitors)
			undo_findings(run, c->position, c->position, NULL);
		c->undone |= c->changed && !c->monitors;
		c->changed &= c->monitors;
	}
}

void
undo_later_policies(const struct policy_call *c)
{
	message_drop_changes_after(c->run->message, c->position);
	mark_policies_undone(c->run, c->position);
}

void
undo_all_policies(struct chain_run *run)
{
	message_drop_all_changes(run->message);
	mark_policies_undone(run, 0);
}
