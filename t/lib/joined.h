/* Joins results that src/rewrite makes in pieces: appends their bytes to one buffer. */
#ifndef T_LIB_JOINED_H
#define T_LIB_JOINED_H

#include "rewrite/append.h"
#include "rewrite/rope.h"
#include "util/buf.h"

static inline void
put_pieces(const struct mime_rope *pieces, struct buf *out)
{
	for (size_t i = 0; i < pieces->n; i++)
		buf_append(out, pieces->piece[i].data, pieces->piece[i].len);
}

/* The part's text after mime_append(). */
static inline void
put_appended(const struct text_part *part, const struct appended *a, struct buf *out)
{
	buf_append(out, part->body, a->head);
	buf_append(out, a->middle.data, a->middle.len);
	buf_append(out, part->body + part->len - a->tail, a->tail);
}

#endif
