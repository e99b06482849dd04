/* Reads the section of the policy "size": its limits, those of its `limit` sections, and what
 * they need of the message. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "match/mapping.h"
#include "policies/size.h"
#include "util/str.h"

#define SIZE_REPLY_VALUES                                                                      \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |           \
	 PLACEHOLDER_BIT(PLACEHOLDER_LIMIT) | PLACEHOLDER_BIT(PLACEHOLDER_SIZE))

#define X(ID, name, sized, reply, help, others) name,
const char *const size_quantity_names[SIZE_COUNT] = {SIZE_LIMITS(X)};
#undef X

#define X(ID, name, sized, reply, help, others) reply,
static const char *const default_replies[SIZE_COUNT] = {SIZE_LIMITS(X)};
#undef X

enum size_split { SPLIT_DEFER, SPLIT_STRICTEST };
static const char *const size_split_words[] = {"defer", "strictest", NULL};
static const struct option_also size_split_also[] = {
	{"defer", "tempfail separate yes"},
	{"strictest", "smallest minimum min no"},
	{.word = NULL},
};

/* clang-format off */
static const struct option size_quantity_options[] = {
#define X(ID, name, is_sized, reply, help_text, others)                                                \
	{name, OPTION_LIMIT, .sized = is_sized, .help = help_text, .also = others},
	SIZE_LIMITS(X)
	{NULL},
};
#undef X
/* clang-format on */

enum size_lookup { LOOKUP_RCPT, LOOKUP_RCPT_DOMAIN, LOOKUP_SENDER, LOOKUP_SENDER_DOMAIN };
static const char *const lookup_words[] = {"recipient", "recipient_domain", "sender",
					   "sender_domain", NULL};
static const struct option_also lookup_also[] = {
	{"recipient", "to rcpt address"},
	{"recipient_domain", "domain to_domain rcpt_domain"},
	{"sender", "from mail_from"},
	{"sender_domain", "from_domain"},
	{.word = NULL},
};

static const struct option size_limit_options[] = {
	{"", OPTION_INCLUDE, .options = size_quantity_options},
	{"table", OPTION_STRING, .help = "a table whose values are limits of message, or none",
	 .also = "map list"},
	{"lookup", OPTION_WORD, .words = lookup_words, .words_also = lookup_also,
	 .help = "what is looked up in the table", .also = "key by"},
	{"", OPTION_INCLUDE, .options = condition_rcpt_options},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{NULL},
};

const struct option size_options[] = {
	{"", OPTION_INCLUDE, .options = size_quantity_options},
	{"recipients", OPTION_LIMIT,
	 .help = "count of recipients; further ones get a 452 reply",
	 .also = "max_recipients rcpts recipient_limit smtpd_recipient_limit max_rcpts "
		 "RecipientLimits MaxRecipientsPerMessage"},
	{"limit", OPTION_SECTION, .options = size_limit_options,
	 .help = "other limits for the recipients for which its lines hold",
	 .also = "limits rule override per_domain per_recipient"},
	{"declared", OPTION_BOOL, "yes",
	 .help = "check the SIZE= that the client declares, too",
	 .also = "check_declared esmtp_size"},
	{"reply", OPTION_STRING,
	 .help = "the reply when a limit is exceeded, in place of the default ones; not the 452",
	 .also = "reason response error reject"},
	{"split", OPTION_WORD, .value = "defer", .words = size_split_words,
	 .words_also = size_split_also,
	 .help = "recipients with other message limits than the first: a 452 reply, or the strictest limit counts"},
	{NULL},
};

static void
read_limit_options(const struct section *s, const uint64_t *fallback, uint64_t *max)
{
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		int r = section_limit(s, size_quantity_names[i], &max[i]);

		if (r <= 0)
			max[i] = r == 0 && fallback != NULL ? fallback[i] : NO_LIMIT;
	}
}

/* A limit above what the scanner of MIME parts counts can never be exceeded. */
static int
check_reachable_limits(struct policy_setup *setup, const struct section *s, const uint64_t *max)
{
	const struct content_limits *view = policy_setup_content_limits(setup);
	const struct {
		enum size_quantity quantity;
		const char *scanned;
		unsigned most;
	} rows[] = {
		{SIZE_PARTS, "mime_parts", view->parts},
		{SIZE_ATTACHMENTS, "mime_parts", view->parts},
		{SIZE_DEPTH, "mime_depth", view->depth},
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = size_quantity_names[rows[i].quantity];
		uint64_t value = max[rows[i].quantity];

		if (section_has(s, name) && value != NO_LIMIT && value > rows[i].most)
			r = section_error(s, name,
					  "%s: %" PRIu64
					  " is above %s in limits { }, which is %u:"
					  " more are never counted",
					  name, value, rows[i].scanned, rows[i].most);
	}
	return r;
}

static int
parse_table_limit(const char *text, uint64_t *ret)
{
	*ret = NO_LIMIT;
	return strcmp(text, "none") == 0 ? 0 : str_parse_size(text, ret);
}

/* For table_check_entries(): ctx is the limit, whose least and most are extended. */
static enum entry_fault
check_table_limit(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	struct size_limit *l = ctx;
	uint64_t limit;

	if (parse_table_limit(value, &limit) < 0) {
		(void)snprintf(why, size,
			       *value == '\0' ? "'%s' has no size behind it, such as \"25M\""
					      : "'%s': '%s' is not a size, such as \"25M\", or "
						"\"none\"",
			       key, value);
		return ENTRY_WRONG;
	}
	if (limit < l->least)
		l->least = limit;
	if (limit > l->most)
		l->most = limit;
	return ENTRY_FITS;
}

/* Checks `table` and `lookup`. 0, or -EINVAL after section_error(). */
static int
check_table_options(const struct section *s)
{
	if (!section_has(s, "table"))
		return section_has(s, "lookup")
			       ? section_error(s, "lookup", "'lookup' needs 'table'")
			       : 0;
	if (section_has(s, "message"))
		return section_error(s, "message",
				     "'message' or 'table', not both: the values of the table "
				     "are the limits of message");
	if (!section_has(s, "lookup") && section_is_faulty(s))
		return -EINVAL; /* it may be what was refused */
	if (!section_has(s, "lookup"))
		return section_error(s, "table",
				     "'table' needs 'lookup', such as lookup = "
				     "\"recipient_domain\"");
	return 0;
}

/* Reads the condition of a limit with `table`, and which limits its values are. */
static int
read_limit_table(struct policy_setup *setup, const struct section *s, struct size_limit *ret)
{
	int lookup = section_word(s, "lookup");
	bool domains = lookup == LOOKUP_RCPT_DOMAIN || lookup == LOOKUP_SENDER_DOMAIN;
	const struct table *table = mapping_find_table(policy_setup_tables(setup), s, "table",
						       section_string(s, "table"));
	uint64_t fallback = ret->least;
	int r;

	if (table == NULL)
		return -EINVAL;
	r = table_check_keys(table, domains ? KEYS_DOMAINS : KEYS_ADDRESSES);
	ret->has_table = true;
	ret->looks_up_sender = lookup == LOOKUP_SENDER || lookup == LOOKUP_SENDER_DOMAIN;
	ret->least = NO_LIMIT;
	ret->most = 0;
	if (table_check_entries(table, check_table_limit, ret) < 0)
		r = -EINVAL;
	if (ret->least > ret->most) /* it is empty: the limit never holds */
		ret->least = ret->most = fallback;
	ret->condition = policy_setup_table_condition(setup, s, lookup_words[lookup], table);
	return r < 0 || ret->condition == NULL ? -EINVAL : 0;
}

int
find_table_limit(struct policy_call *c, const struct size_limit *l, size_t rcpt, uint64_t *ret)
{
	const char *value;
	int r = policy_table_value(c, l->condition, rcpt, &value);

	if (r > 0)
		(void)parse_table_limit(value, ret);
	return r < 0 ? r : 0;
}

static bool
has_conditions(const struct section *s)
{
	if (section_has(s, "when") || section_has(s, "unless") || section_has(s, "table"))
		return true;
	for (const struct option *o = condition_rcpt_options; o->name != NULL; o++)
		if (section_has(s, o->name))
			return true;
	return false;
}

static void
add_limit_need(struct policy_setup *setup, const struct size_limit *l, struct policy_need *need)
{
	uint32_t *reads = policy_rule_enforces(l->rule) ? &need->reads : &need->watches;

	policy_setup_lines_need(setup, l->rule, l->condition, need);
	if (l->rule->mode != MODE_OFF)
		*reads |= PART_RCPTS;
}

static int
read_limit_section(struct policy_setup *setup, const struct section *s, struct size_conf *conf,
		   struct policy_need *need, struct size_limit *ret)
{
	if (!has_conditions(s))
		return section_error(s, NULL,
				     "limit \"%s\" has no condition: it needs a line such as "
				     "recipient_domain, or when, or table",
				     section_title(s));
	ret->rule = policy_setup_rule(setup, s);
	read_limit_options(s, conf->max, ret->max);
	ret->least = ret->most = ret->max[SIZE_MESSAGE];
	if (check_table_options(s) < 0)
		return -EINVAL;
	if (section_has(s, "table")) {
		if (read_limit_table(setup, s, ret) < 0)
			return -EINVAL;
	} else {
		ret->condition = policy_setup_condition(setup, s);
	}
	if (ret->condition == NULL)
		return -EINVAL;
	if (check_reachable_limits(setup, s, ret->max) < 0)
		return -EINVAL;
	add_limit_need(setup, ret, need);
	return 0;
}

static int
read_limit_sections(struct policy_setup *setup, const struct section *section,
		    struct size_conf *conf, struct policy_need *need)
{
	const struct section *const *sections;
	size_t n = section_sections(section, "limit", &sections);
	struct size_limit *limits =
		arena_zalloc(policy_setup_arena(setup), n * sizeof(*limits));
	int r = 0;

	for (size_t i = 0; i < n; i++)
		if (read_limit_section(setup, sections[i], conf, need, &limits[i]) < 0)
			r = -EINVAL;
	conf->limits = limits;
	conf->n_limits = n;
	return r;
}

static const char too_many_reply[] = "452 4.5.3 Too many recipients: %{limit} at a time";
static const char other_class_reply[] =
	"452 4.5.3 Recipient with another size limit: send it separately";

static int
parse_size_reply(struct policy_setup *setup, const struct section *section, const char *text,
		 struct reply *ret)
{
	char why[160];

	if (reply_parse(policy_setup_arena(setup), text, SIZE_REPLY_VALUES, ret, why,
			sizeof(why)) < 0)
		return section_error(section, "reply", "reply: %s", why);
	return 0;
}

static int
parse_size_replies(struct policy_setup *setup, const struct section *section,
		   struct size_conf *conf)
{
	const char *written = section_string(section, "reply");

	for (size_t i = 0; i < SIZE_COUNT; i++)
		if (parse_size_reply(setup, section,
				     written != NULL ? written : default_replies[i],
				     &conf->reply[i]) < 0)
			return -EINVAL;
	if (parse_size_reply(setup, section, too_many_reply, &conf->too_many) < 0)
		return -EINVAL;
	return parse_size_reply(setup, section, other_class_reply, &conf->other_class);
}

/* Does the limit have one for some recipient? *ret_varies: not the one of the policy's
 * section for all. */
static bool
limits_quantity(const struct size_conf *conf, const struct size_limit *l,
		enum size_quantity quantity, bool *ret_varies)
{
	uint64_t least = quantity == SIZE_MESSAGE ? l->least : l->max[quantity];
	uint64_t most = quantity == SIZE_MESSAGE ? l->most : l->max[quantity];

	*ret_varies = least != conf->max[quantity] || most != conf->max[quantity];
	return least != NO_LIMIT;
}

/* Is it limited in the policy's section or in a limit that enforces? *ret_varies: not alike in
 * all of them. */
static bool
is_quantity_limited(const struct size_conf *conf, enum size_quantity quantity, bool *ret_varies)
{
	bool limited = conf->max[quantity] != NO_LIMIT, varies;

	*ret_varies = false;
	for (size_t i = 0; i < conf->n_limits; i++) {
		if (!policy_rule_enforces(conf->limits[i].rule))
			continue;
		limited |= limits_quantity(conf, &conf->limits[i], quantity, &varies);
		*ret_varies |= varies;
	}
	return limited;
}

/* Is it limited in a limit with mode monitor? */
static bool
is_quantity_watched(const struct size_conf *conf, enum size_quantity quantity)
{
	bool varies;

	for (size_t i = 0; i < conf->n_limits; i++)
		if (policy_rule_monitors(conf->limits[i].rule) &&
		    limits_quantity(conf, &conf->limits[i], quantity, &varies))
			return true;
	return false;
}

static void
set_size_need(const struct size_conf *conf, const struct section *section,
	      struct policy_need *need)
{
	static const struct {
		uint32_t reads;
		enum stage known;
	} rows[] = {
		[SIZE_MESSAGE] = {PART_HEADERS | PART_SIZE, STAGE_EOM},
		[SIZE_HEADERS] = {PART_HEADERS, STAGE_EOH},
		[SIZE_HEADER_BYTES] = {PART_HEADERS, STAGE_EOH},
		[SIZE_HEADER_LINE] = {PART_HEADERS, STAGE_EOH},
		[SIZE_LINE] = {PART_SIZE | PART_LINES, STAGE_EOM},
		[SIZE_RECEIVED] = {PART_HEADERS, STAGE_EOH},
		[SIZE_PARTS] = {PART_HEADERS | PART_BODY, STAGE_EOM},
		[SIZE_ATTACHMENTS] = {PART_HEADERS | PART_BODY, STAGE_EOM},
		[SIZE_ATTACHMENT] = {PART_HEADERS | PART_BODY, STAGE_EOM},
		[SIZE_DEPTH] = {PART_HEADERS | PART_BODY, STAGE_EOM},
	};
	bool may_wait = section_has(section, "when") || section_has(section, "unless");
	bool checks_declared = conf->checks_declared && conf->limits_message, varies;

	for (size_t i = 0; i < SIZE_COUNT; i++) {
		bool limited = is_quantity_limited(conf, (enum size_quantity)i, &varies);

		if (limited)
			need->reads |= rows[i].reads;
		else if (is_quantity_watched(conf, (enum size_quantity)i))
			need->watches |= rows[i].reads;
		else
			continue;
		if (rows[i].known > need->message)
			need->message = rows[i].known;
	}
	if (conf->recipients != NO_LIMIT)
		need->reads |= PART_RCPTS;
	if (checks_declared)
		need->answers |= STAGE_BIT(STAGE_ENVFROM);
	if (conf->recipients != NO_LIMIT || conf->message_varies ||
	    (checks_declared && may_wait))
		need->answers |= STAGE_BIT(STAGE_ENVRCPT);
	if (need->message == STAGE_DATA && conf->recipients != NO_LIMIT && may_wait)
		need->answers |= STAGE_BIT(STAGE_DATA);
}

int
size_configure(struct policy_setup *setup, const struct section *section,
	       struct policy_need *need, const void **ret_conf)
{
	struct size_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = 0;

	need->message = STAGE_DATA;
	read_limit_options(section, NULL, conf->max);
	if (check_reachable_limits(setup, section, conf->max) < 0)
		r = -EINVAL;
	if (section_limit(section, "recipients", &conf->recipients) <= 0)
		conf->recipients = NO_LIMIT;
	conf->defers_classes = section_word(section, "split") == SPLIT_DEFER;
	r |= read_limit_sections(setup, section, conf, need);
	if (parse_size_replies(setup, section, conf) < 0 || r < 0)
		return -EINVAL;
	conf->limits_message = is_quantity_limited(conf, SIZE_MESSAGE, &conf->message_varies);
	conf->checks_declared =
		section_bool(section, "declared") &&
		(conf->limits_message || is_quantity_watched(conf, SIZE_MESSAGE));
	set_size_need(conf, section, need);
	if ((need->reads | need->watches) == 0)
		section_warning(section, NULL, "size \"%s\" limits nothing",
				section_title(section));
	*ret_conf = conf;
	return 0;
}
