/* Parts of a message replaced by others; all the rest stays byte for byte. Layer 2. */
#ifndef MIME_REPLACE_H
#define MIME_REPLACE_H

#include <stddef.h>

#include "mime/rope.h"
#include "mime/tree.h"

struct arena;

struct mime_new_part {
	unsigned node; /* that it replaces, with all that is in it; not the message itself */
	/* Its fields with CRLF, an empty line, and content of one text part. */
	const char *text;
	size_t len;
};

/* In order of their nodes, none inside another. The result is scanned again: it must have the
 * same parts with the same bytes but for those, and no flags. 0 with the result, pieces of the
 * old text and of parts (the list is the arena's), or -EINVAL when the tree has flags or the
 * result is not what was meant. */
int mime_replace_parts(const struct mime_tree *tree, const struct mime_limits *limits,
		       const struct mime_new_part *parts, size_t n, struct arena *arena,
		       struct mime_rope *ret);

/* Is b what a becomes so? It may have gaps. */
bool mime_is_replaced(const struct mime_tree *a, const struct mime_tree *b,
		      const struct mime_new_part *parts, size_t n);

#endif
