/* rspamd: asks rspamd what is to be done with a message.
 *
 * The whole message is sent as it stands at this place in the chain, with what is known of the
 * client and the envelope. Fields that rspamd alone may set are removed afterwards, whatever
 * becomes of the question: rspamd sees those that came with the message, since it has rules
 * about them, and they may be signed. rspamd_apply.c carries out the answer. */
#include "policies/rspamd.h"

#include <syslog.h>

#include "content/header_text.h"
#include "util/str.h"

/* As enum rspamd_action has them. */
static const char *const rspamd_words[] = {"no-action",	      "greylist",    "add-header",
					   "rewrite-subject", "soft-reject", "reject",
					   "quarantine",      "discard",     NULL};
static const struct policy_results rspamd_results = {
	.words = rspamd_words, .open = true, .scored = true};

/* The question. */

/* "192.0.2.1:4711", "[2001:db8::1]:25"; NULL without an IP address. Sendmail has "IPv6:" in
 * front. */
static const char *
format_client_ip(struct policy_call *c)
{
	const struct peer *peer = policy_peer(c);
	const char *addr = peer->addr;

	if ((peer->family != '4' && peer->family != '6') || *addr == '\0')
		return NULL;
	if (str_case_starts(addr, "IPv6:"))
		addr += strlen("IPv6:");
	if (peer->port == 0)
		return addr;
	return arena_printf(policy_arena(c), peer->family == '6' ? "[%s]:%u" : "%s:%u", addr,
			    (unsigned)peer->port);
}

static const char *const *
list_recipients(struct policy_call *c, size_t *ret_n)
{
	const struct message *m = policy_message(c);
	const char **all =
		arena_alloc(policy_arena(c), (policy_rcpt_count(c) + 1) * sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		all[n++] = m->rcpts[i].addr;
	*ret_n = n;
	return all;
}

static struct rspamd_request
make_rspamd_request(struct policy_call *c)
{
	const struct rspamd_conf *conf = policy_conf(c);
	const struct sender *sender = policy_sender(c);
	struct rspamd_request r = {
		.ip = format_client_ip(c),
		.helo = policy_peer(c)->helo,
		.hostname = peer_name(policy_peer(c)),
		.from = sender != NULL ? sender->addr : NULL,
		.user = policy_macro(c, "{auth_authen}"),
		.queue_id = policy_id(c),
		.mta_name = policy_macro(c, "j"),
		.mailer = policy_macro(c, "{rcpt_mailer}"),
		.tls_version = policy_macro(c, "{tls_version}"),
		.tls_cipher = policy_macro(c, "{cipher}"),
		.tls_issuer = policy_macro(c, "{cert_issuer}"),
		.settings_id = conf->settings_id,
		.mta_tag = conf->mta_tag,
	};

	r.rcpts = list_recipients(c, &r.n_rcpts);
	return r;
}

/* Fields that came with the message. */

static void
note_sent_fields(struct policy_call *c, struct rspamd_work *work)
{
	const struct message *m = policy_message(c);
	bool *was_sent = arena_alloc(policy_arena(c), m->n_headers + 1);

	for (size_t i = 0; i < m->n_headers; i++)
		was_sent[i] = !m->headers[i].deleted;
	work->was_sent = was_sent;
	work->n_fields = m->n_headers;
}

/* TRI_YES, TRI_NO, or a negative number after policy_regex_failed(). */
static int
is_removed_name(struct policy_call *c, struct header *h)
{
	const struct rspamd_conf *conf = policy_conf(c);
	struct text_form name = header_text_of_name(policy_arena(c), h)->name;

	if (rspamd_applies(conf, RSPAMD_WISH_ADD_HEADER) &&
	    str_case_equal(h->name, conf->spam_header))
		return TRI_YES;
	for (size_t i = 0; i < conf->remove.n; i++) {
		int r = policy_match_whole(c, conf->remove.re[i], name.text, name.len);

		if (r < 0)
			(void)policy_regex_failed(c, conf->remove.re[i], r);
		if (r != 0)
			return r < 0 ? r : TRI_YES;
	}
	return TRI_NO;
}

/* The first failure, after all others were removed; 0: there is none. */
static int
remove_foreign_fields(struct policy_call *c)
{
	struct message *m = policy_message(c);
	int failure = 0;

	for (size_t i = 0; i < m->n_headers; i++) {
		int r = m->headers[i].deleted ? TRI_NO : is_removed_name(c, &m->headers[i]);

		if (r == TRI_YES)
			policy_delete_header(c, &m->headers[i]);
		else if (r < 0 && failure == 0)
			failure = r;
	}
	policy_keep_changes(c);
	return failure;
}

/* A message. */

static enum verdict
rspamd_message(struct policy_call *c)
{
	const struct rspamd_conf *conf = policy_conf(c);
	struct rspamd_work *work = policy_msg_state(c);
	bool is_too_big = policy_is_too_big(c, &conf->asking);
	const struct exchange_content *content =
		is_too_big ? NULL : policy_sent_content(c, NULL);
	struct rspamd_request request;

	note_sent_fields(c, work);
	if (remove_foreign_fields(c) < 0)
		return VERDICT_ERROR;
	if (is_too_big)
		return policy_act_too_big(c);
	request = make_rspamd_request(c);
	rspamd_check(&work->x, &request, content);
	return policy_ask(c, conf->asking.service, &work->x.base, conf->asking.max_wait_ms);
}

static void
note_rspamd_result(struct policy_call *c, const struct rspamd_exchange *x)
{
	const struct rspamd_answer *answer = &x->answer;

	policy_set_result(c, answer->action_name, NULL);
	policy_set_score(c, answer->score);
	for (size_t i = 0; i < answer->n_symbols; i++)
		policy_add_symbol(c, answer->symbols[i].name);
	if (x->n_rcpts_left_out > 0)
		policy_log(c, LOG_WARNING,
			   "rspamd was not told the last %zu of %zu recipients, since it takes "
			   "no longer request",
			   x->n_rcpts_left_out, x->request.n_rcpts);
}

static enum verdict
rspamd_answered(struct policy_call *c, enum exchange_state state)
{
	const struct rspamd_work *work = policy_msg_state(c);

	if (state == EXCHANGE_TOO_BIG)
		return policy_act_too_big(c);
	note_rspamd_result(c, &work->x);
	return rspamd_apply(c, &work->x.answer);
}

/* An answer that has nothing but this action. */
static enum verdict
apply_rspamd_result(struct policy_call *c, const char *result)
{
	int action = option_word_index(rspamd_words, result);
	struct rspamd_answer answer = {.action_name = result};

	if (remove_foreign_fields(c) < 0)
		return VERDICT_ERROR;
	if (strcmp(result, RESULT_TOO_BIG) == 0)
		return policy_act_too_big(c);
	answer.action = action < 0 ? RSPAMD_OTHER : (enum rspamd_action)action;
	return rspamd_apply(c, &answer);
}

const struct policy_ops policy_rspamd = {
	.name = "rspamd",
	.summary = "ask rspamd whether a message is spam, and do what it wants",
	.also = "spam antispam spam_filter rspamc rmilter rspamd_proxy",
	.options = rspamd_options,
	.msg_size = sizeof(struct rspamd_work),
	.results = &rspamd_results,
	.configure = rspamd_configure,
	.apply_result = apply_rspamd_result,
	.message = rspamd_message,
	.answered = rspamd_answered,
};
