/* Reads the section of the policy "access": its rules, and what they need of the message and of
 * the MTA. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policies/access.h"

#define ACCESS_PLACEHOLDERS                                                                    \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) | PLACEHOLDER_BIT(PLACEHOLDER_RECIPIENT) | \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_CLIENT_NAME) |      \
	 PLACEHOLDER_BIT(PLACEHOLDER_HELO) | PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) |          \
	 PLACEHOLDER_BIT(PLACEHOLDER_POLICY) | PLACEHOLDER_BIT(PLACEHOLDER_RULE))

#define REFUSALS (RULE_ACTION_BIT(RULE_REJECT) | RULE_ACTION_BIT(RULE_TEMPFAIL))

static const char *const access_actions[] = {"pass",	"accept",   "reject",	  "tempfail",
					     "discard", "redirect", "quarantine", "insert",
					     "log",	NULL};

#define X(ID, word) word,
static const char *const access_lookup_words[] = {ACCESS_LOOKUPS(X) NULL};
#undef X

static const struct option_also access_lookup_also[] = {
	{"client", "ip address addr client_addr connect"},
	{"client_name", "hostname host rdns ptr client_hostname"},
	{"helo", "ehlo helo_name"},
	{"sender", "from mail_from envfrom"},
	{"recipient", "to rcpt rcpt_to envrcpt"},
	{"auth_user", "login sasl_username user auth"},
	{.word = NULL},
};

enum access_stage { ACCESS_AT_RCPT, ACCESS_AT_MAIL };
static const char *const stage_words[] = {"rcpt", "mail", NULL};
static const struct option_also stage_also[] = {
	{"rcpt", "recipient rcpt_to"},
	{"mail", "sender mail_from from envfrom connect helo client"},
	{.word = NULL},
};

static const struct option access_rule_options[] = {
	{"", OPTION_INCLUDE, .options = condition_rcpt_options},
	{"table", OPTION_STRING,
	 .help = "a table in which something is looked up; with actions its rows are the "
		 "actions",
	 .also = "map list"},
	{"lookup", OPTION_WORD, .words = access_lookup_words, .words_also = access_lookup_also,
	 .help = "what is looked up in the table", .also = "key by"},
	{"action", OPTION_WORD, .words = access_actions, .words_also = option_actions_also,
	 .help = "what is done when all lines hold; required unless a table has actions",
	 .also = "verdict do then result"},
	{"", OPTION_INCLUDE, .options = policy_action_options},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{.name = NULL},
};

const struct option access_options[] = {
	{"stage", OPTION_WORD, "rcpt", .words = stage_words, .words_also = stage_also,
	 .help = "when rules that look at no recipient refuse", .also = "at when_asked phase"},
	{"reply", OPTION_STRING, .help = "reply of the rules that refuse and do not set it",
	 .also = "message reason response error"},
	{"rule", OPTION_SECTION, .options = access_rule_options,
	 .help = "whom to refuse, or to let pass; the first that hits a recipient decides",
	 .also = "rules check match acl entry block"},
	{.name = NULL},
};

static bool
looks_at_rcpt(const struct condition *const *conds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((condition_reads(conds[i]) & PART_RCPTS) != 0)
			return true;
	return false;
}

static bool
is_by_rcpt(const struct access_rule *r)
{
	return (r->table != NULL && r->lookup == ACCESS_RECIPIENT) ||
	       looks_at_rcpt(&r->lines, 1) || looks_at_rcpt(r->rule->when, r->rule->n_when) ||
	       looks_at_rcpt(r->rule->unless, r->rule->n_unless);
}

static int
check_lookup_type(const struct section *s, const struct access_rule *rule)
{
	bool networks = table_type(rule->table) == TABLE_CIDR;

	if (networks && rule->lookup != ACCESS_CLIENT)
		return section_error(s, "lookup",
				     "table \"%s\" is one of networks: lookup = \"client\"",
				     table_name(rule->table));
	return 0;
}

static int
check_lookup_keys(const struct access_rule *rule)
{
	static const enum table_keys kinds[ACCESS_LOOKUP_COUNT] = {
		[ACCESS_CLIENT] = KEYS_HOSTS,	  [ACCESS_CLIENT_NAME] = KEYS_TEXT,
		[ACCESS_HELO] = KEYS_TEXT,	  [ACCESS_SENDER] = KEYS_ACCESS,
		[ACCESS_RECIPIENT] = KEYS_ACCESS, [ACCESS_AUTH_USER] = KEYS_LOGINS,
	};
	enum table_keys keys = kinds[rule->lookup];

	return rule->has_rows ? table_check_keys(rule->table, keys)
			      : table_check_list(rule->table, keys);
}

/* `table` and `lookup` */
static int
read_access_table(struct policy_setup *setup, const struct section *s, struct access_rule *rule)
{
	int lookup = section_word(s, "lookup");

	if (!section_has(s, "table"))
		return section_has(s, "lookup")
			       ? section_error(s, "lookup", "'lookup' needs 'table'")
			       : 0;
	rule->table = policy_setup_table(setup, s, "table", section_string(s, "table"));
	if (rule->table == NULL)
		return -EINVAL;
	if (lookup < 0)
		return section_is_faulty(s)
			       ? -EINVAL
			       : section_error(s, "table",
					       "'table' needs 'lookup', such as lookup = "
					       "\"sender\"");
	rule->lookup = (enum access_lookup)lookup;
	rule->has_rows = table_has_actions(rule->table);
	return check_lookup_type(s, rule) | check_lookup_keys(rule);
}

static uint32_t
find_access_placeholders(const struct access_rule *rule)
{
	return ACCESS_PLACEHOLDERS |
	       (rule->table != NULL ? PLACEHOLDER_BIT(PLACEHOLDER_MATCH) : 0);
}

static int
read_access_rows(struct policy_setup *setup, const struct section *s, struct access_rule *rule,
		 uint32_t *ret_actions, uint32_t *ret_uses)
{
	int r = policy_action_check_absent(s, rule->table);

	rule->row_form = (struct row_form){
		.actions = ROW_ACTIONS,
		.allowed = find_access_placeholders(rule),
	};
	return r | row_action_check(policy_setup_arena(setup), rule->table, &rule->row_form,
				    ret_actions, ret_uses);
}

static int
read_access_action(struct policy_setup *setup, const struct section *s,
		   struct access_rule *rule, uint32_t *ret_actions, uint32_t *ret_uses)
{
	const struct policy_action_form form = {
		.words = access_actions,
		.allowed = find_access_placeholders(rule) | PLACEHOLDERS_FOUND,
		.groups = VALUE_NO_GROUPS,
	};
	int r = policy_action_read(setup, s, &form, &rule->action);

	*ret_actions = RULE_ACTION_BIT(rule->action.action) |
		       (rule->action.n_bcc > 0 ? RULE_ACTION_BIT(RULE_BCC) : 0);
	*ret_uses = r == 0 ? policy_action_uses(&rule->action) : 0;
	return r;
}

/* What a rule looks at; one with mode monitor only watches. */
static void
add_access_reads(struct policy_setup *setup, const struct access_rule *rule,
		 struct policy_need *need)
{
	uint32_t *reads = policy_rule_enforces(rule->rule) ? &need->reads : &need->watches;

	policy_setup_lines_need(setup, rule->rule, rule->lines, need);
	*reads |= PART_RCPTS;
	if (rule->table != NULL && rule->lookup == ACCESS_SENDER)
		*reads |= PART_SENDER;
}

/* What a rule does. */
static void
add_access_actions(struct policy_need *need, uint32_t actions)
{
	policy_actions_add_need(actions, need);
	if ((actions & REFUSALS) != 0)
		need->answers |= STAGE_BIT(STAGE_ENVRCPT);
	if ((actions & RULE_ACTION_BIT(RULE_DISCARD)) != 0) {
		need->actions |= ACTION_DEL_RCPT;
		need->changes |= PART_RCPTS;
	}
	if ((actions & RULE_ACTION_BIT(RULE_INSERT)) != 0 && need->message < STAGE_EOH)
		need->message = STAGE_EOH;
}

static int
read_access_rule(struct policy_setup *setup, const struct section *s, struct access_rule *rule,
		 struct policy_need *need)
{
	uint32_t actions = 0, uses = 0;
	int r = 0;

	rule->rule = policy_setup_rule(setup, s);
	rule->lines = policy_setup_condition(setup, s);
	if (rule->lines == NULL || read_access_table(setup, s, rule) < 0)
		r = -EINVAL;
	if (rule->has_rows)
		r |= read_access_rows(setup, s, rule, &actions, &uses);
	else
		r |= read_access_action(setup, s, rule, &actions, &uses);
	if (r < 0)
		return -EINVAL;
	rule->by_rcpt = is_by_rcpt(rule);
	rule->refuses = (actions & REFUSALS) != 0 && policy_rule_enforces(rule->rule);
	if (rule->rule->mode == MODE_OFF)
		return 0;
	add_access_reads(setup, rule, need);
	if (policy_rule_enforces(rule->rule))
		add_access_actions(need, actions);
	policy_uses_add_need(uses, need);
	return 0;
}

/* With stage = "mail" no exception for a recipient can stand before a rule that looks at none,
 * and refuses. */
static void
warn_of_order(const struct section *section, const struct access_conf *conf)
{
	const struct access_rule *by_rcpt = NULL;

	for (size_t i = 0; i < conf->n; i++) {
		const struct access_rule *r = &conf->rules[i];

		if (r->by_rcpt && by_rcpt == NULL)
			by_rcpt = r;
		if (r->by_rcpt || by_rcpt == NULL || !r->refuses)
			continue;
		section_warning(section, "stage",
				"stage \"mail\": rule \"%s\" looks at no recipient, so it "
				"refuses before rule \"%s\" is asked",
				r->rule->title, by_rcpt->rule->title);
		return;
	}
}

static void
set_access_stages(const struct access_conf *conf, struct policy_need *need)
{
	if (conf->at_mail && (need->answers & STAGE_BIT(STAGE_ENVRCPT)) != 0)
		need->answers |= STAGE_BIT(STAGE_ENVFROM);
}

int
access_configure(struct policy_setup *setup, const struct section *section,
		 struct policy_need *need, const void **ret_conf)
{
	struct arena *arena = policy_setup_arena(setup);
	struct access_conf *conf = arena_zalloc(arena, sizeof(*conf));
	const struct section *const *rules;
	int r = 0;

	conf->n = section_sections(section, "rule", &rules);
	conf->rules = arena_zalloc(arena, conf->n * sizeof(*conf->rules));
	conf->at_mail = section_word(section, "stage") == ACCESS_AT_MAIL;
	need->message = STAGE_DATA;
	if (conf->n == 0)
		return section_error(section, NULL, "access %s has no rule",
				     section_title(section));
	if (conf->n > ACCESS_MAX_RULES)
		return section_error(section, NULL,
				     "access %s has more than %u rules: a table has room for "
				     "more",
				     section_title(section), ACCESS_MAX_RULES);
	if (reply_check_shared(arena, section, "rule",
			       ACCESS_PLACEHOLDERS | PLACEHOLDER_BIT(PLACEHOLDER_MATCH)) < 0)
		r = -EINVAL;
	for (size_t i = 0; i < conf->n; i++)
		if (read_access_rule(setup, rules[i], &conf->rules[i], need) < 0)
			r = -EINVAL;
	if (r < 0)
		return r;
	if (conf->at_mail)
		warn_of_order(section, conf);
	set_access_stages(conf, need);
	*ret_conf = conf;
	return 0;
}
