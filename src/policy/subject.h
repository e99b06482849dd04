/* What the patterns of a section about header fields see: the options match_on, normalize and
 * decode of header rules and of `header` in a condition, read in one place. The texts
 * themselves are made by content/header_text.h. */
#ifndef POLICY_SUBJECT_H
#define POLICY_SUBJECT_H

#include "content/header_text.h"
#include "option/option.h"
#include "option/section.h"

extern const struct option subject_options[]; /* for a section's table, with OPTION_INCLUDE */

/* Reads them. name: that of the header fields; NULL: there is none, or not one alone. looks:
 * are there patterns or a table, to which they apply? Warns of patterns of match and not_match
 * that cannot match a normalized text. Returns 0, or -EINVAL after section_error(). */
int subject_read(const struct section *s, const char *name, bool looks,
		 struct header_subject *ret);

#endif
