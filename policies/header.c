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
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "content/field.h"
#include "content/field_edit.h"
#include "content/header_text.h"
#include "policy/policy.h"
#include "policy/selector.h"
#include "text/table_reply.h"
#include "text/value_template.h"
#include "util/str.h"

/* The placeholders of a rule's value and reply; with `match` or `table` %{match}, too. */
#define HEADER_PLACEHOLDERS                                                                    \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE))

#define HEADER_ACTION_WORDS(X)                                                                 \
	X(REJECT, "reject")                                                                    \
	X(TEMPFAIL, "tempfail")                                                                \
	X(DISCARD, "discard")                                                                  \
	X(ACCEPT, "accept")                                                                    \
	X(QUARANTINE, "quarantine")                                                            \
	X(LOG, "log")                                                                          \
	X(ADD, "add")                                                                          \
	X(INSERT, "insert")                                                                    \
	X(SET, "set")                                                                          \
	X(REPLACE, "replace")                                                                  \
	X(REMOVE, "remove")                                                                    \
	X(PREFIX, "prefix")                                                                    \
	X(SUFFIX, "suffix")

#define X(ID, word) RULE_##ID,
enum header_action { HEADER_ACTION_WORDS(X) RULE_ACTION_COUNT };
#undef X

#define X(ID, word) word,
static const char *const header_action_words[] = {HEADER_ACTION_WORDS(X) NULL};
#undef X

static const struct option header_rule_options[] = {
	{"", OPTION_INCLUDE, .options = selector_options},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{"action", OPTION_WORD, .words = header_action_words, .words_also = option_actions_also,
	 .required = true, .help = "what is done when all lines hold",
	 .also = "verdict do then result"},
	{"header", OPTION_STRING,
	 .help = "add, insert, set: the header to write, by default name", .also = "target"},
	{"value", OPTION_STRING, .help = "the new value; %{...} and, with match, $0 to $9",
	 .also = "text with replacement new_value content"},
	{"position", OPTION_COUNT, "1", .unwritten = true,
	 .help = "insert: 1: below the MTA's own Received; 0: above it", .also = "index place"},
	{"once", OPTION_BOOL, "no", .unwritten = true,
	 .help = "prefix, suffix: not when it is there already", .also = "unique only_once"},
	{"keep", OPTION_COUNT, "0", .unwritten = true,
	 .help = "remove: so many instances remain, the newest ones", .also = "leave"},
	{"reply", OPTION_STRING, .help = "reject, tempfail: \"550 5.7.1 text\"",
	 .also = "message reason response error reject tempfail rejection_text"},
	{.name = NULL},
};

static const struct option header_options[] = {
	{"reply", OPTION_STRING, .help = "reply of the rules that refuse and do not set it",
	 .also = "message reason response error"},
	{"rule", OPTION_SECTION, .options = header_rule_options,
	 .help = "what to look for and what to do; applied in order",
	 .also = "rules check match header_check block"},
	{.name = NULL},
};

struct header_rule {
	const struct policy_rule *rule; /* its title, and how it is logged */
	struct selector selector;
	enum header_action action;
	const char *header; /* name of the header that add, insert, set write */
	struct value_template value;
	bool once;
	enum header_place place; /* of insert */
	uint64_t keep;		 /* of remove: number of instances */
	struct reply reply;
	struct table_reply_form table_form; /* of the values of its table */
	uint32_t table_uses;		    /* PLACEHOLDER_BIT()s in these values */
	const char *duplicate;		    /* "duplicate-subject": for the log */
};

struct header_conf {
	struct header_rule *rules;
	size_t n;
};

/* One rule that is applied to one message. */
struct rule_context {
	struct policy_call *call;
	const struct header_rule *rule;
	struct message *message;
	struct selection sel;
	struct buf text; /* the expanded value, or scratch */
	struct buf out;	 /* the encoded value, or scratch */
};

static bool
writes_header(const struct header_rule *rule)
{
	return rule->action == RULE_ADD || rule->action == RULE_INSERT ||
	       rule->action == RULE_SET;
}

static bool
extends_header(const struct header_rule *rule)
{
	return rule->action == RULE_PREFIX || rule->action == RULE_SUFFIX;
}

static bool
is_refusal(const struct header_rule *rule)
{
	return rule->action == RULE_REJECT || rule->action == RULE_TEMPFAIL;
}

/* Actions that make the header. In a rule without tests they are done for each message. */
static bool
acts_always(const struct header_rule *rule)
{
	return !rule->selector.has_tests && (writes_header(rule) || extends_header(rule));
}

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

static const struct {
	enum verdict (*act)(struct rule_context *ctx);
	uint32_t needs;
} header_actions[RULE_ACTION_COUNT] = {
	[RULE_REJECT] = {refuse_by_rule, 0},
	[RULE_TEMPFAIL] = {refuse_by_rule, 0},
	[RULE_DISCARD] = {discard_by_rule, 0},
	[RULE_ACCEPT] = {accept_by_rule, 0},
	[RULE_QUARANTINE] = {quarantine_by_rule, ACTION_QUARANTINE},
	[RULE_LOG] = {log_rule, 0},
	[RULE_ADD] = {add_rule_header, ACTION_ADD_HEADER},
	[RULE_INSERT] = {insert_rule_header, ACTION_INSERT_HEADER},
	[RULE_SET] = {set_rule_header, ACTION_ADD_HEADER | ACTION_CHANGE_HEADER},
	[RULE_REPLACE] = {replace_all_matches, ACTION_CHANGE_HEADER},
	[RULE_REMOVE] = {remove_matching_headers, ACTION_CHANGE_HEADER},
	[RULE_PREFIX] = {extend_first_header, ACTION_ADD_HEADER | ACTION_CHANGE_HEADER},
	[RULE_SUFFIX] = {extend_first_header, ACTION_ADD_HEADER | ACTION_CHANGE_HEADER},
};

static enum verdict
apply_header_rule(struct rule_context *ctx)
{
	int r = acts_always(ctx->rule) ? 1 : selection_holds(&ctx->sel);

	if (r == 0)
		return VERDICT_CONTINUE;
	if (r < 0)
		return ctx->sel.error;
	note_rule_hit(ctx);
	return header_actions[ctx->rule->action].act(ctx);
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

/* The options that have a meaning for some actions only. */
static const struct {
	const char *option, *words;
	uint32_t actions;
	bool needed;
} options_of_actions[] = {
	{"header", "add, insert and set", 1u << RULE_ADD | 1u << RULE_INSERT | 1u << RULE_SET,
	 false},
	{"value", "add, insert, set, replace, prefix and suffix",
	 1u << RULE_ADD | 1u << RULE_INSERT | 1u << RULE_SET | 1u << RULE_REPLACE |
		 1u << RULE_PREFIX | 1u << RULE_SUFFIX,
	 true},
	{"position", "insert", 1u << RULE_INSERT, false},
	{"once", "prefix and suffix", 1u << RULE_PREFIX | 1u << RULE_SUFFIX, false},
	{"keep", "remove", 1u << RULE_REMOVE, false},
	{"reply", "reject and tempfail", 1u << RULE_REJECT | 1u << RULE_TEMPFAIL, false},
};

#define N_OPTIONS_OF_ACTIONS (sizeof(options_of_actions) / sizeof(options_of_actions[0]))

static int
check_action_options(const struct section *s, enum header_action action)
{
	int r = 0;

	for (size_t i = 0; i < N_OPTIONS_OF_ACTIONS; i++) {
		const char *option = options_of_actions[i].option;
		bool may = options_of_actions[i].actions & 1u << action;

		if (!may && section_has(s, option))
			r = section_error(s, option,
					  "'%s' goes only with action %s, this one is %s",
					  option, options_of_actions[i].words,
					  header_action_words[action]);
		if (may && options_of_actions[i].needed && !section_has(s, option))
			r = section_error(s, "action", "action %s needs '%s'",
					  header_action_words[action], option);
	}
	return r;
}

static int
read_written_header(struct arena *arena, const struct section *s, struct header_rule *rule)
{
	const char *name = rule->selector.name;

	rule->header = section_has(s, "header") ? section_string(s, "header") : name;
	if (name) {
		char *duplicate = arena_printf(arena, "duplicate-%s", name);

		str_lower(duplicate);
		rule->duplicate = duplicate;
	}
	if (section_has(s, "header") && !field_name_is_valid(rule->header))
		return section_error(s, "header", "'%s' is not a header name", rule->header);
	return 0;
}

/* Has the rule the names that its action needs, and none without effect? */
static int
check_rule_names(const struct section *s, const struct header_rule *rule)
{
	const char *meant = section_has(s, "name")	   ? "name"
			    : section_has(s, "name_match") ? "name_match"
							   : NULL;
	const char *action = header_action_words[rule->action];

	if (writes_header(rule) && !rule->header)
		return section_error(s, "action", "action %s needs 'header' or 'name'", action);
	if (extends_header(rule) && !rule->selector.name)
		return section_error(s, "action",
				     "action %s needs 'name': it makes a missing header",
				     action);
	if (!meant && !(writes_header(rule) && !rule->selector.has_tests))
		return section_error(s, NULL, "a rule needs 'name' or 'name_match'");
	if (meant && acts_always(rule) && section_has(s, "header"))
		return section_error(s, meant,
				     "'%s' has no effect: without a line such as "
				     "'present = yes' action %s is always done",
				     meant, action);
	return 0;
}

/* Refuses options that contradict each other or have no effect together. */
static int
check_rule_lines(const struct section *s, const struct header_rule *rule)
{
	bool patterns = section_has(s, "match") || section_has(s, "not_match");
	const char *looks = section_has(s, "match")	  ? "match"
			    : section_has(s, "not_match") ? "not_match"
			    : rule->selector.table	  ? "table"
							  : NULL;
	int r = check_rule_names(s, rule);

	if (looks && rule->selector.max == 0)
		r = section_error(s, looks, "'%s' never holds when the header is not there",
				  looks);
	if (rule->selector.max == 0 &&
	    (rule->action == RULE_REPLACE || rule->action == RULE_REMOVE))
		r = section_error(s, "action", "nothing to %s when the header is not there",
				  header_action_words[rule->action]);
	if (rule->action == RULE_REPLACE && !section_has(s, "match"))
		r = section_error(s, "action",
				  "action replace needs 'match': what to "
				  "replace");
	if (section_has(s, "decode") && !looks)
		r = section_error(s, "decode",
				  "'decode' needs 'match', 'not_match' or 'table'");
	if (section_has(s, "backrefs") && !patterns && !section_has(s, "name_match"))
		r = section_error(s, "backrefs", "'backrefs' needs a pattern");
	return r;
}

static uint32_t
get_allowed_placeholders(const struct section *s)
{
	bool matches = section_has(s, "match") || section_has(s, "table");

	return HEADER_PLACEHOLDERS | (matches ? PLACEHOLDER_BIT(PLACEHOLDER_MATCH) : 0);
}

static int
read_rule_value(struct arena *arena, const struct section *s, struct header_rule *rule)
{
	/* Without compiled patterns (they were refused) any group is accepted here. */
	int groups = !section_has(s, "match")	   ? VALUE_NO_GROUPS
		     : rule->selector.match.n == 0 ? (int)REGEX_MAX_GROUPS
						   : (int)rule->selector.match.groups;

	if (section_has(s, "position") && section_number(s, "position") > 1)
		return section_error(s, "position", "'position' is 0 or 1");
	rule->place = section_number(s, "position") == 0 ? HEADER_TOP : HEADER_BELOW;
	rule->once = section_bool(s, "once");
	rule->keep = section_number(s, "keep");
	if (!section_has(s, "value"))
		return 0;
	if (value_template_read(arena, s, "value", get_allowed_placeholders(s), groups,
				&rule->value) < 0)
		return -EINVAL;
	if (extends_header(rule) && rule->value.fixed &&
	    rule->value.fixed[strspn(rule->value.fixed, " \t")] == '\0')
		return section_error(s, "value", "nothing to %s: the value is empty",
				     header_action_words[rule->action]);
	return 0;
}

static int
read_rule_reply(struct arena *arena, const struct section *s, struct header_rule *rule)
{
	bool reject = rule->action == RULE_REJECT;

	rule->table_form.allowed = get_allowed_placeholders(s);
	if (!is_refusal(rule))
		return 0;
	return reply_read(arena, s, reject,
			  reject ? "550 5.7.1 Message refused by local policy [%{id}]"
				 : "451 4.7.1 Message refused for now by local policy [%{id}]",
			  rule->table_form.allowed, &rule->reply);
}

static int
read_table_replies(struct arena *arena, struct header_rule *rule)
{
	if (!rule->selector.table)
		return 0;
	rule->table_form.own = is_refusal(rule) ? &rule->reply : NULL;
	rule->table_form.reject = rule->action == RULE_REJECT;
	return table_reply_check(arena, rule->selector.table, &rule->table_form,
				 &rule->table_uses);
}

static int
read_header_rule(struct policy_setup *setup, const struct section *s, struct header_rule *rule)
{
	struct arena *arena = policy_setup_arena(setup);
	int action = section_word(s, "action"), r = 0;

	if (action < 0)
		return -EINVAL; /* the reader has reported that it is missing */
	rule->rule = policy_setup_rule(setup, s);
	rule->action = (enum header_action)action;
	r |= selector_read(setup, s, &rule->selector);
	r |= read_written_header(arena, s, rule);
	r |= check_action_options(s, rule->action);
	r |= check_rule_lines(s, rule);
	r |= read_rule_value(arena, s, rule);
	r |= read_rule_reply(arena, s, rule);
	if (r == 0)
		r = read_table_replies(arena, rule);
	return r < 0 ? -EINVAL : 0;
}

/* What the rule does, if it enforces. */
static void
add_action_need(struct policy_need *need, enum header_action action)
{
	need->actions |= header_actions[action].needs;
	if (header_actions[action].needs & (ACTION_ADD_HEADER | ACTION_CHANGE_HEADER))
		need->changes |= PART_HEADERS;
	if (action == RULE_ACCEPT || action == RULE_DISCARD)
		need->may_end = true;
}

static void
add_rule_need(struct policy_need *need, const struct header_rule *rule)
{
	uint32_t uses = rule->table_uses;

	if (rule->rule->mode == MODE_OFF)
		return;
	if (rule->value.text)
		uses |= value_template_uses(&rule->value);
	if (rule->reply.text)
		uses |= template_uses(rule->reply.text);
	if (policy_rule_enforces(rule->rule))
		add_action_need(need, rule->action);
	if (uses & PLACEHOLDER_BIT(PLACEHOLDER_SENDER))
		need->reads |= PART_SENDER;
	if (uses & PLACEHOLDER_BIT(PLACEHOLDER_ID))
		need->macros = "i";
}

static int
header_configure(struct policy_setup *setup, const struct section *section,
		 struct policy_need *need, const void **ret_conf)
{
	struct arena *arena = policy_setup_arena(setup);
	struct header_conf *conf = arena_zalloc(arena, sizeof(*conf));
	const struct section *const *rules;
	int r = 0;

	conf->n = section_sections(section, "rule", &rules);
	conf->rules = arena_zalloc(arena, conf->n * sizeof(*conf->rules));
	if (conf->n == 0)
		return section_error(section, NULL, "header %s has no rule",
				     section_title(section));
	need->reads = PART_HEADERS;
	need->message = STAGE_EOH;
	if (reply_check_shared(arena, section,
			       HEADER_PLACEHOLDERS | PLACEHOLDER_BIT(PLACEHOLDER_MATCH)) < 0)
		r = -EINVAL;
	for (size_t i = 0; i < conf->n; i++) {
		if (read_header_rule(setup, rules[i], &conf->rules[i]) < 0)
			r = -EINVAL;
		else
			add_rule_need(need, &conf->rules[i]);
	}
	if (r == 0)
		*ret_conf = conf;
	return r;
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
