/* Which lines of two texts are not in the other one. */
#ifndef CTL_LINE_DIFF_H
#define CTL_LINE_DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct diff_line {
	const char *text;
	size_t len; /* without the LF */
};

struct diff_lines {
	struct diff_line *line;
	size_t n;
};

struct line_diff {
	struct diff_lines a, b;
	bool *deleted, *added; /* of a line of a, of b: it is not in the other one */
};

/* Compares two texts whose lines end with LF and which must live as long. Texts that differ in
 * more than a thousand lines are compared by their common begin and end only: the time is
 * bounded. The caller frees it with line_diff_free(). */
void line_diff_make(struct line_diff *d, const char *a, size_t a_len, const char *b,
		    size_t b_len);
void line_diff_free(struct line_diff *d);

#endif
