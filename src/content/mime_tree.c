/* Scans a message for its MIME tree and keeps the tree in the message, with what it was made
 * of. A changed body or field has another address in the model than the old one, so comparing
 * the addresses shows whether a kept tree is still right. */
#include "content/mime_tree.h"

#include <string.h>

#include "content/kept_view.h"
#include "mime/tree.h"
#include "session/message.h"
#include "util/arena.h"

static void
add_source_value(enum mime_field_name name, const char *value, const char **first,
		 bool *conflict)
{
	if (*first == NULL)
		*first = value;
	else if (!mime_is_same_value(name, *first, value))
		*conflict = true;
}

static void
add_source_fields(const struct message *m, struct mime_source *s)
{
	const struct {
		enum mime_field_name field;
		const char *name, **value;
	} rows[] = {
		{MIME_CONTENT_TYPE, "Content-Type", &s->content_type},
		{MIME_TRANSFER_ENCODING, "Content-Transfer-Encoding", &s->transfer_encoding},
		{MIME_CONTENT_DISPOSITION, "Content-Disposition", &s->content_disposition},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t key = header_key(rows[i].name);
		const struct header *h = NULL;

		while ((h = message_find_header(m, rows[i].name, key, h)) != NULL)
			add_source_value(rows[i].field, h->value, rows[i].value, &s->conflict);
	}
}

static bool
is_same_source(const struct mime_source *a, const struct mime_source *b)
{
	return a->data == b->data && a->len == b->len && a->content_type == b->content_type &&
	       a->transfer_encoding == b->transfer_encoding &&
	       a->content_disposition == b->content_disposition && a->conflict == b->conflict;
}

const struct mime_tree *
content_mime_tree(struct message *m, const struct content_limits *limits, bool into_messages)
{
	struct mime_limits most = {.parts = limits->parts, .depth = limits->depth};
	struct mime_source source = {.into_messages = into_messages, .find_lone_cr = true};
	struct mime_tree *made;
	struct kept_view *kept;

	if (message_join_body(m) < 0 || (m->body == NULL && m->body_size > 0))
		return NULL;
	source.data = m->body != NULL ? m->body : "";
	source.len = m->body != NULL ? m->body_len : 0;
	add_source_fields(m, &source);
	if (m->view == NULL)
		m->view = arena_zalloc(m->arena, sizeof(*kept));
	kept = m->view;
	if (kept->tree[into_messages] != NULL &&
	    is_same_source(&kept->tree[into_messages]->source, &source))
		return kept->tree[into_messages];
	made = arena_alloc(m->arena, sizeof(*made));
	mime_scan(m->arena, &source, &most, made);
	kept->tree[into_messages] = made;
	return made;
}

bool
content_is_attachment(const struct mime_node *node)
{
	return node->is_attachment || node->is_named ||
	       strncmp(node->type, "application/", strlen("application/")) == 0;
}

size_t
content_decoded_size(const struct mime_tree *tree, const struct mime_node *node)
{
	size_t size;

	if (mime_node_size(tree, node, &size) < 0)
		size = node->body.to - node->body.from;
	return size;
}
