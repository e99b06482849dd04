/* Rules: the sections inside a policy's section that act, such as `rule` of the policy header
 * or `map` of recipient. What all of them have: a title, `when`, `unless` and `mode`. This is a
 * part of policy.h.
 *
 * A rule applies to the message, or to one recipient, if all conditions of `when` hold and none
 * of `unless`. For one recipient the lines about recipients are put to that recipient alone.
 * Conditions see the envelope as the policies before this one left it, header fields and body
 * as the rules before left them.
 *
 * A rule with `mode = "monitor"` does what it would do, and all of it is undone when it ends:
 * the rules behind it see the message as without it, its verdict and its failure do not count,
 * and its patterns take none of the message's regex_time. The log has its work as
 * would="POLICY/RULE: ...". One with `mode = "off"` never applies.
 *
 * The loop of a policy with rules, in message(), where each rule is known to apply or not:
 *
 *	for (size_t i = 0; i < conf->n && v == VERDICT_CONTINUE; i++) {
 *		const struct policy_rule *rule = conf->rules[i].rule;
 *		int r = policy_rule_applies(c, rule, SIZE_MAX);
 *
 *		if (r < 0)
 *			return VERDICT_ERROR;
 *		if (r != TRI_YES)
 *			continue;
 *		policy_begin_rule(c, rule);
 *		v = policy_end_rule(c, rule, apply(c, &conf->rules[i]));
 *	}
 *
 * Example: rules "tag" (monitor; prefix "[?] " to the Subject), "no" (reject `^\[\?\]`), "log".
 * "tag" changes the Subject, policy_end_rule() undoes that; "no" does not hit; "log" has its
 * turn. Logged: rule="words/tag" would="words/tag: Subject: Win -> [?] Win" */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "option/option.h"
#include "policy/condition.h"
#include "session/verdict.h"

struct policy_call;
struct policy_setup;

enum policy_mode { /* of a policy, and of a rule in it */
		   MODE_ENFORCE,
		   MODE_MONITOR, /* called, but its changes are undone and its verdict is only
				    logged */
		   MODE_OFF,
};

extern const char *const policy_mode_words[]; /* in that order; NULL at the end */
extern const struct option_also policy_mode_also[];

/* when, unless and mode, for the table of a rule's section, with OPTION_INCLUDE. */
extern const struct option policy_rule_options[];

/* Its hits are logged and counted under its title. It lives as the configuration. */
struct policy_rule {
	const char *title;
	size_t number; /* in the policy, in the order of the calls, from 0 */
	enum policy_mode mode;
	bool always; /* it enforces and has no conditions */
	const struct condition *const *when, *const *unless;
	size_t n_when, n_unless;
};

/* In configure(): reads the three options of a rule's section, which includes
 * policy_rule_options. What the conditions read is added to the policy's need: its message()
 * runs when they are known, and need.reads has the parts. What only the rule itself needs,
 * configure() adds: nothing for one that is off; no actions, changes, answers and may_end for
 * one that only monitors, and what that one reads into need.watches. */
const struct policy_rule *policy_setup_rule(struct policy_setup *setup,
					    const struct section *section);

struct policy_need;
/* Adds what the lines in a rule's own section need, those of policy_setup_condition(), as is
 * done for its when and unless. */
void policy_setup_lines_need(struct policy_setup *setup, const struct policy_rule *rule,
			     const struct condition *lines, struct policy_need *need);

static inline bool
policy_rule_enforces(const struct policy_rule *rule)
{
	return rule->mode == MODE_ENFORCE;
}

static inline bool
policy_rule_monitors(const struct policy_rule *rule)
{
	return rule->mode == MODE_MONITOR;
}

/* Does it apply to the recipient of that index, or to the message (SIZE_MAX)? An enum tri; in
 * message() never TRI_UNKNOWN. A negative number when a condition failed, after policy_fail():
 * the callback then returns VERDICT_ERROR. Conditions of a rule that monitors never fail: it
 * does not apply. */
int policy_decide_rule(struct policy_call *c, const struct policy_rule *rule, size_t rcpt);

static inline int
policy_rule_applies(struct policy_call *c, const struct policy_rule *rule, size_t rcpt)
{
	return rule->always ? TRI_YES : policy_decide_rule(c, rule, rcpt);
}

/* At MAIL, RCPT or DATA: work was left to a later callback because a rule is not known yet to
 * apply. Until then the policies behind this one are not called about what it may change. */
void policy_defer_work(struct policy_call *c);

/* The work of a rule, what it looks for included. There is no second rule between the two.
 * policy_end_rule() returns v, not VERDICT_SUSPEND; of a rule that monitors VERDICT_CONTINUE.
 */
void policy_begin_monitored_rule(struct policy_call *c, const struct policy_rule *rule);
enum verdict policy_end_monitored_rule(struct policy_call *c, enum verdict v);

static inline void
policy_begin_rule(struct policy_call *c, const struct policy_rule *rule)
{
	if (policy_rule_monitors(rule))
		policy_begin_monitored_rule(c, rule);
}

static inline enum verdict
policy_end_rule(struct policy_call *c, const struct policy_rule *rule, enum verdict v)
{
	return policy_rule_monitors(rule) ? policy_end_monitored_rule(c, v) : v;
}

#endif
