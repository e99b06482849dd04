/* Bytes cut out of a text and put into it; all the others stay. Layer 2. footer.md 3.5. */
#ifndef MIME_SPLICE_H
#define MIME_SPLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/rope.h"

struct arena;

struct splice_edit {
	size_t at, cut; /* bytes from at on that go */
	const char *put;
	size_t put_len;
	bool is_content; /* what is put */
	size_t turn;	 /* which came first */
};

/* A plan. Start with arena and tree set and the rest zero; what edits point to is in the result
 * too. */
struct splice {
	struct arena *arena;
	const struct mime_tree *tree; /* of the text; it has no gaps */
	struct splice_edit *edits;
	size_t n, cap;
};

/* In any order. Edits do not overlap; what is put at one place comes out in the order it was
 * added in, in front of what is cut or replaced there. */
void splice_delete(struct splice *s, size_t from, size_t to);
void splice_insert(struct splice *s, size_t at, const char *put, size_t len);
void splice_replace(struct splice *s, size_t from, size_t to, const char *put, size_t len);

/* As the last one, of one part's content by other content. */
void splice_replace_content(struct splice *s, size_t from, size_t to, const char *put,
			    size_t len);

/* The result; the list is the arena's. Sorts the edits. */
struct mime_rope splice_apply(struct splice *s);

#endif
