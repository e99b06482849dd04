/* The configuration of milter-regex(8): rules with expressions, as alternatives of terms that
 * all hold.
 *
 *	reject "No"
 *	helo /x/ and not ( envfrom /a/i or body /b/e )
 *
 * becomes a rule with one alternative of three terms: helo /x/, not envfrom /a/i, not body
 * /b/e. A term with two arguments is one, but connect is two: its name, and its address. Names
 * of expressions ($name) are filled in. */
#ifndef IMPORT_MILTER_REGEX_H
#define IMPORT_MILTER_REGEX_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct source;

#define MILTER_REGEX_MAX_TERMS 16 /* of one alternative */

enum term_kind { /* in the order in which they are known */
		 TERM_HOST,
		 TERM_ADDRESS,
		 TERM_HELO,
		 TERM_ENVFROM,
		 TERM_ENVRCPT,
		 TERM_MACRO,
		 TERM_HEADER,
		 TERM_BODY,
};

struct term_arg {
	const char *pattern; /* "" matches always */
	bool extended, caseless, negated;
};

struct term {
	enum term_kind kind;
	bool negated;	       /* by "not", or by the flag n, but for macro, header and body */
	struct term_arg value; /* the only argument, or the second one */
	struct term_arg name;  /* of macro and header, the first one */
};

struct alternative {
	struct term terms[MILTER_REGEX_MAX_TERMS];
	size_t n;
};

struct milter_rule {
	unsigned line;	     /* of the expression */
	const char *written; /* the expression */
	const char *action;  /* "reject", "tempfail", "discard", "quarantine", "accept" */
	const char *text;    /* of the action; NULL: none */
	const struct alternative *alternatives;
	size_t n;
	bool mixed;	    /* and, or beside each other without parentheses */
	const char *reason; /* why it cannot be read; NULL: it can */
};

/* All rules. A mistake ends the reading: the last rule has the reason. */
const struct milter_rule *milter_regex_read(struct arena *arena, const struct source *s,
					    size_t *ret_n);

#endif
