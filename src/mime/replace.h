/* Replaces whole parts of a message by text parts; all other bytes stay. */
#ifndef MIME_REPLACE_H
#define MIME_REPLACE_H

#include <stddef.h>

#include "mime/rope.h"
#include "mime/tree.h"

struct arena;

struct mime_new_part {
	unsigned node; /* that is replaced, with all its descendants; not the message itself */
	/* The new part: fields with CRLF, an empty line, and the content. It has no line end of
	 * its own in front of the delimiter. */
	const char *text;
	size_t len;
};

/* The parts are in the order of their nodes, and none is inside another. The result is scanned
 * again: it must have no flags, and all other parts with the same bytes. 0, and the result: a
 * rope of bytes of the old body and of parts, its list being the arena's. -EINVAL: the tree has
 * flags, or the result is not what was meant. */
int mime_replace_parts(const struct mime_tree *tree, const struct mime_limits *limits,
		       const struct mime_new_part *parts, size_t n, struct arena *arena,
		       struct mime_rope *ret);

/* The check alone: is b the tree of a's message with these parts replaced? b may have gaps. */
bool mime_is_replaced(const struct mime_tree *a, const struct mime_tree *b,
		      const struct mime_new_part *parts, size_t n);

#endif
