/* Reads the section of the policy "recipient": its maps, and what it needs of the message and
 * of the MTA. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "content/field.h"
#include "policies/recipient.h"
#include "text/table_reply.h"

#define MAP_REPLY_VALUES                                                                       \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) | PLACEHOLDER_BIT(PLACEHOLDER_RECIPIENT) | \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) |        \
	 PLACEHOLDER_BIT(PLACEHOLDER_POLICY) | PLACEHOLDER_BIT(PLACEHOLDER_RULE) |             \
	 PLACEHOLDER_BIT(PLACEHOLDER_VALUE))

static const char *const extension_words[] = {"keep", "strip", NULL};
static const struct option_also extension_also[] = {
	{"keep", "preserve yes copy"},
	{"strip", "remove drop no discard"},
	{.word = NULL},
};
enum { EXTENSION_KEEP, EXTENSION_STRIP };

enum map_action { MAP_REPLACE, MAP_REJECT, MAP_TEMPFAIL };
static const char *const map_action_words[] = {"replace", "reject", "tempfail", NULL};

static const struct option recipient_map_options[] = {
	{"", OPTION_INCLUDE, .options = mapping_options},
	{"action", OPTION_WORD, "replace", .words = map_action_words,
	 .words_also = option_actions_also,
	 .help = "replace: by the results; reject, tempfail: refuse the recipient",
	 .also = "verdict do then"},
	{"reply", OPTION_STRING, .help = "reject, tempfail: \"550 5.1.6 text\"",
	 .also = "response message text reason error relocated_maps"},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{NULL},
};

static const struct option sender_map_options[] = {
	{"", OPTION_INCLUDE, .options = mapping_sender_options},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{NULL},
};

const struct option recipient_options[] = {
	{"map", OPTION_SECTION, .options = recipient_map_options,
	 .help = "which recipients become what; the first map that matches counts",
	 .also = "maps rule rewrite alias aliases redirect canonical virtual "
		 "virtual_alias_maps recipient_canonical_maps"},
	{"extension", OPTION_WORD, .value = "keep", .words = extension_words,
	 .words_also = extension_also,
	 .help = "what table and domain maps do with an extension: user+ext"},
	{"delimiter", OPTION_STRING, .value = "+",
	 .help = "the character that an extension begins with",
	 .also = "recipient_delimiter separator"},
	{"unless_in", OPTION_STRING, .help = "a table of addresses that are not rewritten",
	 .also = "exceptions whitelist unless_table"},
	{"max_expansion", OPTION_COUNT, .value = "100",
	 .help = "results of one recipient, at most",
	 .also = "max_results virtual_alias_expansion_limit expansion_limit"},
	{"repeat", OPTION_BOOL, .value = "no", .help = "apply the maps to their results again",
	 .also = "recursive recurse loop"},
	{"bcc", OPTION_LIST, .help = "recipients that are added to each message",
	 .also = "always_bcc add copy blind_copy add_recipient BlindCopyTo"},
	{"bcc_map", OPTION_SECTION, .options = recipient_copy_options,
	 .help = "recipients that are added to some messages, by table or by its lines",
	 .also = "sender_bcc_maps recipient_bcc_maps copies journal archive bcc_maps"},
	{"reply", OPTION_STRING, .help = "reply of the maps that refuse and do not set it",
	 .also = "reason response error reject"},
	{"sender_map", OPTION_SECTION, .options = sender_map_options,
	 .help = "which envelope senders become what",
	 .also = "sender_canonical_maps sender_rewrite from_map sender"},
	{"record", OPTION_STRING, .help = "a header that gets the former address",
	 .also = "x_original_to original_to header"},
	{NULL},
};

static const struct policy_rule *const *
list_rules(struct policy_setup *setup, const struct section *const *sections, size_t n)
{
	const struct policy_rule **rules =
		arena_alloc(policy_setup_arena(setup), n * sizeof(struct policy_rule *));

	for (size_t i = 0; i < n; i++)
		rules[i] = policy_setup_rule(setup, sections[i]);
	return rules;
}

/* For table_check_entries(): a value that %{value} of the reply stands for. */
static enum entry_fault
check_inserted_value(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	(void)ctx;
	if (*value != '\0')
		return ENTRY_FITS;
	snprintf(why, size, "the key '%.150s' has no value, which %%{value} stands for", key);
	return ENTRY_WRONG;
}

/* The values of the table of a map that refuses. */
static int
check_map_values(struct arena *arena, const struct table *table, const struct map_reply *reply)
{
	const struct table_reply_form form = {.own = &reply->own, .reject = reply->rejects};
	uint32_t uses;

	if (reply->has_value)
		return table_check_entries(table, check_inserted_value, NULL);
	return table_reply_check(arena, table, &form, &uses);
}

/* A refusal that is decided behind RCPT is one of the whole message. */
static void
warn_of_late_refusal(const struct section *s, const char *option,
		     const struct condition *const *conds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (condition_last_stage(conds[i]) > STAGE_DATA)
			section_warning_item(
				s, option, i,
				"%s: condition \"%s\" is known behind RCPT, when the map can "
				"only refuse the message for all recipients",
				option, condition_name(conds[i]));
}

/* What stands in the reply of a map with action reject or tempfail. */
static int
read_map_reply(struct policy_setup *setup, const struct section *s, const struct mapping *map,
	       const struct policy_rule *rule, struct map_reply *ret)
{
	struct arena *arena = policy_setup_arena(setup);
	uint32_t allowed = MAP_REPLY_VALUES;

	if (map->table == NULL)
		allowed &= ~PLACEHOLDER_BIT(PLACEHOLDER_VALUE);
	ret->rejects = section_word(s, "action") == MAP_REJECT;
	if (reply_read(arena, s, ret->rejects,
		       ret->rejects ? "550 5.1.6 The address is no longer in use"
				    : "450 4.2.1 The address takes no mail at present",
		       allowed, &ret->own) < 0 ||
	    policy_setup_template(setup, s, "reply", ret->own.text) < 0)
		return -EINVAL;
	ret->has_value =
		(template_uses(ret->own.text) & PLACEHOLDER_BIT(PLACEHOLDER_VALUE)) != 0;
	warn_of_late_refusal(s, "when", rule->when, rule->n_when);
	warn_of_late_refusal(s, "unless", rule->unless, rule->n_unless);
	return map->table != NULL ? check_map_values(arena, map->table, ret) : 0;
}

static int
read_rcpt_map(struct policy_setup *setup, const struct section *s,
	      const struct recipient_conf *conf, const struct policy_rule *rule,
	      struct mapping *map, const struct map_reply **ret_reply)
{
	bool refuses = section_word(s, "action") != MAP_REPLACE;
	struct map_reply *reply;
	int r;

	if (!refuses && section_has(s, "reply"))
		return section_error(s, "reply", "reply: the map needs action = \"reject\"");
	r = mapping_read(policy_setup_arena(setup), policy_setup_tables(setup), s, refuses,
			 map);
	if (r == 0 && map->n_to > conf->max_results)
		r = section_error(s, "to", "to: more results than max_expansion = %" PRIu64,
				  conf->max_results);
	if (!refuses)
		return r;
	*ret_reply = reply = arena_zalloc(policy_setup_arena(setup), sizeof(*reply));
	return read_map_reply(setup, s, map, rule, reply) < 0 ? -EINVAL : r;
}

static int
read_rcpt_maps(struct policy_setup *setup, const struct section *section,
	       struct recipient_conf *conf)
{
	struct arena *arena = policy_setup_arena(setup);
	const struct section *const *sections;
	size_t n = section_sections(section, "map", &sections);
	struct mapping *maps = arena_zalloc(arena, n * sizeof(*maps));
	const struct map_reply **replies = arena_zalloc(arena, n * sizeof(struct map_reply *));
	int r = 0;

	conf->maps = maps;
	conf->n_maps = n;
	conf->map_replies = replies;
	conf->map_rules = list_rules(setup, sections, n);
	for (size_t i = 0; i < n; i++) {
		if (read_rcpt_map(setup, sections[i], conf, conf->map_rules[i], &maps[i],
				  &replies[i]) < 0)
			r = -EINVAL;
		conf->watches_refusals |=
			replies[i] != NULL && policy_rule_monitors(conf->map_rules[i]);
	}
	return r;
}

static int
read_sender_maps(struct policy_setup *setup, const struct section *section,
		 struct recipient_conf *conf)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "sender_map", &sections);
	struct mapping *maps = arena_zalloc(policy_setup_arena(setup), n * sizeof(*maps));
	int r = 0;

	for (size_t i = 0; i < n; i++)
		if (mapping_read_sender(policy_setup_arena(setup), policy_setup_tables(setup),
					sections[i], &maps[i]) < 0)
			r = -EINVAL;
	conf->senders = maps;
	conf->n_senders = n;
	conf->sender_rules = list_rules(setup, sections, n);
	return r;
}

static int
read_recipient_scalars(struct policy_setup *setup, const struct section *section,
		       struct recipient_conf *conf)
{
	const char *delimiter = section_string(section, "delimiter");
	const char *spared = section_string(section, "unless_in");
	int r = 0;

	conf->rules.keeps_extension = section_word(section, "extension") == EXTENSION_KEEP;
	conf->rules.delimiter = *delimiter;
	conf->repeat = section_bool(section, "repeat");
	conf->max_results = section_number(section, "max_expansion");
	conf->record = section_string(section, "record");
	if (strlen(delimiter) > 1 || *delimiter == '@')
		r = section_error(section, "delimiter",
				  "delimiter: '%s' is not one character (\"\" is none)",
				  delimiter);
	if (conf->max_results == 0)
		r = section_error(section, "max_expansion",
				  "max_expansion: it must be at least 1");
	if (conf->record != NULL && !field_name_is_valid(conf->record))
		r = section_error(section, "record", "record: '%s' is not a header name",
				  conf->record);
	if (spared != NULL) {
		conf->spared = mapping_find_table(policy_setup_tables(setup), section,
						  "unless_in", spared);
		if (conf->spared == NULL || table_check_list(conf->spared, KEYS_ADDRESSES) < 0)
			r = -EINVAL;
	}
	return r;
}

/* Of these rules, does one enforce? */
static bool
some_rule_enforces(const struct policy_rule *const *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (policy_rule_enforces(rules[i]))
			return true;
	return false;
}

static bool
some_map_enforces(const struct recipient_conf *conf, bool refuses)
{
	for (size_t i = 0; i < conf->n_maps; i++)
		if (policy_rule_enforces(conf->map_rules[i]) &&
		    (conf->map_replies[i] != NULL) == refuses)
			return true;
	return false;
}

static bool
some_map_has_results(const struct recipient_conf *conf)
{
	for (size_t i = 0; i < conf->n_maps; i++)
		if (policy_rule_enforces(conf->map_rules[i]) && conf->map_replies[i] == NULL &&
		    (conf->maps[i].table != NULL || conf->maps[i].n_to > 0))
			return true;
	return false;
}

static void
need_rcpt_maps(const struct recipient_conf *conf, struct policy_need *need)
{
	if (conf->n_maps > 0)
		need->reads |= PART_RCPTS;
	if (some_map_enforces(conf, false)) {
		need->actions |= ACTION_DEL_RCPT;
		need->changes |= PART_RCPTS;
	}
	if (some_map_has_results(conf))
		need->actions |= ACTION_ADD_RCPT | ACTION_ADD_RCPT_PAR;
	if (some_map_enforces(conf, true))
		need->answers |= STAGE_BIT(STAGE_ENVRCPT);
}

static void
set_recipient_need(const struct recipient_conf *conf, struct policy_need *need)
{
	need->rcpts_from_data = conf->n_maps == 0;
	need_rcpt_maps(conf, need);
	recipient_need_copies(conf, need);
	if (conf->n_senders > 0)
		need->reads |= PART_SENDER;
	if (some_rule_enforces(conf->sender_rules, conf->n_senders)) {
		need->changes |= PART_SENDER;
		need->actions |= ACTION_CHANGE_FROM;
	}
	if (conf->record != NULL && some_map_enforces(conf, false)) {
		need->changes |= PART_HEADERS;
		need->actions |= ACTION_ADD_HEADER;
		if (need->message < STAGE_EOH)
			need->message = STAGE_EOH;
	}
}

int
recipient_configure(struct policy_setup *setup, const struct section *section,
		    struct policy_need *need, const void **ret_conf)
{
	struct recipient_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = read_recipient_scalars(setup, section, conf);

	need->message = STAGE_DATA;
	if (read_rcpt_maps(setup, section, conf) < 0)
		r = -EINVAL;
	if (read_sender_maps(setup, section, conf) < 0)
		r = -EINVAL;
	if (recipient_read_copies(setup, section, conf, need) < 0)
		r = -EINVAL;
	if (reply_check_shared(policy_setup_arena(setup), section, "map", MAP_REPLY_VALUES) < 0)
		r = -EINVAL;
	if (r < 0)
		return r;
	if (conf->n_maps + conf->n_senders + conf->n_bcc + conf->n_copies == 0)
		section_warning(section, NULL, "recipient \"%s\" has no map and does nothing",
				section_title(section));
	if (conf->record != NULL && conf->n_maps == 0)
		section_warning(section, "record", "record: it has no effect without a map");
	set_recipient_need(conf, need);
	*ret_conf = conf;
	return 0;
}
