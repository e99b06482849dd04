/* A text in pieces, so that what is made of a long one need not be copied: bytes of the old
 * text, and what was put between them. Layer 2. footer.md 3.5, 3.6. */
#ifndef MIME_ROPE_H
#define MIME_ROPE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/tree.h"

struct arena;

struct mime_rope_piece {
	const char *data;
	size_t len;
	bool is_content; /* all of it is content of one part */
};

struct mime_rope {
	const struct mime_rope_piece *piece;
	size_t n;
	size_t len; /* of all of them */
};

/* Scans them as if they were one text: source->data and len are not looked at, but all the rest
 * of it. Where a piece is content the tree has a gap. The arena holds the other pieces, in one
 * piece, and the tree. */
void mime_scan_rope(struct arena *arena, const struct mime_rope *pieces,
		    const struct mime_source *source, const struct mime_limits *limits,
		    struct mime_tree *ret);

#endif
