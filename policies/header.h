/* What the two files of the policy "header" share: header_read.c reads the section, header.c
 * applies its rules. */
#ifndef POLICIES_HEADER_H
#define POLICIES_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "content/field_edit.h"
#include "policy/policy.h"
#include "policy/selector.h"
#include "text/table_reply.h"
#include "text/value_template.h"

#define HEADER_ACTION_WORDS(X)                                                                 \
	X(REJECT, "reject")                                                                    \
	X(TEMPFAIL, "tempfail")                                                                \
	X(DISCARD, "discard")                                                                  \
	X(ACCEPT, "accept")                                                                    \
	X(QUARANTINE, "quarantine")                                                            \
	X(LOG, "log")                                                                          \
	X(ADD, "add")                                                                          \
	X(INSERT, "insert")                                                                    \
	X(SET, "set")                                                                          \
	X(REPLACE, "replace")                                                                  \
	X(REMOVE, "remove")                                                                    \
	X(PREFIX, "prefix")                                                                    \
	X(SUFFIX, "suffix")

#define X(ID, word) RULE_##ID,
enum header_action { HEADER_ACTION_WORDS(X) RULE_ACTION_COUNT };
#undef X

struct header_rule {
	const struct policy_rule *rule; /* its title, and how it is logged */
	struct selector selector;
	enum header_action action;
	bool always;	    /* it has no tests: the header is made for each message */
	const char *header; /* name of the header that add, insert, set write */
	struct value_template value;
	bool once;
	enum header_place place; /* of insert */
	uint64_t keep;		 /* of remove: number of instances */
	struct reply reply;
	struct table_reply_form table_form; /* of the values of its table */
	uint32_t table_uses;		    /* PLACEHOLDER_BIT()s in these values */
	const char *duplicate;		    /* "duplicate-subject": for the log */
};

struct header_conf {
	struct header_rule *rules;
	size_t n;
};

extern const struct option header_options[];

/* Fills *ret_conf, a struct header_conf: see struct policy_ops. */
int header_configure(struct policy_setup *setup, const struct section *section,
		     struct policy_need *need, const void **ret_conf);

#endif
