/* Private to the evaluation of conditions: what all kinds of lines need. Functions that match
 * return 1, 0, or a negative number of regex_match(). */
#ifndef POLICY_CONDITION_MATCH_H
#define POLICY_CONDITION_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/condition_line.h"

/* What the values of a line are compared with, such as the sender's address. text NULL: there
 * is no such thing, and no value matches. */
struct condition_subject {
	const char *text;
	size_t len; /* of text; only for patterns */
};

static inline int
tri_from_bool(bool holds)
{
	return holds ? TRI_YES : TRI_NO;
}

/* Has this part of the message its final value? From a stage on, when no policy before may
 * still change it; and always at the end of the message. */
static inline bool
is_part_final(const struct condition_view *v, uint32_t part, enum stage from)
{
	return v->stage == STAGE_EOM || (v->stage >= from && (v->pending & part) == 0);
}

/* Are addresses compared, as those of sender are? */
bool condition_compares_address(enum line_kind kind);
/* Does one of the values match? The comparison is noted. */
int condition_value_matches(enum line_kind kind, const struct condition_values *values,
			    const struct condition_view *v, struct condition_subject s);
/* Does a value of the line match this mailbox, or its domain, as the line's kind is? */
int condition_mailbox_matches(const struct condition_line *l, const struct condition_view *v,
			      const char *mailbox);
/* For the trace: what the line at work was compared with, and the value that matched, or NULL.
 */
void condition_note_comparison(const struct condition_view *v, const char *subject,
			       const struct condition_value *value);
/* Patterns see only the beginning of a text of so many bytes, of that name. */
void condition_note_cut(const struct condition_view *v, size_t len, const char *name);

/* condition_content.c: lines about header fields and links. An enum tri, or negative. */
int condition_evaluate_header_line(const struct condition_line *l,
				   const struct condition_view *v);
int condition_evaluate_header_from_line(const struct condition_line *l,
					const struct condition_view *v);
int condition_evaluate_url_domain_line(const struct condition_line *l,
				       const struct condition_view *v);

#endif
