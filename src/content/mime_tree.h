/* The MIME tree of a message as it is now: one for all policies, made when it is first asked
 * for and kept in the message until its body or its Content- fields are changed. */
#ifndef CONTENT_MIME_TREE_H
#define CONTENT_MIME_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct message;
struct mime_node;
struct mime_tree;

/* The options mime_parts and mime_depth of the configuration's limits { }: see struct
 * mime_limits. */
struct content_limits {
	unsigned parts, depth;
};

/* Scans the body of a message, with its fields Content-Type, Content-Transfer-Encoding and
 * Content-Disposition: the first of each name counts, and a second one with another value is a
 * conflict. into_messages: parts of attached messages are scanned too; the trees with and
 * without them are kept separately. Lone CRs are looked for.
 *
 * Returns the same tree until the body or one of these fields changes. A tree is valid until
 * the message ends, but its offsets are into the body that was scanned. A body in pieces is
 * joined. NULL: the body was not kept, or joining it failed. A policy that asks must read
 * PART_HEADERS and PART_BODY. */
const struct mime_tree *content_mime_tree(struct message *m,
					  const struct content_limits *limits,
					  bool into_messages);

/* True when a part counts as an attachment: its Content-Disposition is not "inline", it has a
 * file name, or its type is application/something, which mail programs do not display. */
bool content_is_attachment(const struct mime_node *node);

/* The bytes of a part's body out of its transfer encoding; as they are when the encoding is
 * unknown. Linear in the part. */
size_t content_decoded_size(const struct mime_tree *tree, const struct mime_node *node);

#endif
