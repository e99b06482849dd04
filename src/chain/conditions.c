/* Whether a policy applies to the message: its `when` and `unless`. Input: the message as far
 * as the MTA has sent it; output: c->state of the policy.
 *
 * Policies of one chain often name the same condition, so results are cached. A result counts
 * at the stage at which it was found, and only while nothing that the condition reads has
 * changed: a header added by one policy, for example, makes the next one evaluate anew. */
#include <errno.h>

#include "chain/run.h"
#include "content/message_text.h"

#define CONDITION_TEXT_BYTES (1u << 20) /* in which url_domain looks for links */

static const char *
get_view_macro(void *ctx, const char *name)
{
	const struct policy_call *c = ctx;

	return session_macro(c->run->session, name);
}

static bool
get_view_found(void *ctx, const char *title, struct policy_found *ret)
{
	return find_earlier_found(ctx, title, ret);
}

static void
note_view_cut(void *ctx, const char *name)
{
	policy_note_once(ctx, "cut", name);
}

static void
trace_view_line(void *ctx, const struct condition_step *line)
{
	struct policy_call *c = ctx;
	struct chain_run *run = c->run;
	const struct chain_step step = {.kind = CHAIN_STEP_LINE,
					.position = c->position,
					.stage = run->stage,
					.line = line};

	run->host->trace(run->host_ctx, &step);
}

static const struct message_text *
get_view_text(void *ctx)
{
	const struct text_wish wish = {
		.where = CONTENT_TEXT, .links = true, .max = CONDITION_TEXT_BYTES};
	struct policy_call *c = ctx;

	return content_message_text(policy_message(c), policy_content_limits(c), &wish);
}

static struct condition_view
make_condition_view(struct policy_call *c, uint32_t changing)
{
	struct chain_run *run = c->run;
	struct message *m = run->message;
	size_t rcpt = run->stage == STAGE_ENVRCPT ? message_last_sent_rcpt(m) : RCPT_NONE;

	return (struct condition_view){
		.listener = run->chain->listener,
		.peer = session_peer(run->session),
		.message = m,
		.position = c->position,
		.stage = run->stage,
		.pending = changing,
		.time = run->time,
		.first_rcpt = rcpt == RCPT_NONE ? 0 : rcpt,
		.macro = get_view_macro,
		.found = get_view_found,
		.text = get_view_text,
		.note_cut = note_view_cut,
		.trace = run->host->trace != NULL ? trace_view_line : NULL,
		.ctx = c,
		.match = {m->arena, &run->chain->regex, get_regex_budget(c)},
	};
}

/* Whether what the condition reads is unchanged since. Each policy has its own view of the
 * envelope, so a change of it by any policy makes all results that read it useless. */
static bool
is_still_valid(const struct cached_condition *cached, const struct condition_view *view)
{
	uint32_t reads = condition_reads(cached->cond);
	const struct message_changes *now = &view->message->changes;

	if ((reads & view->pending) != 0)
		return false;
	if ((reads & (PART_SENDER | PART_RCPTS)) != 0 && now->envelope != 0)
		return false;
	if ((reads & PART_HEADERS) != 0 && now->headers != cached->changes.headers)
		return false;
	return (reads & (PART_SIZE | PART_BODY)) == 0 || now->body == cached->changes.body;
}

static const struct cached_condition *
find_cached_condition(const struct chain_run *run, const struct condition *cond,
		      const struct condition_view *view)
{
	for (size_t i = run->n_cached; i-- > 0;) {
		const struct cached_condition *cached = &run->cached[i];

		if (cached->cond == cond && cached->stage == view->stage &&
		    is_still_valid(cached, view))
			return cached;
	}
	return NULL;
}

/* Only from EOH on: before, more macros and recipients may come at the same stage. */
static void
cache_condition(struct chain_run *run, const struct condition *cond,
		const struct condition_view *view, int result)
{
	if (view->stage < STAGE_EOH || result < 0 || result == TRI_UNKNOWN ||
	    run->n_cached == CACHED_CONDITIONS_MAX)
		return;
	run->cached[run->n_cached++] = (struct cached_condition){
		.cond = cond,
		.stage = view->stage,
		.changes = view->message->changes,
		.result = (enum tri)result,
	};
}

/* r: what condition_evaluate() returned. */
static void
fail_condition(struct policy_call *c, const struct condition *cond, int r)
{
	if (r == -ENODATA)
		(void)policy_fail(c, "condition %s: the body was not kept",
				  condition_name(cond));
	else
		(void)policy_fail(c, "condition %s: a pattern %s", condition_name(cond),
				  regex_failure_text(r));
}

/* rcpt: the index of one recipient, or SIZE_MAX: the message. An enum tri, or a negative number
 * after policy_fail(). */
static int
evaluate_condition_cached(struct policy_call *c, const struct condition *cond,
			  const struct condition_view *view, size_t rcpt)
{
	bool cacheable = rcpt == SIZE_MAX && view->trace == NULL;
	const struct cached_condition *cached =
		cacheable ? find_cached_condition(c->run, cond, view) : NULL;
	int r = cached != NULL ? (int)cached->result : condition_evaluate(cond, view, rcpt);

	if (r < 0)
		fail_condition(c, cond, r);
	if (cached == NULL && cacheable)
		cache_condition(c->run, cond, view, r);
	return r;
}

/* All of them. An enum tri, or a negative number after policy_fail(). */
static int
evaluate_when(struct policy_call *c, const struct condition_view *view, size_t rcpt,
	      const struct condition *const *when, size_t n)
{
	int result = TRI_YES;

	for (size_t i = 0; i < n; i++) {
		int r = evaluate_condition_cached(c, when[i], view, rcpt);

		if (r < 0 || r == TRI_NO)
			return r;
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	return result;
}

/* None of them; likewise. */
static int
evaluate_unless(struct policy_call *c, const struct condition_view *view, size_t rcpt,
		const struct condition *const *unless, size_t n)
{
	int result = TRI_YES;

	for (size_t i = 0; i < n; i++) {
		int r = evaluate_condition_cached(c, unless[i], view, rcpt);

		if (r < 0)
			return r;
		if (r == TRI_YES)
			return TRI_NO;
		if (r == TRI_UNKNOWN)
			result = TRI_UNKNOWN;
	}
	return result;
}

static int
evaluate_both(struct policy_call *c, size_t rcpt, const struct condition *const *when,
	      size_t n_when, const struct condition *const *unless, size_t n_unless)
{
	struct condition_view view = make_condition_view(c, find_changing_parts(c));
	int r = evaluate_when(c, &view, rcpt, when, n_when), none;

	if (r < 0 || r == TRI_NO)
		return r;
	none = evaluate_unless(c, &view, rcpt, unless, n_unless);
	return none == TRI_YES ? r : none;
}

int
evaluate_rule_conditions(struct policy_call *c, const struct policy_rule *rule, size_t rcpt)
{
	return evaluate_both(c, rcpt, rule->when, rule->n_when, rule->unless, rule->n_unless);
}

int
evaluate_exception(struct policy_call *c, const struct policy_exception *e)
{
	return evaluate_both(c, SIZE_MAX, e->when, e->n_when, e->unless, e->n_unless);
}

/* A policy that applies has changed the last recipient once its envrcpt was called at this
 * RCPT, the sender once its envfrom or data was called, and the whole envelope once its data
 * was called. */
uint32_t
find_changing_parts(const struct policy_call *c)
{
	const struct chain_run *run = c->run;
	uint32_t envelope = PART_SENDER | PART_RCPTS, parts = 0;

	for (size_t i = 0; i + 1 < c->position; i++) {
		const struct policy_call *before = &run->calls[i];
		uint32_t changes = before->inst->need.changes;

		if (before->state == CALL_DONE || before->monitors)
			continue;
		if (before->state == CALL_APPLIES) {
			if ((before->called_stages & STAGE_BIT(run->stage)) != 0)
				changes &= ~(uint32_t)PART_RCPTS;
			if ((before->called_stages &
			     (STAGE_BIT(STAGE_ENVFROM) | STAGE_BIT(STAGE_DATA))) != 0)
				changes &= ~(uint32_t)PART_SENDER;
			if ((before->called_stages & STAGE_BIT(STAGE_DATA)) != 0)
				changes &= ~envelope;
		}
		parts |= changes;
	}
	return parts;
}

/* The same, as a call into the policy: a condition that fails must not undo earlier policies.
 */
static int
evaluate_in_policy(struct policy_call *c)
{
	int r;

	begin_policy_callback(c);
	if (!enter_policy(c))
		return -ECANCELED;
	r = evaluate_both(c, SIZE_MAX, c->inst->when, c->inst->n_when, c->inst->unless,
			  c->inst->n_unless);
	leave_policy(c);
	return r;
}

enum verdict
decide_condition(struct policy_call *c)
{
	int r = TRI_YES;

	if (c->state != CALL_UNDECIDED)
		return VERDICT_CONTINUE;
	if (c->inst->n_when > 0 || c->inst->n_unless > 0)
		r = evaluate_in_policy(c);
	if (r < 0)
		return finish_policy_callback(c, VERDICT_ERROR);
	if (r != TRI_UNKNOWN)
		c->decided_at_rcpt = c->run->stage == STAGE_ENVRCPT;
	if (r == TRI_YES)
		c->state = CALL_APPLIES;
	if (r == TRI_NO) {
		c->state = CALL_DONE;
		c->skip_reason = "when";
	}
	return VERDICT_CONTINUE;
}

int
policy_evaluate_condition(struct policy_call *c, const struct condition *cond, size_t rcpt)
{
	struct condition_view view = make_condition_view(c, find_changing_parts(c));

	return evaluate_condition_cached(c, cond, &view, rcpt);
}

int
policy_lines_hold(struct policy_call *c, const struct policy_rule *rule,
		  const struct condition *lines, size_t rcpt)
{
	int applies = policy_rule_applies(c, rule, rcpt), r;

	if (applies < 0 || applies == TRI_NO)
		return applies;
	r = policy_evaluate_condition(c, lines, rcpt);
	return r == TRI_YES ? applies : r;
}

int
policy_table_value(struct policy_call *c, const struct condition *cond, size_t rcpt,
		   const char **ret_value)
{
	struct condition_view view = make_condition_view(c, find_changing_parts(c));
	int r = condition_table_value(cond, &view, rcpt, ret_value);

	if (r < 0)
		fail_condition(c, cond, r);
	return r;
}
