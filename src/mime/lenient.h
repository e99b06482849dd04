/* The headers of parts wherever they stand in a text, and all that they may say: for messages
 * whose structure programs read in different ways. What a program takes for a part's headers,
 * whatever it takes for a delimiter, is among what is found here. Layer 2. */
#ifndef MIME_LENIENT_H
#define MIME_LENIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/tree.h"

#define LENIENT_MAX_TYPES 16u

/* Lines that hold a Content-Type, -Disposition or -Transfer-Encoding. */
struct lenient_block {
	struct mime_range lines;
	/* Where its content may begin: behind the empty line, and at the first line that is no
	 * field; the same when there is no such line. */
	size_t body[2];
};

/* The next block that begins at or behind s[at], a line's begin. A line ends with LF, CRLF or
 * CR. Blocks do not overlap; going on at lines.to is linear. */
bool lenient_next_block(const char *s, size_t len, size_t at, struct lenient_block *ret);

/* Where the next line that begins with "--" begins, or len. */
size_t lenient_next_dashes(const char *s, size_t len, size_t at);

struct lenient_headers {
	/* As mime_node_names(), and every name=value in the lines, quoted or not. */
	const char *const *names;
	size_t n_names;
	const char *types[LENIENT_MAX_TYPES]; /* lower case */
	size_t n_types;
	unsigned encodings;  /* bits 1u << enum mime_encoding; no encoding is 7bit */
	bool is_attachment;  /* some disposition says so */
	bool is_conflicting; /* two types, encodings or dispositions that differ */
	bool has_more;	     /* than was read */
};

/* What the lines claim. All memory is the arena's. */
void lenient_read_headers(const char *lines, size_t len, struct arena *arena,
			  struct lenient_headers *ret);

#endif
