/* header "name": rules about header lines. Each rule looks at one header, or at several
 * together, and what it does is seen by the rules and policies after it. */
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "content/field.h"
#include "content/header_text.h"
#include "policy/policy.h"
#include "policy/selector.h"
#include "text/value_template.h"
#include "util/str.h"

/* A rule may use these in its value and its reply; %{match} only with `match`. */
#define HEADER_PLACEHOLDERS                                                                    \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE))

#define ACTION_WORDS(X)                                                                        \
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
enum rule_action { ACTION_WORDS(X) RULE_ACTIONS };
#undef X

#define X(ID, word) word,
static const char *const action_words[] = {ACTION_WORDS(X) NULL};
#undef X

static const struct option rule_options[] = {
	{"", OPTION_INCLUDE, .options = selector_options},
	{"action", OPTION_WORD, .words = action_words, .required = true,
	 .help = "what is done when all lines hold"},
	{"header", OPTION_STRING,
	 .help = "add, insert, set: the header to write; default name"},
	{"value", OPTION_STRING, .help = "the new value; %{...} and, with match, $0 to $9"},
	{"position", OPTION_COUNT, "1",
	 .help = "insert: 1 below the MTA's own Received, 0 above it"},
	{"once", OPTION_BOOL, "no", .help = "prefix, suffix: not when it is there already"},
	{"keep", OPTION_COUNT, "0", .help = "remove: so many instances remain, the newest"},
	{"reply", OPTION_STRING, .help = "reject, tempfail: \"550 5.7.1 text\""},
	{.name = NULL},
};

static const struct option header_options[] = {
	{"rule", OPTION_SECTION, .options = rule_options,
	 .help = "one thing to look for and what to do; in order"},
	{.name = NULL},
};

struct rule {
	const char *title;
	struct selector selector;
	enum rule_action action;
	const char *header; /* that is written */
	struct value_template value;
	bool once;
	enum header_place place;
	uint64_t keep;
	struct reply reply;
	const char *duplicate; /* "duplicate-subject" */
};

struct header_conf {
	struct rule *rules;
	size_t n;
};

/* One rule at work. */
struct run {
	struct policy_call *c;
	const struct rule *rule;
	struct message *m;
	struct selection sel;
	struct buf text, out; /* scratch */
};

static bool
writes_header(const struct rule *rule)
{
	return rule->action == RULE_ADD || rule->action == RULE_INSERT ||
	       rule->action == RULE_SET;
}

static bool
joins_header(const struct rule *rule)
{
	return rule->action == RULE_PREFIX || rule->action == RULE_SUFFIX;
}

/* These make the header, so without lines they need not find it. */
static bool
acts_always(const struct rule *rule)
{
	return !rule->selector.lines && (writes_header(rule) || joins_header(rule));
}

/* What a hit does. Changes leave the policy going on. */

/* What the text that matched is called in values and replies. */
static void
rule_placeholders(struct run *run, struct placeholder_values *values)
{
	const struct regex_groups *g = &run->sel.groups;

	policy_fill_values(run->c, values);
	values->value[PLACEHOLDER_RULE] = run->rule->title;
	if (run->sel.has_groups && g->start[0] < g->end[0])
		values->value[PLACEHOLDER_MATCH] =
			arena_strndup(policy_arena(run->c), g->subject + g->start[0],
				      g->end[0] - g->start[0]);
}

/* The new value for this message, as text; it stays in run->text. */
static struct buf *
rule_value(struct run *run)
{
	const struct value_template *value = &run->rule->value;
	const struct regex_groups *groups = run->sel.has_groups ? &run->sel.groups : NULL;
	struct placeholder_values values = {.ctx = NULL};
	struct buf *text = &run->text;

	if (value_template_uses(value) != 0)
		rule_placeholders(run, &values);
	value_template_expand(value, &values, groups, &run->out, text);
	return text;
}

/* The same as a header's value, in run->out. */
static const char *
rule_field(struct run *run, const char *name)
{
	struct buf *text = rule_value(run), *out = &run->out;

	buf_reset(out);
	field_encode(name, (const char *)text->data, text->len, out);
	return buf_string(out);
}

static enum verdict
act_add(struct run *run)
{
	policy_add_header(run->c, run->rule->header, rule_field(run, run->rule->header));
	return VERDICT_CONTINUE;
}

static enum verdict
act_insert(struct run *run)
{
	policy_insert_header(run->c, run->rule->place, run->rule->header,
			     rule_field(run, run->rule->header));
	return VERDICT_CONTINUE;
}

/* The first instance stays, where it is; forged ones behind it go. */
static enum verdict
act_set(struct run *run)
{
	const char *name = run->rule->header, *value = rule_field(run, name);
	uint32_t key = header_key(name);
	struct header *first = message_find_header(run->m, name, key, NULL), *h = first;

	while (h && (h = message_find_header(run->m, name, key, h)))
		policy_delete_header(run->c, h);
	if (!first)
		policy_add_header(run->c, name, value);
	else if (strcmp(first->value, value) != 0)
		policy_change_header(run->c, first, value);
	return VERDICT_CONTINUE;
}

/* Did it match in the form that has its encoded words still? */
static bool
is_raw(struct run *run, struct header *h)
{
	bool decode = run->rule->selector.decode;

	return !decode || run->sel.groups.subject !=
				  header_text(policy_arena(run->c), h, true)->decoded.text;
}

/* The match by the value, the rest as it is. */
static void
replace_one(struct run *run, struct header *h)
{
	const struct regex_groups *g = &run->sel.groups;
	struct buf *text = rule_value(run), *out = &run->out;
	size_t len = g->end[0] - g->start[0];

	/* What stays the same keeps its bytes, and a signature over them. */
	if (text->len == len && memcmp(buf_string(text), g->subject + g->start[0], len) == 0)
		return;
	buf_reset(out);
	buf_append(out, g->subject, g->start[0]);
	buf_append(out, text->data, text->len);
	buf_puts(out, g->subject + g->end[0]);
	buf_reset(text);
	if (is_raw(run, h))
		field_refold(h->name, (const char *)out->data, out->len, text);
	else
		field_encode(h->name, (const char *)out->data, out->len, text);
	policy_change_header(run->c, h, buf_string(text));
}

static enum verdict
act_replace(struct run *run)
{
	struct header *h = NULL;
	int r;

	while ((r = selection_next(&run->sel, &h)) > 0) {
		r = selection_matches(&run->sel, h);
		if (r < 0)
			break;
		if (r > 0)
			replace_one(run, h);
	}
	return r < 0 ? run->sel.error : VERDICT_CONTINUE;
}

/* Hits stand in the order of the message, where the newest is at the top: it is spared. */
static enum verdict
act_remove(struct run *run)
{
	struct header **hits =
		arena_alloc(policy_arena(run->c), run->m->n_headers * sizeof(struct header *));
	struct header *h = NULL;
	size_t n = 0, all = 0;
	int r;

	while ((r = selection_next(&run->sel, &h)) > 0) {
		all++;
		r = selection_matches(&run->sel, h);
		if (r < 0)
			break;
		if (r > 0)
			hits[n++] = h;
	}
	if (r < 0)
		return run->sel.error;
	for (; n > 0 && all > run->rule->keep; n--, all--)
		policy_delete_header(run->c, hits[n - 1]);
	return VERDICT_CONTINUE;
}

static bool
stands_there(struct run *run, struct header *h, const char *text)
{
	const struct header_text *f = header_text(policy_arena(run->c), h, true);

	return field_contains(f->decoded.text, text, &run->out);
}

/* prefix and suffix. */
static enum verdict
act_join(struct run *run)
{
	const struct rule *rule = run->rule;
	struct header *first = NULL, *second;

	/* These rules have a name, so looking for it cannot fail. */
	(void)selection_next(&run->sel, &first);
	second = first;
	if (first && selection_next(&run->sel, &second) > 0)
		policy_note(run->c, "warn", rule->duplicate);

	struct buf *text = rule_value(run), *out = &run->out;
	const char *old = first ? first->value : "", *added = buf_string(text);

	if (*str_skip_blanks(added) == '\0')
		return VERDICT_CONTINUE; /* its placeholders are empty */
	if (first && rule->once && stands_there(run, first, added))
		return VERDICT_CONTINUE;
	buf_reset(out);
	(rule->action == RULE_PREFIX ? field_prefix : field_suffix)(
		rule->selector.name, (const char *)text->data, text->len, old, out);
	if (first)
		policy_change_header(run->c, first, buf_string(out));
	else
		policy_add_header(run->c, rule->selector.name, buf_string(out));
	return VERDICT_CONTINUE;
}

/* A table's value is text, captures of a stranger's header in it included: nothing in it is a
 * placeholder, and only what a reply may have is left. */
static const char *
answer_text(struct run *run)
{
	struct buf *text = &run->text;

	buf_reset(text);
	for (const char *p = run->sel.answer; *p != '\0'; p++) {
		if (*p == '%')
			buf_putc(text, '%');
		buf_putc(text, (unsigned char)(*p >= ' ' && *p <= '~' ? *p : '?'));
	}
	return buf_string(text);
}

/* The reply that the table's value is, or the rule's with the value as its text. */
static bool
answer_reply(struct run *run, struct reply *ret)
{
	struct arena *arena = policy_arena(run->c);
	const struct reply *own = &run->rule->reply;
	const char *text = run->sel.answer ? answer_text(run) : "";
	char why[128];

	if (reply_parse(arena, text, 0, ret, why, sizeof(why)) == 0)
		return true;
	text = arena_printf(arena, "%u %s %s", own->code, own->xcode, text);
	return reply_parse(arena, text, 0, ret, why, sizeof(why)) == 0;
}

static enum verdict
act_refuse(struct run *run)
{
	struct placeholder_values values = {.ctx = NULL};
	struct reply reply = run->rule->reply;

	policy_note(run->c, "rule", run->rule->title);
	rule_placeholders(run, &values);
	if (run->rule->selector.table)
		answer_reply(run, &reply);
	return policy_refuse(run->c, &reply, &values);
}

static enum verdict
act_discard(struct run *run)
{
	policy_note(run->c, "rule", run->rule->title);
	return VERDICT_DISCARD;
}

static enum verdict
act_accept(struct run *run)
{
	policy_note(run->c, "rule", run->rule->title);
	return VERDICT_ACCEPT;
}

static enum verdict
act_quarantine(struct run *run)
{
	bool told = run->sel.answer && run->sel.answer[0] != '\0';

	policy_note(run->c, "rule", run->rule->title);
	policy_quarantine(run->c, told ? run->sel.answer : run->rule->title);
	return VERDICT_CONTINUE;
}

static enum verdict
act_log(struct run *run)
{
	policy_note(run->c, "rule", run->rule->title);
	policy_log(run->c, LOG_NOTICE, "rule %s hits", run->rule->title);
	return VERDICT_CONTINUE;
}

static const struct {
	enum verdict (*act)(struct run *run);
	uint32_t needs;
} actions[RULE_ACTIONS] = {
	[RULE_REJECT] = {act_refuse, 0},
	[RULE_TEMPFAIL] = {act_refuse, 0},
	[RULE_DISCARD] = {act_discard, 0},
	[RULE_ACCEPT] = {act_accept, 0},
	[RULE_QUARANTINE] = {act_quarantine, ACTION_QUARANTINE},
	[RULE_LOG] = {act_log, 0},
	[RULE_ADD] = {act_add, ACTION_ADD_HEADER},
	[RULE_INSERT] = {act_insert, ACTION_INSERT_HEADER},
	[RULE_SET] = {act_set, ACTION_ADD_HEADER | ACTION_CHANGE_HEADER},
	[RULE_REPLACE] = {act_replace, ACTION_CHANGE_HEADER},
	[RULE_REMOVE] = {act_remove, ACTION_CHANGE_HEADER},
	[RULE_PREFIX] = {act_join, ACTION_ADD_HEADER | ACTION_CHANGE_HEADER},
	[RULE_SUFFIX] = {act_join, ACTION_ADD_HEADER | ACTION_CHANGE_HEADER},
};

static enum verdict
run_rule(struct run *run)
{
	int r = acts_always(run->rule) ? 1 : selection_holds(&run->sel);

	if (r == 0)
		return VERDICT_CONTINUE;
	return r < 0 ? run->sel.error : actions[run->rule->action].act(run);
}

static enum verdict
header_message(struct policy_call *c)
{
	const struct header_conf *conf = policy_conf(c);
	struct run run = {.c = c, .m = policy_message(c)};
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE; i++) {
		run.rule = &conf->rules[i];
		run.sel.c = c;
		run.sel.what = &run.rule->selector;
		run.sel.has_groups = false;
		run.sel.answer = NULL;
		v = run_rule(&run);
	}
	buf_free(&run.text);
	buf_free(&run.out);
	return v;
}

/* Reading the configuration. */

/* Options that mean something only for some actions. */
static const struct {
	const char *option, *words;
	uint32_t actions;
	bool needed;
} only_with[] = {
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

static int
check_action(const struct section *s, enum rule_action action)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(only_with) / sizeof(only_with[0]); i++) {
		const char *option = only_with[i].option;
		bool may = only_with[i].actions & 1u << action;

		if (!may && section_has(s, option))
			r = section_error(s, option,
					  "'%s' goes only with action %s, this one is %s",
					  option, only_with[i].words, action_words[action]);
		if (may && only_with[i].needed && !section_has(s, option))
			r = section_error(s, "action", "action %s needs '%s'",
					  action_words[action], option);
	}
	return r;
}

static int
read_header(struct arena *arena, const struct section *s, struct rule *rule)
{
	const char *name = rule->selector.name;

	rule->header = section_has(s, "header") ? section_string(s, "header") : name;
	if (name) {
		char *duplicate = arena_printf(arena, "duplicate-%s", name);

		str_lower(duplicate);
		rule->duplicate = duplicate;
	}
	if (section_has(s, "header") && !field_name_is_valid(rule->header))
		return section_error(s, "header", "'%s' is no name of a header", rule->header);
	return 0;
}

/* Which header does it mean, and which does it write? */
static int
check_names(const struct section *s, const struct rule *rule)
{
	const char *meant = section_has(s, "name")	   ? "name"
			    : section_has(s, "name_match") ? "name_match"
							   : NULL;
	const char *action = action_words[rule->action];

	if (writes_header(rule) && !rule->header)
		return section_error(s, "action", "action %s needs 'header' or 'name'", action);
	if (joins_header(rule) && !rule->selector.name)
		return section_error(s, "action",
				     "action %s needs 'name': it makes a missing header",
				     action);
	if (!meant && !(writes_header(rule) && !rule->selector.lines))
		return section_error(s, NULL, "a rule needs 'name' or 'name_match'");
	if (meant && acts_always(rule) && section_has(s, "header"))
		return section_error(s, meant,
				     "'%s' has no effect: without a line such as "
				     "'present = yes' action %s is always done",
				     meant, action);
	return 0;
}

/* Options that make no sense together. */
static int
check_lines(const struct section *s, const struct rule *rule)
{
	bool patterns = section_has(s, "match") || section_has(s, "not_match");
	const char *looks = section_has(s, "match")	  ? "match"
			    : section_has(s, "not_match") ? "not_match"
			    : rule->selector.table	  ? "table"
							  : NULL;
	int r = check_names(s, rule);

	if (looks && rule->selector.max == 0)
		r = section_error(s, looks, "'%s' never holds when the header is not there",
				  looks);
	if (rule->selector.max == 0 &&
	    (rule->action == RULE_REPLACE || rule->action == RULE_REMOVE))
		r = section_error(s, "action", "nothing to %s when the header is not there",
				  action_words[rule->action]);
	if (rule->action == RULE_REPLACE && !section_has(s, "match"))
		r = section_error(s, "action", "action replace needs 'match': what to replace");
	if (section_has(s, "decode") && !looks)
		r = section_error(s, "decode",
				  "'decode' without 'match', 'not_match', 'table'");
	if (section_has(s, "backrefs") && !patterns && !section_has(s, "name_match"))
		r = section_error(s, "backrefs", "'backrefs' without a pattern");
	return r;
}

static uint32_t
rule_allows(const struct section *s)
{
	return HEADER_PLACEHOLDERS |
	       (section_has(s, "match") ? PLACEHOLDER_BIT(PLACEHOLDER_MATCH) : 0);
}

static int
read_value(struct arena *arena, const struct section *s, struct rule *rule)
{
	/* Of patterns that are wrong themselves nothing is known. */
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
	if (value_template_read(arena, s, "value", rule_allows(s), groups, &rule->value) < 0)
		return -EINVAL;
	if (joins_header(rule) && rule->value.fixed &&
	    *str_skip_blanks(rule->value.fixed) == '\0')
		return section_error(s, "value", "nothing to %s: the value is empty",
				     action_words[rule->action]);
	return 0;
}

static int
read_reply(struct arena *arena, const struct section *s, struct rule *rule)
{
	bool reject = rule->action == RULE_REJECT;

	if (!reject && rule->action != RULE_TEMPFAIL)
		return 0;
	return reply_read(arena, s, reject,
			  reject ? "550 5.7.1 Message refused by local policy [%{id}]"
				 : "451 4.7.1 Message refused for now by local policy [%{id}]",
			  rule_allows(s), &rule->reply);
}

static int
rule_read(struct policy_setup *setup, const struct section *s, struct rule *rule)
{
	struct arena *arena = policy_setup_arena(setup);
	int action = section_word(s, "action"), r = 0;

	if (action < 0)
		return -EINVAL; /* it is required: the reader has said so */
	rule->title = section_title(s);
	rule->action = (enum rule_action)action;
	r |= selector_read(setup, s, &rule->selector);
	rule->selector.raw_first = rule->action == RULE_REPLACE;
	r |= read_header(arena, s, rule);
	r |= check_action(s, rule->action);
	r |= check_lines(s, rule);
	r |= read_value(arena, s, rule);
	r |= read_reply(arena, s, rule);
	return r < 0 ? -EINVAL : 0;
}

static void
need_add(struct policy_need *need, const struct rule *rule)
{
	uint32_t uses = rule->value.text ? value_template_uses(&rule->value) : 0;

	if (rule->reply.text)
		uses |= template_uses(rule->reply.text);
	need->actions |= actions[rule->action].needs;
	if (actions[rule->action].needs & (ACTION_ADD_HEADER | ACTION_CHANGE_HEADER))
		need->changes |= PART_HEADERS;
	if (uses & PLACEHOLDER_BIT(PLACEHOLDER_SENDER))
		need->reads |= PART_SENDER;
	if (uses & PLACEHOLDER_BIT(PLACEHOLDER_ID))
		need->macros = "i";
	if (rule->action == RULE_ACCEPT || rule->action == RULE_DISCARD)
		need->may_end = true;
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
	for (size_t i = 0; i < conf->n; i++) {
		if (rule_read(setup, rules[i], &conf->rules[i]) < 0)
			r = -EINVAL;
		else
			need_add(need, &conf->rules[i]);
	}
	if (r == 0)
		*ret_conf = conf;
	return r;
}

const struct policy_ops policy_header = {
	.name = "header",
	.summary = "rules about header lines: refuse, quarantine, write, change, remove",
	.options = header_options,
	.configure = header_configure,
	.message = header_message,
};
