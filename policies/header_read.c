/* Reads the section of the policy "header": its rules, and what they need of the message and of
 * the MTA. */
#include <errno.h>

#include "content/field.h"
#include "policies/header.h"
#include "policy/subject.h"

/* The placeholders of a rule's value and reply; with `match` or `table` %{match}, too. */
#define HEADER_PLACEHOLDERS                                                                    \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_RULE) | PLACEHOLDERS_FOUND)

static const char *const header_action_words[] = {
	"reject", "tempfail", "discard", "accept", "quarantine", "log",	     "add",  "insert",
	"set",	  "replace",  "remove",	 "prefix", "suffix",	 "redirect", "pass", NULL};

static const struct option header_rule_options[] = {
	{"", OPTION_INCLUDE, .options = selector_options},
	{"", OPTION_INCLUDE, .options = subject_options},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{"action", OPTION_WORD, .words = header_action_words, .words_also = option_actions_also,
	 .help = "what is done when all lines hold; required unless a table has actions",
	 .also = "verdict do then result"},
	{"", OPTION_INCLUDE, .options = policy_action_options},
	{"position", OPTION_COUNT, "1", .unwritten = true,
	 .help = "insert: 1: below the MTA's own Received; 0: above it", .also = "index place"},
	{"once", OPTION_BOOL, "no", .unwritten = true,
	 .help = "prefix, suffix: not when it is there already", .also = "unique only_once"},
	{"keep", OPTION_COUNT, "0", .unwritten = true,
	 .help = "remove: so many instances remain, the newest ones", .also = "leave"},
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
	return rule->action.action == RULE_ADD || rule->action.action == RULE_INSERT ||
	       rule->action.action == RULE_SET;
}

static bool
extends_header(const struct header_rule *rule)
{
	return rule->action.action == RULE_PREFIX || rule->action.action == RULE_SUFFIX;
}

/* The options of this policy alone that have a meaning for some actions only. */
static const struct action_option own_options[] = {
	{"position", RULE_ACTION_BIT(RULE_INSERT), false},
	{"once", RULE_ACTION_BIT(RULE_PREFIX) | RULE_ACTION_BIT(RULE_SUFFIX), false},
	{"keep", RULE_ACTION_BIT(RULE_REMOVE), false},
};

/* Has the rule the names that its action needs, and none without effect? */
static int
check_rule_names(const struct section *s, const struct header_rule *rule)
{
	const char *meant = section_has(s, "name")	   ? "name"
			    : section_has(s, "name_match") ? "name_match"
							   : NULL;
	const char *action = rule_action_words[rule->action.action];

	if (!meant && rule->selector.subject.on != MATCH_ON_LINE &&
	    !(writes_header(rule) && !rule->selector.has_tests))
		return section_error(s, NULL, "a rule needs 'name' or 'name_match'");
	if (meant && rule->always && section_has(s, "header"))
		return section_error(s, meant,
				     "'%s' has no effect: without a line such as "
				     "'present = yes' action %s is always done",
				     meant, action);
	return 0;
}

/* What changes the value works on the value as it is. */
static int
check_subject(const struct section *s, const struct header_rule *rule)
{
	bool edits = rule->action.action == RULE_REPLACE || extends_header(rule);
	const char *action = rule_action_words[rule->action.action];

	if (edits && rule->selector.subject.normalize)
		return section_error(s, "normalize",
				     "action %s changes the text as it stands, not the "
				     "normalized one",
				     action);
	if (rule->action.action == RULE_REPLACE && rule->selector.subject.on != MATCH_ON_VALUE)
		return section_error(s, "match_on", "action %s works on the value only",
				     action);
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
	int r = check_rule_names(s, rule) < 0 || check_subject(s, rule) < 0 ? -EINVAL : 0;

	if (looks && rule->selector.max == 0)
		r = section_error(s, looks, "'%s' never holds when the header is not there",
				  looks);
	if (rule->selector.max == 0 &&
	    (rule->action.action == RULE_REPLACE || rule->action.action == RULE_REMOVE))
		r = section_error(s, "action", "nothing to %s when the header is not there",
				  rule_action_words[rule->action.action]);
	if (rule->action.action == RULE_REPLACE && !section_has(s, "match"))
		r = section_error(s, "action",
				  "action replace needs 'match': what to "
				  "replace");
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

/* The options of the action that only this policy has. */
static int
read_own_options(struct arena *arena, const struct section *s, struct header_rule *rule)
{
	if (section_has(s, "position") && section_number(s, "position") > 1)
		return section_error(s, "position", "'position' is 0 or 1");
	rule->action.place = section_number(s, "position") == 0 ? HEADER_TOP : HEADER_BELOW;
	rule->action.once = section_bool(s, "once");
	rule->keep = section_number(s, "keep");
	return policy_action_check_options(arena, s, header_action_words, rule->action.action,
					   own_options,
					   sizeof(own_options) / sizeof(own_options[0]));
}

static int
read_rule_action(struct policy_setup *setup, const struct section *s, struct header_rule *rule)
{
	/* Without compiled patterns (they were refused) any group is accepted here. */
	const struct policy_action_form form = {
		.words = header_action_words,
		.allowed = get_allowed_placeholders(s),
		.groups = !section_has(s, "match")	? VALUE_NO_GROUPS
			  : rule->selector.match.n == 0 ? (int)REGEX_MAX_GROUPS
							: (int)rule->selector.match.groups,
		.header = rule->selector.name,
		.header_or = " or 'name'",
	};
	int r = check_rule_lines(s, rule);

	r |= policy_action_read(setup, s, &form, &rule->action);
	r |= read_own_options(policy_setup_arena(setup), s, rule);
	return r;
}

/* What rows of a table may do with a header: not all of it with where = "parts" or "nested",
 * and with normalize, where the text that matched is not the one that stands there. */
static uint32_t
find_row_actions(const struct selector *selector)
{
	const uint32_t edits = RULE_ACTION_BIT(RULE_REMOVE) | RULE_ACTION_BIT(RULE_REPLACE);
	const uint32_t all = edits | ROW_ACTIONS;

	if (selector_has_parts(selector))
		return all & ~edits;
	return selector->subject.normalize ? all & ~RULE_ACTION_BIT(RULE_REPLACE) : all;
}

/* Fields inside the body are only read. */
static int
check_where(const struct section *s, const struct header_rule *rule)
{
	if (!selector_has_parts(&rule->selector))
		return 0;
	if (rule->action.action != RULE_REMOVE && rule->action.action != RULE_REPLACE)
		return 0;
	return section_error(s, "where", "action %s is only for headers of the message",
			     rule_action_words[rule->action.action]);
}

static int
read_header_rule(struct policy_setup *setup, const struct section *s, struct header_rule *rule)
{
	uint32_t allowed = get_allowed_placeholders(s);
	int r = 0;

	rule->rule = policy_setup_rule(setup, s);
	r |= selector_read(setup, s, &rule->selector);
	if (rule->selector.table != NULL && table_has_actions(rule->selector.table))
		return r | action_table_read_rows(setup, s, rule->selector.table,
						  find_row_actions(&rule->selector), allowed,
						  &rule->table);
	if (section_string(s, "action") == NULL)
		return policy_action_refuse_missing(s);
	rule->action.action = rule_action_find(section_string(s, "action"));
	rule->always =
		!rule->selector.has_tests && (writes_header(rule) || extends_header(rule));
	r |= read_rule_action(setup, s, rule);
	r |= check_where(s, rule);
	if (r == 0 && rule->selector.table != NULL)
		r = action_table_read_replies(setup, rule->selector.table, &rule->action,
					      allowed, &rule->table);
	return r < 0 ? -EINVAL : 0;
}

static void
add_rule_need(struct policy_need *need, const struct header_rule *rule)
{
	uint32_t *reads = policy_rule_enforces(rule->rule) ? &need->reads : &need->watches;

	if (rule->rule->mode == MODE_OFF)
		return;
	if (selector_has_parts(&rule->selector)) {
		*reads |= PART_BODY;
		need->message = STAGE_EOM;
	}
	action_table_add_need(&rule->table, rule->rule, &rule->action, need);
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
	if (reply_check_shared(arena, section, "rule",
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
