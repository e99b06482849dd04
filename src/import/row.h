/* The rows of Postfix's tables of type regexp and pcre, as rows of ours (type = "regex").
 *
 * if and endif become a condition in front of each row between them:
 *
 *	if /^Subject:/
 *	/cheap/ REJECT		/^(?=Subject:).*?(?:cheap)/ REJECT
 *	!/pills/ DUNNO		/^(?=Subject:)(?!.*?(?:pills))/ DUNNO
 *	endif
 *
 * Both ask the same text, so the meaning is kept. A row of a pattern that Postfix refuses has
 * no effect there, and is left out with a note. */
#ifndef IMPORT_ROW_H
#define IMPORT_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "import/report.h"

struct arena;
struct source;

enum pattern_type { PATTERN_REGEXP, PATTERN_PCRE };

struct row {
	unsigned line;	     /* in the file, from 1 */
	const char *written; /* the whole line, as it stands there */
	/* OUTCOME_NOTED: exact; without a pattern it has no effect in Postfix, either. */
	enum outcome outcome;
	const char *reason;   /* NULL: exact */
	const char *pattern;  /* ours, without slashes; NULL: there is none */
	bool negated;	      /* the row fits what the pattern does not match */
	bool case_sensitive;  /* else case-blind, as a row with actions is without flags */
	bool backrefs;	      /* which only rows with actions may have */
	const char *text;     /* of the right side, $1 written as we do */
	const char *text_bad; /* the text has $... that cannot be carried over: why */
};

/* All rows of a table, in order; if and endif are none. */
const struct row *rows_read(struct arena *arena, const struct source *s, enum pattern_type type,
			    size_t *ret_n);

#endif
