/* identity: is the From what it claims? The rules of a section are applied in order; the first
 * verdict ends the policy. The visible sender are all mailboxes of all From fields, in every
 * reading that mail programs have (mime/mailboxes.h).
 *
 * An example, for From: "ceo@example.com" <x@evil.example>:
 *
 *	rule "name" { kind = "address-in-name"  action = "reject" }
 *
 * The name has another address than the mailbox, so the rule hits; %{match} is that address.
 *
 * A rule with envelope_sender refuses at MAIL already, when the login and the envelope sender
 * are known; message() looks at both. A rule with mode monitor is tried in message() only. */
#include "policies/identity.h"

static void
note_identity_hit(struct policy_call *c, const struct identity_rule *rule,
		  const struct identity_finding *f)
{
	struct hit_place place = {.kind = f->field != NULL ? HIT_HEADER : HIT_SENDER,
				  .name = f->field};

	policy_note_rule(c, rule->rule, NULL, f->match);
	if (f->from != NULL)
		policy_note_once(c, "header_from", f->from);
	if (f->field == NULL && policy_sender(c) != NULL)
		place.name = policy_sender(c)->mailbox;
	if (place.name != NULL)
		policy_trace_place(c, &place);
}

static enum verdict
act_on_identity(struct policy_call *c, const struct identity_rule *rule,
		const struct identity_finding *f)
{
	const struct policy_hit hit = {.rule = rule->rule, .match = f->match};

	note_identity_hit(c, rule, f);
	return policy_run_action(c, &rule->action, &hit);
}

static enum verdict
apply_identity_rule(struct policy_call *c, const struct identity_rule *rule)
{
	struct identity_finding f;
	int r = identity_hits(c, rule, &f);

	if (r == 0 && rule->checks_envelope)
		r = identity_envelope_hits(c, rule, &f);
	if (r < 0)
		return VERDICT_ERROR;
	return r > 0 ? act_on_identity(c, rule, &f) : VERDICT_CONTINUE;
}

static enum verdict
identity_message(struct policy_call *c)
{
	const struct identity_conf *conf = policy_conf(c);
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE; i++) {
		const struct policy_rule *rule = conf->rules[i].rule;
		int r = policy_rule_applies(c, rule, SIZE_MAX);

		if (r < 0)
			return VERDICT_ERROR;
		if (r != TRI_YES)
			continue;
		policy_begin_rule(c, rule);
		v = policy_end_rule(c, rule, apply_identity_rule(c, &conf->rules[i]));
	}
	return v;
}

static bool
refuses_at_mail(const struct identity_rule *rule)
{
	return rule->checks_envelope && policy_rule_enforces(rule->rule) &&
	       (rule->action.action == RULE_REJECT || rule->action.action == RULE_TEMPFAIL);
}

static enum verdict
check_rule_at_mail(struct policy_call *c, const struct identity_rule *rule)
{
	struct identity_finding f;
	int r = policy_rule_applies(c, rule->rule, SIZE_MAX);

	if (r == TRI_YES)
		r = identity_envelope_hits(c, rule, &f);
	else
		r = r < 0 ? r : 0;
	if (r < 0)
		return VERDICT_ERROR;
	return r > 0 ? act_on_identity(c, rule, &f) : VERDICT_CONTINUE;
}

static enum verdict
identity_envfrom(struct policy_call *c)
{
	const struct identity_conf *conf = policy_conf(c);
	enum verdict v = VERDICT_CONTINUE;

	for (size_t i = 0; conf->at_mail && i < conf->n && v == VERDICT_CONTINUE; i++)
		if (refuses_at_mail(&conf->rules[i]))
			v = check_rule_at_mail(c, &conf->rules[i]);
	return v;
}

const struct policy_ops policy_identity = {
	.name = "identity",
	.summary = "is the From what it claims: fraud by names, our own domain, logins",
	.also = "spoof spoofing antispoof anti_spoofing from sender_login impersonation phishing "
		"sender_login_maps reject_sender_login_mismatch",
	.options = identity_options,
	.configure = identity_configure,
	.envfrom = identity_envfrom,
	.message = identity_message,
};
