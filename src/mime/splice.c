/* A list of edits, sorted when all are there; then a walk over them and over the parts. */
#include "mime/splice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

#define LONG_BYTES 1024u /* content that becomes a piece of its own */

static void
add(struct splice *s, const struct splice_edit *edit)
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
	s->edits[s->n].turn = s->n;
	s->n++;
}

void
splice_replace(struct splice *s, size_t from, size_t to, const char *put, size_t len)
{
	assert(from <= to);
	add(s, &(struct splice_edit){from, to - from, put, len, false, 0});
}

void
splice_replace_content(struct splice *s, size_t from, size_t to, const char *put, size_t len)
{
	assert(from <= to);
	add(s, &(struct splice_edit){from, to - from, put, len, true, 0});
}

void
splice_delete(struct splice *s, size_t from, size_t to)
{
	splice_replace(s, from, to, NULL, 0);
}

void
splice_insert(struct splice *s, size_t at, const char *put, size_t len)
{
	splice_replace(s, at, at, put, len);
}

static int
compare(const void *a, const void *b)
{
	const struct splice_edit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if ((x->cut == 0) != (y->cut == 0))
		return x->cut == 0 ? -1 : 1;
	return x->turn < y->turn ? -1 : 1;
}

/* The result as it is made. */
struct list {
	const struct mime_tree *tree;
	unsigned node; /* those before it end before what comes next */
	struct mime_rope_piece *piece;
	size_t n, len;
};

static void
put(struct list *l, const char *data, size_t len, bool is_content)
{
	if (len > 0)
		l->piece[l->n++] = (struct mime_rope_piece){data, len, is_content};
	l->len += len;
}

static bool
is_long(const struct mime_node *n)
{
	return n->child == MIME_NO_NODE && !n->is_multipart &&
	       n->body.to - n->body.from >= LONG_BYTES;
}

/* Bytes of the old text, the long contents apart. */
static void
keep(struct list *l, size_t from, size_t to)
{
	const char *s = l->tree->source.data;

	for (; l->node < l->tree->n && from < to; l->node++) {
		const struct mime_node *n = &l->tree->node[l->node];
		size_t end = n->body.to < to ? n->body.to : to;

		if (!is_long(n) || n->body.to <= from)
			continue;
		if (n->body.from >= to)
			break;
		if (n->body.from > from) {
			put(l, s + from, n->body.from - from, false);
			from = n->body.from;
		}
		put(l, s + from, end - from, true);
		from = end;
		if (end < n->body.to)
			break;
	}
	if (from < to)
		put(l, s + from, to - from, false);
}

static size_t
count_long(const struct mime_tree *tree)
{
	size_t n = 0;

	for (unsigned i = 0; i < tree->n; i++)
		n += is_long(&tree->node[i]);
	return n;
}

struct mime_rope
splice_apply(struct splice *s)
{
	/* An edit may stand in a long content: two pieces of it, and what was put. */
	size_t most = 4 * s->n + 2 * count_long(s->tree) + 1, at = 0;
	struct list l = {.tree = s->tree};

	if (s->n > 0)
		qsort(s->edits, s->n, sizeof(*s->edits), compare);
	l.piece = arena_alloc(s->arena, most * sizeof(*l.piece));
	for (size_t i = 0; i < s->n; i++) {
		const struct splice_edit *e = &s->edits[i];

		assert(e->at >= at); /* else two overlap */
		keep(&l, at, e->at);
		put(&l, e->put, e->put_len, e->is_content);
		at = e->at + e->cut;
	}
	keep(&l, at, s->tree->source.len);
	assert(l.n <= most);
	return (struct mime_rope){l.piece, l.n, l.len};
}
