/* One tree of a message's parts for all policies: scanned when it is asked for, kept in the
 * message until what it was made of changes. */
#include "content/mime_tree.h"

#include <string.h>

#include "mime/tree.h"
#include "session/message.h"
#include "util/arena.h"

/* What a message keeps: [1] is the tree that looks into messages. NULL: not made yet. */
struct view {
	const struct mime_tree *tree[2];
};

/* The first field of a name is the one that counts. */
static void
add_field(const char *value, const char **first, bool *conflict)
{
	if (*first == NULL)
		*first = value;
	else if (strcmp(*first, value) != 0)
		*conflict = true;
}

static void
add_fields(const struct message *m, struct mime_source *s)
{
	const struct {
		const char *name, **value;
	} rows[] = {
		{"Content-Type", &s->content_type},
		{"Content-Transfer-Encoding", &s->transfer_encoding},
		{"Content-Disposition", &s->content_disposition},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t key = header_key(rows[i].name);
		const struct header *h = NULL;

		while ((h = message_find_header(m, rows[i].name, key, h)) != NULL)
			add_field(h->value, rows[i].value, &s->conflict);
	}
}

/* What the model changes gets a new address, so these tell. */
static bool
is_same(const struct mime_source *a, const struct mime_source *b)
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
	struct view *view;

	if (message_join_body(m) < 0 || (m->body == NULL && m->body_size > 0))
		return NULL;
	source.data = m->body != NULL ? m->body : "";
	source.len = m->body != NULL ? m->body_len : 0;
	add_fields(m, &source);
	if (m->view == NULL)
		m->view = arena_zalloc(m->arena, sizeof(*view));
	view = m->view;
	if (view->tree[into_messages] != NULL &&
	    is_same(&view->tree[into_messages]->source, &source))
		return view->tree[into_messages];
	made = arena_alloc(m->arena, sizeof(*made));
	mime_scan(m->arena, &source, &most, made);
	view->tree[into_messages] = made;
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
