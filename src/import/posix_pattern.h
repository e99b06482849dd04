/* POSIX regular expressions as the GNU C library reads them (regcomp(3), regex(7)), translated
 * to PCRE2. The tables of type regexp of Postfix, and milter-regex, have such patterns.
 *
 *	POSIX			PCRE2
 *	[.\d]			[\.\\d]		no escapes in brackets
 *	\<x			\b(?=\w)x
 *	\D			D		a backslash before other letters means nothing;
 *	\d (case-blind)		[^\s\S]		but a small one then never matches
 *	a*?			(?:a*)?		no lazy quantifiers
 *	a{,3}			a{0,3}
 *	a/b			a\/b		since '/' ends a pattern in our tables
 *
 * Whether a translated pattern matches a text of ASCII is the same, always. Which part of the
 * text a group captures may differ, since POSIX takes the longest match, and PCRE2 the first
 * alternative that leads to one: see captures_differ. */
#ifndef IMPORT_POSIX_PATTERN_H
#define IMPORT_POSIX_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct posix_facts {
	unsigned groups;      /* as written: $1 to $9 are the same in both */
	bool backrefs;	      /* \1 to \9 */
	bool captures_differ; /* there are alternatives or repeated groups */
	bool counts_octets;   /* "[^ -~]{5}": five octets there, five characters here */
	bool begins_line;     /* begins with '^', and has no alternatives beside it */
	char odd_escape;      /* the letter of an escape that is none there, as in "\d"; or 0 */
};

enum posix_flag {
	POSIX_EXTENDED = 1u << 0, /* else a basic regular expression */
	POSIX_CASELESS = 1u << 1, /* how it will be compared */
	POSIX_NO_GROUPS = 1u << 2 /* groups of the result capture nothing; not with backrefs */
};

/* Translates a pattern, which may have any bytes but NUL, and appends it to out. 0 and *ret;
 * or, and what was appended is of no use, -EINVAL: it is not in this form, which regcomp() may
 * tell better, or has a class with what is not ASCII; -E2BIG: it repeats or nests so much that
 * regcomp() must not be called: "a{255}{255}{255}" needs gigabytes. */
int posix_pattern_translate(const char *pattern, unsigned flags, struct buf *out,
			    struct posix_facts *ret);

/* Whether regcomp() takes the pattern; else its reason stands in why. To be called after
 * posix_pattern_translate(), unless that returned -E2BIG. */
bool posix_pattern_is_valid(const char *pattern, unsigned flags, char *why, size_t why_size);

#endif
