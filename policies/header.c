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
 *and the message is accepted as it is. */
#include <string.h>
#include <syslog.h>

#include "content/field.h"
#include "content/header_text.h"
#include "policies/header.h"

/* One rule that is applied to one message. */
struct rule_context {
	struct policy_call *call;
	const struct header_rule *rule;
	struct message *message;
	struct selection sel;
	struct buf text; /* the expanded value, or scratch */
	struct buf out;	 /* the encoded value, or scratch */
};

/* Sets %{rule} and %{match} (the text that matched), and the placeholders of all policies. */
static void
fill_rule_values(struct rule_context *ctx, struct placeholder_values *values)
{
	const struct regex_groups *g = &ctx->sel.groups;

	policy_fill_values(ctx->call, values);
	values->value[PLACEHOLDER_RULE] = ctx->rule->rule->title;
	if (ctx->sel.has_groups && g->start[0] < g->end[0])
		values->value[PLACEHOLDER_MATCH] =
			arena_strndup(policy_arena(ctx->call), g->subject + g->start[0],
				      g->end[0] - g->start[0]);
}

/* The new value for this message, as text, in ctx->text. */
static struct buf *
expand_rule_value(struct rule_context *ctx)
{
	const struct value_template *value = &ctx->rule->value;
	const struct regex_groups *groups = ctx->sel.has_groups ? &ctx->sel.groups : NULL;
	struct placeholder_values values = {.ctx = NULL};
	struct buf *text = &ctx->text;

	if (value_template_uses(value) != 0)
		fill_rule_values(ctx, &values);
	value_template_expand(value, &values, groups, &ctx->out, text);
	return text;
}

/* The new value for this message, encoded as a value of header `name`, in ctx->out. */
static const char *
encode_rule_value(struct rule_context *ctx, const char *name)
{
	struct buf *text = expand_rule_value(ctx), *out = &ctx->out;

	buf_reset(out);
	field_encode(name, (const char *)text->data, text->len, out);
	return buf_string(out);
}

static enum verdict
add_rule_header(struct rule_context *ctx)
{
	policy_add_header(ctx->call, ctx->rule->header,
			  encode_rule_value(ctx, ctx->rule->header));
	return VERDICT_CONTINUE;
}

static enum verdict
insert_rule_header(struct rule_context *ctx)
{
	policy_insert_header(ctx->call, ctx->rule->place, ctx->rule->header,
			     encode_rule_value(ctx, ctx->rule->header));
	return VERDICT_CONTINUE;
}

/* The first instance keeps its place; the others, which may be forged, are deleted. */
static enum verdict
set_rule_header(struct rule_context *ctx)
{
	const char *name = ctx->rule->header, *value = encode_rule_value(ctx, name);
	uint32_t key = header_key(name);
	struct header *first = message_find_header(ctx->message, name, key, NULL), *h = first;

	while (h && (h = message_find_header(ctx->message, name, key, h)))
		policy_delete_header(ctx->call, h);
	if (!first)
		policy_add_header(ctx->call, name, value);
	else if (strcmp(first->value, value) != 0)
		policy_change_header(ctx->call, first, value);
	return VERDICT_CONTINUE;
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

	if (text != NULL &&
	    (value_template_uses(&m->ctx->rule->value) & PLACEHOLDER_BIT(PLACEHOLDER_MATCH)))
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

		/* "\K" in a look-ahead makes matches that end before they begin. */
		if (g->start[0] > g->end[0] || g->start[0] < behind)
			break;
		if (value_template_uses(&ctx->rule->value) != 0)
			fill_rule_values(ctx, &values);
		field_edit_add(&m->edits, g->start[0], g->end[0]);
		value_template_expand_pieces(&ctx->rule->value, &values, &ctx->out, &ctx->text,
					     put_value_piece, m);
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

	field_edits_begin(&m.edits, h->name, h->value, ctx->rule->selector.decode);
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
decoded_value_contains(struct rule_context *ctx, struct header *h, const char *text)
{
	const struct header_text *f = header_text(policy_arena(ctx->call), h, true);

	return field_contains(f->decoded.text, text, &ctx->out);
}

/* Action prefix or suffix: text is added to the first instance, or makes the header. */
static enum verdict
extend_first_header(struct rule_context *ctx)
{
	const struct header_rule *rule = ctx->rule;
	struct header *first = NULL, *second;

	/* Such a rule has a name and no name_match, so this cannot fail. */
	(void)selection_next(&ctx->sel, &first);
	second = first;
	if (first && selection_next(&ctx->sel, &second) > 0)
		policy_note(ctx->call, "warn", rule->duplicate);

	struct buf *text = expand_rule_value(ctx), *out = &ctx->out;
	const char *old = first ? first->value : "", *added = buf_string(text);

	if (added[strspn(added, " \t")] == '\0')
		return VERDICT_CONTINUE; /* the placeholders have no values */
	if (first && rule->once && decoded_value_contains(ctx, first, added))
		return VERDICT_CONTINUE;
	buf_reset(out);
	(rule->action == RULE_PREFIX ? field_prefix : field_suffix)(
		rule->selector.name, (const char *)text->data, text->len, old, out);
	if (first)
		policy_change_header(ctx->call, first, buf_string(out));
	else
		policy_add_header(ctx->call, rule->selector.name, buf_string(out));
	return VERDICT_CONTINUE;
}

static bool
hits_table(const struct rule_context *ctx)
{
	return ctx->sel.hit.value != NULL;
}

/* Notes that the rule hits, the text that matched and, with a table, the line: "words:12". */
static void
note_rule_hit(struct rule_context *ctx)
{
	struct arena *arena = policy_arena(ctx->call);
	const struct regex_groups *g = &ctx->sel.groups;
	const char *entry = NULL, *matched = NULL;

	if (hits_table(ctx))
		entry = arena_printf(arena, "%s:%zu", table_name(ctx->rule->selector.table),
				     ctx->sel.hit.line);
	if (ctx->sel.has_groups && g->start[0] < g->end[0])
		matched =
			arena_strndup(arena, g->subject + g->start[0], g->end[0] - g->start[0]);
	policy_note_rule(ctx->call, ctx->rule->rule, entry, matched);
	if (policy_is_traced(ctx->call))
		selection_trace(&ctx->sel);
}

static enum verdict
refuse_by_rule(struct rule_context *ctx)
{
	struct placeholder_values values = {.ctx = NULL};
	struct reply reply = ctx->rule->reply;

	fill_rule_values(ctx, &values);
	if (hits_table(ctx))
		table_reply_make(policy_arena(ctx->call), &ctx->rule->table_form,
				 ctx->sel.hit.value, &ctx->sel.groups, &reply);
	return policy_refuse(ctx->call, &reply, &values);
}

static enum verdict
discard_by_rule(struct rule_context *ctx)
{
	(void)ctx;
	return VERDICT_DISCARD;
}

static enum verdict
accept_by_rule(struct rule_context *ctx)
{
	(void)ctx;
	return VERDICT_ACCEPT;
}

static enum verdict
quarantine_by_rule(struct rule_context *ctx)
{
	const char *reason = ctx->rule->rule->title;

	if (hits_table(ctx) && ctx->sel.hit.value[0] != '\0')
		reason = regex_expand_to_string(policy_arena(ctx->call), ctx->sel.hit.value,
						&ctx->sel.groups);
	policy_quarantine(ctx->call, reason);
	return VERDICT_CONTINUE;
}

static enum verdict
log_rule(struct rule_context *ctx)
{
	policy_log(ctx->call, LOG_NOTICE, "rule %s hits", ctx->rule->rule->title);
	return VERDICT_CONTINUE;
}

static enum verdict (*const header_actions[RULE_ACTION_COUNT])(struct rule_context *ctx) = {
	[RULE_REJECT] = refuse_by_rule,
	[RULE_TEMPFAIL] = refuse_by_rule,
	[RULE_DISCARD] = discard_by_rule,
	[RULE_ACCEPT] = accept_by_rule,
	[RULE_QUARANTINE] = quarantine_by_rule,
	[RULE_LOG] = log_rule,
	[RULE_ADD] = add_rule_header,
	[RULE_INSERT] = insert_rule_header,
	[RULE_SET] = set_rule_header,
	[RULE_REPLACE] = replace_all_matches,
	[RULE_REMOVE] = remove_matching_headers,
	[RULE_PREFIX] = extend_first_header,
	[RULE_SUFFIX] = extend_first_header,
};

static enum verdict
apply_header_rule(struct rule_context *ctx)
{
	int r = ctx->rule->always ? 1 : selection_holds(&ctx->sel);

	if (r == 0)
		return VERDICT_CONTINUE;
	if (r < 0)
		return ctx->sel.error;
	note_rule_hit(ctx);
	return header_actions[ctx->rule->action](ctx);
}

/* The rule with its when, unless and mode. */
static enum verdict
run_header_rule(struct rule_context *ctx)
{
	const struct policy_rule *rule = ctx->rule->rule;
	int r = policy_rule_applies(ctx->call, rule, SIZE_MAX);

	if (r < 0)
		return VERDICT_ERROR;
	if (r != TRI_YES)
		return VERDICT_CONTINUE;
	policy_begin_rule(ctx->call, rule);
	return policy_end_rule(ctx->call, rule, apply_header_rule(ctx));
}

static enum verdict
header_message(struct policy_call *c)
{
	const struct header_conf *conf = policy_conf(c);
	struct rule_context ctx = {.call = c, .message = policy_message(c)};
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE; i++) {
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
		"add_header access",
	.options = header_options,
	.configure = header_configure,
	.message = header_message,
};
