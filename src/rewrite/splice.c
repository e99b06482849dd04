/* The edits are sorted when all are there. Then one walk over them copies nothing: it lists the
 * bytes between two edits as pieces, and the long contents of parts as pieces of their own,
 * which mime_scan_rope() need not copy either. */
#include "rewrite/splice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

#define LONG_BYTES 1024u /* content of this length becomes a piece of its own */

static void
add_edit(struct splice *s, const struct splice_edit *edit)
{
	assert(edit->at + edit->cut <= s->tree->source.len);
	if (s->n == s->cap) {
		struct splice_edit *old = s->edits;

		s->cap = s->cap == 0 ? 8 : 2 * s->cap;
		s->edits = arena_alloc(s->arena, s->cap * sizeof(*s->edits));
		if (s->n > 0)
			memcpy(s->edits, old, s->n * sizeof(*old));
	}
	s->edits[s->n] = *edit;
	s->edits[s->n].order = s->n;
	s->n++;
}

void
splice_replace(struct splice *s, size_t from, size_t to, const char *text, size_t len)
{
	assert(from <= to);
	add_edit(s, &(struct splice_edit){from, to - from, text, len, false, 0});
}

void
splice_replace_content(struct splice *s, size_t from, size_t to, const char *text, size_t len)
{
	assert(from <= to);
	add_edit(s, &(struct splice_edit){from, to - from, text, len, true, 0});
}

void
splice_delete(struct splice *s, size_t from, size_t to)
{
	splice_replace(s, from, to, NULL, 0);
}

void
splice_insert(struct splice *s, size_t at, const char *text, size_t len)
{
	splice_replace(s, at, at, text, len);
}

static int
compare_edits(const void *a, const void *b)
{
	const struct splice_edit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if ((x->cut == 0) != (y->cut == 0))
		return x->cut == 0 ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* The pieces of the result so far. */
struct piece_list {
	const struct mime_tree *tree;
	unsigned node; /* nodes with smaller indices end in front of the next byte */
	struct mime_rope_piece *piece;
	size_t n, len;
};

static void
list_piece(struct piece_list *l, const char *data, size_t len, bool is_content)
{
	if (len > 0)
		l->piece[l->n++] = (struct mime_rope_piece){data, len, is_content};
	l->len += len;
}

static bool
has_long_content(const struct mime_node *n)
{
	return n->child == MIME_NO_NODE && !n->is_multipart &&
	       n->body.to - n->body.from >= LONG_BYTES;
}

/* Lists the bytes [from, to) of the body, with long contents as pieces of their own. */
static void
list_old_bytes(struct piece_list *l, size_t from, size_t to)
{
	const char *s = l->tree->source.data;

	for (; l->node < l->tree->n && from < to; l->node++) {
		const struct mime_node *n = &l->tree->node[l->node];
		size_t end = n->body.to < to ? n->body.to : to;

		if (!has_long_content(n) || n->body.to <= from)
			continue;
		if (n->body.from >= to)
			break;
		if (n->body.from > from) {
			list_piece(l, s + from, n->body.from - from, false);
			from = n->body.from;
		}
		list_piece(l, s + from, end - from, true);
		from = end;
		if (end < n->body.to)
			break;
	}
	if (from < to)
		list_piece(l, s + from, to - from, false);
}

static size_t
count_long_contents(const struct mime_tree *tree)
{
	size_t n = 0;

	for (unsigned i = 0; i < tree->n; i++)
		n += has_long_content(&tree->node[i]);
	return n;
}

struct mime_rope
splice_apply(struct splice *s)
{
	/* An edit may be inside a long content: two pieces of that, and the edit's text. */
	size_t most = 4 * s->n + 2 * count_long_contents(s->tree) + 1, at = 0;
	struct piece_list l = {.tree = s->tree};

	if (s->n > 0)
		qsort(s->edits, s->n, sizeof(*s->edits), compare_edits);
	l.piece = arena_alloc(s->arena, most * sizeof(*l.piece));
	for (size_t i = 0; i < s->n; i++) {
		const struct splice_edit *e = &s->edits[i];

		list_old_bytes(&l, at, e->at); /* nothing if two overlap */
		list_piece(&l, e->text, e->text_len, e->is_content);
		if (at < e->at + e->cut)
			at = e->at + e->cut;
	}
	list_old_bytes(&l, at, s->tree->source.len);
	assert(l.n <= most);
	return (struct mime_rope){l.piece, l.n, l.len};
}
