/* Reads the section of the policy "identity": its rules, the people of impersonation tables,
 * and what they need of the message and of the MTA. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content/sender_name.h"
#include "match/written.h"
#include "policies/identity.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

#define IDENTITY_PLACEHOLDERS                                                                  \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) | PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) |        \
	 PLACEHOLDER_BIT(PLACEHOLDER_POLICY) | PLACEHOLDER_BIT(PLACEHOLDER_RULE) |             \
	 PLACEHOLDER_BIT(PLACEHOLDER_MATCH) | PLACEHOLDERS_FOUND)

#define X(ID, word) word,
static const char *const kind_words[] = {IDENTITY_KINDS(X) NULL};
#undef X

static const struct option_also kind_also[] = {
	{"several-senders", "several multiple-from duplicate-from two-from"},
	{"no-sender", "missing missing-from no-from"},
	{"irregular", "ambiguous broken malformed invalid syntax"},
	{"address-in-name", "email-in-name display-name name-spoof"},
	{"own-domain", "not-own ours spoof internal-domain"},
	{"login-mismatch", "login reject_sender_login_mismatch sender_login_maps"},
	{"impersonation", "impersonates vip ceo-fraud user-impersonation"},
	{"reply-to-mismatch", "reply-to replyto reply_to"},
	{"envelope-mismatch", "envelope return-path alignment"},
	{.word = NULL},
};

static const char *const identity_action_words[] = {"reject", "tempfail", "quarantine", "log",
						    "add",    "set",	  "prefix",	NULL};
static const char *const check_words[] = {"check", "skip", NULL};
static const struct option_also check_also[] = {
	{"check", "yes on include"},
	{"skip", "no off ignore allow exclude"},
	{.word = NULL},
};

static const struct option identity_rule_options[] = {
	{"kind", OPTION_WORD, .words = kind_words, .words_also = kind_also, .required = true,
	 .help = "what to look for", .also = "check type"},
	{"domain", OPTION_LIST, .help = "own-domain, reply-to-mismatch: these domains",
	 .also = "domains own_domains our_domains from_domain"},
	{"client", OPTION_LIST, .help = "own-domain: not mail of clients in these networks",
	 .also = "clients mynetworks network networks trusted"},
	{"authserv_id", OPTION_STRING,
	 .help = "own-domain: not mail that an Authentication-Results of this id verifies",
	 .also = "passed authservid trusted_id results"},
	{"list", OPTION_WORD, "check", .words = check_words, .words_also = check_also,
	 .unwritten = true, .help = "own-domain: what is done with mail of mailing lists",
	 .also = "lists mailing_list list_id"},
	{"same_domain", OPTION_WORD, "check", .words = check_words, .words_also = check_also,
	 .unwritten = true,
	 .help = "address-in-name: addresses of the mailbox's own domain are checked, too",
	 .also = "unless_same_domain"},
	{"table", OPTION_STRING,
	 .help = "login-mismatch: addresses and their logins; impersonation: names and their "
		 "addresses",
	 .also = "logins people map sender_login_maps vips"},
	{"envelope_sender", OPTION_BOOL, "no", .unwritten = true,
	 .help = "login-mismatch: the envelope sender is checked as well, at MAIL",
	 .also = "envelope sender mail_from"},
	{"action", OPTION_WORD, .words = identity_action_words,
	 .words_also = option_actions_also, .help = "what is done when the rule hits",
	 .also = "verdict do then result"},
	{"", OPTION_INCLUDE, .options = policy_action_options},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{.name = NULL},
};

const struct option identity_options[] = {
	{"reply", OPTION_STRING, .help = "reply of the rules that refuse and do not set it",
	 .also = "message reason response error"},
	{"rule", OPTION_SECTION, .options = identity_rule_options,
	 .help = "what to look for and what to do; applied in order",
	 .also = "rules check match block"},
	{.name = NULL},
};

/* The options that have a meaning for some kinds only. */
#define KIND_BIT(kind) (1u << (kind))
static const struct {
	const char *option, *kinds;
	unsigned of, needed_by;
} options_of_kinds[] = {
	{"domain", "own-domain and reply-to-mismatch",
	 KIND_BIT(IDENTITY_OWN_DOMAIN) | KIND_BIT(IDENTITY_REPLY_TO_MISMATCH),
	 KIND_BIT(IDENTITY_OWN_DOMAIN)},
	{"client", "own-domain", KIND_BIT(IDENTITY_OWN_DOMAIN), 0},
	{"authserv_id", "own-domain", KIND_BIT(IDENTITY_OWN_DOMAIN), 0},
	{"list", "own-domain", KIND_BIT(IDENTITY_OWN_DOMAIN), 0},
	{"same_domain", "address-in-name", KIND_BIT(IDENTITY_ADDRESS_IN_NAME), 0},
	{"table", "login-mismatch and impersonation",
	 KIND_BIT(IDENTITY_LOGIN_MISMATCH) | KIND_BIT(IDENTITY_IMPERSONATION),
	 KIND_BIT(IDENTITY_LOGIN_MISMATCH) | KIND_BIT(IDENTITY_IMPERSONATION)},
	{"envelope_sender", "login-mismatch", KIND_BIT(IDENTITY_LOGIN_MISMATCH), 0},
};

static int
check_kind_options(const struct section *s, enum identity_kind kind)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(options_of_kinds) / sizeof(options_of_kinds[0]); i++) {
		const char *option = options_of_kinds[i].option;

		if (section_has(s, option) && !(options_of_kinds[i].of & KIND_BIT(kind)))
			r = section_error(s, option,
					  "'%s' goes only with kind %s, this one is %s", option,
					  options_of_kinds[i].kinds, kind_words[kind]);
		if (!section_has(s, option) && options_of_kinds[i].needed_by & KIND_BIT(kind))
			r = section_error(s, "kind", "kind %s needs '%s'", kind_words[kind],
					  option);
	}
	return r;
}

/* ---- networks ---- */

static int
read_network(struct policy_setup *setup, const struct section *s, size_t item, const char *text,
	     struct cidr *ret_net, const struct table **ret_table)
{
	const char *name = table_reference(text), *why = "";

	*ret_table = NULL;
	if (name == NULL) {
		if (cidr_parse(text, ret_net, &why) < 0)
			return section_error_item(s, "client", item,
						  "client: '%s' is not a network: %s", text,
						  why);
		return 0;
	}
	*ret_table = policy_setup_table(setup, s, "client", name);
	if (*ret_table == NULL)
		return -EINVAL;
	if (table_type(*ret_table) != TABLE_CIDR)
		return section_error_item(s, "client", item,
					  "client: table \"%s\" is not of type cidr",
					  table_name(*ret_table));
	return 0;
}

static int
read_networks(struct policy_setup *setup, const struct section *s,
	      struct identity_networks *ret)
{
	const char *const *texts = NULL;
	size_t n = section_list(s, "client", &texts);
	struct cidr *net = arena_alloc(policy_setup_arena(setup), n * sizeof(*net));
	const struct table **table = arena_alloc(policy_setup_arena(setup), n * sizeof(*table));
	int r = 0;

	ret->net = net;
	ret->table = table;
	for (size_t i = 0; i < n; i++) {
		if (read_network(setup, s, i, texts[i], &net[ret->n], &table[ret->n_tables]) <
		    0) {
			r = -EINVAL;
			continue;
		}
		if (table[ret->n_tables] != NULL)
			ret->n_tables++;
		else
			ret->n++;
	}
	return r;
}

/* ---- tables ---- */

/* The people of a table, while it is read. */
struct people_reader {
	struct arena *arena;
	struct identity_person *person;
	size_t n, cap;
};

/* The text without the address at its end; NULL: there is none. */
static char *
cut_last_address(char *text)
{
	size_t len = strlen(text);
	char *begin;

	while (len > 0 && strchr(", \t", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	begin = text + len;
	while (begin > text && strchr(", \t", begin[-1]) == NULL)
		begin--;
	if (strchr(begin, '@') == NULL)
		return NULL;
	return begin;
}

/* "Jane Boss jane@example.com, jb@example.org" */
static enum entry_fault
add_person(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	struct people_reader *p = ctx;
	char *text = arena_printf(p->arena, "%s %s", key, value), *address;
	struct identity_person person = {.name = NULL};
	const char **list = arena_alloc(p->arena, (strlen(text) + 1) * sizeof(*list));
	struct buf words = {0};

	while ((address = cut_last_address(text)) != NULL) {
		if (written_target_fault(address) != NULL) {
			snprintf(why, size, "'%.100s' is not an address", address);
			return ENTRY_WRONG;
		}
		list[person.n++] = mailbox_from_path(p->arena, address);
		*address = '\0';
	}
	sender_name_append_words(text, &words);
	if (person.n == 0 || words.len == 0) {
		snprintf(why, size,
			 "'%.100s' is not a name and its addresses: \"Jane Boss\" "
			 "jane@example.com",
			 key);
		buf_free(&words);
		return ENTRY_WRONG;
	}
	person.name = buf_move_to_arena(&words, p->arena);
	person.address = list;
	p->person = arena_grow(p->arena, p->person, p->n, &p->cap, sizeof(*p->person));
	p->person[p->n++] = person;
	return ENTRY_FITS;
}

/* Two rows of one name are one person with all of their addresses. */
static void
join_people(struct people_reader *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct identity_person *last = n > 0 ? &p->person[n - 1] : NULL;
		const char **both;

		if (last == NULL || strcmp(last->name, p->person[i].name) != 0) {
			p->person[n++] = p->person[i];
			continue;
		}
		both = arena_alloc(p->arena, (last->n + p->person[i].n) * sizeof(*both));
		memcpy(both, last->address, last->n * sizeof(*both));
		memcpy(both + last->n, p->person[i].address, p->person[i].n * sizeof(*both));
		last->address = both;
		last->n += p->person[i].n;
	}
	p->n = n;
}

static int
read_people(struct arena *arena, struct identity_rule *rule)
{
	struct people_reader p = {.arena = arena};

	if (table_check_entries(rule->table, add_person, &p) < 0)
		return -EINVAL;
	if (p.n > 0)
		qsort(p.person, p.n, sizeof(*p.person), identity_compare_people);
	join_people(&p);
	rule->people = p.person;
	rule->n_people = p.n;
	return 0;
}

static enum entry_fault
check_logins(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	(void)ctx;
	if (value[strspn(value, ", \t")] != '\0')
		return ENTRY_FITS;
	snprintf(why, size, "'%.100s' has no logins", key);
	return ENTRY_WRONG;
}

static int
read_identity_table(struct policy_setup *setup, const struct section *s,
		    struct identity_rule *rule)
{
	if (!section_has(s, "table"))
		return 0;
	rule->table = policy_setup_table(setup, s, "table", section_string(s, "table"));
	if (rule->table == NULL)
		return -EINVAL;
	if (table_type(rule->table) == TABLE_CIDR || table_has_actions(rule->table) ||
	    table_has_phrases(rule->table) ||
	    (rule->kind == IDENTITY_IMPERSONATION && table_type(rule->table) == TABLE_REGEX))
		return section_error(
			s, "table", "table \"%s\" has no %s", table_name(rule->table),
			rule->kind == IDENTITY_IMPERSONATION ? "names with their addresses"
							     : "addresses with their logins");
	if (rule->kind == IDENTITY_IMPERSONATION)
		return read_people(policy_setup_arena(setup), rule);
	return table_check_keys(rule->table, KEYS_ADDRESSES) |
	       table_check_entries(rule->table, check_logins, NULL);
}

/* ---- rules ---- */

static int
read_kind_options(struct policy_setup *setup, const struct section *s,
		  struct identity_rule *rule)
{
	const char *id = section_string(s, "authserv_id");
	int r = 0;

	rule->has_domains = section_has(s, "domain");
	rule->authserv_id = id;
	rule->skips_lists = section_word(s, "list") == 1;
	rule->skips_same_domain = section_word(s, "same_domain") == 1;
	rule->checks_envelope = section_bool(s, "envelope_sender");
	if (id != NULL && (*id == '\0' || strpbrk(id, " \t;") != NULL))
		r = section_error(s, "authserv_id",
				  "authserv_id: '%s' is not an id, such as \"mx.example.org\"",
				  id);
	if (rule->has_domains &&
	    domain_list_read(policy_setup_arena(setup), s, "domain", policy_setup_tables(setup),
			     &rule->domains) < 0)
		r = -EINVAL;
	r |= read_networks(setup, s, &rule->clients);
	r |= read_identity_table(setup, s, rule);
	return r;
}

static void
add_identity_need(struct policy_need *need, const struct identity_rule *rule)
{
	const uint32_t refuses = RULE_ACTION_BIT(RULE_REJECT) | RULE_ACTION_BIT(RULE_TEMPFAIL);
	uint32_t *reads = policy_rule_enforces(rule->rule) ? &need->reads : &need->watches;

	if (rule->rule->mode == MODE_OFF)
		return;
	if (rule->kind == IDENTITY_ENVELOPE_MISMATCH || rule->checks_envelope)
		*reads |= PART_SENDER;
	if (rule->kind == IDENTITY_OWN_DOMAIN || rule->kind == IDENTITY_LOGIN_MISMATCH)
		need->macros = "i {auth_authen}";
	if (policy_rule_enforces(rule->rule)) {
		policy_action_add_need(&rule->action, need);
		if (rule->checks_envelope && refuses & RULE_ACTION_BIT(rule->action.action))
			need->answers |= STAGE_BIT(STAGE_ENVFROM);
	}
	policy_uses_add_need(policy_action_uses(&rule->action), need);
}

static int
read_identity_rule(struct policy_setup *setup, const struct section *s,
		   struct identity_rule *rule)
{
	const struct policy_action_form form = {
		.words = identity_action_words,
		.allowed = IDENTITY_PLACEHOLDERS,
		.groups = VALUE_NO_GROUPS,
		.written_reject =
			"550 5.7.1 The sender of this message is not accepted [%{id}]",
		.written_tempfail =
			"451 4.7.1 The sender of this message is not accepted for now [%{id}]",
	};
	int r;

	rule->rule = policy_setup_rule(setup, s);
	if (section_word(s, "kind") < 0)
		return -EINVAL;
	rule->kind = (enum identity_kind)section_word(s, "kind");
	r = check_kind_options(s, rule->kind);
	r |= read_kind_options(setup, s, rule);
	r |= policy_action_read(setup, s, &form, &rule->action);
	return r < 0 ? -EINVAL : 0;
}

int
identity_configure(struct policy_setup *setup, const struct section *section,
		   struct policy_need *need, const void **ret_conf)
{
	struct arena *arena = policy_setup_arena(setup);
	struct identity_conf *conf = arena_zalloc(arena, sizeof(*conf));
	const struct section *const *rules;
	int r = 0;

	conf->n = section_sections(section, "rule", &rules);
	conf->rules = arena_zalloc(arena, conf->n * sizeof(*conf->rules));
	if (conf->n == 0)
		return section_error(section, NULL, "identity %s has no rule",
				     section_title(section));
	need->reads = PART_HEADERS;
	need->message = STAGE_EOH;
	if (reply_check_shared(arena, section, "rule", IDENTITY_PLACEHOLDERS) < 0)
		r = -EINVAL;
	for (size_t i = 0; i < conf->n; i++) {
		if (read_identity_rule(setup, rules[i], &conf->rules[i]) < 0)
			r = -EINVAL;
		else
			add_identity_need(need, &conf->rules[i]);
	}
	conf->at_mail = (need->answers & STAGE_BIT(STAGE_ENVFROM)) != 0;
	if (r == 0)
		*ret_conf = conf;
	return r;
}
