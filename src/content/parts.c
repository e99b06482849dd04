/* The attachments of a message in every reading of it. */
#include "content/attachments.h"

#include <string.h>

#include "content/mime_tree.h"
#include "mime/lenient.h"
#include "mime/magic.h"
#include "session/message.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define MAX_LEVELS   4u	  /* containers in an encoding, one in another */
#define HEAD_ENCODED 8192 /* bytes that hold MAGIC_BYTES in quoted-printable of some sort */

/* Programs agree on the parts that these leave, or all their parts are found by their headers
 * alone. Of others not even the headers may be there as they stand. */
#define FLAGS_NOT_ENOUGH (MIME_TOO_DEEP | MIME_TOO_MANY | MIME_ODD_BOUNDARY)

struct reading { /* a tree that is still to be read */
	const struct mime_tree *tree;
	unsigned level; /* 0: the message's own */
};

struct search {
	const struct mime_limits *limits;
	struct arena *arena;
	bool want_sizes;
	struct buf parts; /* of struct attachment */
	size_t n;
	struct buf readings; /* of struct reading */
	size_t n_readings;
	size_t blocks;	/* of loose ones, so far */
	size_t decoded; /* bytes that may still be taken out of an encoding */
	const char *unseen;
};

static void
add_reading(struct search *s, const struct mime_tree *tree, unsigned level)
{
	struct reading r = {tree, level};

	buf_append(&s->readings, &r, sizeof(r));
	s->n_readings++;
}

static void
set_unseen(struct search *s, const char *why)
{
	if (s->unseen == NULL)
		s->unseen = why;
}

/* U+FFFD stands for what no program shows: a NUL in an encoded word. Without it is a name
 * too. */
static const char *
without_marks(const char *name, struct arena *arena)
{
	char *copy = arena_strdup(arena, name), *to = copy;

	for (const char *p = copy; *p != '\0';) {
		if (strncmp(p, "\xef\xbf\xbd", 3) == 0)
			p += 3;
		else
			*to++ = *p++;
	}
	while (to > copy && (to[-1] == '.' || to[-1] == ' '))
		to--;
	*to = '\0';
	return copy;
}

static void
add_bare_names(struct attachment *part, struct arena *arena)
{
	const char **all = arena_alloc(arena, 2 * part->n_names * sizeof(*all));
	size_t n = part->n_names;

	for (size_t i = 0; i < part->n_names; i++) {
		all[i] = part->names[i];
		if (strstr(all[i], "\xef\xbf\xbd") != NULL)
			all[n++] = without_marks(all[i], arena);
	}
	part->names = all;
	part->n_names = n;
}

static void
add_part(struct search *s, struct attachment *part)
{
	add_bare_names(part, s->arena);
	buf_append(&s->parts, part, sizeof(*part));
	s->n++;
}

/* ---- other readings ---- */

static unsigned
kinds_of(const char *data, size_t len, enum mime_encoding encoding)
{
	struct buf out = {0};
	unsigned kinds;

	if (len > HEAD_ENCODED)
		len = HEAD_ENCODED;
	if (encoding == MIME_BASE64)
		mime_base64_decode(data, len, &out);
	else if (encoding == MIME_QP)
		mime_qp_decode(data, len, &out);
	else
		return magic_kinds(data, len);
	kinds = magic_kinds(buf_string(&out), out.len);
	buf_free(&out);
	return kinds;
}

/* An encoding that nobody knows may be any. */
static unsigned
kinds_in_all(const char *data, size_t len, unsigned encodings)
{
	bool any = (encodings & 1u << MIME_UNKNOWN_ENCODING) != 0;
	unsigned kinds = 0;

	if (any || (encodings & 1u << MIME_BASE64) != 0)
		kinds |= kinds_of(data, len, MIME_BASE64);
	if (any || (encodings & 1u << MIME_QP) != 0)
		kinds |= kinds_of(data, len, MIME_QP);
	return kinds | kinds_of(data, len, MIME_BINARY);
}

static bool
is_container(const char *type)
{
	return strncmp(type, "multipart/", 10) == 0 || strncmp(type, "message/", 8) == 0;
}

/* What a block of lines says, with content that begins at one of two places. */
static void
add_loose(struct search *s, const char *lines, size_t lines_len, const char *const *body,
	  const size_t *body_len)
{
	struct lenient_headers c;
	struct attachment part = {.node = MIME_NO_NODE};
	bool counts, contains = false;

	lenient_read_headers(lines, lines_len, s->arena, &c);
	counts = c.n_names > 0 || c.is_attachment;
	for (size_t i = 0; i < c.n_types; i++) {
		counts |= strncmp(c.types[i], "application/", 12) == 0;
		contains |= is_container(c.types[i]);
	}
	if (c.has_more)
		set_unseen(s, "a part says too much about itself");
	if (c.is_conflicting && contains)
		set_unseen(s, "what a part contains is said in different ways");
	if (!counts)
		return;
	part.names = c.names;
	part.n_names = c.n_names;
	part.types = arena_dup(s->arena, c.types, c.n_types * sizeof(c.types[0]));
	part.n_types = c.n_types;
	for (size_t i = 0; i < 2; i++)
		part.kinds |= kinds_in_all(body[i], body_len[i], c.encodings);
	if ((c.encodings & ~(1u << MIME_BASE64)) == 0)
		part.size = body_len[0] / 4 * 3;
	else
		part.size = body_len[0];
	add_part(s, &part);
}

/* Every block of a text. Where the content of one ends is where a line begins with "--". */
static void
read_loosely(struct search *s, const char *data, size_t len)
{
	struct lenient_block b;
	size_t dashes = 0;

	for (size_t at = 0; lenient_next_block(data, len, at, &b); at = b.lines.to) {
		const char *body[2] = {data + b.body[0], data + b.body[1]};
		size_t body_len[2];

		if (s->blocks++ == s->limits->parts) {
			set_unseen(s, "it has too many parts");
			return;
		}
		if (dashes < b.body[0])
			dashes = lenient_next_dashes(data, len, b.body[0]);
		/* A line break before dashes is the delimiter's. */
		body_len[0] = str_trim_line_end(body[0], dashes - b.body[0]);
		body_len[1] = len - b.body[1];
		add_loose(s, data + b.lines.from, b.lines.to - b.lines.from, body, body_len);
	}
}

/* The message's own fields, all of them. */
static void
read_fields_loosely(struct search *s, const struct mime_tree *tree, const struct message *m)
{
	const char *body[2] = {tree->source.data, tree->source.data};
	size_t body_len[2] = {tree->source.len, tree->source.len};
	struct buf lines = {0};

	for (size_t i = 0; i < m->n_headers; i++) {
		const struct header *h = &m->headers[i];

		if (!h->deleted && str_case_starts(h->name, "Content-"))
			buf_printf(&lines, "%s: %s\r\n", h->name, h->value);
	}
	if (lines.len > 0)
		add_loose(s, buf_string(&lines), lines.len, body, body_len);
	buf_free(&lines);
}

/* ---- the tree ---- */

/* A container out of its encoding is a text of its own. */
static void
open_encoded(struct search *s, const struct mime_tree *tree, const struct mime_node *node,
	     unsigned level)
{
	struct mime_source source = {.into_messages = true, .find_lone_cr = true};
	size_t len = node->body.to - node->body.from;
	struct mime_tree *inner;
	struct buf text = {0};

	if (node->encoding == MIME_UNKNOWN_ENCODING || level >= MAX_LEVELS ||
	    len > s->decoded) {
		set_unseen(s, "a container's encoding hides what is in it");
		return;
	}
	s->decoded -= len;
	mime_node_decode(tree, node, SIZE_MAX, &text);
	source.data = arena_dup(s->arena, buf_string(&text), text.len);
	source.len = text.len;
	buf_free(&text);
	source.has_header = node->is_message;
	if (!node->is_message)
		source.content_type = mime_node_value(tree, node, MIME_CONTENT_TYPE, s->arena);
	inner = arena_alloc(s->arena, sizeof(*inner));
	mime_scan(s->arena, &source, s->limits, inner);
	add_reading(s, inner, level + 1);
}

static unsigned
node_kinds(const struct mime_tree *tree, const struct mime_node *node)
{
	return kinds_in_all(tree->source.data + node->body.from,
			    node->body.to - node->body.from, 1u << node->encoding);
}

static void
add_node(struct search *s, const struct reading *r, unsigned i)
{
	const struct mime_node *node = &r->tree->node[i];
	struct attachment part = {.node = r->level == 0 ? i : MIME_NO_NODE};

	part.n_names = mime_node_names(r->tree, node, s->arena, &part.names);
	if (part.n_names == 0 && !content_is_attachment(node))
		return;
	part.types = arena_dup(s->arena, &node->type, sizeof(node->type));
	part.n_types = 1;
	if (node->child == MIME_NO_NODE) {
		part.kinds = node_kinds(r->tree, node);
		part.size = s->want_sizes ? content_decoded_size(r->tree, node) : 0;
	}
	add_part(s, &part);
}

/* Parameters that programs read in different ways, in a structure that is regular. */
static void
add_odd_node(struct search *s, const struct mime_tree *tree, const struct mime_node *node)
{
	const char *body[2] = {tree->source.data + node->body.from};
	size_t body_len[2] = {node->body.to - node->body.from};

	body[1] = body[0];
	body_len[1] = body_len[0];
	add_loose(s, tree->source.data + node->headers.from,
		  node->headers.to - node->headers.from, body, body_len);
}

static void
read_tree(struct search *s, const struct reading *r, const struct message *m)
{
	const struct mime_tree *tree = r->tree;
	unsigned not_enough = tree->flags & FLAGS_NOT_ENOUGH;
	bool own_fields = !tree->source.has_header && r->level == 0;

	for (unsigned i = 0; i < tree->n; i++) {
		const struct mime_node *node = &tree->node[i];

		add_node(s, r, i);
		if ((node->flags & MIME_ENCODED) != 0)
			open_encoded(s, tree, node, r->level);
		if (node->irregular_params && tree->flags == 0 && i > 0)
			add_odd_node(s, tree, node);
	}
	if (own_fields && (tree->flags != 0 || tree->node[0].irregular_params))
		read_fields_loosely(s, tree, m);
	if (tree->flags != 0)
		read_loosely(s, tree->source.data, tree->source.len);
	if (not_enough != 0)
		set_unseen(s, mime_flag_words(s->arena, not_enough));
}

void
attachments_find(const struct mime_tree *tree, const struct message *m,
		 const struct mime_limits *limits, bool want_sizes, struct arena *arena,
		 struct attachments *ret)
{
	struct search s = {
		.limits = limits,
		.arena = arena,
		.want_sizes = want_sizes,
		.decoded = 2 * tree->source.len,
	};

	add_reading(&s, tree, 0);
	for (size_t i = 0; i < s.n_readings; i++) {
		struct reading r = ((const struct reading *)(const void *)s.readings.data)[i];

		read_tree(&s, &r, m);
	}
	ret->part = arena_dup(arena, buf_string(&s.parts), s.parts.len);
	ret->n = s.n;
	ret->unseen = s.unseen;
	buf_free(&s.parts);
	buf_free(&s.readings);
}
