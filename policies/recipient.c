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
 * recipient to DATA or message(). With when = {"bulk"} in "old", a condition about a header:
 *
 *	RCPT <ann@old.example>	 nothing; policies behind that read recipients wait, too
 *	RCPT <eve@example.com>	 no map matches: it stays, and policies behind may look at it
 *	end of headers		 "bulk" is known; ann is rewritten, or not
 *
 * A map with mode = "monitor" delays nothing: it is tried in message(), on each recipient as it
 * was before this policy, as if it enforced beside the maps that do. */
#include <string.h>

#include "policies/recipient.h"
#include "util/str.h"

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
	const struct recipient_state *state = policy_msg_state(c);
	size_t sent = message_last_sent_rcpt(policy_message(c));
	enum verdict v;

	begin_callback(c);
	v = rewrite_new_rcpts(c, sent);
	return v == VERDICT_CONTINUE && !state->waits ? watch_refusals(c, sent) : v;
}

/* In monitor mode a recipient that was removed is back. */
static bool
has_rcpt_left(struct policy_call *c)
{
	for (size_t i = 0; (i = policy_next_rcpt(c, i)) != RCPT_NONE; i++)
		if (get_rcpt_mark(c, i) != MARK_REMOVED && get_rcpt_mark(c, i) != MARK_COPY)
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
	return add_copies(c);
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
	for (size_t i = 0; i < conf->n_copies && v == VERDICT_CONTINUE; i++)
		if (policy_rule_monitors(conf->copies[i].rule))
			v = watch_copy(c, i);
	return v;
}

static enum verdict
recipient_message(struct policy_call *c)
{
	const struct recipient_conf *conf = policy_conf(c);
	enum verdict v = recipient_data(c);
	const char *former;

	if (v == VERDICT_CONTINUE) {
		set_envelope_headers(c);
		v = watch_maps(c);
	}
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
