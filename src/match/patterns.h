/* A list of patterns that are alternatives, as an option of a section has it. Layer 3. */
#ifndef MATCH_PATTERNS_H
#define MATCH_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "match/regex.h"
#include "option/option.h"

struct arena;

struct patterns {
	const struct regex *const *re;
	size_t n;	 /* 0: the option is not there */
	unsigned groups; /* that each of them has at least */
};

/* Compiles all of an OPTION_REGEXES. 0, or -EINVAL after
 * section_error() at each that is wrong. */
int patterns_read(struct arena *arena, const struct section *s, const char *option,
		  bool backrefs, struct patterns *ret);

#endif
