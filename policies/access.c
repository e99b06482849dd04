/* access: who may send what to whom, by the client, its HELO name, the login, the sender and
 * the recipient. For each recipient the rules are asked in order, and the first one that hits
 * decides; what it does to the recipient is done at RCPT:
 *
 *	reject, tempfail	this recipient is refused
 *	pass			the policy has no more to say on this recipient
 *	discard			the recipient is deleted
 *	redirect		the recipient becomes another one, which no rule is asked about
 *
 * When discard leaves no recipient, the message is discarded. The other actions are not a
 * recipient's in the protocol. They are noted, and done once to the whole message in message(),
 * if the recipient was not refused later; in the order of the rules.
 *
 * An example:
 *
 *	rule "post" { recipient = {"postmaster@example.com"}  action = "pass" }
 *	rule "bad"  { table = "bad"  lookup = "sender" }	with actions = yes
 *
 *	MAIL <spam@x.example>			"bad" has it, with REJECT No
 *	RCPT <postmaster@example.com>		250: "post" decides
 *	RCPT <ann@example.com>			550 5.7.1 No
 *
 * A rule whose conditions are not known yet at RCPT, and is not preceded by one that hits,
 * leaves the recipient to message(), where the rules go on from that one. A refusal then
 * concerns the whole message. So it does for mail that Postfix submits itself, where nobody
 * could be told of one recipient. Of several refusals that of the first rule counts.
 *
 * With stage = "mail" the rules that look at no recipient refuse at MAIL already. A rule with
 * mode monitor is tried, and decides nothing; one that is not known at RCPT, in message(). */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policies/access.h"
#include "policy/rcpt_edit.h"
#include "util/str.h"

/* An action on the whole message that a rule wants for a recipient. */
struct access_wish {
	size_t index;	  /* of the recipient */
	const char *addr; /* of the same, compared as a pointer: when a recipient is refused,
			     the next one gets its index */
	const struct access_rule *rule;
	struct access_find find;
};

/* How far a recipient has come. */
struct access_note {
	const char *addr; /* as above */
	size_t next;	  /* the rule that is asked next; that of ACCESS_DECIDED is none */
	unsigned char *unknown; /* a bit for each rule before, with mode monitor, that was not
				   known; or NULL */
};

#define ACCESS_DECIDED SIZE_MAX

struct access_state {		   /* of one message */
	bool dropped;		   /* some recipient was deleted by discard */
	struct access_note *notes; /* by the index of the recipient */
	size_t n_notes, cap_notes;
	struct access_wish *wishes;
	size_t n_wishes, cap_wishes;
};

/* The recipient's; valid until the next call. */
static struct access_note *
get_note(struct policy_call *c, size_t index)
{
	struct access_state *state = policy_msg_state(c);
	const char *addr = policy_message(c)->rcpts[index].addr;

	while (state->n_notes <= index) {
		state->notes = arena_grow(policy_arena(c), state->notes, state->n_notes,
					  &state->cap_notes, sizeof(*state->notes));
		state->notes[state->n_notes++] = (struct access_note){.addr = NULL};
	}
	if (state->notes[index].addr != addr)
		state->notes[index] = (struct access_note){.addr = addr};
	return &state->notes[index];
}

static void
note_unknown(struct policy_call *c, struct access_note *note, size_t rule)
{
	const struct access_conf *conf = policy_conf(c);

	if (note->unknown == NULL)
		note->unknown = arena_zalloc(policy_arena(c), conf->n / CHAR_BIT + 1);
	note->unknown[rule / CHAR_BIT] |= (unsigned char)(1u << rule % CHAR_BIT);
}

static bool
is_noted_unknown(const struct access_note *note, size_t rule)
{
	return note->unknown != NULL &&
	       (note->unknown[rule / CHAR_BIT] & 1u << rule % CHAR_BIT) != 0;
}

/* One rule that hits a recipient. */
struct access_context {
	struct policy_call *call;
	const struct access_rule *rule;
	size_t index; /* of the recipient; SIZE_MAX at MAIL */
	struct access_find find;
	struct policy_action action;
	struct policy_hit hit;
};

/* The client's own name of the recipient, not a result of a map. */
static const char *
find_sent_recipient(struct policy_call *c, size_t index)
{
	const struct message *m = policy_message(c);

	while (index > 0 && m->rcpts[index].added_by != POSITION_MTA)
		index--;
	return m->rcpts[index].mailbox;
}

/* "bad:3", the table and the line; the table alone when its entries stand in the
 * configuration. */
static const char *
name_entry(struct access_context *x)
{
	const char *name = table_name(x->rule->table);

	if (x->find.hit.line == 0)
		return name;
	return arena_printf(policy_arena(x->call), "%s:%zu", name, x->find.hit.line);
}

/* Tells a trace what the rule was asked about. */
static void
trace_access_hit(struct access_context *x)
{
	enum access_lookup lookup =
		x->rule->table != NULL ? x->rule->lookup : ACCESS_LOOKUP_COUNT;
	struct hit_place place = {.kind = lookup == ACCESS_SENDER      ? HIT_SENDER
					  : lookup == ACCESS_RECIPIENT ? HIT_RECIPIENT
								       : HIT_FOR};

	if (place.kind == HIT_SENDER)
		place.name = x->find.subject;
	else if (x->index != SIZE_MAX)
		place.name = policy_message(x->call)->rcpts[x->index].mailbox;
	if (place.name != NULL)
		policy_trace_place(x->call, &place);
}

static void
note_access_hit(struct access_context *x)
{
	struct policy_call *c = x->call;
	const struct table_hit *hit = &x->find.hit;
	const char *key = hit->key != NULL ? hit->key : x->find.subject;

	policy_note_rule(c, x->rule->rule, x->rule->table != NULL ? name_entry(x) : NULL,
			 x->find.subject);
	if (key != NULL)
		policy_note_once(c, "key", key);
	trace_access_hit(x);
}

/* Fills in what the rule does. 0, or -1 after policy_fail(). */
static int
make_access_action(struct access_context *x)
{
	struct arena *arena = policy_arena(x->call);
	const struct regex_groups *g = &x->find.groups;

	x->hit = (struct policy_hit){.rule = x->rule->rule};
	if (x->index != SIZE_MAX)
		x->hit.recipient = find_sent_recipient(x->call, x->index);
	x->hit.match = g->n > 0 && g->start[0] < g->end[0]
			       ? arena_strndup(arena, g->subject + g->start[0],
					       g->end[0] - g->start[0])
			       : x->find.subject;
	x->action = x->rule->action;
	if (!x->rule->has_rows)
		return 0;
	return policy_action_from_row(x->call, &x->rule->row_form, x->rule->table, &x->find.hit,
				      g, &x->action);
}

/* The action is for message(). */
static void
add_wish(struct access_context *x)
{
	struct access_state *state = policy_msg_state(x->call);

	state->wishes = arena_grow(policy_arena(x->call), state->wishes, state->n_wishes,
				   &state->cap_wishes, sizeof(*state->wishes));
	state->wishes[state->n_wishes++] = (struct access_wish){
		x->index, policy_message(x->call)->rcpts[x->index].addr, x->rule, x->find};
}

/* The new recipient is none that rules are asked about. */
static void
redirect(struct access_context *x)
{
	const struct message *m = policy_message(x->call);
	size_t n = m->n_rcpts;

	policy_redirect_rcpt(x->call, x->index, x->action.to);
	for (; n < m->n_rcpts; n++)
		get_note(x->call, n)->next = ACCESS_DECIDED;
}

static enum verdict
do_access_action(struct access_context *x)
{
	struct access_state *state = policy_msg_state(x->call);

	if (make_access_action(x) < 0)
		return VERDICT_ERROR;
	note_access_hit(x);
	if (x->action.action == RULE_REJECT || x->action.action == RULE_TEMPFAIL)
		return policy_action_refuse(x->call, &x->action, &x->hit);
	if (x->action.action == RULE_DISCARD) {
		policy_delete_rcpt(x->call, x->index);
		state->dropped |= policy_rule_enforces(x->rule->rule);
	} else if (x->action.action == RULE_REDIRECT) {
		redirect(x);
	} else if (x->action.action != RULE_PASS) {
		add_wish(x);
		return VERDICT_CONTINUE;
	}
	if (x->action.n_bcc > 0)
		add_wish(x);
	return VERDICT_CONTINUE;
}

enum rule_outcome {
	OUTCOME_MISS,
	OUTCOME_HIT, /* its verdict counts */
	OUTCOME_UNKNOWN,
};

static enum verdict
try_rule(struct access_context *x, enum rule_outcome *ret_outcome)
{
	int r = policy_lines_hold(x->call, x->rule->rule, x->rule->lines, x->index);

	*ret_outcome = r == TRI_UNKNOWN ? OUTCOME_UNKNOWN
		       : r == TRI_NO	? OUTCOME_MISS
					: OUTCOME_HIT;
	if (r == TRI_YES) {
		r = access_look_up(x->call, x->rule, x->index, &x->find);
		if (r == 0)
			*ret_outcome = OUTCOME_MISS;
		else if (r > 0)
			return do_access_action(x);
	}
	return r < 0 ? VERDICT_ERROR : VERDICT_CONTINUE;
}

/* Asks one rule about a recipient. One with mode monitor does not hit. */
static enum rule_outcome
ask_rule(struct policy_call *c, size_t rule, size_t rcpt, enum verdict *ret)
{
	const struct access_conf *conf = policy_conf(c);
	struct access_context x = {.call = c, .rule = &conf->rules[rule], .index = rcpt};
	enum rule_outcome outcome;

	policy_begin_rule(c, x.rule->rule);
	*ret = try_rule(&x, &outcome);
	*ret = policy_end_rule(c, x.rule->rule, *ret);
	if (outcome == OUTCOME_HIT && !policy_rule_enforces(x.rule->rule))
		return OUTCOME_MISS;
	return outcome;
}

/* The first rule that hits the recipient decides. */
static enum verdict
decide_rcpt(struct policy_call *c, size_t index)
{
	const struct access_conf *conf = policy_conf(c);
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = get_note(c, index)->next; i < conf->n; i++) {
		enum rule_outcome outcome = ask_rule(c, i, index, &v);

		if (outcome == OUTCOME_HIT)
			break;
		if (outcome == OUTCOME_MISS)
			continue;
		if (policy_rule_enforces(conf->rules[i].rule)) {
			get_note(c, index)->next = i;
			policy_defer_work(c);
			return VERDICT_CONTINUE;
		}
		note_unknown(c, get_note(c, index), i);
	}
	if (v == VERDICT_CONTINUE)
		get_note(c, index)->next = ACCESS_DECIDED;
	return v;
}

/* 1, 0, or a negative number: it is not known, or failed, which it will again at RCPT. */
static int
hits_at_mail(struct access_context *x)
{
	int r = policy_lines_hold(x->call, x->rule->rule, x->rule->lines, SIZE_MAX);

	if (r == TRI_YES)
		return access_look_up(x->call, x->rule, SIZE_MAX, &x->find);
	return r == TRI_NO ? 0 : -1;
}

/* Of the rules that look at no recipient the first that hits, if it refuses. All else is left
 * to RCPT, where it hits again. */
static enum verdict
access_envfrom(struct policy_call *c)
{
	const struct access_conf *conf = policy_conf(c);
	struct access_context x = {.call = c, .index = SIZE_MAX};
	int r = 0;

	for (size_t i = 0; conf->at_mail && i < conf->n; i++) {
		x.rule = &conf->rules[i];
		if (x.rule->by_rcpt || !policy_rule_enforces(x.rule->rule))
			continue;
		r = hits_at_mail(&x);
		if (r != 0)
			break;
	}
	if (r <= 0 || make_access_action(&x) < 0)
		return VERDICT_CONTINUE;
	if (x.action.action != RULE_REJECT && x.action.action != RULE_TEMPFAIL)
		return VERDICT_CONTINUE;
	note_access_hit(&x);
	return policy_action_refuse(c, &x.action, &x.hit);
}

/* The recipient at work, and what maps have made of it. Mail that Postfix submits itself can be
 * refused at its end only, as a whole. */
static enum verdict
access_envrcpt(struct policy_call *c)
{
	size_t i = policy_rcpt_current(c), n = policy_message(c)->n_rcpts;
	enum verdict v = VERDICT_CONTINUE;

	if (peer_is_local_submission(policy_peer(c))) {
		policy_defer_work(c);
		return v;
	}
	for (; i < n && v == VERDICT_CONTINUE; i = policy_next_rcpt(c, i + 1))
		v = decide_rcpt(c, i);
	return v;
}

/* The indices of the recipients that a rule is still to be asked about; *ret_n of them. */
static const size_t *
find_undecided(struct policy_call *c, size_t *ret_n)
{
	size_t *found = NULL, cap = 0, n = 0;

	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++) {
		const struct access_note *note = get_note(c, i);

		if (note->next == ACCESS_DECIDED && note->unknown == NULL)
			continue;
		found = arena_grow(policy_arena(c), found, n, &cap, sizeof(*found));
		found[n++] = i;
	}
	*ret_n = n;
	return found;
}

/* Asks a rule about a recipient, if it has not been asked yet and none has decided. */
static enum verdict
ask_rule_late(struct policy_call *c, size_t rule, size_t rcpt)
{
	const struct access_note *note = get_note(c, rcpt);
	enum verdict v = VERDICT_CONTINUE;

	if (rule < note->next && !is_noted_unknown(note, rule))
		return v;
	if (ask_rule(c, rule, rcpt, &v) == OUTCOME_HIT)
		get_note(c, rcpt)->next = ACCESS_DECIDED;
	return v;
}

/* Each rule about all recipients, before the next one: which refusal is that of the message
 * does not depend on the order of the recipients. */
static enum verdict
decide_late(struct policy_call *c)
{
	const struct access_conf *conf = policy_conf(c);
	enum verdict v = VERDICT_CONTINUE;
	size_t n;
	const size_t *rcpts = find_undecided(c, &n);

	for (size_t i = 0; n > 0 && i < conf->n; i++)
		for (size_t j = 0; j < n && v == VERDICT_CONTINUE; j++)
			v = ask_rule_late(c, i, rcpts[j]);
	return v;
}

/* Is the recipient still there for which the rule wanted it? */
static bool
is_wish_valid(struct policy_call *c, const struct access_wish *w)
{
	const struct message *m = policy_message(c);

	return w->index < m->n_rcpts && m->rcpts[w->index].addr == w->addr;
}

/* By rule and row, then as they came. */
static int
compare_wishes(const void *va, const void *vb)
{
	const struct access_wish *a = va, *b = vb;

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->find.hit.line != b->find.hit.line)
		return a->find.hit.line < b->find.hit.line ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Has an earlier recipient the same wish? All of this rule and row stand before. */
static bool
is_wish_doubled(struct policy_call *c, const struct access_wish *first,
		const struct access_wish *w)
{
	for (const struct access_wish *p = w;
	     p-- > first && p->rule == w->rule && p->find.hit.line == w->find.hit.line;)
		if (p->find.hit.value == w->find.hit.value && is_wish_valid(c, p))
			return true;
	return false;
}

/* The action of one recipient's rule is about the other recipients, too. */
static void
note_scope(const struct access_context *x)
{
	const uint32_t wide = RULE_ACTION_BIT(RULE_ACCEPT) | RULE_ACTION_BIT(RULE_QUARANTINE) |
			      RULE_ACTION_BIT(RULE_INSERT);

	if ((wide & RULE_ACTION_BIT(x->action.action)) != 0 &&
	    policy_rule_enforces(x->rule->rule) && policy_rcpt_count(x->call) > 1)
		policy_note_once(x->call, "scope", "message");
}

static enum verdict
fulfil_wish(struct policy_call *c, const struct access_wish *w)
{
	struct access_context x = {
		.call = c, .rule = w->rule, .index = w->index, .find = w->find};
	enum verdict v = VERDICT_ERROR;

	policy_begin_rule(c, w->rule->rule);
	if (make_access_action(&x) == 0) {
		if (x.action.action == RULE_DISCARD || x.action.action == RULE_REDIRECT)
			x.action.action = RULE_PASS; /* is done; its copies are not */
		note_scope(&x);
		v = policy_run_action(c, &x.action, &x.hit);
	}
	return policy_end_rule(c, w->rule->rule, v);
}

/* What rules want for the whole message, each once. Accept ends the chain, after the others. */
static enum verdict
fulfil_wishes(struct policy_call *c)
{
	const struct access_state *state = policy_msg_state(c);
	enum verdict v = VERDICT_CONTINUE, one;

	if (state->n_wishes > 1)
		qsort(state->wishes, state->n_wishes, sizeof(*state->wishes), compare_wishes);
	for (size_t i = 0; i < state->n_wishes; i++) {
		const struct access_wish *w = &state->wishes[i];

		if (!is_wish_valid(c, w) || is_wish_doubled(c, state->wishes, w))
			continue;
		one = fulfil_wish(c, w);
		if (one == VERDICT_ERROR)
			return one;
		if (one != VERDICT_CONTINUE)
			v = one;
	}
	return v;
}

static enum verdict
access_message(struct policy_call *c)
{
	const struct access_state *state = policy_msg_state(c);
	enum verdict v = decide_late(c);

	if (v == VERDICT_CONTINUE)
		v = fulfil_wishes(c);
	if (v == VERDICT_CONTINUE && state->dropped && policy_rcpt_count(c) == 0)
		return VERDICT_DISCARD;
	return v;
}

const struct policy_ops policy_access = {
	.name = "access",
	.summary = "who may send to whom: by client, HELO, login, sender, recipient",
	.also = "check_sender_access check_recipient_access check_client_access "
		"check_helo_access blacklist blocklist blacklists whitelist restrictions",
	.options = access_options,
	.msg_size = sizeof(struct access_state),
	.configure = access_configure,
	.envfrom = access_envfrom,
	.envrcpt = access_envrcpt,
	.message = access_message,
};
