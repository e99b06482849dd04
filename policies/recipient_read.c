/* Reads the section of the policy "recipient": its maps and blind copies, and what they need of
 * the message and of the MTA. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "content/field.h"
#include "match/written.h"
#include "policies/recipient.h"
#include "util/mailbox.h"

static const char *const extension_words[] = {"keep", "strip", NULL};
static const struct option_also extension_also[] = {
	{"keep", "preserve yes copy"},
	{"strip", "remove drop no discard"},
	{.word = NULL},
};
enum { EXTENSION_KEEP, EXTENSION_STRIP };

static const struct option recipient_map_options[] = {
	{"", OPTION_INCLUDE, .options = mapping_options},
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
	 .also = "always_bcc add copy blind_copy add_recipient recipient_bcc_maps "
		 "BlindCopyTo"},
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

static int
read_rcpt_maps(struct policy_setup *setup, const struct section *section,
	       struct recipient_conf *conf)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "map", &sections);
	struct mapping *maps = arena_zalloc(policy_setup_arena(setup), n * sizeof(*maps));
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (mapping_read(policy_setup_arena(setup), policy_setup_tables(setup),
				 sections[i], &maps[i]) < 0)
			r = -EINVAL;
		else if (maps[i].n_to > conf->max_results)
			r = section_error(sections[i], "to",
					  "to: more results than max_expansion = %" PRIu64,
					  conf->max_results);
	}
	conf->maps = maps;
	conf->n_maps = n;
	conf->map_rules = list_rules(setup, sections, n);
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
		if (mapping_read_sender(policy_setup_arena(setup), sections[i], &maps[i]) < 0)
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

static int
check_bcc(const struct section *section, size_t i, const char *text)
{
	const char *fault = written_target_fault(text);

	if (fault != NULL)
		return section_error_item(section, "bcc", i, "bcc: '%s' is not an address: %s",
					  text, fault);
	if (written_lacks_domain(text))
		section_warning_item(section, "bcc", i,
				     "bcc: '%s' has no domain: the MTA appends its own", text);
	return 0;
}

static int
read_bcc_list(struct arena *arena, const struct section *section, struct recipient_conf *conf)
{
	int r = 0;

	const char *const *written;
	const char **bcc;

	conf->n_bcc = section_list(section, "bcc", &written);
	conf->bcc = bcc = arena_alloc(arena, conf->n_bcc * sizeof(*bcc));
	for (size_t i = 0; i < conf->n_bcc; i++) {
		bcc[i] = mailbox_from_path(arena, written[i]);
		if (check_bcc(section, i, written[i]) < 0)
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
adds_recipients(const struct recipient_conf *conf)
{
	for (size_t i = 0; i < conf->n_maps; i++)
		if (policy_rule_enforces(conf->map_rules[i]) &&
		    (conf->maps[i].table != NULL || conf->maps[i].n_to > 0))
			return true;
	return conf->n_bcc > 0;
}

static void
set_recipient_need(const struct recipient_conf *conf, struct policy_need *need)
{
	bool maps = some_rule_enforces(conf->map_rules, conf->n_maps);
	bool adds = adds_recipients(conf);

	need->message = STAGE_DATA;
	if (conf->n_maps > 0)
		need->reads |= PART_RCPTS;
	if (maps)
		need->actions |= ACTION_DEL_RCPT;
	if (maps || adds)
		need->changes |= PART_RCPTS;
	if (adds)
		need->actions |= ACTION_ADD_RCPT | ACTION_ADD_RCPT_PAR;
	if (conf->n_senders > 0)
		need->reads |= PART_SENDER;
	if (some_rule_enforces(conf->sender_rules, conf->n_senders)) {
		need->changes |= PART_SENDER;
		need->actions |= ACTION_CHANGE_FROM;
	}
	if (conf->record != NULL && maps) {
		need->changes |= PART_HEADERS;
		need->actions |= ACTION_ADD_HEADER;
		need->message = STAGE_EOH;
	}
}

int
recipient_configure(struct policy_setup *setup, const struct section *section,
		    struct policy_need *need, const void **ret_conf)
{
	struct recipient_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = read_recipient_scalars(setup, section, conf);

	if (read_rcpt_maps(setup, section, conf) < 0)
		r = -EINVAL;
	if (read_sender_maps(setup, section, conf) < 0)
		r = -EINVAL;
	if (read_bcc_list(policy_setup_arena(setup), section, conf) < 0)
		r = -EINVAL;
	if (r < 0)
		return r;
	if (conf->n_maps + conf->n_senders + conf->n_bcc == 0)
		section_warning(section, NULL, "recipient \"%s\" has no map and does nothing",
				section_title(section));
	if (conf->record != NULL && conf->n_maps == 0)
		section_warning(section, "record", "record: it has no effect without a map");
	set_recipient_need(conf, need);
	*ret_conf = conf;
	return 0;
}
