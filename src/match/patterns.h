/* The patterns of an option such as match = {'...', '...'}: they are alternatives, so a value
 * matches when one of them does. */
#ifndef MATCH_PATTERNS_H
#define MATCH_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "match/regex.h"
#include "option/option.h"

struct arena;

struct patterns {
	const struct regex *const *re;
	size_t n;	 /* 0: the option is not written, or its list is empty */
	unsigned groups; /* capture groups that each of them has at least: $1 to $groups */
};

/* Compiles the patterns of an option of type OPTION_REGEXES. backrefs: they may have back
 * references. 0; or -EINVAL after section_error() at each that is wrong, and *ret is not set.
 * The arena owns what *ret points to. */
int patterns_read(struct arena *arena, const struct section *s, const char *option,
		  bool backrefs, struct patterns *ret);

/* Reports, at one text of an option, what is no pattern: "table:NAME", and the slashes of
 * Postfix and Perl, "/x/i". 0, or -EINVAL. */
int pattern_check_written(const struct section *s, const char *option, size_t item,
			  const char *text);

/* Reports, at one text of an option whose patterns are for addresses, one that never matches
 * since it has the brackets of a command: '^<ann@x\.example>$', and '^<>$' for the null sender,
 * which is the empty address. 0, or -EINVAL. */
int pattern_check_address(const struct section *s, const char *option, size_t item,
			  const char *text);

/* Warns of patterns for the value of a header field that begin with the field's name. */
void patterns_check_header(const struct section *s, const char *option, const char *name);

/* Warns of patterns that cannot match a text in the form of normalize_text(). */
void patterns_check_normalized(const struct section *s, const char *option);

#endif
