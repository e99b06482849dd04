/* Rewrites the envelope sender by the sender maps of the policy "recipient". */
#include <string.h>

#include "policies/recipient.h"
#include "policy/rcpt_edit.h"
#include "util/mailbox.h"
#include "util/str.h"

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

enum verdict
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

enum verdict
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
