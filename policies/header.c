/* header: rules about headers. The rules of a section are applied in order. Each rule selects
 * the headers of one name, or of several names together, and tests them (policy/selector.h);
 * when it hits, it refuses the message, changes headers, or logs. Rules behind it work with the
 * changed headers. The first verdict ends the policy.
 *
 * An example, for a message with "Subject: Win the lottery":
 *
 *	rule "tag" { name = "Subject"  match = 'lottery'  action = "prefix"  value = "[X] " }
 *	rule "no"  { name = "Subject"  match = '^\[X\] Win'  action = "reject" }
 *
 * "tag" makes the subject "[X] Win the lottery"; this matches "no", and the message is refused
 * without any change. With mode = "monitor" in "tag" its change is undone before "no" (rule.h),
 * and the message is accepted as it is. */
#include <string.h>
#include <syslog.h>

#include "content/field.h"
#include "content/header_text.h"
#include "policies/header.h"

/* The text that matched; NULL: none. */
static const char *
find_matched_text(struct rule_context *ctx)
{
	const struct regex_groups *g = &ctx->sel.groups;

	if (!ctx->sel.has_groups || g->n == 0 || g->start[0] >= g->end[0])
		return NULL;
	return arena_strndup(policy_arena(ctx->call), g->subject + g->start[0],
			     g->end[0] - g->start[0]);
}

struct policy_hit
header_make_hit(struct rule_context *ctx)
{
	return (struct policy_hit){
		.rule = ctx->rule->rule,
		.groups = ctx->sel.has_groups ? &ctx->sel.groups : NULL,
		.match = find_matched_text(ctx),
	};
}

/* One field that is edited. */
struct match_edits {
	struct rule_context *ctx;
	struct field_edits edits;
};

static void
put_value_piece(void *arg, const char *text, size_t len, size_t group)
{
	struct match_edits *m = arg;
	const struct regex_groups *g = &m->ctx->sel.groups;

	if (text != NULL && (value_template_uses(&m->ctx->rule->action.value) &
			     PLACEHOLDER_BIT(PLACEHOLDER_MATCH)))
		field_edit_put_copy(&m->edits, text, len);
	else if (text != NULL)
		field_edit_put(&m->edits, text, len);
	else if (group < g->n && g->start[group] < g->end[group])
		field_edit_put_text(&m->edits, g->start[group], g->end[group]);
}

/* The first match from byte `from` of the text on, of all patterns: the groups of the selection
 * are set. 1, 0, or -1 with the selection's error set. */
static int
find_match_from(struct match_edits *m, size_t from)
{
	struct selection *sel = &m->ctx->sel;
	const struct patterns *p = &sel->selector->match;
	struct match_context match = policy_match_context(m->ctx->call);
	const struct buf *text = &m->edits.text;
	struct regex_groups g;
	int found = 0;

	for (size_t i = 0; i < p->n; i++) {
		int r = regex_match_from(p->re[i], match.limits, match.budget,
					 (const char *)text->data, text->len, from, &g, NULL);

		if (r < 0) {
			sel->error = policy_regex_failed(m->ctx->call, p->re[i], r);
			return -1;
		}
		if (r == 0 || (found && g.start[0] >= sel->groups.start[0]))
			continue;
		sel->groups = g;
		sel->has_groups = true;
		found = 1;
	}
	return found;
}

/* Adds an edit for each match. 0, or -1 with the selection's error set. */
static int
add_match_edits(struct match_edits *m)
{
	struct rule_context *ctx = m->ctx;
	const struct regex_groups *g = &ctx->sel.groups;
	const struct buf *text = &m->edits.text;
	size_t from = 0, behind = 0;
	int r = 0;

	while (from <= text->len && (r = find_match_from(m, from)) > 0) {
		struct placeholder_values values = {.ctx = NULL};
		const struct policy_hit hit = header_make_hit(ctx);

		/* "\K" in a look-ahead makes matches that end before they begin. */
		if (g->start[0] > g->end[0] || g->start[0] < behind)
			break;
		if (value_template_uses(&ctx->rule->action.value) != 0)
			policy_fill_hit_values(ctx->call, &hit, &values);
		field_edit_add(&m->edits, g->start[0], g->end[0]);
		value_template_expand_pieces(&ctx->rule->action.value, &values, &ctx->out,
					     &ctx->text, put_value_piece, m);
		from = behind = g->end[0];
		if (g->start[0] == g->end[0] && from < text->len)
			from += str_utf8_length(text->data + from, text->len - from);
		else if (g->start[0] == g->end[0])
			break;
	}
	return r < 0 ? -1 : 0;
}

/* Replaces each text of the header that matches by the rule's value. */
static int
replace_matches(struct rule_context *ctx, struct header *h)
{
	struct match_edits m = {.ctx = ctx};
	int r;

	field_edits_begin(&m.edits, h->name, h->value, ctx->rule->selector.subject.decode);
	r = add_match_edits(&m);
	if (r == 0 && field_edits_write(&m.edits, &ctx->out))
		policy_change_header(ctx->call, h, buf_string(&ctx->out));
	field_edits_free(&m.edits);
	return r;
}

static enum verdict
replace_all_matches(struct rule_context *ctx)
{
	struct header *h = NULL;
	int r;

	while ((r = selection_next(&ctx->sel, &h)) > 0) {
		r = selection_matches(&ctx->sel, h);
		if (r > 0)
			r = replace_matches(ctx, h);
		if (r < 0)
			break;
	}
	return r < 0 ? ctx->sel.error : VERDICT_CONTINUE;
}

/* The newest header stands at the top of a message. Deletion begins at the bottom, so that
 * `keep` spares the newest ones. */
static enum verdict
remove_matching_headers(struct rule_context *ctx)
{
	struct header **hits = arena_alloc(policy_arena(ctx->call),
					   ctx->message->n_headers * sizeof(struct header *));
	struct header *h = NULL;
	size_t n = 0, all = 0;
	int r;

	while ((r = selection_next(&ctx->sel, &h)) > 0) {
		all++;
		r = selection_matches(&ctx->sel, h);
		if (r < 0)
			break;
		if (r > 0)
			hits[n++] = h;
	}
	if (r < 0)
		return ctx->sel.error;
	for (; n > 0 && all > ctx->rule->keep; n--, all--)
		policy_delete_header(ctx->call, hits[n - 1]);
	return VERDICT_CONTINUE;
}

static bool
hits_table(const struct rule_context *ctx)
{
	return ctx->sel.hit.value != NULL;
}

void
header_note_hit(struct rule_context *ctx)
{
	const char *entry = NULL;

	if (hits_table(ctx))
		entry = arena_printf(policy_arena(ctx->call), "%s:%zu",
				     table_name(ctx->rule->selector.table), ctx->sel.hit.line);
	policy_note_rule(ctx->call, ctx->rule->rule, entry, find_matched_text(ctx));
	if (policy_is_traced(ctx->call))
		selection_trace(&ctx->sel);
}

static enum verdict
run_action(struct rule_context *ctx)
{
	const struct policy_hit hit = header_make_hit(ctx);
	enum verdict v = action_table_run(ctx->call, &ctx->rule->table, &ctx->rule->action,
					  &ctx->sel.hit, &ctx->sel.groups, &hit);

	if (ctx->rule->action.action == RULE_REPLACE)
		return replace_all_matches(ctx);
	if (ctx->rule->action.action == RULE_REMOVE)
		return remove_matching_headers(ctx);
	return v;
}

static enum verdict
apply_header_rule(struct rule_context *ctx)
{
	int r = ctx->rule->always	    ? 1
		: ctx->rule->table.has_rows ? selection_limits_hold(&ctx->sel)
					    : selection_holds(&ctx->sel);

	if (r == 0)
		return VERDICT_CONTINUE;
	if (r < 0)
		return ctx->sel.error;
	if (ctx->rule->table.has_rows)
		return header_apply_rows(ctx);
	header_note_hit(ctx);
	ctx->passes = ctx->rule->action.action == RULE_PASS;
	return run_action(ctx);
}

/* The rule with its when, unless and mode. */
static enum verdict
run_header_rule(struct rule_context *ctx)
{
	const struct policy_rule *rule = ctx->rule->rule;
	int r = policy_rule_applies(ctx->call, rule, SIZE_MAX);
	enum verdict v;

	if (r < 0)
		return VERDICT_ERROR;
	if (r != TRI_YES)
		return VERDICT_CONTINUE;
	policy_begin_rule(ctx->call, rule);
	v = policy_end_rule(ctx->call, rule, apply_header_rule(ctx));
	ctx->passes &= policy_rule_enforces(rule);
	return v;
}

static enum verdict
header_message(struct policy_call *c)
{
	const struct header_conf *conf = policy_conf(c);
	struct rule_context ctx = {.call = c, .message = policy_message(c)};
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE && !ctx.passes; i++) {
		ctx.rule = &conf->rules[i];
		ctx.sel.call = c;
		ctx.sel.selector = &ctx.rule->selector;
		ctx.sel.has_groups = false;
		ctx.sel.hit = (struct table_hit){0};
		v = run_header_rule(&ctx);
	}
	buf_free(&ctx.text);
	buf_free(&ctx.out);
	return v;
}

const struct policy_ops policy_header = {
	.name = "header",
	.summary = "rules about header lines: refuse, quarantine, write, change, remove",
	.also = "headers header_checks mime_header_checks subject milter_headers "
		"add_header",
	.options = header_options,
	.configure = header_configure,
	.message = header_message,
};
