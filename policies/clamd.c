/* clamd: asks clamd whether a message has a virus.
 *
 * The whole message is sent as it stands at this place in the chain. Only an answer of clamd
 * about all of it makes it clean: one that was too large, that reached a limit of clamd, or
 * that could not be decrypted has a result of its own, and an option on_EVENT. Rules by the
 * name that clamd gives come before these options. */
#include "service/clamd.h"

#include <errno.h>
#include <string.h>

#include "content/field.h"
#include "match/patterns.h"
#include "policy/asking.h"

#define CLAMD_REPLY "554 5.7.1 Message refused: %{virus}"
#define CLAMD_VALUES                                                                           \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) | PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) |    \
	 PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |        \
	 PLACEHOLDER_BIT(PLACEHOLDER_VIRUS) | PLACEHOLDERS_FOUND)

static const char *const clamd_action_words[] = {ON_EVENT_WORDS "pass", NULL};
#define CLAMD_ACTION_PASS ((int)ON_EVENT_N)

static const struct option_also clamd_action_also[] = {
	{"pass", "ignore skip clean ok allow whitelist none"},
	{"reject", "deny block refuse"},
	{"tempfail", "defer soft_reject"},
	{"discard", "drop"},
	{"quarantine", "hold isolate"},
	{NULL, NULL},
};

static const struct option clamd_rule_options[] = {
	{"match", OPTION_REGEXES, .required = true,
	 .help = "patterns for the name that clamd gives", .also = "name virus regex pattern"},
	{"action", OPTION_WORD, .required = true, .words = clamd_action_words,
	 .words_also = clamd_action_also,
	 .help = "what is done with the message; pass: the name counts as clean",
	 .also = "verdict do"},
	{"", OPTION_INCLUDE, .options = policy_rule_options},
	{NULL},
};

static const struct option clamd_options[] = {
	POLICY_ASKING_OPTIONS("25M"),
	{"on_infected", OPTION_WORD, "reject", .words = on_event_words,
	 .words_also = option_actions_also, .help = "what is done with an infected message",
	 .also = "infected action OnInfected virus_action on_virus"},
	{"on_scan_limit", OPTION_WORD, .words = on_event_words,
	 .words_also = option_actions_also,
	 .help = "what is done when clamd did not scan all; default: as on_too_big",
	 .also = "limits on_limits"},
	{"on_encrypted", OPTION_WORD, "continue", .words = on_event_words,
	 .words_also = option_actions_also, .help = "what is done with an encrypted message",
	 .also = "encrypted"},
	{"rule", OPTION_SECTION, .options = clamd_rule_options,
	 .help = "what is done for some names; the first rule that matches decides",
	 .also = "ignore whitelist allow names"},
	{"result_header", OPTION_STRING, .help = "header field that says the result",
	 .also = "header add_header AddHeader"},
	{"reply", OPTION_STRING, .help = "reply to a message that is refused",
	 .also = "message reason RejectMsg"},
	{NULL},
};

struct clamd_rule {
	const struct policy_rule *rule;
	struct patterns match;
	int action; /* enum on_event, or CLAMD_ACTION_PASS */
};

struct clamd_conf {
	struct policy_asking asking;
	const char *result_header; /* NULL: none */
	struct reply reply;
	const struct clamd_rule *rules;
	size_t n_rules;
};

static const char *const clamd_words[] = {"clean", "infected", "scan-limit", "encrypted", NULL};
static const struct policy_results clamd_results = {.words = clamd_words};

static struct exchange *
make_clamd_ping(void *memory)
{
	struct clamd_exchange *x = memory;

	clamd_ping(x);
	return &x->base;
}

static struct exchange *
make_clamd_version(void *memory)
{
	struct clamd_exchange *x = memory;

	clamd_version(x);
	return &x->base;
}

static const char *
get_clamd_version(const struct exchange *x)
{
	return ((const struct clamd_exchange *)x)->version;
}

static const struct service_kind clamd_servers = {
	.name = "clamd",
	.max_connections = 10, /* MaxThreads of Debian is 12 */
	.ping_size = sizeof(struct clamd_exchange),
	.ping = make_clamd_ping,
	.version = make_clamd_version,
	.version_text = get_clamd_version,
};

/* Reading the section. */

static int
read_clamd_rule(struct policy_setup *setup, const struct section *s, struct clamd_rule *ret)
{
	ret->rule = policy_setup_rule(setup, s);
	ret->action = section_word(s, "action");
	return patterns_read(policy_setup_arena(setup), s, "match", false, &ret->match);
}

static int
read_clamd_rules(struct policy_setup *setup, const struct section *section,
		 struct clamd_conf *conf)
{
	const struct section *const *list;
	size_t n = section_sections(section, "rule", &list);
	struct clamd_rule *rules =
		arena_zalloc(policy_setup_arena(setup), (n + 1) * sizeof(*rules));
	int r = 0;

	for (size_t i = 0; i < n; i++)
		if (read_clamd_rule(setup, list[i], &rules[i]) < 0)
			r = -EINVAL;
	conf->rules = rules;
	conf->n_rules = n;
	return r;
}

static int
read_clamd_reply(struct policy_setup *setup, const struct section *section, struct reply *ret)
{
	const char *written = section_string(section, "reply");
	char why[256];

	written = written != NULL ? written : CLAMD_REPLY;
	if (reply_parse(policy_setup_arena(setup), written, CLAMD_VALUES, ret, why,
			sizeof(why)) < 0)
		return section_error(section, "reply", "reply: %s", why);
	return policy_setup_template(setup, section, "reply", ret->text);
}

static void
add_clamd_needs(const struct clamd_conf *conf, struct policy_need *need)
{
	need->reads = PART_HEADERS | PART_BODY;
	need->message = STAGE_EOM;
	need->max_body = conf->asking.max_size == UINT64_MAX ? 0 : conf->asking.max_size;
	if (conf->result_header != NULL) {
		need->changes = PART_HEADERS;
		need->actions = ACTION_ADD_HEADER | ACTION_CHANGE_HEADER;
	}
	for (size_t i = 0; i < conf->n_rules; i++)
		if (conf->rules[i].action == (int)ON_EVENT_ACCEPT ||
		    conf->rules[i].action == (int)ON_EVENT_DISCARD)
			need->may_end = true;
		else if (conf->rules[i].action == (int)ON_EVENT_QUARANTINE)
			need->actions |= ACTION_QUARANTINE;
}

static int
clamd_configure(struct policy_setup *setup, const struct section *section,
		struct policy_need *need, const void **ret_conf)
{
	struct clamd_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = policy_setup_asking(setup, section, &clamd_servers, &conf->asking);

	r |= read_clamd_rules(setup, section, conf);
	r |= read_clamd_reply(setup, section, &conf->reply);
	conf->result_header = section_string(section, "result_header");
	if (conf->result_header != NULL && !field_name_is_valid(conf->result_header))
		r = section_error(section, "result_header",
				  "result_header: '%s' is not the name of a header field",
				  conf->result_header);
	add_clamd_needs(conf, need);
	*ret_conf = conf;
	return r < 0 ? -EINVAL : 0;
}

/* A message. */

struct clamd_finding {
	const char *result; /* one of clamd_words, or too-big */
	const char *virus;  /* "" when clamd gave no name */
};

static void
write_result_header(struct policy_call *c, const struct clamd_finding *f)
{
	const struct clamd_conf *conf = policy_conf(c);
	const char *value = f->result;

	if (conf->result_header == NULL)
		return;
	if (*f->virus != '\0' && strcmp(f->result, "clean") != 0)
		value = arena_printf(policy_arena(c), "%s (%s)", f->result, f->virus);
	policy_add_header(c, conf->result_header, value);
}

static void
set_clamd_result(struct policy_call *c, const struct clamd_finding *f)
{
	policy_set_result(c, f->result, *f->virus != '\0' ? f->virus : NULL);
}

static enum verdict
act_for_clamd_rule(struct policy_call *c, const struct clamd_rule *rule,
		   struct clamd_finding *f)
{
	const struct clamd_conf *conf = policy_conf(c);
	struct placeholder_values values = {.value[PLACEHOLDER_VIRUS] = f->virus};

	if (rule->action != CLAMD_ACTION_PASS)
		return policy_act(c, (enum on_event)rule->action, &conf->reply, &values,
				  f->virus);
	if (policy_rule_enforces(rule->rule)) {
		f->result = "clean";
		set_clamd_result(c, f);
	}
	return VERDICT_CONTINUE;
}

/* Whether the rule decides; a rule that only monitors does not. */
static bool
try_clamd_rule(struct policy_call *c, const struct clamd_rule *rule, struct clamd_finding *f,
	       enum verdict *ret)
{
	int r = policy_rule_applies(c, rule->rule, SIZE_MAX);

	for (size_t i = 0; r == TRI_YES && i < rule->match.n; i++) {
		const struct regex *re = rule->match.re[i];
		int hit = policy_match_whole(c, re, f->virus, strlen(f->virus));

		if (hit < 0) {
			*ret = policy_regex_failed(c, re, hit);
			return true;
		}
		if (hit == 0)
			continue;
		policy_note_rule(c, rule->rule, NULL, f->virus);
		policy_begin_rule(c, rule->rule);
		*ret = policy_end_rule(c, rule->rule, act_for_clamd_rule(c, rule, f));
		return policy_rule_enforces(rule->rule);
	}
	*ret = VERDICT_ERROR;
	return r < 0;
}

static bool
apply_clamd_rules(struct policy_call *c, struct clamd_finding *f, enum verdict *ret)
{
	const struct clamd_conf *conf = policy_conf(c);

	if (*f->virus == '\0')
		return false;
	for (size_t i = 0; i < conf->n_rules; i++)
		if (try_clamd_rule(c, &conf->rules[i], f, ret))
			return true;
	return false;
}

static const char *
find_clamd_option(const char *result)
{
	static const struct {
		const char *result, *option;
	} rows[] = {{"infected", "on_infected"},
		    {"encrypted", "on_encrypted"},
		    {"scan-limit", "on_scan_limit"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].result, result) == 0)
			return rows[i].option;
	return "on_too_big";
}

/* A limit of clamd counts as one of ours, unless its own option is written. The reply is about
 * what clamd has found: without a name there is a plain one. */
static enum verdict
act_on_clamd_result(struct policy_call *c, const struct clamd_finding *f)
{
	const struct clamd_conf *conf = policy_conf(c);
	struct placeholder_values values = {.value[PLACEHOLDER_VIRUS] = f->virus};
	int event = policy_on_event(c, find_clamd_option(f->result));

	if (event == ON_EVENT_UNSET)
		event = policy_on_event(c, "on_too_big");
	if (event < 0)
		return VERDICT_ERROR;
	if (*f->virus == '\0')
		return policy_act(c, (enum on_event)event, NULL, NULL,
				  "too large to be scanned");
	return policy_act(c, (enum on_event)event, &conf->reply, &values, f->virus);
}

static enum verdict
take_clamd_result(struct policy_call *c, const char *result, const char *virus)
{
	struct clamd_finding f = {.result = result, .virus = virus};
	enum verdict v = VERDICT_CONTINUE;

	set_clamd_result(c, &f);
	if (!apply_clamd_rules(c, &f, &v))
		v = strcmp(f.result, "clean") == 0 ? VERDICT_CONTINUE
						   : act_on_clamd_result(c, &f);
	write_result_header(c, &f);
	return v;
}

static enum verdict
clamd_message(struct policy_call *c)
{
	const struct clamd_conf *conf = policy_conf(c);
	struct clamd_exchange *x = policy_msg_state(c);

	if (conf->result_header != NULL)
		policy_delete_headers(c, conf->result_header);
	policy_keep_changes(c);
	if (policy_is_too_big(c, &conf->asking))
		return take_clamd_result(c, RESULT_TOO_BIG, "");
	clamd_scan(x, policy_sent_content(c, NULL));
	return policy_ask(c, conf->asking.service, &x->base, conf->asking.max_wait_ms);
}

static enum verdict
clamd_answered(struct policy_call *c, enum exchange_state answer)
{
	const struct clamd_exchange *x = policy_msg_state(c);

	if (answer == EXCHANGE_TOO_BIG)
		return take_clamd_result(c, RESULT_TOO_BIG, "");
	return take_clamd_result(c, clamd_words[x->result], x->virus);
}

static enum verdict
clamd_apply_result(struct policy_call *c, const char *result)
{
	return take_clamd_result(c, result, "");
}

const struct policy_ops policy_clamd = {
	.name = "clamd",
	.summary = "ask clamd whether a message has a virus",
	.also = "clamav antivirus virus virus_scan clamav_milter av",
	.options = clamd_options,
	.msg_size = sizeof(struct clamd_exchange),
	.results = &clamd_results,
	.configure = clamd_configure,
	.message = clamd_message,
	.answered = clamd_answered,
	.apply_result = clamd_apply_result,
};
