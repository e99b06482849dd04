/* Replaces whole parts of a message by text parts, removes parts, and adds text parts; all
 * other bytes stay. */
#ifndef REWRITE_REPLACE_H
#define REWRITE_REPLACE_H

#include <stddef.h>

#include "mime/tree.h"
#include "rewrite/rope.h"

struct arena;

enum mime_part_change { MIME_PART_REPLACED, MIME_PART_REMOVED, MIME_PART_ADDED };

struct mime_new_part {
	/* The one that is replaced or removed, with all its descendants; or behind which a part
	 * is added, with all its descendants in front of that. Not the message itself. The
	 * parent of a part that is removed, or behind which one is added, is a multipart, and
	 * something of it is left. */
	unsigned node;
	/* The new part: fields with CRLF, an empty line, and the content. It has no line end of
	 * its own in front of the delimiter. */
	const char *text;
	size_t len;
	enum mime_part_change change;
};

/* The changes are in the order of mime_sort_changes(), and no node is inside one that is
 * replaced or removed. The result is scanned again: it must have no flags, and all other parts
 * with the same bytes. 0, and the result: a rope of bytes of the old body and of parts, its
 * list being the arena's. -EINVAL: the tree has flags, or the result is not what was meant. */
int mime_replace_parts(const struct mime_tree *tree, const struct mime_limits *limits,
		       const struct mime_new_part *parts, size_t n, struct arena *arena,
		       struct mime_rope *ret);

/* Sorts changes in the order of the new message; those behind one node stay as they are. */
void mime_sort_changes(const struct mime_tree *tree, struct mime_new_part *parts, size_t n);

/* The check alone: is b the tree of a's message with these parts replaced? b may have gaps. */
bool mime_is_replaced(const struct mime_tree *a, const struct mime_tree *b,
		      const struct mime_new_part *parts, size_t n);

#endif
