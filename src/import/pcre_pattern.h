/* Perl-compatible regular expressions of Postfix's tables (pcre_table(5)), written as our
 * tables have them: '/' ends a pattern, and the text that is matched is UTF-8.
 *
 *	theirs			ours
 *	a/b (between commas)	a\/b
 *	a b # c, with flag x	ab
 *	a$, with flag E		a\z
 *	[\x80-\xff]		[\x80-\x{10ffff}]	all that is not ASCII
 */
#ifndef IMPORT_PCRE_PATTERN_H
#define IMPORT_PCRE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum pcre_way {
	PCRE_STRIP_BLANKS = 1u << 0, /* flag x: blanks and comments are left out */
	PCRE_DOLLAR_END = 1u << 1,   /* flag E */
	PCRE_IS_CASELESS = 1u << 2,  /* how it will be compared */
	PCRE_NO_GROUPS = 1u << 3     /* groups of the result capture nothing; not with refers */
};

struct pcre_facts {
	unsigned groups;
	bool refers;	    /* back references, named groups, conditions, recursion, verbs */
	bool backrefs;	    /* among them \1 and its like */
	bool counts_octets; /* "[^ -~]{5}": five octets there, five characters here */
	bool begins_line;   /* begins with '^', and has no alternatives beside it */
	bool in_class_text; /* a class has characters that are not ASCII: octets there */
};

/* Rewrites a pattern and appends it to out; way: enum pcre_way. The pattern need not be valid:
 * what PCRE2 refuses it will refuse in the result. 0 and *ret; or -EINVAL when the meaning
 * depends on single octets over 0x7f; out is of no use then. */
int pcre_pattern_rewrite(const char *pattern, unsigned way, struct buf *out,
			 struct pcre_facts *ret);

#endif
