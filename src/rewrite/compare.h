/* The self-check of an edit: the edited message is scanned again, and its tree is compared with
 * the old one and with what was planned. It relies on nothing but the scanner. */
#ifndef REWRITE_COMPARE_H
#define REWRITE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/tree.h"
#include "rewrite/rope.h"

/* What was planned for one part of the old tree. */
struct mime_change {
	bool is_changed; /* false: the part must be the same byte by byte */
	/* The new body: the front of the old one, new bytes, the end of the old one. */
	struct mime_rope_piece body[3];
	enum mime_encoding encoding;
	bool to_utf8;
};

/* Does the new tree have the same parts in the same places, with the same types and flags?
 * Parts that were not changed must be the same byte by byte, with their headers, preambles and
 * epilogues; changed ones must have the body, encoding and charset that were planned. change
 * has an element for each old node. added: the index of a new leaf in the new tree, or
 * MIME_NO_NODE. The new tree may have gaps. */
bool mime_is_edit(const struct mime_tree *old, const struct mime_tree *new,
		  const struct mime_change *change, unsigned added);

/* Is the new tree a multipart of two parts, one of which has the old message's type, encoding
 * and whole body, byte by byte? inner_last: it is the second one. */
bool mime_is_wrapping(const struct mime_tree *old, const struct mime_tree *new,
		      bool inner_last);

/* Are the bytes of two ranges the same, gaps in them and at their ends included? */
bool mime_same_bytes(const struct mime_tree *a, struct mime_range x, const struct mime_tree *b,
		     struct mime_range y);

/* What stands in a multipart in front of its first delimiter, and from its close delimiter on.
 * Where there is none, the first reaches to the end of the body and the second is empty. */
struct mime_range mime_node_preamble(const struct mime_node *n);
struct mime_range mime_node_epilogue(const struct mime_node *n);

/* Reads the bytes of a range, gaps included, from its begin to its end. */
struct mime_walk {
	const struct mime_tree *tree;
	size_t at, to;	 /* the rest of the range */
	size_t gap;	 /* index of the next gap */
	size_t gap_done; /* bytes of it that were read */
};

struct mime_walk mime_walk_start(const struct mime_tree *tree, struct mime_range range);
/* Reads len bytes, if they are the same as data; else returns false, and the walk is of no
 * further use. */
bool mime_walk_consume(struct mime_walk *w, const char *data, size_t len);
bool mime_walk_is_over(const struct mime_walk *w);

#endif
