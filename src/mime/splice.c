/* A list of edits, sorted when all are there. */
#include "mime/splice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"
#include "util/buf.h"

void
splice_replace(struct splice *s, size_t from, size_t to, const char *put, size_t len)
{
	assert(from <= to && to <= s->len);
	if (s->n == s->cap) {
		struct splice_edit *old = s->edits;

		s->cap = s->cap == 0 ? 8 : 2 * s->cap;
		s->edits = arena_alloc(s->arena, s->cap * sizeof(*s->edits));
		if (s->n > 0)
			memcpy(s->edits, old, s->n * sizeof(*old));
	}
	s->edits[s->n] = (struct splice_edit){from, to - from, put, len, s->n};
	s->n++;
}

void
splice_cut(struct splice *s, size_t from, size_t to)
{
	splice_replace(s, from, to, NULL, 0);
}

void
splice_put(struct splice *s, size_t at, const char *put, size_t len)
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

void
splice_apply(struct splice *s, struct buf *out)
{
	size_t at = 0, grown = 0;

	if (s->n > 0)
		qsort(s->edits, s->n, sizeof(*s->edits), compare);
	for (size_t i = 0; i < s->n; i++)
		grown += s->edits[i].put_len;
	(void)buf_reserve(out, s->len + grown);
	for (size_t i = 0; i < s->n; i++) {
		const struct splice_edit *e = &s->edits[i];

		assert(e->at >= at); /* else two overlap */
		buf_append(out, s->data + at, e->at - at);
		buf_append(out, e->put, e->put_len);
		at = e->at + e->cut;
	}
	buf_append(out, s->data + at, s->len - at);
}
