/* A second way to read a message, for rules on attachments: it finds the header blocks of parts
 * wherever they stand in a text, and everything that their fields may mean. The tree (tree.h)
 * is one reading of a structure; where programs may read it differently, whatever a program
 * takes for a delimiter and for the headers behind it is among what is found here. */
#ifndef MIME_LENIENT_H
#define MIME_LENIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/budget.h"
#include "mime/tree.h"

#define LENIENT_MAX_TYPES 16u

/* A block of lines with a Content-Type, -Disposition or -Transfer-Encoding among them. */
struct lenient_block {
	struct mime_range lines;
	/* Where the content may begin: behind the empty line; and at the first line that is no
	 * field, where a program may end the header block. The same if there is no such line.
	 */
	size_t body[2];
};

/* Finds the next block that begins at or behind s[at], the begin of a line. A line ends with
 * LF, CRLF or a lone CR. Blocks do not overlap; to go on at lines.to takes linear time. False:
 * there is none.
 *
 *	x\nContent-Type: a/b\nbad line\nY: z\n\nbody
 *	lines: from "Content-Type" to the empty line; body: "body", "bad line..." */
bool lenient_next_block(const char *s, size_t len, size_t at, struct lenient_block *ret);

/* The begin of the next line that begins with "--", or len. */
size_t lenient_next_dashes(const char *s, size_t len, size_t at);

/* Everything that programs may read out of a block. */
struct lenient_headers {
	/* As mime_node_names(), and every name=value in the lines, quoted or not. */
	const char *const *names;
	size_t n_names;
	const char *types[LENIENT_MAX_TYPES]; /* lower case; text/plain if there is none */
	size_t n_types;
	unsigned encodings;  /* bits 1u << enum mime_encoding; 7bit if there is none */
	bool is_attachment;  /* a Content-Disposition is there that is not "inline" */
	bool is_conflicting; /* two types, encodings or dispositions differ */
	bool has_more;	     /* there was more than the limits or the budget allow */
};

/* Reads a block's lines, and charges for all that they may mean. All memory is the arena's. */
void lenient_read_headers(const char *lines, size_t len, struct mime_budget *budget,
			  struct arena *arena, struct lenient_headers *ret);

#endif
