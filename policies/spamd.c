/* spamd: asks spamd (SpamAssassin) for the score of a message.
 *
 * The whole message is sent as it stands at this place in the chain, below the envelope. The
 * number in the answer decides, never the text of a header field, which SpamAssassin's
 * configuration may leave out. X-Spam-* that come with the message are always removed, also
 * when spamd cannot be asked: whoever reads them behind us would believe them. */
#include "service/spamd.h"

#include <errno.h>

#include "policies/spamd.h"
#include "policy/asking.h"
#include "text/reply.h"
#include "util/arena.h"
#include "util/buf.h"

#define SPAMD_REPLY "550 5.7.1 Message looks like spam"
#define SPAMD_VALUES                                                                           \
	(PLACEHOLDER_BIT(PLACEHOLDER_ID) | PLACEHOLDER_BIT(PLACEHOLDER_SENDER) |               \
	 PLACEHOLDER_BIT(PLACEHOLDER_SENDER_DOMAIN) | PLACEHOLDER_BIT(PLACEHOLDER_CLIENT) |    \
	 PLACEHOLDER_BIT(PLACEHOLDER_AUTH_USER) | PLACEHOLDER_BIT(PLACEHOLDER_POLICY) |        \
	 PLACEHOLDERS_FOUND)
#define SCORE_UNSET INT64_MAX

static const char *const spamd_applied[] = {"headers", NULL};

static const struct option spamd_options[] = {
	POLICY_ASKING_OPTIONS("512K"),
	{"reject_score", OPTION_STRING, .help = "from this score on a message is refused",
	 .also = "reject reject_at reject_level max_score"},
	{"quarantine_score", OPTION_STRING,
	 .help = "from this score on a message is quarantined",
	 .also = "quarantine hold hold_score"},
	{"spam_score", OPTION_STRING,
	 .help = "from this score on the result is spam; default: the server's own threshold",
	 .also = "tag_score required_score required_hits threshold score min_score"},
	{"apply", OPTION_LIST, .words = spamd_applied,
	 .help = "headers: X-Spam-* and the Subject become those of SpamAssassin",
	 .also = "headers add_headers may add_header rewrite_header"},
	{"user", OPTION_STRING, .help = "the user whose preferences SpamAssassin takes",
	 .also = "username default_user recipient"},
	{"reply", OPTION_STRING, .help = "reply to a message that is refused",
	 .also = "message reason reject_reply"},
	{NULL},
};

struct spamd_conf {
	struct policy_asking asking;
	/* Hundredths of a point, or SCORE_UNSET. */
	int64_t reject_score, quarantine_score, spam_score;
	bool applies_headers;
	const struct template *user; /* NULL: none */
	struct reply reply;
};

static const char *const spamd_words[] = {"ham", "spam", NULL};
static const struct policy_results spamd_results = {.words = spamd_words, .scored = true};

static struct exchange *
make_spamd_ping(void *memory)
{
	struct spamd_exchange *x = memory;

	spamd_ping(x);
	return &x->base;
}

static const struct service_kind spamd_servers = {
	.name = "spamd",
	.max_connections = 5, /* max-children of spamd */
	.ping_size = sizeof(struct spamd_exchange),
	.ping = make_spamd_ping,
};

/* Reading the section. */

static int
read_score(const struct section *s, const char *option, int64_t *ret)
{
	const char *text = section_string(s, option);

	*ret = SCORE_UNSET;
	if (text == NULL || policy_parse_score(text, ret) == 0)
		return 0;
	return section_error(s, option,
			     "%s: '%s' is not a score, such as \"5\" or \"7.5\", with at most "
			     "two decimal places",
			     option, text);
}

static bool
is_over(int64_t score, int64_t limit)
{
	return score != SCORE_UNSET && limit != SCORE_UNSET && score > limit;
}

static int
check_score_order(const struct section *s, const struct spamd_conf *conf)
{
	int r = 0;

	if (conf->reject_score != SCORE_UNSET && conf->quarantine_score != SCORE_UNSET &&
	    conf->quarantine_score >= conf->reject_score)
		r = section_error(s, "quarantine_score",
				  "quarantine_score: must be less than reject_score");
	if (is_over(conf->spam_score, conf->quarantine_score))
		return section_error(s, "spam_score",
				     "spam_score: must not be greater than quarantine_score");
	if (is_over(conf->spam_score, conf->reject_score))
		return section_error(s, "spam_score",
				     "spam_score: must not be greater than reject_score");
	return r;
}

static int
read_score_limits(const struct section *s, struct spamd_conf *conf)
{
	int r = read_score(s, "reject_score", &conf->reject_score);

	r |= read_score(s, "quarantine_score", &conf->quarantine_score);
	r |= read_score(s, "spam_score", &conf->spam_score);
	return r < 0 ? -EINVAL : check_score_order(s, conf);
}

static int
read_spamd_user(struct policy_setup *setup, const struct section *s,
		const struct template **ret)
{
	const char *text = section_string(s, "user");
	struct template *user;
	char why[256];

	if (text == NULL)
		return 0;
	if (template_compile(policy_setup_arena(setup), text,
			     PLACEHOLDER_BIT(PLACEHOLDER_RECIPIENT), &user, why,
			     sizeof(why)) < 0)
		return section_error(s, "user", "user: %s", why);
	*ret = user;
	return 0;
}

static int
read_spamd_reply(struct policy_setup *setup, const struct section *s, struct spamd_conf *conf)
{
	const char *written = section_string(s, "reply");
	char why[256];

	if (reply_parse(policy_setup_arena(setup), written != NULL ? written : SPAMD_REPLY,
			SPAMD_VALUES, &conf->reply, why, sizeof(why)) < 0)
		return section_error(s, "reply", "reply: %s", why);
	if (conf->reply.code < 500)
		return section_error(s, "reply",
				     "reply: must be 5xx, for messages that are "
				     "refused");
	if (written != NULL && conf->reject_score == SCORE_UNSET)
		section_warning(s, "reply", "reply: is not used without reject_score");
	return policy_setup_template(setup, s, "reply", conf->reply.text);
}

static void
add_spamd_needs(const struct spamd_conf *conf, struct policy_need *need)
{
	need->reads = PART_SENDER | PART_RCPTS | PART_HEADERS | PART_BODY;
	need->message = STAGE_EOM;
	need->max_body = conf->asking.max_size == UINT64_MAX ? 0 : conf->asking.max_size;
	need->changes = PART_HEADERS;
	need->actions = ACTION_CHANGE_HEADER;
	if (conf->applies_headers)
		need->actions |= ACTION_ADD_HEADER;
	if (conf->quarantine_score != SCORE_UNSET)
		need->actions |= ACTION_QUARANTINE;
}

static int
spamd_configure(struct policy_setup *setup, const struct section *section,
		struct policy_need *need, const void **ret_conf)
{
	struct spamd_conf *conf = arena_zalloc(policy_setup_arena(setup), sizeof(*conf));
	int r = policy_setup_asking(setup, section, &spamd_servers, &conf->asking);
	const char *const *words;

	r |= read_score_limits(section, conf);
	r |= read_spamd_user(setup, section, &conf->user);
	r |= read_spamd_reply(setup, section, conf);
	conf->applies_headers = section_list(section, "apply", &words) > 0;
	add_spamd_needs(conf, need);
	*ret_conf = conf;
	return r < 0 ? -EINVAL : 0;
}

/* A message. */

/* The mailbox, if there is one recipient; else NULL. */
static const char *
find_only_rcpt(struct policy_call *c)
{
	size_t first = policy_next_rcpt(c, 0);

	if (first == RCPT_NONE || policy_next_rcpt(c, first + 1) != RCPT_NONE)
		return NULL;
	return policy_message(c)->rcpts[first].mailbox;
}

/* NULL: none is named. Several recipients have no preferences in common. */
static const char *
make_spamd_user(struct policy_call *c, const struct template *user)
{
	struct placeholder_values values = {.ctx = NULL};
	struct buf b = {0};

	if (user == NULL)
		return NULL;
	if (template_uses(user) & PLACEHOLDER_BIT(PLACEHOLDER_RECIPIENT)) {
		values.value[PLACEHOLDER_RECIPIENT] = find_only_rcpt(c);
		if (values.value[PLACEHOLDER_RECIPIENT] == NULL)
			return NULL;
	}
	template_expand(user, &values, false, &b);
	return buf_move_to_arena(&b, policy_arena(c));
}

/* What is sent is never empty, which spamd would not answer: it has a Received line. */
static enum verdict
spamd_message(struct policy_call *c)
{
	const struct spamd_conf *conf = policy_conf(c);
	struct spamd_exchange *x = policy_msg_state(c);
	const struct exchange_content *content;
	const char *user;

	delete_spam_fields(c);
	policy_keep_changes(c);
	if (policy_is_too_big(c, &conf->asking))
		return policy_act_too_big(c);
	content = policy_sent_content(c, make_spamd_envelope(c));
	user = make_spamd_user(c, conf->user);
	(conf->applies_headers ? spamd_headers : spamd_symbols)(x, content, user);
	return policy_ask(c, conf->asking.service, &x->base, conf->asking.max_wait_ms);
}

static const char *
format_spam_reason(struct policy_call *c, int64_t score)
{
	struct buf b = {0};

	buf_puts(&b, "spam score ");
	policy_append_score(&b, score);
	return buf_move_to_arena(&b, policy_arena(c));
}

static enum verdict
act_on_score(struct policy_call *c, int64_t score)
{
	const struct spamd_conf *conf = policy_conf(c);
	const struct placeholder_values values = {.ctx = NULL};

	if (conf->reject_score != SCORE_UNSET && score >= conf->reject_score)
		return policy_refuse(c, &conf->reply, &values);
	if (conf->quarantine_score != SCORE_UNSET && score >= conf->quarantine_score)
		policy_quarantine(c, format_spam_reason(c, score));
	return VERDICT_CONTINUE;
}

static enum verdict
spamd_answered(struct policy_call *c, enum exchange_state answer)
{
	const struct spamd_conf *conf = policy_conf(c);
	const struct spamd_exchange *x = policy_msg_state(c);
	bool is_spam =
		conf->spam_score == SCORE_UNSET ? x->is_spam : x->score >= conf->spam_score;

	if (answer == EXCHANGE_TOO_BIG)
		return policy_act_too_big(c);
	policy_set_result(c, is_spam ? "spam" : "ham", NULL);
	policy_set_score(c, x->score);
	add_spamd_symbols(c, x);
	if (conf->applies_headers)
		take_spamd_fields(c, x);
	return act_on_score(c, x->score);
}

/* ham and spam come to nothing by themselves: the score decides. */
static enum verdict
spamd_apply_result(struct policy_call *c, const char *result)
{
	return strcmp(result, RESULT_TOO_BIG) == 0 ? policy_act_too_big(c) : VERDICT_CONTINUE;
}

const struct policy_ops policy_spamd = {
	.name = "spamd",
	.summary = "ask spamd (SpamAssassin) for the spam score of a message",
	.also = "spamassassin sa spamc spamass_milter spamass-milter",
	.options = spamd_options,
	.msg_size = sizeof(struct spamd_exchange),
	.results = &spamd_results,
	.configure = spamd_configure,
	.message = spamd_message,
	.answered = spamd_answered,
	.apply_result = spamd_apply_result,
};
