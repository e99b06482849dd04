/* Which header lines a section means, and whether they are as it wants them. Layer 3.
 * configuration.md "header". */
#ifndef POLICY_SELECTOR_H
#define POLICY_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/patterns.h"
#include "option/option.h"
#include "policy/policy.h"

extern const struct option selector_options[]; /* for a section's table, with OPTION_INCLUDE */

struct selector {
	const char *name;	    /* NULL: name_match, or neither */
	uint32_t key;		    /* of name */
	struct patterns name_match; /* one at most */
	struct patterns match, not_match;
	const struct table *table;
	uint64_t min, max; /* instances */
	bool counts;	   /* min or max are written */
	bool lines;	   /* anything is, beside the names */
	bool decode;
	bool raw_first; /* try the form with undecodable words in it before the other */
};

/* 0, or -EINVAL after section_error(). */
int selector_read(struct policy_setup *setup, const struct section *s, struct selector *ret);

/* A selector at work on one message. */
struct selection {
	struct policy_call *c;
	const struct selector *what;
	struct regex_groups groups; /* of the instance that fitted last, when has_groups */
	bool has_groups;
	const char *answer; /* of the table, for it */
	enum verdict error; /* what to return after -1 */
};

/* All return 1, 0 or -1: the message is then on the policy's on_error, see error. */

/* Do all lines hold? Without lines: is the header there? groups and answer are those of the
 * first instance that fits. */
int selection_holds(struct selection *sel);
/* The next header that is meant after *at, into *at; NULL: the first one. Headers stay where
 * they are meanwhile. */
int selection_next(struct selection *sel, struct header **at);
/* Is it one of those that match, or the table knows? Without either: yes. */
int selection_matches(struct selection *sel, struct header *h);

#endif
