/* content: rules about the text that people read, and about links. The rules of a section are
 * applied in order at the end of the message; the first verdict ends the policy. What is
 * searched is made once for all rules and policies (content/message_text.h).
 *
 * An example, for a message whose HTML part has "che<!-- x -->ap <b>pi</b>lls" in it:
 *
 *	rule "pills" { phrase = {"cheap pills", "lottery"}  action = "reject" }
 *
 * Its text has the paragraph "cheap pills", so the rule hits; %{match} is "cheap pills". */
#include "policies/content.h"

static void
trace_place(struct content_search *s, const struct content_finding *f)
{
	struct hit_place place = {.kind = HIT_TEXT, .name = content_where_words[f->where]};
	struct text_paragraph p;
	size_t at = 0;

	if (f->at != SIZE_MAX)
		while (at <= f->at && message_text_next(f->text, &at, &p))
			place.number += !p.shown;
	policy_trace_place(s->call, &place);
}

void
content_note_hit(struct content_search *s, const struct content_rule *rule,
		 const struct content_finding *f)
{
	const char *entry = NULL;

	if (f->row != NULL)
		entry = arena_printf(policy_arena(s->call), "%s:%zu",
				     table_name(rule->match.table), f->row->line);
	policy_note_rule(s->call, rule->rule, entry, f->match);
	if (policy_is_traced(s->call) && f->text != NULL)
		trace_place(s, f);
}

static enum verdict
act_on_finding(struct content_search *s, const struct content_rule *rule,
	       const struct content_finding *f)
{
	const struct policy_hit hit = {.rule = rule->rule,
				       .groups = f->groups.n > 0 ? &f->groups : NULL,
				       .match = f->match};

	return action_table_run(s->call, &rule->rows, &rule->action, f->row, &f->groups, &hit);
}

/* *ret_passes: the rule ended the list. */
static enum verdict
apply_content_rule(struct content_search *s, const struct content_rule *rule, bool *ret_passes)
{
	struct content_finding f;
	int r = content_rule_holds(s, rule, &f);

	if (r < 0)
		return VERDICT_ERROR;
	if (r == 0)
		return VERDICT_CONTINUE;
	if (rule->rows.has_rows)
		return content_apply_rows(s, rule);
	content_note_hit(s, rule, &f);
	*ret_passes = rule->action.action == RULE_PASS;
	return act_on_finding(s, rule, &f);
}

/* The rule with its when, unless and mode. */
static enum verdict
run_content_rule(struct content_search *s, const struct content_rule *rule, bool *ret_passes)
{
	int r = policy_rule_applies(s->call, rule->rule, SIZE_MAX);
	bool passes = false;
	enum verdict v;

	if (r < 0)
		return VERDICT_ERROR;
	if (r != TRI_YES)
		return VERDICT_CONTINUE;
	policy_begin_rule(s->call, rule->rule);
	v = policy_end_rule(s->call, rule->rule, apply_content_rule(s, rule, &passes));
	*ret_passes = passes && policy_rule_enforces(rule->rule);
	return v;
}

static enum verdict
content_message(struct policy_call *c)
{
	const struct content_conf *conf = policy_conf(c);
	struct content_search s = {.call = c, .conf = conf};
	enum verdict v = VERDICT_CONTINUE;
	bool passes = false;

	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE && !passes; i++)
		v = run_content_rule(&s, &conf->rules[i], &passes);
	return v;
}

const struct policy_ops policy_content = {
	.name = "content",
	.summary = "rules about the text that people read, and its links",
	.also = "body body_checks text words keywords phrases url links",
	.options = content_options,
	.configure = content_configure,
	.message = content_message,
};
