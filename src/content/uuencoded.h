/* Files that are uuencoded in the text of a part (mime/uuencode_block.h). They count as parts
 * of the message, though its MIME tree does not have them. */
#ifndef CONTENT_UUENCODED_H
#define CONTENT_UUENCODED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/encoding.h"
#include "mime/uuencode_block.h"
#include "util/buf.h"

struct mime_node;
struct mime_tree;

/* A text out of its transfer encoding. */
struct content_text {
	const char *data;
	size_t len;
	struct buf decoded; /* has data, unless that is the body itself */
};

/* Opens a body for a search with uuencode_next_block(). False: no block can be in it. An
 * encoded body is decoded as a whole only if the word "begin" is in it. The caller closes the
 * text. */
bool content_open_text(const char *body, size_t len, enum mime_encoding e,
		       struct content_text *ret);
/* The same of a node. False also when it is not a text. */
bool content_open_node_text(const struct mime_tree *tree, const struct mime_node *node,
			    struct content_text *ret);
void content_close_text(struct content_text *text);

/* The bytes that a block decodes to. Linear in the block. */
uint64_t content_uuencoded_size(const struct content_text *text,
				const struct uuencode_block *block);

#endif
