/* Before and after each callback of a policy, and after a condition that failed. Input: the
 * verdict that the policy returned; output: the verdict that counts, and a message from which
 * the changes of a policy that failed, or only monitors, are removed.
 *
 * Bugs of a policy (a verdict that is none, a suspension that is not allowed) end here too, as
 * a failure of that policy. */
#include <time.h>

#include "chain/run.h"
#include "util/memory.h"

/* One reading ends the time of a policy and begins that of the next one. */
static uint64_t
read_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void
begin_policy_callback(struct policy_call *c)
{
	if (c->run->clock_ns == 0)
		c->run->clock_ns = read_clock();
	c->finding_mark = c->run->findings.last;
	c->reply = (struct pending_verdict){0};
	c->undo_mark = c->kept_mark = message_mark(c->run->message);
}

static enum verdict
check_verdict(struct policy_call *c, enum verdict v)
{
	if (c->misuse != NULL) { /* logged where it was found */
		c->error = c->misuse;
		c->misuse = NULL;
		return VERDICT_ERROR;
	}
	if (v == VERDICT_ERROR && c->error == NULL)
		return policy_fail(c, "returned VERDICT_ERROR without policy_fail()");
	if (v <= VERDICT_TEMPFAIL || v == VERDICT_ERROR)
		return v;
	return policy_fail(c, "returned %d, which is no verdict here", (int)v);
}

enum verdict
give_up_policy(struct policy_call *c)
{
	struct message *m = c->run->message;

	undo_policy_work(c);
	if (c->error_action == ON_EVENT_ACCEPT)
		return VERDICT_ACCEPT;
	if (c->error_action == ON_EVENT_DISCARD)
		return VERDICT_DISCARD;
	if (c->error_action == ON_EVENT_QUARANTINE)
		message_quarantine(m, c->position,
				   arena_printf(m->arena, "policy %s failed: %s",
						c->inst->title, c->error));
	c->state = CALL_DONE;
	return VERDICT_CONTINUE;
}

static enum verdict
apply_on_error(struct policy_call *c)
{
	bool by_rcpt = can_refuse_rcpt(c->run);

	c->error_action = find_error_action(c);
	c->reply = (struct pending_verdict){0};
	switch (c->error_action) {
	case ON_EVENT_TEMPFAIL:
		c->reply = (struct pending_verdict){
			.code = 451,
			.xcode = "4.3.0",
			.text = "Mail filter failed, please try again later"};
		break;
	case ON_EVENT_REJECT:
		c->reply = (struct pending_verdict){
			.code = 554, .xcode = "5.3.0", .text = "Mail filter failed"};
		break;
	case ON_EVENT_ACCEPT:
	case ON_EVENT_DISCARD:
	case ON_EVENT_QUARANTINE:
	case ON_EVENT_CONTINUE:
	case ON_EVENT_N:
		c->failed_at_rcpt = by_rcpt;
		return by_rcpt ? VERDICT_CONTINUE : give_up_policy(c);
	}
	if (!by_rcpt) /* else it costs only this recipient; the policy goes on for the others */
		undo_policy_work(c);
	return c->error_action == ON_EVENT_REJECT ? VERDICT_REJECT : VERDICT_TEMPFAIL;
}

void
note_monitored_refusal(struct policy_call *c, enum verdict v)
{
	const struct message *m = c->run->message;
	size_t rcpt = message_last_sent_rcpt(m);
	const struct pending_verdict *reply = &c->reply;

	if (rcpt < m->n_rcpts)
		add_finding(c, FINDING_REFUSE_RCPT, m->rcpts[rcpt].mailbox, NULL,
			    reply->code == 0 ? verdict_name(v)
					     : format_reply(m->arena, reply->code, reply->xcode,
							    reply->text));
}

/* Its changes are undone already. */
static void
note_monitored_verdict(struct policy_call *c, enum verdict v, bool changed)
{
	if (c->monitored_verdict == VERDICT_CONTINUE) {
		c->monitored_verdict = v;
		c->monitored_reply = c->reply;
	}
	c->changed |= changed && v != VERDICT_ERROR;
	if (c->run->stage == STAGE_ENVRCPT && !c->run->is_local_submission &&
	    (v == VERDICT_REJECT || v == VERDICT_TEMPFAIL)) {
		c->refused_rcpts++;
		note_monitored_refusal(c, v);
	}
	if (v != VERDICT_CONTINUE && c->run->stage != STAGE_ENVRCPT)
		c->state = CALL_DONE;
}

static void
trace_call(const struct policy_call *c, enum verdict v)
{
	const struct chain_run *run = c->run;

	if (run->host->trace != NULL)
		run->host->trace(run->host_ctx, &(struct chain_step){.kind = CHAIN_STEP_CALL,
								     .position = c->position,
								     .stage = run->stage,
								     .verdict = v});
}

enum verdict
finish_policy_callback(struct policy_call *c, enum verdict v)
{
	struct message *m = c->run->message;
	bool changed = message_mark(m) != c->undo_mark;
	uint64_t now = read_clock();

	c->ns += now - c->run->clock_ns;
	c->run->clock_ns = now;
	v = check_verdict(c, v);
	trace_call(c, v);
	c->was_called = true;
	if (v == VERDICT_ERROR || c->monitors)
		message_restore(m, c->monitors ? c->undo_mark : c->kept_mark);
	if (v == VERDICT_ERROR)
		undo_findings(c->run, c->position, c->position, c->finding_mark);
	if (c->monitors) {
		memory_recheck(); /* what only it needed for a time does not count */
		note_monitored_verdict(c, v, changed);
		return VERDICT_CONTINUE;
	}
	if (v == VERDICT_ERROR) {
		c->enforced_verdict = v;
		return apply_on_error(c);
	}
	c->changed |= changed;
	if (v != VERDICT_CONTINUE && c->run->stage != STAGE_ENVRCPT)
		c->enforced_verdict = v;
	return v;
}
