/* The run of a chain over one connection. Envelope stages ask every policy whose condition is
 * known; message() runs strictly in order, as far as the stage allows: run->next is the first
 * policy that has not had its turn. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chain/run.h"
#include "util/log.h"

struct chain_run *
chain_run_new(const struct chain *chain, const struct chain_host *ops, void *host,
	      const char *session_id)
{
	size_t size = sizeof(struct chain_run) + chain->n * sizeof(struct policy_call);
	struct chain_run *run = calloc(1, size);

	if (run == NULL)
		abort();
	run->chain = chain;
	run->host = ops;
	chain_run_move(run, host, session_id);
	for (size_t i = 0; i < chain->n; i++) {
		run->calls[i].run = run;
		run->calls[i].inst = chain->inst[i];
		run->calls[i].position = (unsigned)i + 1;
	}
	return run;
}

void
chain_run_move(struct chain_run *run, void *host, const char *session_id)
{
	run->host_ctx = host;
	run->session = NULL;
	run->message_no = 0; /* sessions count from 1 */
	(void)memccpy(run->session_id, session_id, '\0', sizeof(run->session_id) - 1);
}

struct chain_run *
chain_run_free(struct chain_run *run)
{
	if (run == NULL)
		return NULL;
	buf_free(&run->notes);
	buf_free(&run->line);
	free(run);
	return NULL;
}

/* It goes into lines, fields and replies: what no queue id has is not passed on. */
static void
note_queue_id(struct chain_run *run)
{
	const char *id;
	size_t n = 0;

	if (run->queue_id[0] != '\0')
		return;
	id = session_queue_id(run->session);
	for (; id != NULL && id[n] != '\0' && n < sizeof(run->queue_id) - 1; n++)
		run->queue_id[n] = (char)(id[n] <= ' ' || id[n] > '~' ? '?' : id[n]);
	run->queue_id[n] = '\0';
}

static void
begin(struct chain_run *run)
{
	run->message_no = session_message_count(run->session);
	run->next = 0;
	run->aside = peer_is_local_submission(session_peer(run->session));
	run->final = (struct pending_verdict){0};
	run->final_by = NULL;
	run->told = false;
	run->queue_id[0] = '\0';
	run->budget = (struct regex_budget){0};
	run->size_limit = UINT64_MAX;
	run->n_judged = 0;
	buf_reset(&run->notes);
	for (size_t i = 0; i < run->chain->n; i++)
		call_begin(&run->calls[i]);
}

/* Is there a policy before this one that may still accept or discard? */
static bool
must_wait(const struct policy_call *c)
{
	const struct chain_run *run = c->run;

	if (run->aside)
		return true;
	for (size_t i = 0; i + 1 < c->position; i++) {
		const struct policy_call *before = &run->calls[i];

		if (before->inst->need.may_end && !before->watches &&
		    before->state != CALL_DONE)
			return true;
	}
	return false;
}

static void
set_final(struct chain_run *run, const struct policy_call *c, const struct pending_verdict *w)
{
	run->final = *w;
	run->final.set = true;
	session_message(run->session)->settled = true;
	run->final_by = c == NULL ? NULL : c->inst->title;
}

/* What an ERROR comes to, by the policy's on_error. */
static enum verdict
fall_back(struct policy_call *c)
{
	struct message *m = session_message(c->run->session);

	c->reply = (struct pending_verdict){0};
	switch (c->inst->on_error) {
	case ON_ERROR_TEMPFAIL:
		c->reply = (struct pending_verdict){
			.code = 451,
			.xcode = "4.3.0",
			.text = "Mail filter failed, please try again later"};
		return VERDICT_TEMPFAIL;
	case ON_ERROR_REJECT:
		c->reply = (struct pending_verdict){
			.code = 554, .xcode = "5.3.0", .text = "Mail filter failed"};
		return VERDICT_REJECT;
	case ON_ERROR_ACCEPT:
		return VERDICT_ACCEPT;
	case ON_ERROR_QUARANTINE:
		message_quarantine(m, arena_printf(m->arena, "policy %s failed: %s",
						   c->inst->title, c->error));
		break;
	case ON_ERROR_CONTINUE:
		break;
	}
	c->state = CALL_DONE;
	return VERDICT_CONTINUE;
}

/* After a callback: undo what a watcher or a failure did, and what it comes to. */
static enum verdict
settle(struct policy_call *c, enum verdict v)
{
	struct message *m = session_message(c->run->session);
	bool changed = message_mark(m) != c->mark;

	c->ran = true;
	if (v == VERDICT_ERROR || c->watches)
		message_restore(m, c->mark);
	if (c->watches) {
		if (c->would == VERDICT_CONTINUE)
			c->would = v;
		c->changed |= changed && v != VERDICT_ERROR;
		if (v != VERDICT_CONTINUE && c->run->stage != STAGE_ENVRCPT)
			c->state = CALL_DONE;
		return VERDICT_CONTINUE;
	}
	if (v == VERDICT_ERROR) {
		c->said = v;
		return fall_back(c);
	}
	c->changed |= changed;
	if (v != VERDICT_CONTINUE && c->run->stage != STAGE_ENVRCPT)
		c->said = v;
	return v;
}

static void
enter(struct policy_call *c)
{
	c->reply = (struct pending_verdict){0};
	c->mark = message_mark(session_message(c->run->session));
}

static enum verdict
call_envelope(struct policy_call *c)
{
	const struct policy_ops *ops = c->inst->ops;
	enum stage stage = c->run->stage;
	enum verdict (*fn)(struct policy_call *) = stage == STAGE_ENVFROM   ? ops->envfrom
						   : stage == STAGE_ENVRCPT ? ops->envrcpt
									    : ops->data;

	if (fn == NULL)
		return VERDICT_CONTINUE;
	c->served |= STAGE_BIT(stage);
	enter(c);
	return settle(c, fn(c));
}

/* Parts that policies before this one may still change. */
static uint32_t
pending_before(const struct policy_call *c)
{
	const struct chain_run *run = c->run;
	uint32_t envelope = PART_SENDER | PART_RCPTS, pending = 0;

	for (size_t i = 0; i + 1 < c->position; i++) {
		const struct policy_call *before = &run->calls[i];
		uint32_t changes = before->inst->need.changes;

		if (before->state == CALL_DONE || before->watches)
			continue;
		if (before->state == CALL_APPLIES) {
			if ((before->served & STAGE_BIT(run->stage)) != 0)
				changes &= ~(uint32_t)PART_RCPTS;
			if ((before->served &
			     (STAGE_BIT(STAGE_ENVFROM) | STAGE_BIT(STAGE_DATA))) != 0)
				changes &= ~(uint32_t)PART_SENDER;
			if ((before->served & STAGE_BIT(STAGE_DATA)) != 0)
				changes &= ~envelope;
		}
		pending |= changes;
	}
	return pending;
}

static enum verdict
judge(struct policy_call *c)
{
	int r;

	if (c->state != CALL_UNDECIDED)
		return VERDICT_CONTINUE;
	enter(c);
	r = call_evaluate_condition(c, pending_before(c));
	if (r < 0)
		return settle(c, VERDICT_ERROR);
	if (r != TRI_UNKNOWN)
		c->fresh = c->run->stage == STAGE_ENVRCPT;
	if (r == TRI_YES)
		c->state = CALL_APPLIES;
	if (r == TRI_NO) {
		c->state = CALL_DONE;
		c->skipped = "when";
	}
	return VERDICT_CONTINUE;
}

/* Takes what a policy said at MAIL or DATA: tells it, or keeps it until its turn comes. */
static enum verdict
take_early(struct policy_call *c, enum verdict v)
{
	struct pending_verdict w = c->reply;

	w.set = true;
	w.verdict = v;
	w.stage = c->run->stage;
	if (v == VERDICT_ACCEPT || v == VERDICT_DISCARD || must_wait(c) ||
	    !session_answers(c->run->session, c->run->stage)) {
		c->held = w;
		c->state = CALL_APPLIES;
		return VERDICT_CONTINUE;
	}
	set_final(c->run, c, &w);
	return v;
}

static enum verdict
take_rcpt(struct policy_call *c, enum verdict v)
{
	if (v == VERDICT_ACCEPT || v == VERDICT_DISCARD || c->run->aside ||
	    !session_answers(c->run->session, STAGE_ENVRCPT))
		return take_early(c, v);
	c->refused++;
	if (c->reply.code != 0)
		session_set_reply(c->run->session, c->reply.code, c->reply.xcode,
				  c->reply.text);
	return v;
}

/* One policy at an envelope stage. */
static enum verdict
ask_envelope(struct policy_call *c)
{
	uint32_t envelope = PART_SENDER | PART_RCPTS;
	enum verdict v = judge(c);

	if (v == VERDICT_CONTINUE) {
		if (c->state != CALL_APPLIES || c->held.set ||
		    (pending_before(c) & c->inst->need.reads & envelope) != 0)
			return v;
		v = call_envelope(c);
	}
	if (v == VERDICT_CONTINUE)
		return v;
	return c->run->stage == STAGE_ENVRCPT ? take_rcpt(c, v) : take_early(c, v);
}

/* Of two refusals the one found at the earlier stage speaks, unless somebody between may still
 * accept the message. */
static const struct policy_call *
earliest_refusal(struct policy_call *c)
{
	const struct chain_run *run = c->run;
	const struct policy_call *best = c;

	if (c->held.verdict != VERDICT_REJECT && c->held.verdict != VERDICT_TEMPFAIL)
		return c;
	for (size_t i = c->position; i < run->chain->n; i++) {
		const struct policy_call *later = &run->calls[i];

		if (later->held.set && later->held.stage < best->held.stage &&
		    later->held.verdict != VERDICT_ACCEPT)
			best = later;
		if (later->inst->need.may_end && !later->watches && later->state != CALL_DONE)
			break;
	}
	return best;
}

/* Accept ends the chain: what policies behind it did to the envelope early was in vain. */
static void
forget_those_behind(const struct policy_call *c)
{
	struct chain_run *run = c->run;

	message_drop_changes_after(session_message(run->session), c->position);
	for (size_t i = c->position; i < run->chain->n; i++)
		run->calls[i].changed = false;
}

/* The policy whose turn it is has spoken: that is the message's verdict. */
static void
conclude(struct policy_call *c, enum verdict v)
{
	const struct policy_call *speaker;

	if (!c->held.set) {
		c->held = c->reply;
		c->held.set = true;
		c->held.verdict = v;
		c->held.stage = c->run->stage;
	}
	speaker = earliest_refusal(c);
	set_final(c->run, speaker, &speaker->held);
	if (c->held.verdict == VERDICT_ACCEPT)
		forget_those_behind(c);
}

/* The end of message(): the model is settled, and the turn goes on. */
static void
end_turn(struct policy_call *c, enum verdict v)
{
	v = settle(c, v);
	c->state = CALL_DONE;
	c->run->next++;
	if (v != VERDICT_CONTINUE)
		conclude(c, v);
}

/* message(), with the body in one piece for whoever reads it. */
static enum verdict
ask_message(struct policy_call *c)
{
	int r = 0;

	if (c->inst->ops->message == NULL)
		return VERDICT_CONTINUE;
	if ((c->inst->need.reads & PART_BODY) != 0)
		r = message_join_body(session_message(c->run->session));
	if (r < 0)
		return policy_fail(c, "no file for the body: %s",
				   r == -EMFILE ? "spool_files" : strerror(-r));
	return c->inst->ops->message(c);
}

static bool
call_message(struct policy_call *c)
{
	enum verdict v;

	enter(c);
	v = ask_message(c);
	if (v == VERDICT_SUSPEND && c->wait == SUSPEND_WAITING && c->run->stage != STAGE_DATA)
		return false; /* a real wait */
	if (v == VERDICT_SUSPEND) {
		v = c->wait == SUSPEND_ANSWERED ? c->answer
						: policy_fail(c, "it may not wait here");
	}
	if (c->wait == SUSPEND_WAITING) { /* it armed a wait and then decided at once */
		c->run->host->set_timer(c->run->host_ctx, 0);
		c->cancel(c->cancel_arg);
	}
	c->wait = SUSPEND_NONE;
	end_turn(c, v);
	return true;
}

/* One policy's turn. false: it cannot be had at this stage, or it waits. */
static bool
take_turn(struct policy_call *c)
{
	struct chain_run *run = c->run;
	enum verdict v = judge(c);

	if (v != VERDICT_CONTINUE) {
		run->next++;
		c->state = CALL_DONE;
		conclude(c, v);
		return true;
	}
	if (c->state == CALL_DONE) {
		run->next++;
		return true;
	}
	if (c->state == CALL_UNDECIDED)
		return false;
	if (c->held.set) {
		run->next++;
		c->state = CALL_DONE;
		conclude(c, c->held.verdict);
		return true;
	}
	if (c->inst->need.message > run->stage)
		return false;
	return call_message(c);
}

static bool
is_waiting(const struct chain_run *run)
{
	return run->next < run->chain->n && run->calls[run->next].wait == SUSPEND_WAITING;
}

/* Turns, in order, as far as this stage goes. */
static void
take_turns(struct chain_run *run)
{
	while (!run->final.set && run->next < run->chain->n)
		if (!take_turn(&run->calls[run->next]))
			break;
}

static enum verdict
tell(struct chain_run *run)
{
	const struct pending_verdict *w = &run->final;
	enum verdict v = w->set ? w->verdict : VERDICT_CONTINUE;

	if (w->set && w->code != 0)
		session_set_reply(run->session, w->code, w->xcode, w->text);
	if (!run->told)
		chain_line_write(run, v == VERDICT_CONTINUE ? "accept" : verdict_name(v));
	run->told = true;
	return v;
}

/* What the stage's event comes to, once no policy waits. */
static enum verdict
finish_stage(struct chain_run *run)
{
	if (run->stage == STAGE_EOM)
		return tell(run);
	if (run->stage == STAGE_DATA && run->final.set && !run->aside &&
	    (run->final.verdict == VERDICT_REJECT || run->final.verdict == VERDICT_TEMPFAIL) &&
	    session_answers(run->session, STAGE_DATA))
		return tell(run);
	return VERDICT_CONTINUE;
}

/* limits { } was broken: the policies have no more to say. */
static enum verdict
over_limit(struct chain_run *run, struct message *m)
{
	enum verdict v = run->chain->limits.on_limit;
	struct pending_verdict w = {.verdict = v, .stage = run->stage};

	if (v != VERDICT_ACCEPT) {
		w.code = v == VERDICT_REJECT ? 552 : 452;
		w.xcode = v == VERDICT_REJECT ? "5.3.4" : "4.3.1";
		w.text = arena_printf(m->arena, "Message is over the filter's limit (%s)",
				      m->over_limit);
	}
	if (run->stage == STAGE_ENVRCPT && v != VERDICT_ACCEPT && !run->aside &&
	    session_answers(run->session, STAGE_ENVRCPT)) {
		m->over_limit = NULL; /* it is the recipient that is too many */
		session_set_reply(run->session, w.code, v == VERDICT_REJECT ? "5.5.3" : "4.5.3",
				  "Too many recipients for the filter");
		return v;
	}
	set_final(run, NULL, &w);
	return VERDICT_CONTINUE;
}

/* A refused recipient was never there: what was judged by it is open again. */
static enum verdict
end_rcpt(struct chain_run *run, enum verdict v)
{
	for (size_t i = 0; i < run->chain->n; i++) {
		struct policy_call *c = &run->calls[i];

		if (c->fresh && v != VERDICT_CONTINUE && !c->held.set &&
		    (c->state == CALL_APPLIES || c->skipped != NULL)) {
			c->state = CALL_UNDECIDED;
			c->skipped = NULL;
			c->served = 0;
			c->data = NULL; /* what it noted is of that recipient */
		}
		c->fresh = false;
	}
	return v;
}

static enum verdict
ask_envelope_stage(struct chain_run *run)
{
	for (size_t i = run->next; i < run->chain->n && !run->final.set; i++) {
		enum verdict v = ask_envelope(&run->calls[i]);

		if (v != VERDICT_CONTINUE)
			return run->stage == STAGE_ENVRCPT ? end_rcpt(run, v) : tell(run);
		if (run->stage == STAGE_DATA && i == run->next)
			(void)take_turn(&run->calls[i]);
	}
	if (run->stage == STAGE_ENVRCPT)
		return end_rcpt(run, VERDICT_CONTINUE);
	return finish_stage(run);
}

/* One line a minute: a broken MTA tries again with every mail. */
static void
warn_missing_action(struct chain_run *run, uint32_t action)
{
	struct chain_warnings *warned = run->chain->warned;
	int64_t last = atomic_load(&warned->missing_action);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (last != 0 && now.tv_sec - last < 60)
		return;
	if (!atomic_compare_exchange_strong(&warned->missing_action, &last, now.tv_sec))
		return; /* another worker says it */
	chain_warn(run, "the MTA does not offer %s, which the chain needs: closed",
		   action_name(action));
}

/* Without SETSYMLIST the MTA sends what its own configuration says; that is told once. */
static void
look_for_macros(struct chain_run *run)
{
	const struct chain_need *need = &run->chain->need;
	struct chain_warnings *warned = run->chain->warned;
	char name[64];

	if (*need->macros == '\0' || warned->missing_macro ||
	    (session_terms(run->session)->actions & ACTION_SETSYMLIST) != 0)
		return;
	for (const char *p = need->macros; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, p);
		p += len;
		if (session_macro(run->session, name) != NULL)
			continue;
		if (atomic_exchange(&warned->missing_macro, true))
			return;
		chain_warn(run,
			   "macro %s did not come; the MTA lets us not ask for it: add it "
			   "to the macros that it sends",
			   name);
		return;
	}
}

static int
on_offer(void *ctx, const struct milter_terms *offer, struct session_request *ret)
{
	struct chain_run *run = ctx;
	uint32_t missing = 0;
	int r = chain_negotiate(run->chain, offer, ret, &missing);

	if (r < 0)
		warn_missing_action(run, missing);
	return r;
}

static enum verdict
on_event(void *ctx, struct session *s, enum stage stage)
{
	struct chain_run *run = ctx;
	struct message *m = session_message(s);

	run->session = s;
	if (m == NULL)
		return VERDICT_CONTINUE; /* connect, helo */
	if (session_message_count(s) != run->message_no)
		begin(run);
	run->stage = stage;
	if (m->over_limit != NULL && !run->final.set) {
		enum verdict v = over_limit(run, m);

		if (v != VERDICT_CONTINUE)
			return v;
	}
	if (stage == STAGE_HEADER || stage == STAGE_BODY)
		return VERDICT_CONTINUE;
	note_queue_id(run);
	if (stage <= STAGE_DATA)
		return ask_envelope_stage(run);
	if (stage == STAGE_EOM)
		look_for_macros(run);
	take_turns(run);
	return is_waiting(run) ? VERDICT_SUSPEND : finish_stage(run);
}

static void
cancel_wait(struct chain_run *run)
{
	struct policy_call *c;

	if (!is_waiting(run))
		return;
	c = &run->calls[run->next];
	c->wait = SUSPEND_NONE;
	run->host->set_timer(run->host_ctx, 0);
	c->cancel(c->cancel_arg);
}

static void
on_abort(void *ctx, struct session *s)
{
	struct chain_run *run = ctx;

	run->session = s;
	cancel_wait(run);
	if (!run->told && session_message_count(s) == run->message_no)
		chain_line_write(run, NULL);
	run->told = true;
}

const struct session_handler chain_handler = {
	.offer = on_offer,
	.event = on_event,
	.skipped_stages = STAGE_BIT(STAGE_HEADER) | STAGE_BIT(STAGE_BODY),
	.abort = on_abort,
};

void
policy_suspend(struct policy_call *c, unsigned timeout_ms, void (*cancel)(void *arg), void *arg)
{
	c->wait = SUSPEND_WAITING;
	c->cancel = cancel;
	c->cancel_arg = arg;
	c->run->host->set_timer(c->run->host_ctx, timeout_ms);
}

/* The wait is over: the turn ends, and the rest of the chain goes on. */
static void
go_on(struct policy_call *c, enum verdict v)
{
	struct chain_run *run = c->run;

	c->wait = SUSPEND_NONE;
	run->host->set_timer(run->host_ctx, 0);
	end_turn(c, v);
	take_turns(run);
	if (is_waiting(run))
		return;
	run->verdict = finish_stage(run);
	run->host->resumed(run->host_ctx);
}

void
policy_resume(struct policy_call *c, enum verdict v)
{
	assert(c->wait == SUSPEND_WAITING);
	if (!session_is_suspended(c->run->session)) { /* still inside its callback */
		c->wait = SUSPEND_ANSWERED;
		c->answer = v;
		c->run->host->set_timer(c->run->host_ctx, 0);
		return;
	}
	go_on(c, v);
}

void
chain_run_timer_expired(struct chain_run *run)
{
	struct policy_call *c;

	if (!is_waiting(run))
		return;
	c = &run->calls[run->next];
	c->cancel(c->cancel_arg);
	go_on(c, policy_fail(c, "no answer in time"));
}

enum verdict
chain_run_verdict(const struct chain_run *run)
{
	return run->verdict;
}
