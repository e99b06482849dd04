/* Makes headers of the fields in a message's body, node after node of its MIME tree. */
#include "content/part_fields.h"

#include "mime/fields.h"
#include "mime/tree.h"
#include "util/arena.h"
#include "util/str.h"

struct field_collector {
	struct arena *arena;
	const struct mime_tree *tree;
	struct part_fields *fields;
	size_t cap;
};

bool
content_is_mime_field(const char *name)
{
	return str_case_starts(name, "Content-") || str_case_equal(name, "MIME-Version");
}

/* The value, folded with LF, without the blanks in front. */
static const char *
copy_field_value(struct arena *arena, const char *s, size_t len)
{
	size_t skip = str_blank_run(s, len);
	char *text = mime_field_text(arena, s + skip, len - skip), *to = text;

	for (const char *p = text; *p != '\0'; p++)
		if (p[0] != '\r' || p[1] != '\n')
			*to++ = *p;
	*to = '\0';
	return text;
}

static void
add_body_field(struct field_collector *c, const struct mime_field_span *span, bool of_message)
{
	struct part_fields *all = c->fields;
	const char *data = c->tree->source.data;
	struct part_field *f;

	if (all->n == PART_FIELDS_MAX) {
		all->is_cut = true;
		return;
	}
	all->field = arena_grow(c->arena, all->field, all->n, &c->cap, sizeof(*all->field));
	f = &all->field[all->n++];
	*f = (struct part_field){.is_nested = false};
	f->header.name =
		mime_field_text(c->arena, data + span->from, span->name_end - span->from);
	f->header.value =
		copy_field_value(c->arena, data + span->value, span->value_end - span->value);
	f->header.key = header_key(f->header.name);
	f->is_nested = of_message && !content_is_mime_field(f->header.name);
}

static void
add_fields_of_node(struct field_collector *c, const struct mime_node *node)
{
	const struct mime_tree *tree = c->tree;
	bool of_message = node->parent != MIME_NO_NODE && tree->node[node->parent].is_message;
	struct mime_field_span span;

	for (size_t at = node->headers.from; at < node->headers.to && !c->fields->is_cut;
	     at = span.to) {
		mime_field_read(tree->source.data, node->headers.to, at, &span);
		if (span.name_end > span.from)
			add_body_field(c, &span, of_message);
	}
}

const struct part_fields *
content_part_fields(struct message *m, const struct content_limits *limits)
{
	struct field_collector c = {.arena = m->arena,
				    .tree = content_mime_tree(m, limits, true)};

	if (c.tree == NULL)
		return NULL;
	c.fields = arena_zalloc(m->arena, sizeof(*c.fields));
	for (unsigned i = 1; i < c.tree->n; i++)
		add_fields_of_node(&c, &c.tree->node[i]);
	return c.fields;
}
