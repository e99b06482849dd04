/* Reads the blind copies of the policy "recipient": the list bcc, and the sections bcc_map. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "match/written.h"
#include "policies/recipient.h"
#include "text/address_template.h"
#include "util/mailbox.h"

#define SENDER_VALUES                                                                          \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) | PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER))
#define ALL_VALUES (SENDER_VALUES | PLACEHOLDER_BIT(PLACEHOLDER_RECIPIENT))

static const char *const copy_lookup_words[] = {
	[COPY_BY_RECIPIENT] = "recipient",
	[COPY_BY_SENDER] = "sender",
	[COPY_BY_AUTH_USER] = "auth_user",
	NULL,
};
static const struct option_also copy_lookup_also[] = {
	{"recipient", "to rcpt rcpt_to recipient_bcc_maps address"},
	{"sender", "from mail_from sender_bcc_maps"},
	{"auth_user", "login user sasl_username auth username"},
	{.word = NULL},
};

const struct option recipient_copy_options[] = {
	{"table", OPTION_STRING,
	 .help = "a table whose values are the addresses, separated by commas",
	 .also = "map maps file hash"},
	{"lookup", OPTION_WORD, .words = copy_lookup_words, .words_also = copy_lookup_also,
	 .help = "what is looked up in the table", .also = "key by"},
	{"to", OPTION_LIST, .help = "the addresses of the copies, without a table",
	 .also = "bcc add address addresses copy archive redirect_to"},
	{"envelope_headers", OPTION_BOOL, "no",
	 .help = "set X-Envelope-From and X-Envelope-To, which all recipients see",
	 .also = "envelope add_envelope journal x_envelope"},
	{"", OPTION_INCLUDE, .options = condition_rcpt_options},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{NULL},
};

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

/* The addresses in `to`. One with %{recipient} is made for each recipient. */
static int
read_copy_targets(struct arena *arena, const struct section *s, struct recipient_copy *copy)
{
	const char *const *texts;
	size_t n = section_list(s, "to", &texts);
	const struct template **to = arena_alloc(arena, n * sizeof(struct template *));
	char why[320];
	int r = 0;

	if (n == 0)
		return section_error(s, "to", "to: an empty list adds nobody");
	for (size_t i = 0; i < n; i++) {
		enum entry_fault fault = address_template_read(arena, texts[i], ALL_VALUES,
							       false, &to[i], why, sizeof(why));

		if (fault == ENTRY_WRONG)
			r = section_error_item(s, "to", i, "to: %s", why);
		else if (fault == ENTRY_DOUBTFUL)
			section_warning_item(s, "to", i, "to: %s", why);
		if (fault != ENTRY_WRONG &&
		    (template_uses(to[i]) & PLACEHOLDER_BIT(PLACEHOLDER_RECIPIENT)) != 0)
			copy->for_each_rcpt = true;
	}
	copy->to = to;
	copy->n_to = n;
	return r;
}

/* What the check of a table's values needs. */
struct copy_value_check {
	struct arena *arena;
	const struct recipient_copy *copy;
};

static enum entry_fault
check_copy_address(const struct copy_value_check *check, const char *key, const char *text,
		   char *why, size_t size)
{
	const struct recipient_copy *copy = check->copy;
	const struct template *t;
	char what[320];
	enum entry_fault fault = address_template_read(
		check->arena, text, copy->for_each_rcpt ? ALL_VALUES : SENDER_VALUES,
		table_type(copy->table) == TABLE_REGEX, &t, what, sizeof(what));

	if (fault != ENTRY_FITS)
		snprintf(why, size, "the value of '%.100s': %s", key, what);
	return fault;
}

/* For table_check_entries(). */
static enum entry_fault
check_copy_value(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	const struct copy_value_check *check = ctx;
	enum entry_fault fault = table_check_action(key, value, why, size);
	bool empty = true;

	for (const char *text;
	     fault == ENTRY_FITS && (text = mapping_next_result(check->arena, &value)) != NULL;
	     empty = false)
		fault = check_copy_address(check, key, text, why, size);
	if (fault == ENTRY_FITS && empty) {
		snprintf(why, size, "the key '%.150s' has no value: no address", key);
		return ENTRY_WRONG;
	}
	return fault;
}

static int
read_copy_table(struct policy_setup *setup, const struct section *s,
		struct recipient_copy *copy)
{
	struct copy_value_check check = {policy_setup_arena(setup), copy};
	int r;

	if (!section_has(s, "lookup") && section_is_faulty(s))
		return -EINVAL; /* it may be what was refused */
	if (!section_has(s, "lookup"))
		return section_error(s, "table",
				     "'table' needs 'lookup', such as lookup = \"sender\"");
	copy->lookup = (enum copy_lookup)section_word(s, "lookup");
	copy->for_each_rcpt = copy->lookup == COPY_BY_RECIPIENT;
	copy->table = mapping_find_table(policy_setup_tables(setup), s, "table",
					 section_string(s, "table"));
	if (copy->table == NULL)
		return -EINVAL;
	r = table_check_keys(copy->table,
			     copy->lookup == COPY_BY_AUTH_USER ? KEYS_LOGINS : KEYS_ADDRESSES);
	return table_check_entries(copy->table, check_copy_value, &check) < 0 ? -EINVAL : r;
}

/* Exactly one of the two. */
static int
read_copy_addresses(struct policy_setup *setup, const struct section *s,
		    struct recipient_copy *copy)
{
	bool has_table = section_has(s, "table"), has_to = section_has(s, "to");

	if (has_table && has_to)
		return section_error(s, "to",
				     "'table' or 'to', not both: the values of the table are "
				     "the addresses");
	if (!has_table && !has_to && section_is_faulty(s))
		return -EINVAL;
	if (!has_table && !has_to)
		return section_error(s, NULL,
				     "bcc_map \"%s\" needs to, the addresses, or table and "
				     "lookup",
				     section_title(s));
	if (has_table)
		return read_copy_table(setup, s, copy);
	if (section_has(s, "lookup"))
		return section_error(s, "lookup", "'lookup' needs 'table'");
	return read_copy_targets(policy_setup_arena(setup), s, copy);
}

static int
read_copy_section(struct policy_setup *setup, const struct section *s, struct policy_need *need,
		  struct recipient_copy *copy)
{
	copy->rule = policy_setup_rule(setup, s);
	copy->condition = policy_setup_condition(setup, s);
	copy->has_envelope_headers = section_bool(s, "envelope_headers");
	if (copy->has_envelope_headers)
		section_warning(s, "envelope_headers",
				"envelope_headers: every recipient can read X-Envelope-To, "
				"and who got a blind copy of the sender's in it");
	if (read_copy_addresses(setup, s, copy) < 0 || copy->condition == NULL)
		return -EINVAL;
	if (copy->rule->mode == MODE_OFF)
		return 0;
	policy_setup_lines_need(setup, copy->rule, copy->condition, need);
	*(policy_rule_enforces(copy->rule) ? &need->reads : &need->watches) |=
		PART_SENDER | PART_RCPTS;
	return 0;
}

int
recipient_read_copies(struct policy_setup *setup, const struct section *section,
		      struct recipient_conf *conf, struct policy_need *need)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "bcc_map", &sections);
	struct recipient_copy *copies =
		arena_zalloc(policy_setup_arena(setup), n * sizeof(*copies));
	int r = read_bcc_list(policy_setup_arena(setup), section, conf);

	for (size_t i = 0; i < n; i++)
		if (read_copy_section(setup, sections[i], need, &copies[i]) < 0)
			r = -EINVAL;
	conf->copies = copies;
	conf->n_copies = n;
	return r;
}

void
recipient_need_copies(const struct recipient_conf *conf, struct policy_need *need)
{
	bool adds = conf->n_bcc > 0;

	for (size_t i = 0; i < conf->n_copies; i++) {
		const struct recipient_copy *copy = &conf->copies[i];

		if (copy->has_envelope_headers && copy->rule->mode != MODE_OFF &&
		    need->message < STAGE_EOH)
			need->message = STAGE_EOH;
		if (!policy_rule_enforces(copy->rule))
			continue;
		adds = true;
		if (copy->has_envelope_headers) {
			need->changes |= PART_HEADERS;
			need->reads |= PART_HEADERS;
			need->actions |= ACTION_ADD_HEADER | ACTION_CHANGE_HEADER;
		}
	}
	if (!adds)
		return;
	need->changes |= PART_RCPTS;
	need->actions |= ACTION_ADD_RCPT | ACTION_ADD_RCPT_PAR;
}
