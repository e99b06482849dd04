/* A text as a list of pieces, so that a new body that is made of an old one need not be
 * copied: bytes of the old body, and between them what was inserted.
 *
 *	old body	Hello.\r\n--b--\r\n
 *	pieces		"Hello.\r\n", "\r\nExample Ltd\r\n", "--b--\r\n" */
#ifndef REWRITE_ROPE_H
#define REWRITE_ROPE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/tree.h"

struct arena;

struct mime_rope_piece {
	const char *data;
	size_t len;
	bool is_content; /* all of it is content of one part, without a delimiter */
};

struct mime_rope {
	const struct mime_rope_piece *piece;
	size_t n;
	size_t len; /* of all pieces together */
};

/* Scans the pieces as if they were one text. source->data and len are not used, its other
 * fields are. All lines are searched for delimiters, but the whole lines of long content are
 * not copied: the tree has a gap there (struct mime_gap). The first and the last line of a
 * piece are copied, because they may go on in another piece:
 *
 *	pieces	"\r\n\r\n", "one\r\ntwo\r\nthr" (content), "ee\r\n--b--"
 *	data	"\r\n\r\none\r\nthree\r\n--b--"
 *	gap	"two\r\n" in front of "three"
 *
 * The arena holds the copied bytes, the gaps and the tree. */
void mime_scan_rope(struct arena *arena, const struct mime_rope *rope,
		    const struct mime_source *source, const struct mime_limits *limits,
		    struct mime_tree *ret);

#endif
