/* The work of rules with mode monitor: what such a rule does to the message is undone when it
 * ends, and its verdict is noted as a finding. Input: begin and end of the rule's work
 * (rule.h); output: a message as before, and findings that name the rule.
 *
 * A rule that enforces needs none of this: its policy does the work. */
#include "chain/run.h"
#include "util/memory.h"

void
policy_begin_monitored_rule(struct policy_call *c, const struct policy_rule *rule)
{
	struct message *m = c->run->message;
	struct rule_work *work = arena_alloc(m->arena, sizeof(*work));

	*work = (struct rule_work){
		.rule = rule,
		.undo_mark = message_mark(m),
		.finding_mark = c->run->findings.last,
		.reply = c->reply,
		.error = c->error,
		.lacked_memory = memory_is_over(),
	};
	c->reply = (struct pending_verdict){0};
	c->rule_work = work;
}

static const char *
describe_verdict(struct policy_call *c, enum verdict v)
{
	const struct pending_verdict *reply = &c->reply;
	struct arena *arena = policy_arena(c);

	if (reply->code == 0)
		return verdict_name(v);
	return arena_printf(arena, "%s %s", verdict_name(v),
			    format_reply(arena, reply->code, reply->xcode, reply->text));
}

static void
note_rule_verdict(struct policy_call *c, enum verdict v)
{
	if (c->run->stage == STAGE_ENVRCPT && !c->run->is_local_submission &&
	    (v == VERDICT_REJECT || v == VERDICT_TEMPFAIL))
		note_monitored_refusal(c, v);
	else
		add_finding(c, FINDING_VERDICT, NULL, NULL, describe_verdict(c, v));
}

enum verdict
policy_end_monitored_rule(struct policy_call *c, enum verdict v)
{
	struct message *m = c->run->message;
	const struct rule_work *work = c->rule_work;

	c->would_act |= v != VERDICT_CONTINUE || message_mark(m) != work->undo_mark;
	message_restore(m, work->undo_mark);
	if (v == VERDICT_ERROR)
		undo_findings(c->run, c->position, c->position, work->finding_mark);
	if (v != VERDICT_CONTINUE)
		note_rule_verdict(c, v);
	c->reply = work->reply;
	c->error = work->error;
	c->rule_work = NULL;
	if (!work->lacked_memory)
		memory_recheck(); /* what only this rule needed for a time does not count */
	return VERDICT_CONTINUE;
}

/* A condition that fails is its rule's failure. */
int
policy_decide_rule(struct policy_call *c, const struct policy_rule *rule, size_t rcpt)
{
	bool begins = policy_rule_monitors(rule) && c->rule_work == NULL;
	int r;

	if (rule->mode == MODE_OFF || (policy_rule_monitors(rule) && lacks_watched_parts(c)))
		return TRI_NO;
	if (begins)
		policy_begin_monitored_rule(c, rule);
	r = evaluate_rule_conditions(c, rule, rcpt);
	if (begins)
		(void)policy_end_monitored_rule(c, r < 0 ? VERDICT_ERROR : VERDICT_CONTINUE);
	return begins && r < 0 ? TRI_NO : r;
}

void
policy_defer_work(struct policy_call *c)
{
	c->defers_work = true;
}
