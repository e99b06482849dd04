/* What a node of the tree contains: the values of its fields, its file names, its decoded body.
 * Names are collected from all fields of a kind, because programs differ in which one they use.
 */
#include <string.h>

#include "mime/budget.h"
#include "mime/decoder.h"
#include "mime/fields.h"
#include "mime/names.h"
#include "mime/tree.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/memory.h"
#include "util/str.h"

#define FIELDS_MAX     128 /* of one kind in one part */
#define SMALLEST_CHUNK 1024
#define LARGEST_CHUNK  65536

/* ---- number ---- */

/* Which child of its parent it is, from 1. */
static unsigned
count_place_of_child(const struct mime_tree *tree, unsigned node)
{
	unsigned n = 1, i = tree->node[tree->node[node].parent].child;

	for (; i != node && i != MIME_NO_NODE; i = tree->node[i].next)
		n++;
	return n;
}

void
mime_append_part_number(const struct mime_tree *tree, unsigned node, struct buf *out)
{
	const struct mime_node *part = &tree->node[node];
	size_t begin = out->len;

	if (part->parent != MIME_NO_NODE)
		mime_append_part_number(tree, part->parent, out);
	if (part->is_multipart &&
	    (part->parent == MIME_NO_NODE || tree->node[part->parent].is_message))
		return;
	if (out->len > begin)
		buf_putc(out, '.');
	buf_printf(out, "%u",
		   part->parent == MIME_NO_NODE ? 1 : count_place_of_child(tree, node));
}

/* ---- fields ---- */

static const char *
source_value(const struct mime_source *source, enum mime_field_name name)
{
	switch (name) {
	case MIME_CONTENT_TYPE:
		return source->content_type;
	case MIME_TRANSFER_ENCODING:
		return source->transfer_encoding;
	case MIME_CONTENT_DISPOSITION:
		return source->content_disposition;
	}
	return NULL;
}

static const struct mime_field *
node_field(const struct mime_node *node, enum mime_field_name name)
{
	switch (name) {
	case MIME_CONTENT_TYPE:
		return &node->content_type;
	case MIME_TRANSFER_ENCODING:
		return &node->transfer_encoding;
	case MIME_CONTENT_DISPOSITION:
		break;
	}
	return &node->content_disposition;
}

static bool
has_source_fields(const struct mime_tree *tree, const struct mime_node *node)
{
	return node->parent == MIME_NO_NODE && !tree->source.has_header;
}

const char *
mime_node_value(const struct mime_tree *tree, const struct mime_node *node,
		enum mime_field_name name, struct arena *arena)
{
	const struct mime_field *f = node_field(node, name);

	if (has_source_fields(tree, node))
		return source_value(&tree->source, name);
	if (f->to == 0)
		return NULL;
	return mime_field_text(arena, tree->source.data + f->value, f->value_end - f->value);
}

/* ---- file names ---- */

/* The bytes with U+FFFD for each NUL: a program may take it for the end of a name. */
static const char *
text_with_replacements(struct arena *arena, const char *s, size_t len)
{
	struct buf text = {0};

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\0')
			buf_puts(&text, "\xef\xbf\xbd");
		else
			buf_putc(&text, (unsigned char)s[i]);
	}
	return buf_move_to_arena(&text, arena);
}

static void
add_names_of_field(struct name_list *names, const char *s, size_t len, struct arena *scratch)
{
	mime_add_names_of_value(names, mime_field_text(scratch, s, len), scratch);
	if (memchr(s, '\0', len) != NULL && mime_charge_fields(names->budget, len))
		mime_add_names_of_value(names, text_with_replacements(scratch, s, len),
					scratch);
}

/* Adds the names from all fields with this name. */
static void
add_names_of_fields(struct name_list *names, const struct mime_tree *tree,
		    const struct mime_node *node, const char *field)
{
	const char *s = tree->source.data;
	size_t at = node->headers.from, n = 0;
	struct arena *scratch = arena_new();

	while (at < node->headers.to && n < FIELDS_MAX) {
		struct mime_field_span f;

		mime_field_read(s, node->headers.to, at, &f);
		at = f.to;
		if (!mime_field_is(s, &f, field))
			continue;
		add_names_of_field(names, s + f.value, f.value_end - f.value, scratch);
		arena_reset(scratch);
		n++;
	}
	arena_free(scratch);
}

static void
add_names_of_source(struct name_list *names, const struct mime_source *source)
{
	struct arena *scratch = arena_new();

	if (source->content_disposition != NULL)
		mime_add_names_of_value(names, source->content_disposition, scratch);
	if (source->content_type != NULL)
		mime_add_names_of_value(names, source->content_type, scratch);
	arena_free(scratch);
}

size_t
mime_node_names(const struct mime_tree *tree, const struct mime_node *node,
		struct mime_budget *budget, struct arena *arena, const char *const **ret)
{
	struct name_list names = {.budget = budget, .arena = arena};

	if (has_source_fields(tree, node)) {
		add_names_of_source(&names, &tree->source);
	} else {
		add_names_of_fields(&names, tree, node, "content-disposition");
		add_names_of_fields(&names, tree, node, "content-type");
	}
	name_list_free(&names);
	*ret = arena_dup(arena, names.name, names.n * sizeof(names.name[0]));
	return names.n;
}

/* ---- content ---- */

static int
start_node_decoder(const struct mime_tree *tree, const struct mime_node *node,
		   struct mime_decoder *ret)
{
	return mime_decoder_start(ret, node->encoding, tree->source.data + node->body.from,
				  node->body.to - node->body.from);
}

/* How many encoded bytes to decode at once for about max decoded ones. */
static size_t
decoder_chunk_for(size_t max)
{
	size_t chunk = max < LARGEST_CHUNK ? 2 * max : LARGEST_CHUNK;

	return chunk < SMALLEST_CHUNK ? SMALLEST_CHUNK : chunk;
}

int
mime_node_decode(const struct mime_tree *tree, const struct mime_node *node, size_t max,
		 struct buf *out)
{
	size_t before = out->len;
	struct mime_decoder d;
	int r = start_node_decoder(tree, node, &d);

	if (r < 0)
		return r;
	while (!mime_decoder_is_over(&d) && out->len - before < max && !memory_is_over())
		mime_decoder_next(&d, decoder_chunk_for(max), out);
	if (out->len - before > max)
		out->len = before + max;
	return 0;
}

int
mime_node_size(const struct mime_tree *tree, const struct mime_node *node, size_t *ret_size)
{
	struct buf out = {0};
	size_t size = 0;
	struct mime_decoder d;
	int r = start_node_decoder(tree, node, &d);

	if (r < 0)
		return r;
	if (d.encoding <= MIME_BINARY) {
		*ret_size = d.len;
		return 0;
	}
	while (!mime_decoder_is_over(&d)) {
		buf_reset(&out);
		mime_decoder_next(&d, LARGEST_CHUNK, &out);
		size += out.len;
	}
	buf_free(&out);
	*ret_size = size;
	return 0;
}
