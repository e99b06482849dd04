/* Reads the section of the policy "rspamd": its options, and what they need of the MTA. */
#include <errno.h>

#include "content/field.h"
#include "policies/rspamd.h"

#define RSPAMD_REPLY	  "554 5.7.1 %{message}"
#define RSPAMD_SOFT_REPLY "451 4.7.1 %{message}"
#define RSPAMD_VALUES                                                                          \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) | PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) |    \
	 PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |        \
	 PLACEHOLDER_BIT(PLACEHOLDER_MESSAGE) | PLACEHOLDERS_FOUND)

#define X(ID, word, also) word,
static const char *const rspamd_wish_words[] = {RSPAMD_WISHES(X) NULL};
#undef X
#define X(ID, word, also) {word, also},
static const struct option_also rspamd_wishes_also[] = {RSPAMD_WISHES(X){NULL, NULL}};
#undef X

const struct option rspamd_options[] = {
	POLICY_ASKING_OPTIONS("50M"),
	{"apply", OPTION_LIST, .words = rspamd_wish_words, .words_also = rspamd_wishes_also,
	 .help = "which wishes of rspamd are carried out; default: all",
	 .also = "obey actions allow"},
	{"reply", OPTION_STRING, .help = "reply to a message that rspamd wants refused",
	 .also = "reject_reply reject_message message reason"},
	{"soft_reject_reply", OPTION_STRING, .help = "reply to one that it wants to see later",
	 .also = "soft_reply tempfail_reply greylist_reply greylist_message"},
	{"settings_id", OPTION_STRING, .help = "the settings that rspamd is to use",
	 .also = "settings Settings-ID"},
	{"mta_tag", OPTION_STRING, .help = "a name of this MTA for rspamd's own rules",
	 .also = "tag MTA-Tag"},
	{"spam_header", OPTION_STRING, "X-Spam", .help = "field that add-header sets to Yes",
	 .also = "header spam_header_name"},
	{"remove_headers", OPTION_REGEXES, "^X-(Spam|Rspamd-)",
	 .help = "names of fields that are removed when they come with a message",
	 .also = "remove strip remove_header"},
	{NULL},
};

static struct exchange *
make_rspamd_ping(void *memory)
{
	struct rspamd_exchange *x = memory;

	rspamd_ping(x);
	return &x->base;
}

static const char *
get_rspamd_version(const struct exchange *x)
{
	return ((const struct rspamd_exchange *)x)->server;
}

const struct service_kind rspamd_servers = {
	.name = "rspamd",
	.max_connections = 32,
	.ping_size = sizeof(struct rspamd_exchange),
	.ping = make_rspamd_ping,
	.version_text = get_rspamd_version,
};

static uint32_t
read_rspamd_wishes(const struct section *section)
{
	const char *const *words;
	size_t n = section_list(section, "apply", &words);
	uint32_t wishes = 0;

	if (!section_has(section, "apply"))
		return (1u << RSPAMD_WISH_COUNT) - 1;
	for (size_t i = 0; i < n; i++)
		wishes |= 1u << option_word_index(rspamd_wish_words, words[i]);
	return wishes;
}

/* Case makes no difference in the name of a field. */
static int
read_removed_names(struct policy_setup *setup, const struct section *section,
		   struct patterns *ret)
{
	struct arena *arena = policy_setup_arena(setup);
	const char *const *text;
	size_t n = section_list(section, "remove_headers", &text);
	const struct regex **re = arena_zalloc(arena, (n + 1) * sizeof(struct regex *));
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		char why[256];

		if (pattern_check_written(section, "remove_headers", i, text[i]) < 0) {
			r = -EINVAL;
			continue;
		}
		re[i] = regex_compile_with_flags(arena, text[i], REGEX_NOCASE, why,
						 sizeof(why));
		if (re[i] == NULL)
			r = section_error_item(section, "remove_headers", i,
					       "remove_headers: '%s': %s", text[i], why);
	}
	*ret = (struct patterns){re, n, 0};
	return r;
}

/* first: the first digit that its code must have. */
static int
read_rspamd_reply(struct policy_setup *setup, const struct section *section, const char *option,
		  const char *otherwise, unsigned first, struct reply *ret)
{
	const char *written = section_string(section, option);
	char why[256];

	if (reply_parse(policy_setup_arena(setup), written != NULL ? written : otherwise,
			RSPAMD_VALUES, ret, why, sizeof(why)) < 0)
		return section_error(section, option, "%s: %s", option, why);
	if (ret->code / 100 != first)
		return section_error(section, option, "%s: its code must be %uxx", option,
				     first);
	return policy_setup_template(setup, section, option, ret->text);
}

static int
read_rspamd_names(const struct section *section, struct rspamd_conf *conf)
{
	conf->settings_id = section_string(section, "settings_id");
	conf->mta_tag = section_string(section, "mta_tag");
	conf->spam_header = section_string(section, "spam_header");
	if (!field_name_is_valid(conf->spam_header))
		return section_error(section, "spam_header",
				     "spam_header: '%s' is not the name of a header field",
				     conf->spam_header);
	return 0;
}

static void
warn_unused_reply(const struct section *section, const struct rspamd_conf *conf,
		  const char *option, enum rspamd_wish wish)
{
	if (section_has(section, option) && !rspamd_applies(conf, wish))
		section_warning(section, option, "%s: is not used without '%s' in apply",
				option, rspamd_wish_words[wish]);
}

static uint32_t
find_header_actions(const struct rspamd_conf *conf)
{
	uint32_t changes = 1u << RSPAMD_WISH_ADD_HEADER | 1u << RSPAMD_WISH_REWRITE_SUBJECT |
			   1u << RSPAMD_WISH_HEADERS;
	uint32_t adds = changes | 1u << RSPAMD_WISH_DKIM, actions = 0;

	if ((conf->apply & adds) != 0)
		actions |= ACTION_ADD_HEADER;
	if ((conf->apply & changes) != 0 || conf->remove.n > 0)
		actions |= ACTION_CHANGE_HEADER;
	return actions;
}

/* The macros that rspamd is told about are all among those that MTAs send by default. */
static void
add_rspamd_needs(const struct rspamd_conf *conf, struct policy_need *need)
{
	need->reads = PART_SENDER | PART_RCPTS | PART_HEADERS | PART_BODY;
	need->message = STAGE_EOM;
	need->max_body = conf->asking.max_size == UINT64_MAX ? 0 : conf->asking.max_size;
	need->actions = find_header_actions(conf);
	if (need->actions != 0)
		need->changes |= PART_HEADERS;
	if (rspamd_applies(conf, RSPAMD_WISH_ENVELOPE)) {
		need->changes |= PART_SENDER | PART_RCPTS;
		need->actions |= ACTION_CHANGE_FROM | ACTION_ADD_RCPT | ACTION_DEL_RCPT;
	}
	if (rspamd_applies(conf, RSPAMD_WISH_QUARANTINE))
		need->actions |= ACTION_QUARANTINE;
	need->may_end = rspamd_applies(conf, RSPAMD_WISH_DISCARD);
}

int
rspamd_configure(struct policy_setup *setup, const struct section *section,
		 struct policy_need *need, const void **ret_conf)
{
	struct rspamd_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = policy_setup_asking(setup, section, &rspamd_servers, &conf->asking);

	conf->apply = read_rspamd_wishes(section);
	if (read_removed_names(setup, section, &conf->remove) < 0)
		r = -EINVAL;
	if (read_rspamd_reply(setup, section, "reply", RSPAMD_REPLY, 5, &conf->reply) < 0)
		r = -EINVAL;
	if (read_rspamd_reply(setup, section, "soft_reject_reply", RSPAMD_SOFT_REPLY, 4,
			      &conf->soft_reply) < 0)
		r = -EINVAL;
	if (read_rspamd_names(section, conf) < 0)
		r = -EINVAL;
	warn_unused_reply(section, conf, "reply", RSPAMD_WISH_REJECT);
	warn_unused_reply(section, conf, "soft_reject_reply", RSPAMD_WISH_SOFT_REJECT);
	add_rspamd_needs(conf, need);
	*ret_conf = conf;
	return r;
}
