/* Reads the section of the policy "header": its rules, and what they need of the message and of
 * the MTA. */
#include <errno.h>

#include "content/field.h"
#include "policies/header.h"

/* The placeholders of a rule's value and reply; with `match` or `table` %{match}, too. */
#define HEADER_PLACEHOLDERS                                                                    \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE) | PLACEHOLDERS_FOUND)

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

const struct option header_options[] = {
	{"reply", OPTION_STRING, .help = "reply of the rules that refuse and do not set it",
	 .also = "message reason response error"},
	{"rule", OPTION_SECTION, .options = header_rule_options,
	 .help = "what to look for and what to do; applied in order",
	 .also = "rules check match header_check block"},
	{.name = NULL},
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
	if (meant && rule->always && section_has(s, "header"))
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

	rule->table_form.allowed = get_allowed_placeholders(s) & ~PLACEHOLDERS_FOUND;
	if (!is_refusal(rule))
		return 0;
	return reply_read(arena, s, reject,
			  reject ? "550 5.7.1 Message refused by local policy [%{id}]"
				 : "451 4.7.1 Message refused for now by local policy [%{id}]",
			  get_allowed_placeholders(s), &rule->reply);
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
	rule->always =
		!rule->selector.has_tests && (writes_header(rule) || extends_header(rule));
	r |= read_written_header(arena, s, rule);
	r |= check_action_options(s, rule->action);
	r |= check_rule_lines(s, rule);
	r |= read_rule_value(arena, s, rule);
	r |= read_rule_reply(arena, s, rule);
	if (r == 0)
		r = read_table_replies(arena, rule);
	r |= policy_setup_template(setup, s, "value", rule->value.text);
	r |= policy_setup_template(setup, s, "reply", rule->reply.text);
	return r < 0 ? -EINVAL : 0;
}

/* Of the MTA; what is not here needs nothing. */
static const uint32_t action_needs[RULE_ACTION_COUNT] = {
	[RULE_QUARANTINE] = ACTION_QUARANTINE,
	[RULE_ADD] = ACTION_ADD_HEADER,
	[RULE_INSERT] = ACTION_INSERT_HEADER,
	[RULE_SET] = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER,
	[RULE_REPLACE] = ACTION_CHANGE_HEADER,
	[RULE_REMOVE] = ACTION_CHANGE_HEADER,
	[RULE_PREFIX] = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER,
	[RULE_SUFFIX] = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER,
};

/* What the rule does, if it enforces. */
static void
add_action_need(struct policy_need *need, enum header_action action)
{
	need->actions |= action_needs[action];
	if (action_needs[action] & (ACTION_ADD_HEADER | ACTION_CHANGE_HEADER))
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

int
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
