/* Plans the edits of a message's parts, makes the result, and compares. */
#include "mime/placement.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "mime/compare.h"
#include "mime/params.h"
#include "mime/splice.h"
#include "util/arena.h"
#include "util/str.h"

#define BOUNDARY_MARK  "=_polymilter_"
#define BOUNDARY_BYTES 12 /* of chance: 96 bits */
#define BOUNDARY_TRIES 4

struct job {
	const struct mime_tree *tree;
	struct arena *arena;
	struct splice splice;
	struct mime_change *change; /* for each part */
	struct buf *done;	    /* what is put into those that are written to */
	size_t n_done;
};

static void
begin(struct job *j, const struct mime_tree *tree, size_t n_parts, struct arena *arena)
{
	assert(!tree->source.has_header && tree->source.n_gaps == 0);
	*j = (struct job){
		.tree = tree,
		.arena = arena,
		.splice = {.arena = arena, .tree = tree},
		.change = arena_zalloc(arena, tree->n * sizeof(*j->change)),
		.done = arena_zalloc(arena, n_parts * sizeof(*j->done)),
	};
}

/* The result points into what was put. */
static void
end(struct job *j, bool keep)
{
	for (size_t i = 0; i < j->n_done; i++) {
		if (keep)
			(void)buf_move_to_arena(&j->done[i], j->arena);
		else
			buf_free(&j->done[i]);
	}
}

/* The result as others will see it. */
static void
scan_result(const struct placement *result, struct mime_source *source, struct arena *arena,
	    const struct mime_limits *limits, struct mime_tree *ret)
{
	if (result->content_type != NULL)
		source->content_type = result->content_type;
	if (result->transfer_encoding != NULL)
		source->transfer_encoding = result->transfer_encoding;
	mime_scan_rope(arena, &result->body, source, limits, ret);
}

/* Is it the old tree, but for what was changed? No limit of the scanner may hide a part. */
static bool
is_right(const struct job *j, const struct placement *result, unsigned added)
{
	struct mime_limits limits = {.parts = j->tree->n + 2};
	struct mime_source source = j->tree->source;
	struct arena *arena = arena_new();
	struct mime_tree again;
	bool right;

	for (unsigned i = 0; i < j->tree->n; i++)
		if (j->tree->node[i].depth >= limits.depth)
			limits.depth = j->tree->node[i].depth + 1;
	scan_result(result, &source, arena, &limits, &again);
	right = mime_is_edit(j->tree, &again, j->change, added);
	arena_free(arena);
	return right;
}

/* ---- in the parts ---- */

const char *
mime_content_type_with_utf8(const char *content_type, struct arena *arena)
{
	struct buf value = {0};
	const char *copy;

	mime_param_set(content_type == NULL ? "text/plain" : content_type, "charset", "utf-8",
		       &value);
	copy = arena_strdup(arena, buf_string(&value));
	buf_free(&value);
	return copy;
}

static void
replace_value(struct job *j, const struct mime_field *field, const char *value)
{
	splice_replace(&j->splice, field->value, field->value_end, value, strlen(value));
}

static void
put_field(struct job *j, const struct mime_node *node, const char *line)
{
	splice_insert(&j->splice, node->headers.to, line, strlen(line));
}

/* Label and content change together. */
static void
set_charset(struct job *j, const struct mime_node *node, struct placement *ret)
{
	const struct mime_field *f = &node->content_type;
	const char *value = j->tree->source.content_type;

	if (node->depth == 0) {
		ret->content_type = mime_content_type_with_utf8(value, j->arena);
	} else if (f->to > 0) {
		value = arena_strndup(j->arena, j->tree->source.data + f->value,
				      f->value_end - f->value);
		replace_value(j, f, mime_content_type_with_utf8(value, j->arena));
	} else {
		put_field(j, node, "Content-Type: text/plain; charset=utf-8\r\n");
	}
}

static void
set_encoding(struct job *j, const struct mime_node *node, enum mime_encoding e,
	     struct placement *ret)
{
	const char *name = mime_encoding_name(e);

	if (node->depth == 0)
		ret->transfer_encoding = name;
	else if (node->transfer_encoding.to > 0)
		replace_value(j, &node->transfer_encoding, arena_printf(j->arena, " %s", name));
	else
		put_field(j, node,
			  arena_printf(j->arena, "Content-Transfer-Encoding: %s\r\n", name));
}

/* An empty part has no line end of its own before the delimiter; true: it got one. */
static bool
end_empty_part(const struct mime_node *node, struct buf *middle)
{
	if (node->depth == 0 || node->body.to < node->part_end)
		return false;
	if (middle->len < 2 || memcmp(middle->data + middle->len - 2, "\r\n", 2) != 0)
		buf_puts(middle, "\r\n");
	return true;
}

static void
plan_part(struct job *j, unsigned i, const struct appended *done, struct placement *ret)
{
	const struct mime_node *node = &j->tree->node[i];
	struct mime_change *change = &j->change[i];
	const char *s = j->tree->source.data;
	size_t from = node->body.from + done->head, to = node->body.to - done->tail;
	struct buf *middle = &j->done[j->n_done++];
	bool ended;

	if (done->to_utf8)
		set_charset(j, node, ret);
	if (done->encoding != node->encoding)
		set_encoding(j, node, done->encoding, ret);
	if (node->content_md5.to > 0)
		splice_delete(&j->splice, node->content_md5.from, node->content_md5.to);
	*middle = done->middle;
	ended = end_empty_part(node, middle);
	splice_replace_content(&j->splice, from, to, buf_string(middle), middle->len);
	*change = (struct mime_change){
		.is_changed = true,
		.body = {{s + node->body.from, done->head, true},
			 {buf_string(middle), middle->len - (ended ? 2 : 0), true},
			 {s + to, done->tail, true}},
		.encoding = done->encoding,
		.to_utf8 = done->to_utf8,
	};
}

void
mime_node_text_part(const struct mime_tree *tree, const struct mime_node *node,
		    struct arena *arena, struct text_part *ret)
{
	const char *type = mime_node_value(tree, node, MIME_CONTENT_TYPE, arena);
	struct mime_params params = {0};
	const char *format;

	if (type != NULL)
		mime_params_parse(arena, type, &params);
	format = mime_param(&params, "format");
	*ret = (struct text_part){
		.body = tree->source.data + node->body.from,
		.len = node->body.to - node->body.from,
		.encoding = node->encoding,
		.charset = node->charset,
		.html = strcmp(node->type, "text/html") == 0,
		.flowed = format != NULL && str_case_equal(format, "flowed"),
	};
}

static const char *
plan_parts(struct job *j, const unsigned *part, size_t n, const struct addition *add,
	   enum if_present if_present, struct placement *ret)
{
	const char *none = "empty";

	for (size_t i = 0; i < n; i++) {
		struct appended done = {0};
		struct text_part text;
		const char *why;

		mime_node_text_part(j->tree, &j->tree->node[part[i]], j->arena, &text);
		if ((text.html ? add->html_len : add->text_len) == 0)
			continue;
		why = mime_append(&text, add, if_present, &done);
		if (why != NULL && strcmp(why, "present") == 0) {
			none = why;
			continue;
		}
		if (why != NULL)
			return why; /* nobody gets half a footer */
		plan_part(j, part[i], &done, ret);
	}
	return j->n_done > 0 ? NULL : none;
}

static const char *
extend_parts(const struct mime_tree *tree, const unsigned *part, size_t n,
	     const struct addition *add, enum if_present if_present, struct arena *arena,
	     struct placement *ret)
{
	struct placement result = {0};
	struct job j;
	const char *why;

	begin(&j, tree, n, arena);
	why = plan_parts(&j, part, n, add, if_present, &result);
	if (why == NULL) {
		result.body = splice_apply(&j.splice);
		if (!is_right(&j, &result, MIME_NO_NODE))
			why = "selfcheck";
	}
	end(&j, why == NULL);
	if (why == NULL)
		*ret = result;
	return why;
}

const char *
mime_place_in_parts(const struct mime_tree *tree, const unsigned *part, size_t n,
		    const struct addition *add, enum if_present if_present, struct arena *arena,
		    struct placement *ret)
{
	struct addition careful = *add;
	const char *why;

	why = extend_parts(tree, part, n, add, if_present, arena, ret);
	if (why == NULL || strcmp(why, "selfcheck") != 0)
		return why;
	careful.as_qp = true; /* a line of the text is like a delimiter */
	return extend_parts(tree, part, n, &careful, if_present, arena, ret);
}

/* ---- as a part of its own ---- */

/* Quoted-printable: no line of it can be a delimiter. */
static void
put_text_part(const struct addition *add, struct buf *out)
{
	buf_puts(out, "Content-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: quoted-printable\r\n"
		      "Content-Disposition: inline\r\n\r\n");
	mime_qp_encode(add->text, add->text_len, out);
}

const char *
mime_place_as_first_part(const struct mime_tree *tree, const struct addition *add,
			 struct arena *arena, struct placement *ret)
{
	const struct mime_node *root = &tree->node[0];
	struct placement result = {0};
	struct buf part = {0};
	struct job j;
	size_t len;

	assert(root->is_multipart && root->first_delimiter != MIME_NO_OFFSET);
	begin(&j, tree, 0, arena);
	buf_printf(&part, "--%s\r\n", root->boundary);
	put_text_part(add, &part);
	len = part.len;
	splice_insert(&j.splice, root->first_delimiter, buf_move_to_arena(&part, arena), len);
	result.body = splice_apply(&j.splice);
	if (!is_right(&j, &result, 1))
		return "selfcheck";
	*ret = result;
	return NULL;
}

/* ---- around it ---- */

/* A boundary that is not in the text; NULL when chance is not to be had. */
static const char *
make_boundary(struct arena *arena, const char *s, size_t len)
{
	for (int i = 0; i < BOUNDARY_TRIES; i++) {
		unsigned char chance[BOUNDARY_BYTES];
		struct buf text = {0};
		const char *boundary;

		if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
			continue;
		buf_puts(&text, BOUNDARY_MARK);
		for (size_t k = 0; k < sizeof(chance); k++)
			buf_printf(&text, "%02x", chance[k]);
		boundary = arena_strdup(arena, buf_string(&text));
		buf_free(&text);
		if (memmem(s, len, boundary, strlen(boundary)) == NULL)
			return boundary;
	}
	return NULL;
}

/* What stands in front of the old message, and behind it. */
static void
put_wrapping(const char *boundary, const char *fields, size_t fields_len,
	     const struct addition *add, struct buf *before, struct buf *after)
{
	buf_printf(before, "--%s\r\n", boundary);
	if (add->top) {
		put_text_part(add, before);
		buf_printf(before, "--%s\r\n", boundary);
	}
	buf_append(before, fields, fields_len);
	buf_puts(before, "\r\n");
	buf_printf(after, "\r\n--%s", boundary);
	if (!add->top) {
		buf_puts(after, "\r\n");
		put_text_part(add, after);
		buf_printf(after, "--%s", boundary);
	}
	buf_puts(after, "--\r\n");
}

static struct mime_rope
wrap(const struct mime_source *old, struct buf *before, struct buf *after, struct arena *arena)
{
	struct mime_rope_piece pieces[] = {
		{NULL, before->len, false},
		{old->data, old->len, true},
		{NULL, after->len, false},
	};

	pieces[0].data = buf_move_to_arena(before, arena);
	pieces[2].data = buf_move_to_arena(after, arena);
	return (struct mime_rope){arena_dup(arena, pieces, sizeof(pieces)), 3,
				  pieces[0].len + old->len + pieces[2].len};
}

/* The two parts, and not what is in them: whatever it is, it is the same. */
static bool
is_wrapped(const struct mime_tree *tree, const struct placement *result, bool inner_last)
{
	static const struct mime_limits limits = {.parts = 4, .depth = 1};
	struct mime_source source = tree->source;
	struct arena *arena = arena_new();
	struct mime_tree again;
	bool right;

	source.conflict = false;
	source.content_disposition = NULL;
	scan_result(result, &source, arena, &limits, &again);
	right = mime_is_wrapping(tree, &again, inner_last);
	arena_free(arena);
	return right;
}

const char *
mime_place_around(const struct mime_tree *tree, const char *fields, size_t fields_len,
		  const struct addition *add, struct arena *arena, struct placement *ret)
{
	const struct mime_source *old = &tree->source;
	const char *boundary = make_boundary(arena, old->data, old->len);
	enum mime_encoding e = tree->node[0].encoding;
	struct buf before = {0}, after = {0};
	struct placement result;

	assert(!old->has_header && old->n_gaps == 0);
	if (boundary == NULL)
		return "random";
	put_wrapping(boundary, fields, fields_len, add, &before, &after);
	result = (struct placement){
		.body = wrap(old, &before, &after, arena),
		.content_type =
			arena_printf(arena, "multipart/mixed; boundary=\"%s\"", boundary),
		/* RFC 2045 6.4: what holds 8-bit parts says so. */
		.transfer_encoding = mime_encoding_name(
			e == MIME_8BIT || e == MIME_BINARY ? MIME_8BIT : MIME_7BIT),
	};
	if (!is_wrapped(tree, &result, add->top))
		return "selfcheck";
	*ret = result;
	return NULL;
}
