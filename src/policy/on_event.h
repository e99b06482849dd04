/* Events in the work of a policy, and what the administrator wants done then: the options
 * on_EVENT of its section (on_error, which every policy has, on_infected, ...), all with the
 * same words, and its sections `exception`, which have other values for some mail:
 *
 *	on_error = "tempfail"
 *	on_infected = "reject"
 *	exception "ours" { when = {"ours"}  on_infected = "quarantine" }
 *
 *	mail for which "ours" holds: infected is quarantined, an error is a tempfail
 *	other mail:                  infected is refused, an error is a tempfail
 *
 * The first exception whose conditions hold counts; what it does not write comes from the
 * policy. This is a part of policy.h. A policy declares its options with these words, which may
 * be followed by words of its own:
 *
 *	{"on_infected", OPTION_WORD, "reject", .words = on_event_words,
 *	 .words_also = option_actions_also, .help = "..."},
 *
 * and needs no code in configure(): that of `exception`, and what the MTA must permit for it,
 * is done for it. In message():
 *
 *	int action = policy_on_event(c, "on_infected");
 *
 *	return action < 0 ? VERDICT_ERROR
 *			  : policy_act(c, (enum on_event)action, &conf->reply, &values,
 *				       "infected"); */
#ifndef POLICY_ON_EVENT_H
#define POLICY_ON_EVENT_H

#include "session/verdict.h"

struct placeholder_values;
struct policy_call;
struct reply;

/* accept: past the policies behind; continue, quarantine: with the next policy. */
#define ON_EVENTS(X)                                                                           \
	X(TEMPFAIL, "tempfail")                                                                \
	X(REJECT, "reject")                                                                    \
	X(ACCEPT, "accept")                                                                    \
	X(CONTINUE, "continue")                                                                \
	X(QUARANTINE, "quarantine")                                                            \
	X(DISCARD, "discard")

#define ON_EVENT_ID(ID, word) ON_EVENT_##ID,
enum on_event { ON_EVENTS(ON_EVENT_ID) ON_EVENT_N };
#undef ON_EVENT_ID

/* The words of an option that has words of its own behind these: {ON_EVENT_WORDS "pass", NULL}.
 * The first of its own is ON_EVENT_N. */
#define ON_EVENT_WORD(ID, word) word,
#define ON_EVENT_WORDS		ON_EVENTS(ON_EVENT_WORD)

#define ON_EVENT_UNSET	(-1)
#define ON_EVENT_FAILED (-2)

extern const char *const on_event_words[]; /* in that order; NULL at the end */

/* What counts of this option for the message now: an enum on_event, or the index of one of the
 * option's own words, which stand behind these; ON_EVENT_UNSET: neither is it written nor has
 * it a default; ON_EVENT_FAILED after policy_fail(): the condition of an exception failed, and
 * the callback returns VERDICT_ERROR. A condition that is not known yet does not hold, which
 * can only be at MAIL, RCPT and DATA. */
int policy_on_event(struct policy_call *c, const char *option);

/* Does it: the verdict for the callback to return. reply, with values: for reject and tempfail,
 * if its class is theirs; else, and when it is NULL, one that says no more than that. reason:
 * of a quarantine. */
enum verdict policy_act(struct policy_call *c, enum on_event action, const struct reply *reply,
			const struct placeholder_values *values, const char *reason);

#endif
