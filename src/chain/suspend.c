/* Policies that wait for an answer from outside: policy_suspend(), policy_resume(), the timer,
 * and the abort. The sequence stands in run.h.
 *
 * Only the policy whose turn it is can be suspended: run->calls[run->next]. */
#include "chain/run.h"
#include "util/log.h"
#include "util/memory.h"

bool
run_is_suspended(const struct chain_run *run)
{
	return run->next < run->chain->n && run->calls[run->next].suspend == SUSPEND_WAITING;
}

void
cancel_suspension(struct policy_call *c)
{
	bool waits = c->suspend == SUSPEND_WAITING;

	c->suspend = SUSPEND_NONE;
	if (!waits)
		return;
	c->run->host->set_timer(c->run->host_ctx, 0);
	c->cancel(c->cancel_arg);
}

void
policy_suspend(struct policy_call *c, unsigned timeout_ms, void (*cancel)(void *arg), void *arg)
{
	c->suspend = SUSPEND_WAITING;
	c->cancel = cancel;
	c->cancel_arg = arg;
	c->run->host->set_timer(c->run->host_ctx, timeout_ms);
}

/* The turn of the policy that was suspended ends, and the policies behind it have theirs. */
static void
continue_chain(struct policy_call *c, enum verdict v)
{
	struct chain_run *run = c->run;

	memory_recheck();
	c->suspend = SUSPEND_NONE;
	note_message(run);
	run->host->set_timer(run->host_ctx, 0);
	end_policy_turn(c, v);
	run_policy_turns(run);
	if (run_is_suspended(run) && !run_lacks_memory(run)) {
		run->shared.at_work->message[0] = '\0';
		return;
	}
	run->resumed_verdict = finish_stage(run);
	if (run_lacks_memory(run)) {
		message_exceed_memory(run->message);
		run->resumed_verdict = refuse_for_memory(run);
	}
	run->host->resumed(run->host_ctx);
}

/* A bug of the policy. After the message's end the host may be another connection, or none. */
static void
report_false_resume(struct policy_call *c)
{
	c->misuse = "policy_resume() without a suspension";
	if (c->run->is_logged || c->run->session == NULL)
		log_write(LOG_ERR, "%s: %s, after the end of the message", c->inst->title,
			  c->misuse);
	else
		policy_log(c, LOG_WARNING, "%s", c->misuse);
}

void
policy_resume(struct policy_call *c, enum verdict v)
{
	if (c->suspend != SUSPEND_WAITING) {
		report_false_resume(c);
		return;
	}
	if (c->in_callback) {
		c->suspend = SUSPEND_ANSWERED;
		c->resume_verdict = v;
		c->run->host->set_timer(c->run->host_ctx, 0);
		return;
	}
	continue_chain(c, v);
}

void
chain_run_timer_expired(struct chain_run *run)
{
	struct policy_call *c;

	if (!run_is_suspended(run))
		return;
	c = &run->calls[run->next];
	cancel_suspension(c);
	continue_chain(c, policy_fail(c, "no answer in time"));
}

void
chain_run_cut(struct chain_run *run)
{
	run->is_cut = true;
}

void
chain_run_refuse(struct chain_run *run)
{
	run->refuses = true;
	if (!run_is_suspended(run))
		return;
	cancel_suspension(&run->calls[run->next]);
	(void)apply_refusal(run);
	run->was_decided = true;
	run->resumed_verdict = finish_stage(run);
	run->host->resumed(run->host_ctx);
}

enum verdict
chain_run_verdict(const struct chain_run *run)
{
	return run->resumed_verdict;
}
