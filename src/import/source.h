/* A file of another program that is imported: read into memory, and cut into logical lines as
 * Postfix does: a line that begins with a blank continues the one before; lines of blanks, and
 * lines whose first character is '#', do not count, not even between these. */
#ifndef IMPORT_SOURCE_H
#define IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct source {
	const char *path; /* as it was written */
	char *text;	  /* ended with NUL, and has no other */
	size_t len;
};

struct source_line {
	const char *text; /* without blanks at its end, continuation lines joined to it */
	unsigned number;  /* of its first line in the file, from 1 */
	bool continued;	  /* it had continuation lines */
	/* Why Postfix does not know it, as a sentence; NULL: it does. It is the first one of a
	 * file, and begins with a blank or with a byte order mark. */
	const char *skipped;
};

/* Reads a file, "-" for standard input; all owned by the arena. 0, or a negative errno with a
 * sentence in why: it cannot be read, is no regular file, larger than 64 MiB, no text. */
int source_load(struct arena *arena, const char *path, struct source *ret, char *why,
		size_t why_size);

/* All logical lines of a file; *ret_n is their number. */
const struct source_line *source_lines(struct arena *arena, const struct source *s,
				       size_t *ret_n);

/* Splits a line at the first blanks: returns the word, and *ret_rest is what follows them. */
const char *source_first_word(struct arena *arena, const char *line, const char **ret_rest);

/* Whether a line begins with "if" or "endif", in any case: what follows is no letter and no
 * digit, as in "if/x/", "if!/x/", "if ~x~", but not in "ifconfig". */
bool source_begins_with(const char *line, const char *word);

#endif
