/* The turns of the policies: message(), strictly in the order of the chain, each on the message
 * as the policies before left it. Input: run->next and run->stage; output: run->final when a
 * policy ended the chain.
 *
 * A turn is over (run->next moves on) when message() has returned a verdict, when the condition
 * does not hold, or when the policy had a verdict pending from an envelope stage. A policy that
 * is suspended keeps its turn; suspend.c ends it. */
#include <errno.h>
#include <string.h>

#include "chain/run.h"

void
end_policy_turn(struct policy_call *c, enum verdict v)
{
	v = finish_policy_callback(c, v);
	c->state = CALL_DONE;
	c->run->next++;
	if (v != VERDICT_CONTINUE)
		conclude_chain(c, v);
}

/* Calls message(), with the body in one piece if the policy reads it. */
static enum verdict
call_message_callback(struct policy_call *c)
{
	const char *played = find_played_result(c);
	enum verdict v;
	int r = 0;

	if (c->inst->ops->message == NULL)
		return VERDICT_CONTINUE;
	if (!enter_policy(c))
		return VERDICT_ERROR;
	if (played == NULL && (c->inst->need.reads & PART_BODY) != 0)
		r = message_join_body(c->run->message);
	if (r < 0)
		v = policy_fail(c, "no file for the body: %s",
				r == -EMFILE ? "spool_files" : strerror(-r));
	else
		v = played != NULL ? play_result(c, played) : c->inst->ops->message(c);
	leave_policy(c);
	return v;
}

/* False: the policy is suspended. */
static bool
run_message_callback(struct policy_call *c)
{
	enum verdict v;

	begin_policy_callback(c);
	v = call_message_callback(c);
	if (v == VERDICT_SUSPEND && c->run->stage == STAGE_DATA)
		v = policy_fail(c, "suspended before the end of the headers");
	if (v == VERDICT_SUSPEND)
		v = take_outcome(c);
	if (v == VERDICT_SUSPEND)
		return false;
	if (c->suspend != SUSPEND_NONE)
		cancel_suspension(c);
	end_policy_turn(c, v);
	return true;
}

static void
end_turn_with_verdict(struct policy_call *c, enum verdict v)
{
	c->run->next++;
	c->state = CALL_DONE;
	conclude_chain(c, v);
}

/* What only policies and rules that monitor need of a message over a limit is dropped
 * (session.h). */
static bool
lacks_parts(const struct policy_call *c, uint32_t parts)
{
	const struct message *m = c->run->message;
	uint32_t dropped = (m->headers_dropped ? (uint32_t)(PART_HEADERS) : 0) |
			   (m->body_dropped ? (uint32_t)(PART_BODY) : 0);

	return (dropped & parts) != 0;
}

static bool
lacks_dropped_parts(const struct policy_call *c)
{
	return c->monitors &&
	       lacks_parts(c, find_policy_parts(c->inst) | c->inst->need.watches);
}

bool
lacks_watched_parts(const struct policy_call *c)
{
	return lacks_parts(c, c->inst->need.watches);
}

bool
run_policy_turn(struct policy_call *c)
{
	struct chain_run *run = c->run;
	enum verdict v = VERDICT_CONTINUE;

	if (c->state != CALL_DONE && lacks_dropped_parts(c)) {
		c->state = CALL_DONE;
		c->skip_reason = "limit";
	}
	v = decide_condition(c);
	if (v != VERDICT_CONTINUE) {
		end_turn_with_verdict(c, v);
		return true;
	}
	if (c->state == CALL_DONE) {
		run->next++;
		return true;
	}
	if (c->state == CALL_UNDECIDED)
		return false;
	if (c->pending.set) {
		end_turn_with_verdict(c, c->pending.verdict);
		return true;
	}
	if (c->inst->need.message > run->stage)
		return false;
	return run_message_callback(c);
}

/* The policy can have no turn any more: it waits for a body that is not kept. */
static void
skip_waiting_monitor(struct policy_call *c)
{
	c->state = CALL_DONE;
	c->skip_reason = "limit";
	c->run->next++;
}

void
run_turns_behind_monitors(struct chain_run *run)
{
	enum stage stage = run->stage;

	if (stage <= STAGE_EOH && !run->had_data_turns)
		return;
	if (run->next == run->chain->n || !run->calls[run->next].monitors)
		return;
	run->stage = stage > STAGE_EOH ? STAGE_EOH : STAGE_DATA;
	run->has_key = false;
	while (!run->final.set && run->next < run->chain->n) {
		struct policy_call *c = &run->calls[run->next];

		if (run_policy_turn(c))
			continue;
		if (run_is_suspended(run))
			cancel_suspension(c);
		if (!c->monitors)
			break;
		skip_waiting_monitor(c);
	}
	run->stage = stage;
}

void
run_policy_turns(struct chain_run *run)
{
	while (!run->final.set && run->next < run->chain->n && !run_lacks_memory(run))
		if (!run_policy_turn(&run->calls[run->next]))
			break;
}
