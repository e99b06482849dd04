/* Which verdict goes to the MTA, and at which stage. Input: the verdicts of policies; output:
 * run->final, and the verdict of the event at work.
 *
 * The rules stand in chain.h with an example: a refusal is returned as early as no earlier
 * policy can overrule it; accept and discard only count in the policy's turn. */
#include "chain/run.h"

/* May the policy, in its turn, still accept or discard the message? */
static bool
may_end_chain(const struct policy_call *c)
{
	return c->inst->need.may_end && !c->monitors && c->state != CALL_DONE;
}

/* The position of the first policy before this one that may still accept or discard the
 * message; 0: none. */
static unsigned
find_overruler(const struct policy_call *c)
{
	const struct chain_run *run = c->run;

	for (size_t i = 0; i + 1 < c->position; i++)
		if (may_end_chain(&run->calls[i]))
			return run->calls[i].position;
	return 0;
}

/* May a policy before this one still accept or discard the message? Or must all wait for the
 * end of the message? */
static bool
can_be_overruled(const struct policy_call *c)
{
	return c->run->is_local_submission || find_overruler(c) != 0;
}

bool
can_refuse_rcpt(const struct chain_run *run)
{
	return run->stage == STAGE_ENVRCPT && !run->is_local_submission &&
	       session_answers(run->session, STAGE_ENVRCPT);
}

/* c: the policy that decided; NULL: limits { }. */
static void
set_final_verdict(struct chain_run *run, const struct policy_call *c,
		  const struct pending_verdict *v)
{
	run->final = *v;
	run->final.set = true;
	run->message->settled = true;
	run->final_policy = c == NULL ? NULL : c->inst->title;
}

static void
trace_held_refusal(const struct policy_call *c, enum verdict v)
{
	const struct chain_run *run = c->run;
	const struct chain_step step = {.kind = CHAIN_STEP_HELD,
					.position = c->position,
					.stage = run->stage,
					.verdict = v,
					.waits_for = find_overruler(c)};

	if (run->host->trace != NULL)
		run->host->trace(run->host_ctx, &step);
}

/* At MAIL or DATA, and at RCPT for what is no verdict on a recipient. */
static enum verdict
return_or_keep_verdict(struct policy_call *c, enum verdict v)
{
	struct pending_verdict found = c->reply;

	found.set = true;
	found.verdict = v;
	found.stage = c->run->stage;
	if (v == VERDICT_ACCEPT || v == VERDICT_DISCARD || can_be_overruled(c) ||
	    !session_answers(c->run->session, c->run->stage)) {
		trace_held_refusal(c, v);
		c->pending = found;
		c->state = CALL_APPLIES;
		return VERDICT_CONTINUE;
	}
	set_final_verdict(c->run, c, &found);
	return v;
}

enum verdict
take_envelope_verdict(struct policy_call *c, enum verdict v)
{
	struct chain_run *run = c->run;

	if (v == VERDICT_ACCEPT || v == VERDICT_DISCARD || !can_refuse_rcpt(run))
		return return_or_keep_verdict(c, v);
	c->refused_rcpts++;
	note_refused_rcpt(run, v, c->reply.code, c->reply.xcode, c->reply.text);
	if (c->reply.code != 0)
		session_set_reply(run->session, c->reply.code, c->reply.xcode, c->reply.text);
	return v;
}

/* Of several pending refusals the one of the earliest stage is returned. The policies behind c
 * count up to the first that may still accept the message: that one has not had its turn. */
static const struct policy_call *
find_earliest_refusal(const struct policy_call *c)
{
	const struct chain_run *run = c->run;
	const struct policy_call *best = c;

	if (c->pending.verdict != VERDICT_REJECT && c->pending.verdict != VERDICT_TEMPFAIL)
		return c;
	for (size_t i = c->position; i < run->chain->n; i++) {
		const struct policy_call *later = &run->calls[i];

		if (later->pending.set && later->pending.stage < best->pending.stage &&
		    later->pending.verdict != VERDICT_ACCEPT)
			best = later;
		if (may_end_chain(later))
			break;
	}
	return best;
}

void
conclude_chain(struct policy_call *c, enum verdict v)
{
	const struct policy_call *decisive;

	if (!c->pending.set) {
		c->pending = c->reply;
		c->pending.set = true;
		c->pending.verdict = v;
		c->pending.stage = c->run->stage;
	}
	decisive = find_earliest_refusal(c);
	set_final_verdict(c->run, decisive, &decisive->pending);
	if (c->pending.verdict == VERDICT_ACCEPT)
		undo_later_policies(c);
}

/* The refusal that was kept, of the earliest stage; NULL: none. An accept that waits for its
 * turn overrules those behind it. */
static const struct policy_call *
find_kept_refusal(const struct chain_run *run)
{
	const struct policy_call *best = NULL;

	for (size_t i = 0; i < run->chain->n; i++) {
		const struct policy_call *c = &run->calls[i];

		if (!c->pending.set)
			continue;
		if (c->pending.verdict == VERDICT_ACCEPT)
			break;
		if (best == NULL || c->pending.stage < best->pending.stage)
			best = c;
	}
	return best;
}

/* on_limit of a chain that only monitors counts as accept: it never refuses. */
static enum verdict
get_limit_verdict(const struct chain_run *run)
{
	return run->chain->monitor ? VERDICT_ACCEPT : run->chain->limits.on_limit;
}

static struct pending_verdict
make_limit_reply(const struct chain_run *run, struct message *m, enum verdict v)
{
	struct pending_verdict found = {.verdict = v, .stage = run->stage};

	if (v == VERDICT_ACCEPT)
		return found;
	found.code = v == VERDICT_REJECT ? 552 : 452;
	found.xcode = v == VERDICT_REJECT ? "5.3.4" : "4.3.1";
	found.text = arena_printf(m->arena, "Message is over the filter's limit (%s)",
				  m->over_limit);
	return found;
}

static enum verdict
refuse_rcpt(struct chain_run *run, const struct pending_verdict *reply)
{
	note_refused_rcpt(run, reply->verdict, reply->code, reply->xcode, reply->text);
	session_set_reply(run->session, reply->code, reply->xcode, reply->text);
	return reply->verdict;
}

enum verdict
apply_limits(struct chain_run *run, struct message *m)
{
	enum verdict v = get_limit_verdict(run);
	struct pending_verdict found = make_limit_reply(run, m, v);
	const struct policy_call *kept;

	if (v != VERDICT_ACCEPT && can_refuse_rcpt(run)) {
		m->over_limit = NULL; /* only this recipient is refused */
		found.xcode = v == VERDICT_REJECT ? "5.5.3" : "4.5.3";
		found.text = "Too many recipients for the filter";
		return refuse_rcpt(run, &found);
	}
	run_turns_behind_monitors(run);
	if (run->final.set)
		return VERDICT_CONTINUE;
	kept = find_kept_refusal(run);
	set_final_verdict(run, kept, kept != NULL ? &kept->pending : &found);
	if (kept == NULL && v == VERDICT_ACCEPT)
		undo_all_policies(run);
	return VERDICT_CONTINUE;
}

/* A refusal that was kept only for want of an answer stays. What a policy before it might have
 * overruled is decided when the message comes again. */
enum verdict
apply_refusal(struct chain_run *run)
{
	struct pending_verdict found = {.verdict = VERDICT_TEMPFAIL,
					.stage = run->stage,
					.code = 451,
					.xcode = "4.3.2",
					.text = "Mail filter restarts, please try again later"};
	const struct policy_call *kept;

	if (run->chain->monitor)
		found = (struct pending_verdict){.verdict = VERDICT_ACCEPT,
						 .stage = run->stage};
	else if (can_refuse_rcpt(run))
		return refuse_rcpt(run, &found);
	kept = find_kept_refusal(run);
	if (kept != NULL && can_be_overruled(kept))
		kept = NULL;
	set_final_verdict(run, kept, kept != NULL ? &kept->pending : &found);
	if (run->stage == STAGE_ENVFROM && !run->is_local_submission &&
	    session_answers(run->session, STAGE_ENVFROM))
		return return_final_verdict(run);
	return VERDICT_CONTINUE;
}

/* A chain that only monitors never refuses: the message goes on as the MTA has it. */
enum verdict
refuse_for_memory(struct chain_run *run)
{
	enum verdict v = run->chain->monitor ? VERDICT_CONTINUE : VERDICT_TEMPFAIL;

	if (run_is_suspended(run))
		cancel_suspension(&run->calls[run->next]);
	if (!run->is_logged) {
		run->final = (struct pending_verdict){.set = true, .verdict = v};
		run->final_policy = NULL;
		if (v == VERDICT_TEMPFAIL) {
			run->final.code = 451;
			run->final.xcode = "4.3.1";
			run->final.text =
				"Mail filter is out of memory, please try again later";
		}
		write_message_log(run, v == VERDICT_TEMPFAIL ? verdict_name(v) : "accept");
	}
	run->is_logged = true;
	if (v == VERDICT_CONTINUE || !session_answers(run->session, run->stage) ||
	    (run->is_local_submission && run->stage != STAGE_EOM))
		return VERDICT_CONTINUE;
	session_set_reply(run->session, run->final.code, run->final.xcode, run->final.text);
	return v;
}

/* Is there no memory for the answer? All that stands in it, but for a new body, which is
 * written in pieces, is in the arena. */
static bool
lacks_memory_for_answer(const struct chain_run *run, enum verdict v)
{
	const struct message *m = run->message;

	return run->stage == STAGE_EOM && (v == VERDICT_CONTINUE || v == VERDICT_ACCEPT) &&
	       message_mark(m) > 0 && memory_lacks_room(arena_used(m->arena));
}

enum verdict
return_final_verdict(struct chain_run *run)
{
	const struct pending_verdict *final = &run->final;
	enum verdict v = final->set ? final->verdict : VERDICT_CONTINUE;

	if (run_lacks_memory(run) || (!run->was_decided && lacks_memory_for_answer(run, v)))
		return VERDICT_TEMPFAIL; /* refuse_for_memory() follows */
	run->was_decided = true;
	run->message->settled = true;
	if (final->set && final->code != 0)
		session_set_reply(run->session, final->code, final->xcode, final->text);
	if (!run->is_logged)
		write_message_log(run, v == VERDICT_CONTINUE ? "accept" : verdict_name(v));
	run->is_logged = true;
	return v;
}

enum verdict
finish_stage(struct chain_run *run)
{
	if (run->stage == STAGE_EOM)
		return return_final_verdict(run);
	if (run->stage == STAGE_DATA && run->final.set && !run->is_local_submission &&
	    (run->final.verdict == VERDICT_REJECT || run->final.verdict == VERDICT_TEMPFAIL) &&
	    session_answers(run->session, STAGE_DATA))
		return return_final_verdict(run);
	return VERDICT_CONTINUE;
}
