/* One tree of a message's parts for all policies. Layer 3. architecture.md decision 10. */
#ifndef CONTENT_VIEW_H
#define CONTENT_VIEW_H

#include <stdbool.h>
#include <stddef.h>

struct message;
struct mime_node;
struct mime_tree;

struct view_limits { /* mime_parts and mime_depth of limits {} */
	unsigned parts, depth;
};

/* Is a part an attachment? Its Content-Disposition is not "inline", it has a file name, or it
 * is application/something, which no program displays. */
bool view_is_attachment(const struct mime_node *node);

/* Bytes of a part out of its transfer encoding; as they stand when that is unknown. */
size_t view_decoded_size(const struct mime_tree *tree, const struct mime_node *node);

/* The parts of the message as the model has it now: its body, its Content-Type,
 * Content-Transfer-Encoding and Content-Disposition (a conflict when one is there twice and
 * different); of a kept body only, so the policy needs PART_HEADERS and PART_BODY. A lone CR is
 * looked for. Made when first asked for, and the same one until body or these fields change;
 * with into_messages it is another one. It stays valid till the message ends, but offsets are
 * into the body that it was made of. A body in parts is joined. NULL: the body
 * was not kept, or there is no file for it. */
const struct mime_tree *view_tree(struct message *m, const struct view_limits *limits,
				  bool into_messages);

#endif
