/* access: who may send what to whom, by the client, its HELO name, the login, the sender and
 *the recipient. For each recipient the rules are asked in order, and the first one that hits
 * decides; what it does to the recipient is done at RCPT:
 *
 *	reject, tempfail	this recipient is refused
 *	pass			the policy has no more to say on this recipient
 *	discard			the recipient is deleted; when none is left, the message is
 *discarded redirect		the recipient becomes another one
 *
 * The other actions are not a recipient's in the protocol. They are noted, and done once to the
 * whole message in message(), if the recipient was not refused later.
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
 * leaves the recipient to message(); a refusal then concerns the whole message. So it does for
 * mail that Postfix submits itself, where nobody could be told of one recipient.
 *
 * With stage = "mail" the rules that look at no recipient refuse at MAIL already. A rule with
 * mode monitor is tried, and decides nothing. */
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

struct access_note {
	const char *addr; /* as above */
	bool decided;
};

struct access_state { /* of one message */
	bool passed;  /* at MAIL a rule with pass hit: it is one for all recipients */
	bool waits;   /* the callback at work leaves something to a later one */
	bool dropped; /* some recipient was deleted by discard */
	struct access_note *notes; /* by the index of the recipient */
	size_t n_notes, cap_notes;
	struct access_wish *wishes;
	size_t n_wishes, cap_wishes;
};

static void
mark_decided(struct policy_call *c, size_t index)
{
	struct access_state *state = policy_msg_state(c);

	while (state->n_notes <= index) {
		state->notes = arena_grow(policy_arena(c), state->notes, state->n_notes,
					  &state->cap_notes, sizeof(*state->notes));
		state->notes[state->n_notes++] = (struct access_note){NULL, false};
	}
	state->notes[index] = (struct access_note){policy_message(c)->rcpts[index].addr, true};
}

static bool
is_decided(struct policy_call *c, size_t index)
{
	const struct access_state *state = policy_msg_state(c);

	return index < state->n_notes && state->notes[index].decided &&
	       state->notes[index].addr == policy_message(c)->rcpts[index].addr;
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
		policy_redirect_rcpt(x->call, x->index, x->action.to);
	} else if (x->action.action != RULE_PASS || x->action.n_bcc > 0) {
		add_wish(x);
	}
	return VERDICT_CONTINUE;
}

enum rule_outcome {
	OUTCOME_MISS,
	OUTCOME_HIT,  /* the rule decides: its verdict counts */
	OUTCOME_WAIT, /* it is not known yet */
};

/* Asks one rule about a recipient, or at MAIL (SIZE_MAX). */
static enum rule_outcome
ask_rule(struct access_context *x, enum verdict *ret)
{
	const struct policy_rule *rule = x->rule->rule;
	int r = access_lines_hold(x->call, x->rule, x->index);

	*ret = VERDICT_CONTINUE;
	if (r == TRI_UNKNOWN)
		return policy_rule_enforces(rule) ? OUTCOME_WAIT : OUTCOME_MISS;
	if (r == TRI_NO)
		return OUTCOME_MISS;
	if (r < 0) {
		*ret = VERDICT_ERROR;
		return OUTCOME_HIT;
	}
	policy_begin_rule(x->call, rule);
	r = access_look_up(x->call, x->rule, x->index, &x->find);
	if (r > 0)
		*ret = do_access_action(x);
	else if (r < 0)
		*ret = VERDICT_ERROR;
	*ret = policy_end_rule(x->call, rule, *ret);
	return r != 0 && policy_rule_enforces(rule) ? OUTCOME_HIT : OUTCOME_MISS;
}

/* The first rule that hits the recipient decides. */
static enum verdict
decide_rcpt(struct policy_call *c, size_t index)
{
	const struct access_conf *conf = policy_conf(c);
	struct access_state *state = policy_msg_state(c);
	struct access_context x = {.call = c, .index = index};

	for (size_t i = 0; i < conf->n; i++) {
		enum verdict v;
		enum rule_outcome outcome;

		x.rule = &conf->rules[i];
		outcome = ask_rule(&x, &v);
		if (outcome == OUTCOME_WAIT) {
			state->waits = true;
			policy_defer_work(c);
			return VERDICT_CONTINUE;
		}
		if (outcome == OUTCOME_MISS)
			continue;
		if (v == VERDICT_CONTINUE)
			mark_decided(c, index);
		return v;
	}
	mark_decided(c, index);
	return VERDICT_CONTINUE;
}

/* All recipients from that index on that no rule has decided on. */
static enum verdict
decide_rcpts(struct policy_call *c, size_t from)
{
	const struct access_state *state = policy_msg_state(c);
	enum verdict v = VERDICT_CONTINUE;

	if (state->passed)
		return v;
	for (size_t i = from;
	     v == VERDICT_CONTINUE && (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (!is_decided(c, i))
			v = decide_rcpt(c, i);
	return v;
}

/* Of the rules that look at no recipient the first that hits. What it does with recipients is
 * left to RCPT. */
static enum verdict
access_envfrom(struct policy_call *c)
{
	const struct access_conf *conf = policy_conf(c);
	struct access_state *state = policy_msg_state(c);
	struct access_context x = {.call = c, .index = SIZE_MAX};

	for (size_t i = 0; conf->at_mail && i < conf->n; i++) {
		int r;

		x.rule = &conf->rules[i];
		if (x.rule->by_rcpt || !policy_rule_enforces(x.rule->rule))
			continue;
		r = access_lines_hold(c, x.rule, SIZE_MAX);
		if (r == TRI_YES)
			r = access_look_up(c, x.rule, SIZE_MAX, &x.find) != 0 ? TRI_YES
									      : TRI_NO;
		if (r == TRI_NO)
			continue;
		if (r != TRI_YES || make_access_action(&x) < 0)
			return VERDICT_CONTINUE; /* asked again at RCPT, where it fails */
		state->passed = x.action.action == RULE_PASS && x.action.n_bcc == 0;
		if (x.action.action != RULE_REJECT && x.action.action != RULE_TEMPFAIL)
			return VERDICT_CONTINUE;
		note_access_hit(&x);
		return policy_action_refuse(c, &x.action, &x.hit);
	}
	return VERDICT_CONTINUE;
}

static enum verdict
access_envrcpt(struct policy_call *c)
{
	size_t index = policy_rcpt_current(c);

	return index == RCPT_NONE ? VERDICT_CONTINUE : decide_rcpts(c, index);
}

/* Is the recipient still there for which the rule wanted it? */
static bool
is_wish_valid(struct policy_call *c, const struct access_wish *w)
{
	const struct message *m = policy_message(c);

	return w->index < m->n_rcpts && m->rcpts[w->index].addr == w->addr;
}

/* Has an earlier recipient the same wish? */
static bool
is_wish_doubled(struct policy_call *c, const struct access_wish *first,
		const struct access_wish *w)
{
	for (; first < w; first++)
		if (first->rule == w->rule && first->find.hit.value == w->find.hit.value &&
		    is_wish_valid(c, first))
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
	enum verdict v = decide_rcpts(c, 0);

	if (v != VERDICT_CONTINUE)
		return v;
	if (state->dropped && policy_rcpt_count(c) == 0)
		return VERDICT_DISCARD;
	return fulfil_wishes(c);
}

const struct policy_ops policy_access = {
	.name = "access",
	.summary = "who may send to whom: by client, HELO, login, sender, recipient",
	.also = "acl check_sender_access check_recipient_access check_client_access "
		"check_helo_access blacklist blocklist blacklists whitelist restrictions",
	.options = access_options,
	.msg_size = sizeof(struct access_state),
	.configure = access_configure,
	.envfrom = access_envfrom,
	.envrcpt = access_envrcpt,
	.message = access_message,
};
