/* Selectors: the options of a rule about headers (policy `header`) that choose headers by name
 * and test their values and their number. Input: the rule's section; then, for each message,
 * the headers as the message has them at that moment. Output: does the rule hit, and which
 * headers match.
 *
 * An example. rule "hop" { name = "Received"  match = '^from (\S+)'  more_than = 1 } and the
 * headers
 *
 *	Received: by mx; ...
 *	Received: from gw by mx; ...
 *	Subject: hello
 *
 * selection_holds() returns 1: there are two Received headers, and one matches; groups are
 * those of the second ($1 is "gw"). selection_next() finds both Received headers,
 * selection_matches() is 1 for the second. */
#ifndef POLICY_SELECTOR_H
#define POLICY_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content/header_text.h"
#include "match/patterns.h"
#include "option/option.h"
#include "policy/policy.h"

extern const struct option selector_options[]; /* for a section's table, with OPTION_INCLUDE */

/* Where headers are looked for, as bits. */
enum selector_where {
	WHERE_MESSAGE = 1u << 0,
	WHERE_PARTS = 1u << 1,	/* the MIME fields of the message and of its parts */
	WHERE_NESTED = 1u << 2, /* the other fields of attached messages */
};

struct selector {
	const char *name; /* of the headers; NULL: name_match is written, or neither: with
			     MATCH_ON_LINE every header */
	uint32_t key;	  /* header_key() of name */
	struct patterns name_match; /* one pattern, or none */
	struct patterns match, not_match;
	struct header_subject subject; /* what of them they see, and the table */
	unsigned where;		       /* bits of enum selector_where */
	const struct table *table;     /* of type regex, in place of match; or NULL */
	uint64_t min, max;	       /* number of headers, both inclusive */
	bool has_counts;	       /* present, fewer_than or more_than is written */
	bool has_tests;		       /* has_counts, or match, not_match or table is written */
};

/* Reads the options of section s. Returns 0, or -EINVAL after section_error(). *ret and what it
 * points to live as long as the configuration. */
int selector_read(struct policy_setup *setup, const struct section *s, struct selector *ret);

/* Does it look for headers in the body? */
static inline bool
selector_has_parts(const struct selector *selector)
{
	return (selector->where & (WHERE_PARTS | WHERE_NESTED)) != 0;
}

/* One selector and one message. The caller sets call and selector, and zeroes the rest. */
struct selection {
	struct policy_call *call;
	const struct selector *selector;
	const struct part_fields *fields; /* of the body; NULL: not looked for yet */
	struct regex_groups groups;  /* of the last value that matched `match` or the table;
					their subject lives until the header is changed */
	bool has_groups;	     /* groups is set */
	struct table_hit hit;	     /* of the last value that the table has; hit.value NULL:
					none yet */
	const struct header *header; /* the last one that matched `match` or the table; NULL:
					none yet. Until headers are added or inserted */
	enum verdict error;	     /* after -1: what the policy is to return */
};

/* These return 1 (yes), 0 (no), or -1 when a match failed: the policy then returns
 * sel->error. */

/* Do all tests of the selector hold? Without tests: is one of its headers there? On 1, groups
 * and hit are those of the first header that matches. */
int selection_holds(struct selection *sel);
/* Does it hold but for `match` and the table? */
int selection_limits_hold(struct selection *sel);
/* Goes to the next header that has the name, from *at (NULL: from the beginning), and writes it
 * to *at. No header may be added or inserted between two calls. */
int selection_next(struct selection *sel, struct header **at);
/* Does the value of h match `match`, or does the table have it? 1 when neither is written. */
int selection_matches(struct selection *sel, struct header *h);

/* In a trace, behind policy_note_rule(): the rule hit in the header that matched, or, without
 * `match` and table, by the headers of its name. */
void selection_trace(const struct selection *sel);

#endif
