/* Is an edited message what was meant? Layer 2. footer.md 3.6. */
#ifndef MIME_COMPARE_H
#define MIME_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/rope.h"
#include "mime/tree.h"

/* What became of one part of the old tree. */
struct mime_change {
	bool is_changed; /* else it was not touched */
	/* Its new body, one behind the other: bytes of the old, new ones, bytes of the old. */
	struct mime_rope_piece body[3];
	enum mime_encoding encoding;
	bool to_utf8;
};

/* The same parts in the same places, with the same types and flags; those that were not
 * touched byte by byte, headers, preambles and epilogues too; the others with the body, the
 * encoding and the charset that they were given. change has a row for each old part. added:
 * the index of a part that is new and has no children, or MIME_NO_NODE. The new tree may have
 * gaps. */
bool mime_is_edit(const struct mime_tree *old, const struct mime_tree *new,
		  const struct mime_change *change, unsigned added);

/* A multipart of two parts: one is the whole old message, byte by byte; inner_last: the
 * second one. */
bool mime_is_wrapping(const struct mime_tree *old, const struct mime_tree *new,
		      bool inner_last);

/* Do a range of one tree's data and a range of another's hold the same? Both with the gaps
 * inside them and at their ends. */
bool mime_same_bytes(const struct mime_tree *a, struct mime_range x, const struct mime_tree *b,
		     struct mime_range y);

/* A range of a tree's data, gaps too, read from its begin to its end. */
struct mime_walk {
	const struct mime_tree *tree;
	size_t at, to;	 /* what of data comes next */
	size_t gap;	 /* the next gap */
	size_t gap_done; /* bytes of it */
};

struct mime_walk mime_walk_start(const struct mime_tree *tree, struct mime_range range);
/* Do these bytes come next? They are passed then. */
bool mime_walk_consume(struct mime_walk *w, const char *data, size_t len);
bool mime_walk_is_over(const struct mime_walk *w);

#endif
