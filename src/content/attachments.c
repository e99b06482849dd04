/* Searches a message for parts: the nodes of its tree, the trees of encoded containers in it,
 * and, where the structure is irregular, all lines that look like the headers of a part. What
 * may be a part for some mail program must be found, or unseen must be set. */
#include "content/attachments.h"

#include <string.h>

#include "content/mime_tree.h"
#include "content/uuencoded.h"
#include "mime/budget.h"
#include "mime/lenient.h"
#include "mime/magic.h"
#include "mime/name_list.h"
#include "mime/uuencode.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/memory.h"
#include "util/str.h"

#define MAX_ENCODED_LEVELS 4u /* encoded containers, one inside another */
#define DECODED_READINGS   2u /* of an encoded container: it is decoded and scanned */

/* Irregularities that may hide a part from both the tree and the search for headers: it is in
 * a container that was not scanned, or its headers do not stand in the text as lines. */
#define HIDING_FLAGS (MIME_TOO_DEEP | MIME_TOO_MANY | MIME_ODD_BOUNDARY | MIME_OVER_BUDGET)

struct attachment_finder {
	const struct message *message;
	const struct mime_limits *limits;
	unsigned parts_left;	   /* nodes that the trees of encoded containers may have */
	struct mime_budget budget; /* of all readings of this search */
	struct arena *arena;
	bool want_sizes;
	struct buf found; /* of struct attachment */
	size_t n_found;
	size_t n_blocks; /* of headers in irregular structures, so far */
	const char *unseen, *unread;
};

/* A tree that is searched. */
struct search_tree {
	const struct mime_tree *tree;
	unsigned level; /* encoded containers around it; 0: the message's own tree */
};

static void search_tree_for_attachments(struct attachment_finder *s,
					const struct search_tree *t);
static void search_encoded_container(struct attachment_finder *s, const struct search_tree *t,
				     const struct mime_node *node);

static void
set_unseen(struct attachment_finder *s, const char *why)
{
	if (s->unseen == NULL)
		s->unseen = why;
}

static void
set_unread(struct attachment_finder *s, const char *why)
{
	if (s->unread == NULL)
		s->unread = why;
}

static void
add_part(struct attachment_finder *s, struct attachment *part)
{
	buf_append(&s->found, part, sizeof(*part));
	s->n_found++;
}

/* Adds the kinds that the content of a part may be of. encodings: bits 1u << enum
 * mime_encoding. Text that is displayed is shown as it is, so an unknown one hides nothing in
 * it. */
static void
add_kinds(struct attachment_finder *s, const char *data, size_t len, unsigned encodings,
	  struct attachment *part)
{
	part->kinds |= magic_kinds_of_body(data, len, encodings, &s->budget);
	if ((encodings & 1u << MIME_UNKNOWN_ENCODING) != 0 && !part->is_displayed)
		set_unread(s, "a part has an unknown transfer encoding");
}

/* ---- files in a text ---- */

/* Appends a field with the name of each line "begin" of a block, as a field that
 * lenient_read_headers() reads. */
static void
append_names_of_block(const struct content_text *text, const struct uuencode_block *block,
		      struct buf *out)
{
	struct uuencode_begin begin = {.data = block->from};

	while (uuencode_next_begin(text->data, block->data, begin.data, &begin)) {
		buf_puts(out, "Content-Disposition: attachment; filename=\"");
		for (size_t i = begin.name; i < begin.name_end; i++)
			if (strchr("\"\\\r", text->data[i]) == NULL)
				buf_putc(out, (unsigned char)text->data[i]);
		buf_puts(out, "\"\r\n");
	}
}

static void
add_uuencoded_file(struct attachment_finder *s, unsigned node, const struct content_text *text,
		   const struct uuencode_block *block)
{
	static const char *const type = "application/octet-stream";
	struct attachment part = {.node = node,
				  .text_from = block->from,
				  .text_to = block->to,
				  .types = &type,
				  .n_types = 1,
				  .is_file = true};
	struct lenient_headers c;
	struct buf fields = {0};

	append_names_of_block(text, block, &fields);
	lenient_read_headers(buf_string(&fields), fields.len, &s->budget, s->arena, &c);
	buf_free(&fields);
	if (c.has_more)
		set_unseen(s, "a uuencoded file has too many names");
	part.names = c.names;
	part.n_names = c.n_names;
	add_kinds(s, text->data + block->data, block->data_end - block->data,
		  1u << block->encoding, &part);
	part.size = s->want_sizes ? content_uuencoded_size(text, block) : 0;
	add_part(s, &part);
}

/* Adds the files that are uuencoded in a text. node: as struct attachment has it. */
static void
add_uuencoded_files(struct attachment_finder *s, unsigned node, const struct content_text *text)
{
	struct uuencode_block block = {.to = 0};

	while (uuencode_next_block(text->data, text->len, block.to, &block)) {
		if (s->n_blocks++ == s->limits->parts) {
			set_unseen(s, "the message has too many parts");
			return;
		}
		add_uuencoded_file(s, node, text, &block);
	}
}

/* ---- irregular structures ---- */

/* As add_kinds(), of a content that other parts may have too. */
static void
add_lenient_kinds(struct attachment_finder *s, const char *data, size_t len, unsigned encodings,
		  struct attachment *part)
{
	static const struct {
		enum mime_encoding encoding;
		unsigned readings;
	} rows[] = {
		{MIME_QP, 1}, {MIME_UUENCODE, 1}, {MIME_BASE64, 2}, {MIME_UNKNOWN_ENCODING, 4}};
	size_t read = len < MAGIC_FREE_BYTES ? len : MAGIC_FREE_BYTES, readings = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((encodings & 1u << rows[i].encoding) != 0)
			readings += rows[i].readings;
	if (mime_charge_text(&s->budget, readings * read))
		add_kinds(s, data, len, encodings, part);
}

static bool
is_multipart_type(const char *type)
{
	return strncmp(type, "multipart/", 10) == 0;
}

static bool
is_container_type(const char *type)
{
	return is_multipart_type(type) || strncmp(type, "message/", 8) == 0;
}

static bool
is_displayed_type(const char *type)
{
	return strcmp(type, "text/plain") == 0 || strcmp(type, "text/html") == 0;
}

/* Reads what a block of headers describes: its names, types, and what it is by them. */
static void
read_lenient_part(struct attachment_finder *s, const struct lenient_headers *c,
		  struct attachment *ret)
{
	bool is_file = c->n_names > 0 || c->is_attachment, contains = false;
	size_t n_texts = 0, n_multiparts = 0;

	for (size_t i = 0; i < c->n_types; i++) {
		is_file |= strncmp(c->types[i], "application/", 12) == 0;
		contains |= is_container_type(c->types[i]);
		n_texts += is_displayed_type(c->types[i]);
		n_multiparts += is_multipart_type(c->types[i]);
	}
	if (c->has_more)
		set_unseen(s, "a part has too many headers or names");
	if (c->is_conflicting && contains)
		set_unseen(s, "a part has conflicting headers and may be a container");
	ret->names = c->names;
	ret->n_names = c->n_names;
	ret->types = arena_dup(s->arena, c->types, c->n_types * sizeof(c->types[0]));
	ret->n_types = c->n_types;
	ret->is_file = is_file;
	ret->is_displayed = !is_file && n_texts == c->n_types;
	ret->holds_displayed = n_multiparts == c->n_types;
}

static uint64_t
estimate_lenient_size(const struct lenient_headers *c, size_t len)
{
	return (c->encodings & ~(1u << MIME_BASE64)) == 0 ? len / 4 * 3 : len;
}

/* May a block of headers be those of a multipart or message that programs decode? */
static bool
may_be_encoded_container(const struct lenient_headers *c)
{
	static const unsigned decoded = 1u << MIME_QP | 1u << MIME_BASE64 | 1u << MIME_UUENCODE;
	bool contains = false;

	for (size_t i = 0; i < c->n_types; i++)
		contains |= is_container_type(c->types[i]);
	return contains && (c->encodings & decoded) != 0;
}

/* Adds the files that are uuencoded in a part's text, decoded from each encoding that it may
 * have. The text as it is was searched with the rest of its structure. */
static void
add_lenient_files(struct attachment_finder *s, const struct lenient_headers *c,
		  const char *body, size_t len)
{
	static const enum mime_encoding encodings[] = {MIME_QP, MIME_BASE64, MIME_UUENCODE};

	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		struct content_text text;

		if ((c->encodings & 1u << encodings[i]) == 0 ||
		    !mime_charge_text(&s->budget, len) ||
		    !content_open_text(body, len, encodings[i], &text))
			continue;
		add_uuencoded_files(s, MIME_NO_NODE, &text);
		content_close_text(&text);
	}
}

/* Adds what a block of headers describes. node: of the tree, or MIME_NO_NODE. body: the two
 * places where its content may begin. Returns may_be_encoded_container(). */
static bool
add_lenient_part(struct attachment_finder *s, unsigned node, const char *lines,
		 size_t lines_len, const char *const *body, const size_t *body_len)
{
	struct lenient_headers c;
	struct attachment part = {.node = node};

	lenient_read_headers(lines, lines_len, &s->budget, s->arena, &c);
	read_lenient_part(s, &c, &part);
	for (size_t i = 0; i < 2; i++)
		add_lenient_kinds(s, body[i], body_len[i], c.encodings, &part);
	part.size = part.holds_displayed ? 0 : estimate_lenient_size(&c, body_len[0]);
	add_part(s, &part);
	add_lenient_files(s, &c, body[0], body_len[0]);
	return may_be_encoded_container(&c);
}

/* Is there a node whose body begins at this offset? Bodies begin in the order of the nodes. */
static bool
has_body_at(const struct mime_tree *tree, size_t offset)
{
	unsigned from = 0, to = tree->n;

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (tree->node[middle].body.from < offset)
			from = middle + 1;
		else
			to = middle;
	}
	return from < tree->n && tree->node[from].body.from == offset;
}

/* Searches the block and its content, which end at end, as a part of its own if that is a
 * container that a program may decode, and the tree does not have it. */
static void
search_encoded_block(struct attachment_finder *s, const struct search_tree *t,
		     const struct lenient_block *b, size_t end)
{
	struct mime_limits limits = {.parts = 1, .depth = 0, .budget = &s->budget};
	struct mime_source source = {.data = t->tree->source.data + b->lines.from,
				     .len = end - b->lines.from,
				     .has_header = true,
				     .into_messages = true};
	struct arena *arena;
	struct mime_tree alone;

	if (has_body_at(t->tree, b->body[0]))
		return;
	arena = arena_new();
	mime_scan(arena, &source, &limits, &alone);
	if (alone.node[0].is_encoded && alone.node[0].encoding != MIME_UNKNOWN_ENCODING)
		search_encoded_container(s, &(struct search_tree){&alone, t->level},
					 &alone.node[0]);
	arena_free(arena);
}

/* Adds the attachments of every block of headers in a text. The content of one ends before the
 * next line that begins with "--", whose line break belongs to that delimiter. */
static void
search_text_leniently(struct attachment_finder *s, const struct search_tree *t)
{
	const char *data = t->tree->source.data;
	size_t len = t->tree->source.len, dashes = 0;
	struct content_text whole = {.data = data, .len = len};
	struct lenient_block b;

	if (!mime_charge_text(&s->budget, len))
		return;
	add_uuencoded_files(s, MIME_NO_NODE, &whole);
	for (size_t at = 0; lenient_next_block(data, len, at, &b); at = b.lines.to) {
		const char *body[2] = {data + b.body[0], data + b.body[1]};
		size_t body_len[2];

		if (s->n_blocks++ == s->limits->parts) {
			set_unseen(s, "the message has too many parts");
			return;
		}
		if (s->budget.exceeded)
			return;
		if (dashes < b.body[0])
			dashes = lenient_next_dashes(data, len, b.body[0]);
		body_len[0] = str_trim_line_end(body[0], dashes - b.body[0]);
		body_len[1] = len - b.body[1];
		if (add_lenient_part(s, MIME_NO_NODE, data + b.lines.from,
				     b.lines.to - b.lines.from, body, body_len))
			search_encoded_block(s, t, &b, dashes);
	}
}

/* All Content- fields of the message itself, as one block of headers. */
static void
search_fields_leniently(struct attachment_finder *s, const struct mime_tree *tree)
{
	const struct message *m = s->message;
	const char *body[2] = {tree->source.data, tree->source.data};
	size_t body_len[2] = {tree->source.len, tree->source.len};
	struct buf lines = {0};

	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (!h->deleted && str_case_starts(h->name, "Content-"))
			buf_printf(&lines, "%s: %s\r\n", h->name, h->value);
	}
	if (lines.len > 0)
		(void)add_lenient_part(s, MIME_NO_NODE, buf_string(&lines), lines.len, body,
				       body_len);
	buf_free(&lines);
}

/* ---- the tree ---- */

/* Scans and searches the decoded text of a container. */
static void
search_decoded_container(struct attachment_finder *s, const struct search_tree *t,
			 const struct mime_node *node, const char *text, size_t len)
{
	struct mime_limits limits = {s->parts_left, s->limits->depth, &s->budget};
	struct mime_source source = {.data = text,
				     .len = len,
				     .has_header = !is_multipart_type(node->type),
				     .into_messages = true,
				     .find_lone_cr = true};
	struct arena *arena = arena_new();
	struct mime_tree inner;

	if (!source.has_header)
		source.content_type = mime_node_value(t->tree, node, MIME_CONTENT_TYPE, arena);
	mime_scan(arena, &source, &limits, &inner);
	s->parts_left -= inner.n;
	search_tree_for_attachments(s, &(struct search_tree){&inner, t->level + 1});
	arena_free(arena);
}

/* Searches a container that is, or may be, encoded as a text of its own. Its text and its tree
 * are freed before the next one is decoded. */
static void
search_encoded_container(struct attachment_finder *s, const struct search_tree *t,
			 const struct mime_node *node)
{
	struct buf text = {0};

	if (node->encoding == MIME_UNKNOWN_ENCODING || t->level >= MAX_ENCODED_LEVELS ||
	    !mime_charge_text(&s->budget,
			      DECODED_READINGS * (node->body.to - node->body.from))) {
		set_unseen(s, "an encoded container could not be searched");
		return;
	}
	if (s->parts_left == 0) {
		set_unseen(s, "the message has too many parts");
		return;
	}
	if (node->encoding > MIME_BINARY &&
	    memory_lacks_room(node->body.to - node->body.from)) {
		set_unseen(s, "there is no memory to decode a container");
		return;
	}
	if (node->encoding <= MIME_BINARY) {
		search_decoded_container(s, t, node, t->tree->source.data + node->body.from,
					 node->body.to - node->body.from);
		return;
	}
	mime_node_decode(t->tree, node, SIZE_MAX, &text);
	search_decoded_container(s, t, node, buf_string(&text), text.len);
	buf_free(&text);
}

/* The encodings that the body of a node may have, as bits. */
static unsigned
node_encodings(struct attachment_finder *s, const struct mime_tree *tree,
	       const struct mime_node *node)
{
	const char *value = NULL;

	if (node->encoding == MIME_UNKNOWN_ENCODING)
		value = mime_node_value(tree, node, MIME_TRANSFER_ENCODING, s->arena);
	return 1u << (value != NULL ? mime_encoding_guess(value) : node->encoding);
}

static void
add_node_kinds(struct attachment_finder *s, const struct mime_tree *tree,
	       const struct mime_node *node, struct attachment *part)
{
	add_kinds(s, tree->source.data + node->body.from, node->body.to - node->body.from,
		  node_encodings(s, tree, node), part);
}

/* Is the node, or a multipart around it, an attachment? An attached message is not around its
 * parts: programs display its text when it is opened. */
static bool
is_in_attachment(const struct mime_tree *tree, const struct mime_node *node)
{
	while (!node->is_attachment && node->parent != MIME_NO_NODE &&
	       tree->node[node->parent].is_multipart)
		node = &tree->node[node->parent];
	return node->is_attachment;
}

/* Adds the name in the line "begin" of a body that is labelled as uuencode. */
static void
add_name_in_uuencode(struct attachment_finder *s, const struct mime_tree *tree,
		     const struct mime_node *node, struct attachment *part)
{
	struct name_list names = {.budget = &s->budget, .arena = s->arena};
	const char *body = tree->source.data + node->body.from;
	struct uuencode_begin begin;

	if (node->encoding != MIME_UUENCODE ||
	    !uuencode_next_begin(body, node->body.to - node->body.from, 0, &begin))
		return;
	for (; names.n < part->n_names; names.n++)
		names.name[names.n] = part->names[names.n];
	name_list_add(&names, body + begin.name, begin.name_end - begin.name);
	part->names = arena_dup(s->arena, names.name, names.n * sizeof(names.name[0]));
	part->n_names = names.n;
	name_list_free(&names);
}

static void
add_node_part(struct attachment_finder *s, const struct search_tree *t, unsigned i)
{
	const struct mime_node *node = &t->tree->node[i];
	struct attachment part = {.node = t->level == 0 ? i : MIME_NO_NODE};
	const char *type = arena_strdup(s->arena, node->type);

	part.n_names = mime_node_names(t->tree, node, &s->budget, s->arena, &part.names);
	add_name_in_uuencode(s, t->tree, node, &part);
	if (part.n_names == MIME_NAMES_MAX)
		set_unseen(s, "a part has too many names");
	part.types = arena_dup(s->arena, &type, sizeof(type));
	part.n_types = 1;
	part.is_file = part.n_names > 0 || content_is_attachment(node);
	part.holds_displayed = is_multipart_type(type) && t->level > 0;
	if (node->child == MIME_NO_NODE) {
		part.is_displayed = !part.is_file && is_displayed_type(type) &&
				    !is_in_attachment(t->tree, node);
		add_node_kinds(s, t->tree, node, &part);
		if (s->want_sizes && !is_multipart_type(type))
			part.size = content_decoded_size(t->tree, node);
	}
	add_part(s, &part);
}

/* A part of a regular structure whose parameters are irregular, or whose header block may end
 * earlier: programs may see other names, or another content. */
static void
add_node_leniently(struct attachment_finder *s, const struct search_tree *t, unsigned i)
{
	const struct mime_node *node = &t->tree->node[i];
	size_t second = node->blank_fold != MIME_NO_OFFSET ? node->blank_fold : node->body.from;
	const char *body[2] = {t->tree->source.data + node->body.from,
			       t->tree->source.data + second};
	size_t body_len[2] = {node->body.to - node->body.from, node->body.to - second};

	(void)add_lenient_part(s, t->level == 0 ? i : MIME_NO_NODE,
			       t->tree->source.data + node->headers.from,
			       node->headers.to - node->headers.from, body, body_len);
}

/* May a program decode the container? In an encoding that nobody knows only if it has no parts
 * as it is. Some programs read each type message/something as a message. */
static bool
may_be_decoded(const struct mime_node *node)
{
	if (strncmp(node->type, "message/", 8) == 0 && !node->is_message)
		return node->encoding != MIME_UNKNOWN_ENCODING;
	return node->is_encoded &&
	       (node->encoding != MIME_UNKNOWN_ENCODING || node->child == MIME_NO_NODE);
}

/* In an irregular structure the text that is not encoded is searched as a whole. */
static void
add_files_in_node(struct attachment_finder *s, const struct search_tree *t, unsigned i)
{
	const struct mime_node *node = &t->tree->node[i];
	struct content_text text;
	bool is_encoded = node->encoding == MIME_QP || node->encoding == MIME_BASE64 ||
			  node->encoding == MIME_UUENCODE;

	if ((t->tree->flags != 0 && !is_encoded) ||
	    !content_open_node_text(t->tree, node, &text))
		return;
	add_uuencoded_files(s, t->level == 0 ? i : MIME_NO_NODE, &text);
	content_close_text(&text);
}

static void
search_tree_for_attachments(struct attachment_finder *s, const struct search_tree *t)
{
	const struct mime_tree *tree = t->tree;
	unsigned hiding = tree->flags & HIDING_FLAGS;
	bool own_fields = !tree->source.has_header && t->level == 0;

	for (unsigned i = 0; i < tree->n; i++) {
		const struct mime_node *node = &tree->node[i];

		add_node_part(s, t, i);
		add_files_in_node(s, t, i);
		if (may_be_decoded(node))
			search_encoded_container(s, t, node);
		if ((node->irregular_params || node->blank_fold != MIME_NO_OFFSET) &&
		    tree->flags == 0 && i > 0)
			add_node_leniently(s, t, i);
	}
	if (own_fields && (tree->flags != 0 || tree->node[0].irregular_params))
		search_fields_leniently(s, tree);
	/* over the budget the search could not see all, and the policy fails without it */
	if (tree->flags != 0 && (tree->flags & MIME_OVER_BUDGET) == 0)
		search_text_leniently(s, t);
	if (hiding != 0)
		set_unseen(s, mime_flag_words(s->arena, hiding));
}

/* Sets holds_displayed of the multiparts in the message's own tree. */
static void
mark_holders_of_text(const struct mime_tree *tree, struct attachment *part, size_t n)
{
	struct arena *arena = arena_new();
	bool *holds = arena_zalloc(arena, tree->n * sizeof(*holds));

	for (size_t i = 0; i < n; i++) {
		unsigned node = part[i].is_displayed ? part[i].node : MIME_NO_NODE;

		if (node != MIME_NO_NODE)
			node = tree->node[node].parent;
		for (; node != MIME_NO_NODE && tree->node[node].is_multipart && !holds[node];
		     node = tree->node[node].parent)
			holds[node] = true;
	}
	for (size_t i = 0; i < n; i++)
		if (part[i].node != MIME_NO_NODE)
			part[i].holds_displayed = holds[part[i].node];
	arena_free(arena);
}

void
attachments_find(const struct mime_tree *tree, const struct message *m,
		 const struct mime_limits *limits, bool want_sizes, struct arena *arena,
		 struct attachments *ret)
{
	struct attachment_finder s = {
		.message = m,
		.limits = limits,
		.parts_left = limits->parts > tree->n ? limits->parts - tree->n : 0,
		.arena = arena,
		.want_sizes = want_sizes,
	};
	struct attachment *found;

	mime_budget_start(&s.budget, tree->source.len);
	search_tree_for_attachments(&s, &(struct search_tree){tree, 0});
	found = arena_dup(arena, buf_string(&s.found), s.found.len);
	mark_holders_of_text(tree, found, s.n_found);
	ret->part = found;
	ret->n = s.n_found;
	if (s.budget.exceeded || memory_is_over())
		set_unseen(&s, "the parts can be read in too many ways");
	ret->unseen = s.unseen;
	ret->unread = s.unread;
	buf_free(&s.found);
}
