/* Is an edited message what was meant? Layer 2. footer.md 3.6. */
#ifndef MIME_COMPARE_H
#define MIME_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/tree.h"

/* What became of one part of the old tree; NULL body: it was not touched. */
struct mime_change {
	const char *body;
	size_t len;
	enum mime_encoding encoding;
	bool to_utf8;
};

/* The same parts in the same places, with the same types and flags; those that were not
 * touched byte by byte, headers, preambles and epilogues too; the others with the body, the
 * encoding and the charset that they were given. change has a row for each old part. added:
 * the index of a part that is new and has no children, or MIME_NO_NODE. */
bool mime_is_edit(const struct mime_tree *old, const struct mime_tree *new,
		  const struct mime_change *change, unsigned added);

/* A multipart of two parts: one is the whole old message, byte by byte; inner_last: the
 * second one. */
bool mime_is_wrapping(const struct mime_tree *old, const struct mime_tree *new,
		      bool inner_last);

/* Do a range of one tree's data and a range of another's hold the same? */
bool mime_same_bytes(const struct mime_tree *a, struct mime_range x, const struct mime_tree *b,
		     struct mime_range y);

#endif
