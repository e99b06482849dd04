/* Rewrites recipients by the maps of the policy "recipient", and refuses those whose map says
 * so. Input: the recipients that are MARK_NEW; output: their results in the message, and their
 * marks. */
#include "policies/recipient.h"
#include "policy/rcpt_edit.h"
#include "util/counts.h"

/* The recipient becomes the results, in the message. */
static void
put_results(struct policy_call *c, size_t index, const struct address_expansion *expansion)
{
	const struct rcpt sent = policy_message(c)->rcpts[index]; /* the array may move */
	struct buf args = {0};
	bool stays = false;

	policy_append_dsn_args(&sent, &args);
	for (const struct address_step *s = expansion->first; s != NULL; s = s->next) {
		if (s->rewriter != NULL)
			continue;
		if (policy_rcpt_is(&sent, s->mailbox))
			stays = true;
		else
			add_marked_rcpt(c, MARK_ADDED, index, s->mailbox, &args);
	}
	if (!stays)
		policy_delete_rcpt(c, index);
	buf_free(&args);
}

/* Rewrites the recipient of that index. */
static enum verdict
rewrite_rcpt(struct policy_call *c, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct address_expansion expansion = {.call = c, .conf = conf, .index = index};
	const struct rcpt sent = policy_message(c)->rcpts[index];

	if (expand_address(&expansion, &sent) < 0)
		return expansion.waits ? wait_for_conditions(c) : expansion.verdict;
	set_rcpt_mark(c, index,
		      expansion.n_results == 0		  ? MARK_REMOVED
		      : expansion.first->rewriter != NULL ? MARK_CHANGED
							  : MARK_STAYS);
	for (const struct address_step *s = expansion.first; s != NULL; s = s->next)
		if (s->rewriter != NULL)
			note_map(c, conf->map_rules[s->rewriter - conf->maps], s->rewriter,
				 s->mailbox, &sent);
	put_results(c, index, &expansion);
	return VERDICT_CONTINUE;
}

enum verdict
rewrite_new_rcpts(struct policy_call *c, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);
	enum verdict v = VERDICT_CONTINUE;

	if (conf->n_maps == 0)
		return v;
	for (size_t i = index;
	     v == VERDICT_CONTINUE && (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (get_rcpt_mark(c, i) == MARK_NEW)
			v = rewrite_rcpt(c, i);
	return v;
}

/* The mailboxes of all recipients that this policy did not add. */
static void
count_other_rcpts(struct policy_call *c, struct counts *mailboxes)
{
	const struct message *m = policy_message(c);

	counts_init(mailboxes, policy_arena(c), 2 * m->n_rcpts, true);
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++) {
		const struct rcpt *r = &m->rcpts[i];

		if (get_rcpt_mark(c, i) == MARK_ADDED)
			continue;
		counts_add(mailboxes, r->mailbox);
		if (r->other != NULL)
			counts_add(mailboxes, r->other);
	}
}

void
delete_doubled_results(struct policy_call *c)
{
	const struct message *m = policy_message(c);
	struct counts mailboxes;

	if (!has_mark(c, MARK_ADDED))
		return;
	count_other_rcpts(c, &mailboxes);
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (get_rcpt_mark(c, i) == MARK_ADDED &&
		    counts_add(&mailboxes, m->rcpts[i].mailbox) > 1)
			policy_delete_rcpt(c, i);
}

/* What the recipients would become if this map with mode monitor were one that enforces. */
static enum verdict
try_map(struct policy_call *c, size_t map, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct address_expansion expansion = {
		.call = c, .conf = conf, .index = index, .tried = &conf->maps[map]};
	const struct rcpt sent = policy_message(c)->rcpts[index];
	const struct address_step *s;

	if (expand_address(&expansion, &sent) < 0)
		return expansion.verdict;
	for (s = expansion.first; s != NULL && s->rewriter != expansion.tried; s = s->next)
		;
	if (s == NULL)
		return VERDICT_CONTINUE;
	note_map(c, conf->map_rules[map], expansion.tried, s->mailbox, &sent);
	put_results(c, index, &expansion);
	return VERDICT_CONTINUE;
}

static void
watch_map_on(struct policy_call *c, size_t map, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);

	policy_begin_rule(c, conf->map_rules[map]);
	(void)policy_end_rule(c, conf->map_rules[map], try_map(c, map, index));
}

static bool
watches_refusal(const struct recipient_conf *conf, size_t map)
{
	return conf->map_replies[map] != NULL && policy_rule_monitors(conf->map_rules[map]);
}

/* By map: was it tried on this recipient at RCPT? */
static bool *
get_watched_maps(struct policy_call *c, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct recipient_note *note = recipient_note(c, index);

	if (note->watched == NULL)
		note->watched =
			arena_zalloc(policy_arena(c), conf->n_maps * sizeof(*note->watched));
	return note->watched;
}

/* An enum tri, or a negative number. */
static int
watch_map_if_applies(struct policy_call *c, size_t map, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);
	int r = policy_rule_applies(c, conf->map_rules[map], index);

	if (r == TRI_YES)
		watch_map_on(c, map, index);
	return r;
}

enum verdict
watch_map(struct policy_call *c, size_t map)
{
	const struct recipient_conf *conf = policy_conf(c);
	size_t n = policy_message(c)->n_rcpts;

	for (size_t i = 0; i < n; i++) {
		if (!is_former_mark(get_rcpt_mark(c, i)) ||
		    (watches_refusal(conf, map) && get_watched_maps(c, i)[map]))
			continue;
		if (watch_map_if_applies(c, map, i) < 0)
			return VERDICT_ERROR;
	}
	return VERDICT_CONTINUE;
}

static enum verdict
watch_refusals_of(struct policy_call *c, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);

	for (size_t i = 0; i < conf->n_maps; i++) {
		int r = watches_refusal(conf, i) ? watch_map_if_applies(c, i, index) : TRI_NO;

		if (r < 0)
			return VERDICT_ERROR;
		if (watches_refusal(conf, i))
			get_watched_maps(c, index)[i] = r != TRI_UNKNOWN;
	}
	return VERDICT_CONTINUE;
}

enum verdict
watch_refusals(struct policy_call *c, size_t index)
{
	const struct recipient_conf *conf = policy_conf(c);
	size_t n = policy_message(c)->n_rcpts;
	enum verdict v = VERDICT_CONTINUE;

	if (!conf->watches_refusals)
		return v;
	for (size_t i = index; i < n && v == VERDICT_CONTINUE; i++)
		if (is_former_mark(get_rcpt_mark(c, i)))
			v = watch_refusals_of(c, i);
	return v;
}
