/* The boundary of a multipart (RFC 2046, section 5.1.1), as mail programs read it out of a
 * Content-Type. They differ where the parameter is not of the form, or is not there. */
#ifndef MIME_BOUNDARY_H
#define MIME_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct mime_params;

#define MIME_BOUNDARY_BYTES  255u
#define MIME_BOUNDARY_OTHERS 8u

/* No boundary has blanks at its end, is empty, or has more than 255 bytes. */
struct mime_boundary {
	const char *text; /* NULL: there is none */
	/* Common programs read another one, or none: two parameters differ; it has controls,
	 * 8-bit bytes or a line break in it; a quote, backslash or comment is read in two ways;
	 * the ';' in front of it is missing. */
	bool irregular;
	/* What less common programs may read: up to a special character of a value without
	 * quotes, an encoded word decoded, without quotes or "<>" that are a part of it, what
	 * follows "boundary=" wherever that stands. It is a boundary only for a text in which a
	 * line is its delimiter.
	 *
	 *	boundary=bb?x			text "bb?x", other: "bb"
	 *	boundary="=?utf-8?q?bb?="	text "=?utf-8?q?bb?=", other: "bb" */
	const char *other[MIME_BOUNDARY_OTHERS];
	size_t n_other;
};

/* Reads the value of a Content-Type, p: the value's parameters. All strings are the arena's.
 * Takes linear time. */
void mime_boundary_read(struct arena *arena, const char *value, const struct mime_params *p,
			struct mime_boundary *ret);

#endif
