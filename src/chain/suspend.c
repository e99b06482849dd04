/* Policies that ask a service: policy_ask(), the outcome, and the abort. The sequence stands in
 * run.h.
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
	if (waits)
		c->run->host->cancel(c->run->host_ctx, c->question);
}

/* Asking. */

static void
release_exchange(void *arg)
{
	const struct question *q = arg;

	if (q->exchange != NULL)
		q->exchange->ops->release(q->exchange);
}

static void on_question_done(void *ctx);

static struct question *
make_question(struct policy_call *c)
{
	struct question *q = arena_zalloc(policy_arena(c), sizeof(*q));

	q->done = on_question_done;
	q->ctx = c;
	arena_defer(policy_arena(c), release_exchange, q);
	return q;
}

static uint64_t
find_wait_limit(const struct chain_run *run, uint64_t max_wait_ms)
{
	uint64_t total = run->chain->wait_time_ms;
	uint64_t left = total > run->waited_ms ? total - run->waited_ms : 0;

	return left < max_wait_ms ? left : max_wait_ms;
}

enum verdict
policy_ask(struct policy_call *c, const struct service *service, struct exchange *x,
	   uint64_t max_wait_ms)
{
	struct chain_run *run = c->run;

	if (c->question == NULL)
		c->question = make_question(c);
	c->question->service = service;
	c->question->exchange = x;
	c->question->max_wait_ms = find_wait_limit(run, max_wait_ms);
	c->suspend =
		run->host->ask(run->host_ctx, c->question) ? SUSPEND_ANSWERED : SUSPEND_WAITING;
	return VERDICT_SUSPEND;
}

/* The outcome. */

/* Most failures of a service come many times in a row: they stand in the line of each message,
 * and a line about the server has been logged. What a server has said is logged. */
static enum verdict
fail_without_answer(struct policy_call *c)
{
	const struct question *q = c->question;
	const char *reason = ask_outcome_reason(q->outcome);

	if (q->exchange->text[0] != '\0')
		return policy_fail(c, "service %s server %u: %s: %s", q->service->name,
				   q->server, reason, q->exchange->text);
	c->error = arena_printf(policy_arena(c), "service %s: %s", q->service->name, reason);
	return VERDICT_ERROR;
}

static enum verdict
call_answered_callback(struct policy_call *c)
{
	const struct question *q = c->question;
	const char *reason = ask_outcome_reason(q->outcome);
	enum verdict v;

	c->run->waited_ms += q->took_ms;
	count_question(c->run, q);
	policy_note_asked(c, q->took_ms, q->tries, q->server, *reason != '\0' ? reason : NULL);
	if (q->outcome != ASK_ANSWERED && q->outcome != ASK_TOO_BIG)
		return fail_without_answer(c);
	if (!enter_policy(c))
		return VERDICT_ERROR;
	v = c->inst->ops->answered(c, q->outcome == ASK_ANSWERED ? EXCHANGE_ANSWERED
								 : EXCHANGE_TOO_BIG);
	leave_policy(c);
	return v;
}

enum verdict
take_outcome(struct policy_call *c)
{
	enum verdict v = VERDICT_SUSPEND;

	if (c->suspend == SUSPEND_NONE)
		return policy_fail(c, "returned VERDICT_SUSPEND without policy_ask()");
	while (v == VERDICT_SUSPEND && c->suspend == SUSPEND_ANSWERED) {
		c->suspend = SUSPEND_NONE;
		v = call_answered_callback(c);
	}
	if (v == VERDICT_SUSPEND && c->suspend == SUSPEND_NONE)
		return policy_fail(c, "returned VERDICT_SUSPEND without policy_ask()");
	if (v != VERDICT_SUSPEND)
		release_exchange(c->question);
	return v;
}

/* The turn of the policy that was suspended ends, and the policies behind it have theirs. */
static void
continue_chain(struct chain_run *run, struct policy_call *c, enum verdict v)
{
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

/* Called from the loop. */
static void
on_question_done(void *ctx)
{
	struct policy_call *c = ctx;
	struct chain_run *run = c->run;
	enum verdict v;

	if (c->suspend != SUSPEND_WAITING)
		return;
	memory_recheck();
	note_message(run);
	c->suspend = SUSPEND_ANSWERED;
	v = take_outcome(c);
	if (v == VERDICT_SUSPEND && !run_lacks_memory(run)) {
		run->shared.at_work->message[0] = '\0';
		return;
	}
	if (c->suspend != SUSPEND_NONE)
		cancel_suspension(c);
	if (v == VERDICT_SUSPEND)
		v = policy_fail(c, "out of memory");
	continue_chain(run, c, v);
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
