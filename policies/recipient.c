/* recipient: rewrites envelope recipients by maps, adds blind copies, and rewrites the envelope
 * sender. What can be done at MAIL and RCPT is done there, so that policies behind this one see
 * the results early; recipient_data(), which message() calls again, does the rest. So each
 * recipient has a mark (struct recipient_note): was it rewritten already?
 *
 * An example, with repeat = yes:
 *
 *	map "team" { match = '^team@'  to = {"ann@example.com", "bob@old.example"} }
 *	map "old"  { domain = {"old.example"}  to = {"@new.example"} }
 *
 *	RCPT <team@example.com>  "team" gives ann@example.com and bob@old.example; in the second
 *				 round "old" makes bob@new.example of the latter. So one
 *				 recipient is deleted, and two are added.
 *
 * A map whose conditions are not known yet at RCPT, but whose pattern matches, leaves the
 *recipient to DATA or message(). With when = {"bulk"} in "old", a condition about a header:
 *
 *	RCPT <ann@old.example>	 nothing; policies behind that read recipients wait, too
 *	RCPT <eve@example.com>	 no map matches: it stays, and policies behind may look at it
 *	end of headers		 "bulk" is known; ann is rewritten, or not
 *
 * A map with mode = "monitor" delays nothing: it is tried in message(), on each recipient as it
 *was before this policy, as if it enforced beside the maps that do. */
#include <string.h>

#include "policies/recipient.h"
#include "policy/rcpt_edit.h"
#include "util/counts.h"
#include "util/mailbox.h"

enum recipient_mark {
	MARK_NEW,     /* the maps have not been applied to it */
	MARK_STAYS,   /* no map is for it */
	MARK_CHANGED, /* it was rewritten: it was deleted, or results were added beside it */
	MARK_REMOVED, /* it was rewritten to no result at all */
	MARK_ADDED,   /* this policy added it */
};

struct recipient_state { /* of one message */
	bool sender_done;
	struct sender former; /* the sender before it was rewritten; addr NULL: there is none */
	bool waits;	      /* the callback at work leaves something to a later one */
	/* By index of the recipient. When a recipient is refused, the next one gets its index;
	 * addr then differs, and the note does not count. */
	struct recipient_note {
		const char *addr; /* of the recipient; compared as a pointer */
		enum recipient_mark mark;
	} * notes;
	size_t n_notes, cap_notes;
};

static void
set_rcpt_mark(struct policy_call *c, size_t index, enum recipient_mark mark)
{
	struct recipient_state *state = policy_msg_state(c);

	if (index >= state->cap_notes) {
		size_t cap = index < 8 ? 16 : index * 2;
		struct recipient_note *notes =
			arena_zalloc(policy_arena(c), cap * sizeof(*notes));

		if (state->n_notes > 0)
			memcpy(notes, state->notes, state->n_notes * sizeof(*notes));
		state->notes = notes;
		state->cap_notes = cap;
	}
	if (state->n_notes <= index)
		state->n_notes = index + 1;
	state->notes[index] = (struct recipient_note){
		.addr = policy_message(c)->rcpts[index].addr, .mark = mark};
}

static enum recipient_mark
get_rcpt_mark(struct policy_call *c, size_t index)
{
	const struct recipient_state *state = policy_msg_state(c);

	if (index >= state->n_notes ||
	    state->notes[index].addr != policy_message(c)->rcpts[index].addr)
		return MARK_NEW;
	return state->notes[index].mark;
}

/* Does any recipient, removed ones included, have this mark? */
static bool
has_mark(struct policy_call *c, enum recipient_mark mark)
{
	const struct message *m = policy_message(c);

	for (size_t i = 0; i < m->n_rcpts; i++)
		if (get_rcpt_mark(c, i) == mark)
			return true;
	return false;
}

/* from: the index of the recipient that it is a result of, or RCPT_NONE. */
static void
add_marked_rcpt(struct policy_call *c, size_t from, const char *mailbox, const struct buf *args)
{
	size_t index = policy_message(c)->n_rcpts;
	const char *path = policy_make_path(policy_arena(c), mailbox);

	if (from == RCPT_NONE)
		policy_add_rcpt(c, path, (char *)args->data, args->len);
	else
		policy_add_result(c, from, path, (char *)args->data, args->len);
	set_rcpt_mark(c, index, MARK_ADDED);
}

/* A map rewrote `mailbox`: the sender, or the recipient `rcpt` or what other maps made of it.
 */
static void
note_map(struct policy_call *c, const struct policy_rule *rule, const struct mapping *map,
	 const char *mailbox, const struct rcpt *rcpt)
{
	policy_note_rule(c, rule, map->table != NULL ? table_name(map->table) : NULL, mailbox);
	policy_trace_place(
		c, &(struct hit_place){.kind = rcpt != NULL ? HIT_RECIPIENT : HIT_SENDER,
				       .name = rcpt != NULL ? rcpt->mailbox : mailbox});
}

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
			add_marked_rcpt(c, index, s->mailbox, &args);
	}
	if (!stays)
		policy_delete_rcpt(c, index);
	buf_free(&args);
}

/* The rest is for message(). */
static enum verdict
wait_for_conditions(struct policy_call *c)
{
	struct recipient_state *state = policy_msg_state(c);

	state->waits = true;
	policy_defer_work(c);
	return VERDICT_CONTINUE;
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

/* Rewrites all recipients from that index on that are MARK_NEW. */
static enum verdict
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

/* A result that is a recipient already, or is another one's result too, is taken back: the
 * policies behind see each mailbox once, as the MTA will. */
static void
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

static void
add_bcc_rcpts(struct policy_call *c)
{
	static const char never[] = "NOTIFY=NEVER";
	const struct recipient_conf *conf = policy_conf(c);
	struct buf args = {0};

	buf_append(&args, never, sizeof(never));
	for (size_t i = 0; i < conf->n_bcc; i++)
		if (!policy_has_rcpt(c, conf->bcc[i]))
			add_marked_rcpt(c, RCPT_NONE, conf->bcc[i], &args);
	buf_free(&args);
}

static enum verdict
change_sender_to(struct policy_call *c, const struct mapping *map, const char *mailbox)
{
	const struct sender *s = policy_sender(c);

	if (strcmp(mailbox, "<>") == 0)
		mailbox = "";
	else if (!mapping_result_is_address(map, mailbox))
		return policy_fail(
			c, "sender_map '%s' turns %s into '%s', which is not an address",
			map->title, s->mailbox, mailbox);
	mailbox = mailbox_from_path(policy_arena(c), mailbox);
	if (!str_case_equal(mailbox, s->mailbox))
		policy_change_sender(c, policy_make_path(policy_arena(c), mailbox), s->args,
				     s->args_len);
	return VERDICT_CONTINUE;
}

/* Whether the map is for the sender: 1 and *ret, 0, or a negative number after policy_fail().
 */
static int
apply_sender_map(struct policy_call *c, const struct mapping *map, const struct sender *s,
		 struct mapping_results *ret)
{
	struct match_context match = policy_match_context(c);
	const char *why = "";
	int r = apply_map_to_either(&match, map, policy_conf(c), s->mailbox, s->other, ret,
				    &why);

	if (r < 0)
		(void)policy_fail(c, "%s", why);
	return r;
}

/* Applies the first map that is for the sender. tried: the index of a map with mode monitor
 * that is applied, too, and alone changes something; or n_senders. */
static enum verdict
map_sender(struct policy_call *c, const struct sender *s, size_t tried)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct mapping_results results;

	for (size_t i = 0; i < conf->n_senders; i++) {
		const struct policy_rule *rule = conf->sender_rules[i];
		int applies = policy_rule_monitors(rule)
				      ? (i == tried ? TRI_YES : TRI_NO)
				      : policy_rule_applies(c, rule, SIZE_MAX);
		int r = applies > TRI_NO ? apply_sender_map(c, &conf->senders[i], s, &results)
					 : applies;

		if (r != 0 && applies == TRI_UNKNOWN)
			return wait_for_conditions(c);
		if (r < 0)
			return VERDICT_ERROR;
		if (r == 0)
			continue;
		if (i != tried && tried < conf->n_senders)
			break;
		note_map(c, rule, &conf->senders[i], s->mailbox, NULL);
		return change_sender_to(c, &conf->senders[i], results.to[0]);
	}
	return VERDICT_CONTINUE;
}

static enum verdict
rewrite_sender(struct policy_call *c)
{
	const struct recipient_conf *conf = policy_conf(c);
	struct recipient_state *state = policy_msg_state(c);
	const struct sender *s = policy_sender(c);
	enum verdict v;

	if (state->sender_done || s == NULL || conf->n_senders == 0)
		return VERDICT_CONTINUE;
	state->former = *s;
	v = map_sender(c, &state->former, conf->n_senders);
	state->sender_done = !state->waits;
	return v;
}

static void
begin_callback(struct policy_call *c)
{
	struct recipient_state *state = policy_msg_state(c);

	state->waits = false;
}

static enum verdict
recipient_envfrom(struct policy_call *c)
{
	begin_callback(c);
	return rewrite_sender(c);
}

static enum verdict
recipient_envrcpt(struct policy_call *c)
{
	begin_callback(c);
	return rewrite_new_rcpts(c, message_last_sent_rcpt(policy_message(c)));
}

/* In monitor mode a recipient that was removed is back. */
static bool
has_rcpt_left(struct policy_call *c)
{
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (get_rcpt_mark(c, i) != MARK_REMOVED)
			return true;
	return false;
}

/* Only now, when all recipients are known, is it certain that none is left, and which results
 * are recipients anyway: the order in which the client names them must make no difference. */
static enum verdict
recipient_data(struct policy_call *c)
{
	const struct recipient_state *state = policy_msg_state(c);
	enum verdict v;

	begin_callback(c);
	v = rewrite_sender(c);
	if (v == VERDICT_CONTINUE)
		v = rewrite_new_rcpts(c, 0);
	if (v != VERDICT_CONTINUE || state->waits)
		return v;
	if (!has_rcpt_left(c)) {
		if (has_mark(c, MARK_REMOVED))
			return policy_fail(c, "the last recipient would be removed");
		return VERDICT_CONTINUE; /* the MTA sent none, or a policy before removed them
					  */
	}
	delete_doubled_results(c);
	add_bcc_rcpts(c);
	return VERDICT_CONTINUE;
}

/* Was it a recipient before this policy, as far as its maps know? */
static bool
is_former_mark(enum recipient_mark mark)
{
	return mark == MARK_STAYS || mark == MARK_CHANGED || mark == MARK_REMOVED;
}

/* The former address of a message that had one recipient, if that was rewritten; else NULL. The
 * same mailbox twice is one recipient. */
static const char *
find_former_address(struct policy_call *c)
{
	const struct message *m = policy_message(c);
	const struct rcpt *only = NULL;
	bool changed = false;

	for (size_t i = 0; i < m->n_rcpts; i++) {
		enum recipient_mark mark = get_rcpt_mark(c, i);

		if (!is_former_mark(mark))
			continue;
		if (only != NULL && !str_case_equal(only->mailbox, m->rcpts[i].mailbox))
			return NULL;
		only = &m->rcpts[i];
		changed |= mark == MARK_CHANGED;
	}
	return changed ? only->mailbox : NULL;
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

/* A map with mode monitor, for all recipients as they were before this policy. */
static enum verdict
watch_map(struct policy_call *c, size_t map)
{
	const struct recipient_conf *conf = policy_conf(c);
	const struct policy_rule *rule = conf->map_rules[map];
	size_t n = policy_message(c)->n_rcpts;

	for (size_t i = 0; i < n; i++) {
		int r = is_former_mark(get_rcpt_mark(c, i)) ? policy_rule_applies(c, rule, i)
							    : TRI_NO;

		if (r < 0)
			return VERDICT_ERROR;
		if (r != TRI_YES)
			continue;
		policy_begin_rule(c, rule);
		(void)policy_end_rule(c, rule, try_map(c, map, i));
	}
	return VERDICT_CONTINUE;
}

static enum verdict
watch_sender_map(struct policy_call *c, size_t map)
{
	const struct recipient_conf *conf = policy_conf(c);
	const struct recipient_state *state = policy_msg_state(c);
	const struct policy_rule *rule = conf->sender_rules[map];
	int r = state->former.addr != NULL ? policy_rule_applies(c, rule, SIZE_MAX) : TRI_NO;

	if (r < 0)
		return VERDICT_ERROR;
	if (r != TRI_YES)
		return VERDICT_CONTINUE;
	policy_begin_rule(c, rule);
	return policy_end_rule(c, rule, map_sender(c, &state->former, map));
}

/* Maps with mode monitor: only now is it known for all of them whether they apply. */
static enum verdict
watch_maps(struct policy_call *c)
{
	const struct recipient_conf *conf = policy_conf(c);
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; i < conf->n_maps && v == VERDICT_CONTINUE; i++)
		if (policy_rule_monitors(conf->map_rules[i]))
			v = watch_map(c, i);
	for (size_t i = 0; i < conf->n_senders && v == VERDICT_CONTINUE; i++)
		if (policy_rule_monitors(conf->sender_rules[i]))
			v = watch_sender_map(c, i);
	return v;
}

static enum verdict
recipient_message(struct policy_call *c)
{
	const struct recipient_conf *conf = policy_conf(c);
	enum verdict v = recipient_data(c);
	const char *former;

	if (v == VERDICT_CONTINUE)
		v = watch_maps(c);
	if (v != VERDICT_CONTINUE || conf->record == NULL)
		return v;
	former = find_former_address(c);
	if (former != NULL)
		policy_add_header(c, conf->record, former);
	return VERDICT_CONTINUE;
}

const struct policy_ops policy_recipient = {
	.name = "recipient",
	.summary = "other recipients, more of them, another sender",
	.also = "alias aliases virtual virtual_alias_maps recipient_canonical_maps "
		"canonical redirect rewrite always_bcc bcc",
	.options = recipient_options,
	.msg_size = sizeof(struct recipient_state),
	.configure = recipient_configure,
	.envfrom = recipient_envfrom,
	.envrcpt = recipient_envrcpt,
	.data = recipient_data,
	.message = recipient_message,
};
