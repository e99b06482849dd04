/* Measures a message for the policy "size": the message as the policies before left it. Input:
 * the message and a quantity; output: a number of bytes or things. */
#include <errno.h>
#include <string.h>

#include "content/mime_tree.h"
#include "content/uuencoded.h"
#include "mime/tree.h"
#include "policies/size.h"

static uint64_t
measure_longest_header(const struct message *m)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < m->n_headers; i++) {
		uint64_t len = 0;

		if (m->headers[i].deleted)
			continue;
		for (const char *p = m->headers[i].value; *p != '\0'; p++)
			len += *p != '\n' && *p != '\r';
		if (len > longest)
			longest = len;
	}
	return longest;
}

struct mime_measures {
	uint64_t parts, attachments, attachment, depth;
};

/* Files that are uuencoded in a text are parts of their own. */
static void
measure_uuencoded_files(const struct mime_tree *tree, const struct mime_node *node,
			bool wants_sizes, struct mime_measures *ret)
{
	struct uuencode_block block = {.to = 0};
	struct content_text text;

	if (!content_open_node_text(tree, node, &text))
		return;
	while (uuencode_next_block(text.data, text.len, block.to, &block)) {
		uint64_t size = wants_sizes ? content_uuencoded_size(&text, &block) : 0;

		ret->parts++;
		ret->attachments++;
		if (size > ret->attachment)
			ret->attachment = size;
	}
	content_close_text(&text);
}

/* An attached message is one part. Of an irregular structure those parts count that were
 * found. */
static void
measure_mime_tree(const struct mime_tree *tree, bool wants_sizes, struct mime_measures *ret)
{
	for (unsigned i = 0; i < tree->n; i++) {
		const struct mime_node *node = &tree->node[i];
		uint64_t depth = node->depth + ((node->flags & MIME_TOO_DEEP) != 0), size;

		if (depth > ret->depth)
			ret->depth = depth;
		if (node->is_multipart)
			continue;
		ret->parts++;
		measure_uuencoded_files(tree, node, wants_sizes, ret);
		if (!content_is_attachment(node))
			continue;
		ret->attachments++;
		size = wants_sizes ? content_decoded_size(tree, node) : 0;
		if (size > ret->attachment)
			ret->attachment = size;
	}
}

/* What the scanner has left out counts as more than any limit of its kind. */
static uint64_t
measure_mime(const struct mime_tree *tree, const struct content_limits *view,
	     enum size_quantity quantity)
{
	struct mime_measures found = {0};
	bool has_more = (tree->flags & (MIME_TOO_MANY | MIME_OVER_BUDGET)) != 0;

	measure_mime_tree(tree, quantity == SIZE_ATTACHMENT, &found);
	if (has_more)
		found.parts = found.attachments = (uint64_t)view->parts + 1;
	if (has_more || (tree->flags & MIME_TOO_DEEP) != 0)
		found.attachment = tree->source.len;
	return quantity == SIZE_PARTS	      ? found.parts
	       : quantity == SIZE_ATTACHMENTS ? found.attachments
	       : quantity == SIZE_ATTACHMENT  ? found.attachment
					      : found.depth;
}

int
measure_quantity(struct policy_call *c, enum size_quantity quantity, uint64_t *ret)
{
	const struct message *m = policy_message(c);
	const struct mime_tree *tree;

	switch (quantity) {
	case SIZE_MESSAGE:
		*ret = message_size(m);
		return 0;
	case SIZE_HEADERS:
		*ret = m->header_lines;
		return 0;
	case SIZE_HEADER_BYTES:
		*ret = m->header_bytes;
		return 0;
	case SIZE_HEADER_LINE:
		*ret = measure_longest_header(m);
		return 0;
	case SIZE_LINE:
		*ret = m->body_longest;
		return 0;
	case SIZE_RECEIVED:
		*ret = message_header_count(m, "Received");
		return 0;
	case SIZE_PARTS:
	case SIZE_ATTACHMENTS:
	case SIZE_ATTACHMENT:
	case SIZE_DEPTH:
		tree = policy_mime_tree(c, false);
		if (tree == NULL)
			return -ENODATA;
		*ret = measure_mime(tree, policy_content_limits(c), quantity);
		return 0;
	case SIZE_COUNT:
		break;
	}
	return -EINVAL;
}
