/* The findings of a message: a list that grows with each rule that hits and each change. Input:
 * calls of the policies' functions; output: the list, and what each policy came to. */
#include "chain/report.h"

#include <string.h>

#include "chain/run.h"
#include "util/arena.h"

struct finding *
add_finding(struct policy_call *c, enum finding_kind kind, const char *name, const char *before,
	    const char *after)
{
	struct findings *all = &c->run->findings;
	struct finding *f;

	if (all->n == FINDINGS_MAX) {
		all->n_left_out++;
		return NULL;
	}
	all->n++;
	f = arena_alloc(policy_arena(c), sizeof(*f));
	*f = (struct finding){.position = c->position,
			      .stage = c->run->stage,
			      .kind = kind,
			      .monitored = c->rule_work != NULL ? c->rule_work->rule : NULL,
			      .name = name,
			      .before = before,
			      .after = after};
	if (all->last != NULL)
		all->last->next = f;
	else
		all->first = f;
	all->last = f;
	return f;
}

static bool
is_change(const struct finding *f)
{
	return f->kind != FINDING_RULE && f->kind != FINDING_REFUSE_RCPT;
}

void
undo_findings(struct chain_run *run, unsigned first, unsigned last, const struct finding *since)
{
	struct finding *f = since != NULL ? since->next : run->findings.first;

	for (; f != NULL; f = f->next)
		if (is_change(f) && f->position >= first && f->position <= last)
			f->undone = true;
}

const struct finding *
chain_run_findings(const struct chain_run *run)
{
	return run->findings.first;
}

const char *
find_policy_result(const struct policy_call *c)
{
	if (c->enforced_verdict == VERDICT_ERROR)
		return "error";
	if (c->enforced_verdict != VERDICT_CONTINUE)
		return verdict_name(c->enforced_verdict);
	if (c->monitored_verdict != VERDICT_CONTINUE)
		return verdict_name(c->monitored_verdict);
	if (c->skip_reason != NULL)
		return "skipped";
	if (c->undone)
		return "undone";
	if (c->changed && c->quarantined)
		return "quarantine";
	if (c->changed)
		return "changed";
	return c->was_called ? "pass" : "";
}

bool
is_idle_result(const char *result)
{
	return *result == '\0' || strcmp(result, "pass") == 0 || strcmp(result, "skipped") == 0;
}

bool
policy_did_something(const struct policy_call *c)
{
	if (c->enforced_verdict != VERDICT_CONTINUE ||
	    c->monitored_verdict != VERDICT_CONTINUE || c->refused_rcpts > 0 || c->would_act)
		return true;
	return c->skip_reason == NULL && (c->changed || c->undone);
}

struct policy_report
chain_run_policy_report(const struct chain_run *run, size_t i)
{
	const struct policy_call *c = &run->calls[i];
	const char *result = find_policy_result(c);
	struct policy_found found = {.result = NULL};

	if (policy_has_result(c))
		found = find_policy_found(c);
	return (struct policy_report){
		.inst = c->inst,
		.result = result,
		.skip_reason = c->skip_reason,
		.error = c->error,
		.monitors = c->monitors,
		.acted = policy_did_something(c),
		.refused_rcpts = c->refused_rcpts,
		.ns = c->ns,
		.found = found,
	};
}
