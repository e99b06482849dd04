/* What a node of the tree contains: the values of its fields, its file names, its decoded body.
 * Names are collected from all fields of a kind, because programs differ in which one they use.
 */
#include <string.h>

#include "mime/budget.h"
#include "mime/decoder.h"
#include "mime/fields.h"
#include "mime/params.h"
#include "mime/tree.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define NAMES_MAX      128
#define NAME_CHARGE    32  /* for what rules do with a name, however short it is */
#define FIELDS_MAX     128 /* of one kind in one part */
#define SMALLEST_CHUNK 1024
#define LARGEST_CHUNK  65536

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

struct name_list {
	struct mime_budget *budget;
	struct arena *arena, *scratch;
	const char *name[NAMES_MAX];
	size_t n;
	struct buf text;
};

/* Is the character invisible: a control (also U+0080 to U+009F) or a direction mark? */
static bool
is_invisible_char(const unsigned char *p, size_t len)
{
	static const char *const marks[] = {
		"\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
		"\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
	};

	if (len == 1)
		return *p < ' ' || *p == 0x7f;
	if (len == 2 && p[0] == 0xc2 && p[1] < 0xa0)
		return true;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strlen(marks[i]) == len && memcmp(marks[i], p, len) == 0)
			return true;
	}
	return false;
}

/* Appends the name without invisible characters, and without dots and blanks at its end, which
 * Windows drops. */
static void
clean_file_name(const char *name, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t left = strlen(name), n;

	buf_reset(out);
	for (; left > 0; p += n, left -= n) {
		n = str_utf8_length(p, left);
		n = n == 0 ? 1 : n;
		if (!is_invisible_char(p, n))
			buf_append(out, p, n);
	}
	while (out->len > 0 &&
	       (out->data[out->len - 1] == '.' || out->data[out->len - 1] == ' '))
		out->len--;
}

static void
add_file_name(struct name_list *names, const char *raw)
{
	const char *name;

	clean_file_name(raw, &names->text);
	name = buf_string(&names->text);
	if (*name == '\0' || names->n == NAMES_MAX)
		return;
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->name[i], name) == 0)
			return;
	}
	if (!mime_charge_fields(names->budget, NAME_CHARGE))
		return;
	names->name[names->n++] = arena_strdup(names->arena, name);
}

static void
add_names_of_params(struct name_list *names, const char *value, struct mime_params *ret)
{
	static const char *const wanted[] = {"filename", "name"};

	mime_params_parse(names->scratch, value, ret);
	for (size_t w = 0; w < 2; w++) {
		for (size_t i = 0; i < ret->n; i++) {
			if (strcmp(ret->param[i].name, wanted[w]) == 0)
				add_file_name(names, ret->param[i].value);
		}
	}
}

/* In an irregular value the first parameter may stand in the place of the type. */
static void
add_names_of_value(struct name_list *names, const char *value)
{
	struct mime_params p;

	if (value == NULL || !mime_charge_fields(names->budget, strlen(value)))
		return;
	add_names_of_params(names, value, &p);
	if (p.irregular)
		add_names_of_params(names, arena_printf(names->scratch, "x;%s", value), &p);
	arena_reset(names->scratch);
}

/* Adds the names from all fields with this name. */
static void
add_names_of_fields(struct name_list *names, const struct mime_tree *tree,
		    const struct mime_node *node, const char *field)
{
	const char *s = tree->source.data;
	size_t at = node->headers.from, n = 0;

	while (at < node->headers.to && n < FIELDS_MAX) {
		struct mime_field_span f;

		mime_field_read(s, node->headers.to, at, &f);
		at = f.to;
		if (!mime_field_is(s, &f, field))
			continue;
		add_names_of_value(names, mime_field_text(names->scratch, s + f.value,
							  f.value_end - f.value));
		n++;
	}
}

size_t
mime_node_names(const struct mime_tree *tree, const struct mime_node *node,
		struct mime_budget *budget, struct arena *arena, const char *const **ret)
{
	struct name_list names = {.budget = budget, .arena = arena, .scratch = arena_new()};

	if (has_source_fields(tree, node)) {
		add_names_of_value(&names, tree->source.content_disposition);
		add_names_of_value(&names, tree->source.content_type);
	} else {
		add_names_of_fields(&names, tree, node, "content-disposition");
		add_names_of_fields(&names, tree, node, "content-type");
	}
	arena_free(names.scratch);
	buf_free(&names.text);
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
	while (!mime_decoder_is_over(&d) && out->len - before < max)
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
