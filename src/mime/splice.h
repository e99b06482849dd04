/* Bytes cut out of a text and put into it; all the others stay. Layer 2. footer.md 3.5. */
#ifndef MIME_SPLICE_H
#define MIME_SPLICE_H

#include <stddef.h>

struct arena;
struct buf;

struct splice_edit {
	size_t at, cut; /* bytes from at on that go */
	const char *put;
	size_t put_len;
	size_t turn; /* which came first */
};

/* A plan. Start with arena, data and len set and the rest zero; what edits point to stays as
 * it is until splice_apply(). */
struct splice {
	struct arena *arena;
	const char *data;
	size_t len;
	struct splice_edit *edits;
	size_t n, cap;
};

/* In any order. Edits do not overlap; what is put at one place comes out in the order it was
 * added in, in front of what is cut or replaced there. */
void splice_cut(struct splice *s, size_t from, size_t to);
void splice_put(struct splice *s, size_t at, const char *put, size_t len);
void splice_replace(struct splice *s, size_t from, size_t to, const char *put, size_t len);

/* Appends the result. Sorts the edits. */
void splice_apply(struct splice *s, struct buf *out);

#endif
