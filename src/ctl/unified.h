/* The difference of two texts, line by line, as diff -u writes it. */
#ifndef CTL_UNIFIED_H
#define CTL_UNIFIED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct unified_text {
	const char *name; /* for the line "--- NAME" */
	const char *text; /* lines end with LF */
	size_t len;
};

/* Appends the difference, with three unchanged lines around each change; nothing when the texts
 * are equal. What could act on a terminal is escaped (str_append_readable()). colour: with the
 * escape sequences of colours. Texts that differ in more than a thousand lines are compared by
 * their common begin and end only: the time is bounded. */
void unified_write(const struct unified_text *old, const struct unified_text *new, bool colour,
		   struct buf *out);

#endif
