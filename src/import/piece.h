/* One pattern of a row of regexp_table(5) or pcre_table(5): "!/pattern/flags", translated, and
 * put together with others to the pattern of a row of ours. */
#ifndef IMPORT_PIECE_H
#define IMPORT_PIECE_H

#include <stdbool.h>
#include <stddef.h>

#include "import/report.h"
#include "import/row.h"

struct buf;

struct piece {
	bool negated;
	/* What the flags come to. */
	bool caseless, multiline, dotall, ungreedy, anchored;
	const char *pattern; /* translated; of an anchored one with '^' in front */
	const char *silent;  /* the same, its groups capture nothing; NULL: it refers to them */
	bool begins_line;    /* begins with '^', and has no alternatives beside it */
	unsigned groups;
	bool backrefs;
	bool captures_differ;
	/* OUTCOME_EXACT, OUTCOME_DIFFERS; OUTCOME_NOTED: Postfix refuses it, too;
	 * OUTCOME_LEFT_OUT */
	enum outcome outcome;
	const char *reason;
	const char *hint; /* of one that is exact: what its author may not know; or NULL */
};

/* Reads the pattern at the front of s, after "if" or at the start of a row. *ret_rest is what
 * follows it, without blanks in front; of a regexp table it may be the second pattern of
 * "/a/!/b/", at its "!". When the outcome is neither exact nor different, only
 * reason is set. */
void piece_read(struct arena *arena, const char *s, enum pattern_type type, struct piece *ret,
		const char **ret_rest);

/* The pattern of a row with conditions (all of them hold), whose flags are those of the row,
 * so that only its case flag, and without conditions its '!', need to stand beside it. NULL: a
 * condition refers to its own groups, which would count among those of the row. */
const char *piece_join(struct arena *arena, const struct piece *row,
		       const struct piece *conditions, size_t n);

#endif
