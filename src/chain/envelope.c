/* The envelope stages: MAIL, RCPT and DATA. Input: run->stage, and the message with what the
 * MTA sent at it; output: the verdict of the event.
 *
 * A policy is called when its condition is known and no policy before it may still change what
 * it reads of the envelope; otherwise its message() does the work. */
#include "chain/run.h"

/* Whether the policy has a callback for the stage, and no policy before it may still change
 * what it reads of the envelope. */
static bool
can_call_policy(const struct policy_call *c)
{
	const struct policy_ops *ops = c->inst->ops;
	enum stage stage = c->run->stage;
	uint32_t reads = c->inst->need.reads & (PART_SENDER | PART_RCPTS);

	if (c->state != CALL_APPLIES || c->pending.set || find_played_result(c) != NULL)
		return false;
	if ((stage == STAGE_ENVFROM   ? ops->envfrom
	     : stage == STAGE_ENVRCPT ? ops->envrcpt
				      : ops->data) == NULL)
		return false;
	return reads == 0 || (find_changing_parts(c) & reads) == 0;
}

static enum verdict
call_envelope_callback(struct policy_call *c)
{
	const struct policy_ops *ops = c->inst->ops;
	enum stage stage = c->run->stage;
	enum verdict v;

	c->called_stages |= STAGE_BIT(stage);
	c->defers_work = false;
	begin_policy_callback(c);
	if (!enter_policy(c))
		return finish_policy_callback(c, VERDICT_ERROR);
	v = stage == STAGE_ENVFROM   ? ops->envfrom(c)
	    : stage == STAGE_ENVRCPT ? ops->envrcpt(c)
				     : ops->data(c);
	leave_policy(c);
	if (c->defers_work)
		c->called_stages &= ~STAGE_BIT(stage);
	if (v == VERDICT_SUSPEND)
		v = policy_fail(c, "suspended before the end of the headers");
	if (c->suspend != SUSPEND_NONE)
		cancel_suspension(c);
	return finish_policy_callback(c, v);
}

/* One policy. The verdict of the event; CONTINUE: the next policy is called. */
static enum verdict
run_envelope_policy(struct policy_call *c)
{
	enum verdict v = decide_condition(c);

	if (v == VERDICT_CONTINUE) {
		if (!can_call_policy(c))
			return v;
		v = call_envelope_callback(c);
	}
	return v == VERDICT_CONTINUE ? v : take_envelope_verdict(c, v);
}

static void
end_failed_policy(struct policy_call *c)
{
	enum verdict v = give_up_policy(c);

	if (v != VERDICT_CONTINUE)
		(void)take_envelope_verdict(c, v);
}

/* After a recipient: v is the verdict on it. Whether a policy applies is decided for each
 * recipient by that one alone, as if it were the only one, and at the end of the envelope by
 * all of them: what happens to one recipient must not depend on those that the client named
 * before. Example: `when` is a recipient in p.example. At RCPT <b@q.example> the policy is
 * undecided, before or after RCPT <a@p.example>, at which it is called; at DATA it applies to
 * both. */
static enum verdict
end_rcpt_stage(struct chain_run *run, enum verdict v)
{
	for (size_t i = 0; i < run->chain->n; i++) {
		struct policy_call *c = &run->calls[i];

		if (c->decided_at_rcpt && !c->pending.set &&
		    (c->state == CALL_APPLIES || c->skip_reason != NULL)) {
			c->state = CALL_UNDECIDED;
			c->skip_reason = NULL;
		}
		c->called_stages &= ~STAGE_BIT(STAGE_ENVRCPT);
		c->decided_at_rcpt = false;
		if (c->failed_at_rcpt && v == VERDICT_CONTINUE)
			end_failed_policy(c);
		c->failed_at_rcpt = false;
	}
	return v;
}

enum verdict
run_envelope_stage(struct chain_run *run)
{
	for (size_t i = run->next;
	     i < run->chain->n && !run->final.set && !run_lacks_memory(run); i++) {
		enum verdict v = run_envelope_policy(&run->calls[i]);

		if (v != VERDICT_CONTINUE)
			return run->stage == STAGE_ENVRCPT ? end_rcpt_stage(run, v)
							   : return_final_verdict(run);
		if (run->stage == STAGE_DATA && i == run->next)
			(void)run_policy_turn(&run->calls[i]);
	}
	if (run->stage == STAGE_ENVRCPT)
		return end_rcpt_stage(run, VERDICT_CONTINUE);
	run->had_data_turns |= run->stage == STAGE_DATA;
	return finish_stage(run);
}
