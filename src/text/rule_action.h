/* The actions of rules and of rows of tables: one word for one thing in all policies. Which of
 * them a policy has stands in its options. */
#ifndef TEXT_RULE_ACTION_H
#define TEXT_RULE_ACTION_H

#include <stdint.h>

/* The constant, and the word in polymilter.conf. RULE_BCC is a row's alone: a rule has the
 * option bcc for it. */
#define RULE_ACTIONS(X)                                                                        \
	X(REJECT, "reject")                                                                    \
	X(TEMPFAIL, "tempfail")                                                                \
	X(DISCARD, "discard")                                                                  \
	X(ACCEPT, "accept")                                                                    \
	X(PASS, "pass")                                                                        \
	X(QUARANTINE, "quarantine")                                                            \
	X(LOG, "log")                                                                          \
	X(REDIRECT, "redirect")                                                                \
	X(BCC, "bcc")                                                                          \
	X(ADD, "add")                                                                          \
	X(INSERT, "insert")                                                                    \
	X(SET, "set")                                                                          \
	X(REPLACE, "replace")                                                                  \
	X(REMOVE, "remove")                                                                    \
	X(PREFIX, "prefix")                                                                    \
	X(SUFFIX, "suffix")

#define X(ID, word) RULE_##ID,
enum rule_action { RULE_ACTIONS(X) RULE_ACTION_COUNT };
#undef X
#define RULE_ACTION_BIT(action) (1u << (action))

extern const char *const rule_action_words[RULE_ACTION_COUNT];

/* The action of that word, which is one. */
enum rule_action rule_action_find(const char *word);

#endif
