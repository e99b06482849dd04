/* The three ways end alike: the edits are collected in a splice and applied, the result is
 * scanned, and the new tree is compared with the old one and with what was planned for each
 * part. In a part without transfer encoding a line of the text may be like a delimiter. Then
 * that comparison fails, and the text is added again in quoted-printable, where no line is. */
#include "rewrite/placement.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "charset/charset.h"
#include "mime/params.h"
#include "rewrite/compare.h"
#include "rewrite/splice.h"
#include "rewrite/text_search.h"
#include "util/arena.h"
#include "util/str.h"

#define BOUNDARY_MARK  "=_polymilter_"
#define BOUNDARY_BYTES 12 /* random: 96 bits */
#define BOUNDARY_TRIES 4

struct message_edit {
	const struct mime_tree *tree;
	struct arena *arena;
	struct splice splice;
	struct mime_change *change; /* of each node */
	struct buf *middle;	    /* the new bytes of each part that is edited */
	size_t n_edited;
};

static void
begin_message_edit(struct message_edit *edit, const struct mime_tree *tree, size_t n_parts,
		   struct arena *arena)
{
	assert(!tree->source.has_header && tree->source.n_gaps == 0);
	*edit = (struct message_edit){
		.tree = tree,
		.arena = arena,
		.splice = {.arena = arena, .tree = tree},
		.change = arena_zalloc(arena, tree->n * sizeof(*edit->change)),
		.middle = arena_zalloc(arena, n_parts * sizeof(*edit->middle)),
	};
}

/* The result points to the new bytes, so they are kept with it. */
static void
end_message_edit(struct message_edit *edit, bool keep)
{
	for (size_t i = 0; i < edit->n_edited; i++) {
		if (keep)
			(void)buf_move_to_arena(&edit->middle[i], edit->arena);
		else
			buf_free(&edit->middle[i]);
	}
}

/* Scans the result with the fields that the message will have. */
static void
scan_placement(const struct placement *placed, struct mime_source *source, struct arena *arena,
	       const struct mime_limits *limits, struct mime_tree *ret)
{
	if (placed->content_type != NULL)
		source->content_type = placed->content_type;
	if (placed->transfer_encoding != NULL)
		source->transfer_encoding = placed->transfer_encoding;
	mime_scan_rope(arena, &placed->body, source, limits, ret);
}

/* Is the result the old message with the planned changes? The limits of the scanner are raised,
 * so that they do not hide a part. */
static bool
is_planned_result(const struct message_edit *edit, const struct placement *placed,
		  unsigned added)
{
	struct mime_limits limits = {.parts = edit->tree->n + 2};
	struct mime_source source = edit->tree->source;
	struct arena *arena = arena_new();
	struct mime_tree again;
	bool right;

	for (unsigned i = 0; i < edit->tree->n; i++)
		if (edit->tree->node[i].depth >= limits.depth)
			limits.depth = edit->tree->node[i].depth + 1;
	scan_placement(placed, &source, arena, &limits, &again);
	right = mime_is_edit(edit->tree, &again, edit->change, added);
	arena_free(arena);
	return right;
}

/* ---- in the parts ---- */

const char *
mime_content_type_with_utf8(const char *content_type, struct arena *arena)
{
	struct buf value = {0};
	const char *copy;

	mime_param_set(str_nonblank(content_type) == NULL ? "text/plain" : content_type,
		       "charset", "utf-8", &value);
	copy = arena_strdup(arena, buf_string(&value));
	buf_free(&value);
	return copy;
}

static void
replace_field_value(struct message_edit *edit, const struct mime_field *field,
		    const char *value)
{
	splice_replace(&edit->splice, field->value, field->value_end, value, strlen(value));
}

static void
insert_field(struct message_edit *edit, const struct mime_node *node, const char *line)
{
	splice_insert(&edit->splice, node->headers.to, line, strlen(line));
}

/* The label must change together with the content. */
static void
set_part_charset(struct message_edit *edit, const struct mime_node *node, struct placement *ret)
{
	const struct mime_field *f = &node->content_type;
	const char *value = edit->tree->source.content_type;

	if (node->depth == 0) {
		ret->content_type = mime_content_type_with_utf8(value, edit->arena);
	} else if (f->to > 0) {
		value = arena_strndup(edit->arena, edit->tree->source.data + f->value,
				      f->value_end - f->value);
		replace_field_value(edit, f, mime_content_type_with_utf8(value, edit->arena));
	} else {
		insert_field(edit, node, "Content-Type: text/plain; charset=utf-8\r\n");
	}
}

static void
set_part_encoding(struct message_edit *edit, const struct mime_node *node, enum mime_encoding e,
		  struct placement *ret)
{
	const char *name = mime_encoding_name(e);

	if (node->depth == 0)
		ret->transfer_encoding = name;
	else if (node->transfer_encoding.to > 0)
		replace_field_value(edit, &node->transfer_encoding,
				    arena_printf(edit->arena, " %s", name));
	else
		insert_field(
			edit, node,
			arena_printf(edit->arena, "Content-Transfer-Encoding: %s\r\n", name));
}

/* An empty part may have no line end in front of its delimiter. True: it got one. Behind a part
 * that is not closed no delimiter stands. */
static bool
end_empty_part(const struct mime_tree *tree, const struct mime_node *node, struct buf *middle)
{
	if (node->depth == 0 || node->body.to < node->part_end ||
	    node->part_end == tree->source.len)
		return false;
	if (middle->len < 2 || memcmp(middle->data + middle->len - 2, "\r\n", 2) != 0)
		buf_puts(middle, "\r\n");
	return true;
}

static void
plan_part_edit(struct message_edit *edit, unsigned i, const struct appended *done,
	       struct placement *ret)
{
	const struct mime_node *node = &edit->tree->node[i];
	struct mime_change *change = &edit->change[i];
	const char *s = edit->tree->source.data;
	size_t from = node->body.from + done->head, to = node->body.to - done->tail;
	struct buf *middle = &edit->middle[edit->n_edited++];
	bool ended;

	if (done->to_utf8)
		set_part_charset(edit, node, ret);
	if (done->encoding != node->encoding)
		set_part_encoding(edit, node, done->encoding, ret);
	if (node->content_md5.to > 0)
		splice_delete(&edit->splice, node->content_md5.from, node->content_md5.to);
	*middle = done->middle;
	ended = end_empty_part(edit->tree, node, middle);
	splice_replace_content(&edit->splice, from, to, buf_string(middle), middle->len);
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

/* *ret_mixed: some of the parts have the text already, and others do not. */
static enum mime_edit_result
plan_part_edits(struct message_edit *edit, const unsigned *part, size_t n,
		const struct addition *add, enum if_present if_present, struct placement *ret,
		bool *ret_mixed)
{
	enum mime_edit_result none = MIME_EDIT_EMPTY;

	for (size_t i = 0; i < n; i++) {
		struct appended done = {0};
		struct text_part text;
		enum mime_edit_result result;

		mime_node_text_part(edit->tree, &edit->tree->node[part[i]], edit->arena, &text);
		if ((text.html ? add->html_len : add->text_len) == 0) {
			if (add->required)
				return MIME_EDIT_EMPTY;
			continue;
		}
		result = mime_append(&text, add, if_present, &done);
		if (result == MIME_EDIT_PRESENT) {
			none = result;
			continue;
		}
		if (result != MIME_EDIT_OK)
			return result; /* all parts or none */
		plan_part_edit(edit, part[i], &done, ret);
	}
	*ret_mixed = edit->n_edited > 0 && none == MIME_EDIT_PRESENT;
	return edit->n_edited > 0 ? MIME_EDIT_OK : none;
}

static enum mime_edit_result
edit_parts(const struct mime_tree *tree, const unsigned *part, size_t n,
	   const struct addition *add, enum if_present if_present, struct arena *arena,
	   struct placement *ret)
{
	struct placement placed = {0};
	struct message_edit edit;
	enum mime_edit_result result;
	bool mixed = false;

	begin_message_edit(&edit, tree, n, arena);
	result = plan_part_edits(&edit, part, n, add, if_present, &placed, &mixed);
	if (mixed) { /* the alternatives are one text: all of them get the addition */
		end_message_edit(&edit, false);
		return edit_parts(tree, part, n, add, IF_PRESENT_ADD, arena, ret);
	}
	if (result == MIME_EDIT_OK) {
		placed.body = splice_apply(&edit.splice);
		if (!is_planned_result(&edit, &placed, MIME_NO_NODE))
			result = MIME_EDIT_SELFCHECK;
	}
	end_message_edit(&edit, result == MIME_EDIT_OK);
	if (result == MIME_EDIT_OK)
		*ret = placed;
	return result;
}

enum mime_edit_result
mime_place_in_parts(const struct mime_tree *tree, const unsigned *part, size_t n,
		    const struct addition *add, enum if_present if_present, struct arena *arena,
		    struct placement *ret)
{
	struct addition in_qp = *add;
	enum mime_edit_result result;

	result = edit_parts(tree, part, n, add, if_present, arena, ret);
	if (result != MIME_EDIT_SELFCHECK)
		return result;
	in_qp.as_qp = true; /* a line of the text may be like a delimiter */
	return edit_parts(tree, part, n, &in_qp, if_present, arena, ret);
}

/* ---- as a part of its own ---- */

/* Writes the text as a part, in quoted-printable, of which no line can be a delimiter. */
static void
write_text_part(const struct addition *add, struct buf *out)
{
	buf_puts(out, "Content-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: quoted-printable\r\n"
		      "Content-Disposition: inline\r\n\r\n");
	mime_qp_encode(add->text, add->text_len, out);
}

enum mime_edit_result
mime_place_as_first_part(const struct mime_tree *tree, const struct addition *add,
			 struct arena *arena, struct placement *ret)
{
	const struct mime_node *root = &tree->node[0];
	struct placement placed = {0};
	struct buf part = {0};
	struct message_edit edit;
	size_t len;

	assert(root->is_multipart && root->first_delimiter != MIME_NO_OFFSET);
	begin_message_edit(&edit, tree, 0, arena);
	buf_printf(&part, "--%s\r\n", root->boundary);
	write_text_part(add, &part);
	len = part.len;
	splice_insert(&edit.splice, root->first_delimiter, buf_move_to_arena(&part, arena),
		      len);
	placed.body = splice_apply(&edit.splice);
	if (!is_planned_result(&edit, &placed, 1))
		return MIME_EDIT_SELFCHECK;
	*ret = placed;
	return MIME_EDIT_OK;
}

/* Decodes a part to its text without white space and case. False: it is longer than the text
 * may be.
 */
static bool
normalize_text_part(const struct mime_tree *tree, const struct mime_node *node,
		    const struct addition *add, struct buf *out)
{
	const char *name = node->charset == NULL ? "utf-8" : node->charset;
	const struct charset *cs = charset_find(name, strlen(name));
	size_t max = 4 * add->text_len + 256; /* the same text in UTF-32, and blank lines */
	struct buf text = {0};
	bool fits = cs != NULL && mime_node_decode(tree, node, max + 1, &text) == 0 &&
		    text.len <= max;

	if (fits)
		search_normalize(charset_is_utf8(cs) ? NULL : cs, false, buf_string(&text),
				 text.len, SEARCH_ANYWHERE, out);
	buf_free(&text);
	return fits;
}

static bool
is_text_part(const struct mime_tree *tree, const struct mime_node *node,
	     const struct addition *add, const struct buf *wanted)
{
	struct buf text = {0};
	bool same;

	if (strcmp(node->type, "text/plain") != 0 || node->is_attachment || node->is_named ||
	    node->irregular_params || node->flags != 0)
		return false;
	same = normalize_text_part(tree, node, add, &text) && text.len == wanted->len &&
	       memcmp(text.data, wanted->data, text.len) == 0;
	buf_free(&text);
	return same;
}

/* Which children may be the text? Where programs read something differently and the text is
 * required, only the first one, with nothing in front: what comes before a part may hide it. */
static unsigned
last_text_candidate(const struct mime_tree *tree, const struct addition *add)
{
	const struct mime_node *root = &tree->node[0];
	unsigned allowed = add->required && root->first_delimiter != root->body.from
				   ? 0
				   : (unsigned)MIME_LONE_CR;

	if (strcmp(root->type, "multipart/mixed") != 0 || (root->flags & ~allowed) != 0)
		return 0;
	if (!add->required || tree->flags == 0)
		return tree->n - 1;
	return root->first_delimiter == root->body.from ? 1 : 0;
}

bool
mime_has_text_part(const struct mime_tree *tree, const struct addition *add)
{
	unsigned last = last_text_candidate(tree, add), i = tree->node[0].child;
	struct buf wanted = {0};
	bool found = false;

	if (last == 0 || add->text_len == 0)
		return false;
	search_normalize(NULL, false, add->text, add->text_len, SEARCH_ANYWHERE, &wanted);
	for (; i <= last && !found; i = tree->node[i].next) /* MIME_NO_NODE is greater */
		found = wanted.len > 0 && is_text_part(tree, &tree->node[i], add, &wanted);
	buf_free(&wanted);
	return found;
}

/* ---- around it ---- */

/* A boundary that is not in s; NULL: there are no random bytes. */
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

/* Writes what goes in front of the old body and behind it. */
static void
write_wrapping(const char *boundary, const char *fields, size_t fields_len,
	       const struct addition *add, struct buf *before, struct buf *after)
{
	buf_printf(before, "--%s\r\n", boundary);
	if (add->top) {
		write_text_part(add, before);
		buf_printf(before, "--%s\r\n", boundary);
	}
	buf_append(before, fields, fields_len);
	buf_puts(before, "\r\n");
	buf_printf(after, "\r\n--%s", boundary);
	if (!add->top) {
		buf_puts(after, "\r\n");
		write_text_part(add, after);
		buf_printf(after, "--%s", boundary);
	}
	buf_puts(after, "--\r\n");
}

static struct mime_rope
wrap_body(const struct mime_source *old, struct buf *before, struct buf *after,
	  struct arena *arena)
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

/* Are there the two parts? What is in them is not entered: it is compared as bytes. */
static bool
is_wrapped_once(const struct mime_tree *tree, const struct placement *placed, bool inner_last)
{
	static const struct mime_limits limits = {.parts = 4, .depth = 1};
	struct mime_source source = tree->source;
	struct arena *arena = arena_new();
	struct mime_tree again;
	bool right;

	source.conflict = false;
	source.content_disposition = NULL;
	scan_placement(placed, &source, arena, &limits, &again);
	right = mime_is_wrapping(tree, &again, inner_last);
	arena_free(arena);
	return right;
}

/* RFC 2045, section 6.4: a multipart with 8-bit parts is 8bit itself. A part without a label,
 * or with a wrong one, is 8-bit if it has such bytes. */
static enum mime_encoding
wrapping_encoding(const struct mime_tree *tree, const char *fields, size_t fields_len)
{
	const struct mime_source *old = &tree->source;
	enum mime_encoding e = tree->node[0].encoding;

	if (e == MIME_8BIT || e == MIME_BINARY || !str_is_ascii(fields, fields_len) ||
	    !str_is_ascii(old->data, old->len))
		return MIME_8BIT;
	return MIME_7BIT;
}

/* Is a boundary of the message the begin of ours? Programs that compare only so many bytes
 * would take our delimiters for those of the old message. */
static bool
has_boundary_like_ours(const struct mime_tree *tree)
{
	for (unsigned i = 0; i < tree->n; i++) {
		const char *boundary = tree->node[i].boundary;

		if (boundary != NULL && strncmp(boundary, BOUNDARY_MARK, strlen(boundary)) == 0)
			return true;
	}
	return false;
}

enum mime_edit_result
mime_place_around(const struct mime_tree *tree, const char *fields, size_t fields_len,
		  const struct addition *add, struct arena *arena, struct placement *ret)
{
	const struct mime_source *old = &tree->source;
	const char *boundary = make_boundary(arena, old->data, old->len);
	struct buf before = {0}, after = {0};
	struct addition our = *add;
	struct placement placed;

	assert(!old->has_header && old->n_gaps == 0);
	if (boundary == NULL)
		return MIME_EDIT_RANDOM;
	our.top |= has_boundary_like_ours(tree);
	write_wrapping(boundary, fields, fields_len, &our, &before, &after);
	placed = (struct placement){
		.body = wrap_body(old, &before, &after, arena),
		.content_type =
			arena_printf(arena, "multipart/mixed; boundary=\"%s\"", boundary),
		.transfer_encoding =
			mime_encoding_name(wrapping_encoding(tree, fields, fields_len)),
	};
	if (!is_wrapped_once(tree, &placed, our.top))
		return MIME_EDIT_SELFCHECK;
	*ret = placed;
	return MIME_EDIT_OK;
}
