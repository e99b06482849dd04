/* Edits of a body: ranges of it are deleted or replaced, bytes are inserted, and all other
 * bytes stay. The edits are collected in any order; splice_apply() sorts them and makes a rope.
 */
#ifndef REWRITE_SPLICE_H
#define REWRITE_SPLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "rewrite/rope.h"

struct arena;

struct splice_edit {
	size_t at, cut; /* offset, and how many bytes from there on are deleted */
	const char *text;
	size_t text_len;
	bool is_content; /* of the text: see struct mime_rope_piece */
	size_t order;	 /* in which the edits were added */
};

/* Start with arena and tree set and the rest zero. The texts that edits point to become pieces
 * of the result; they are not copied. */
struct splice {
	struct arena *arena;
	const struct mime_tree *tree; /* of the body, without gaps */
	struct splice_edit *edits;
	size_t n, cap;
};

/* Ranges that are deleted may overlap. What is inserted at one offset comes out in the order in
 * which it was added, in front of what is deleted or replaced there:
 *
 *	body "0123456789"
 *	splice_insert(&s, 10, "end", 3);
 *	splice_insert(&s, 0, "a", 1);
 *	splice_replace(&s, 4, 6, "xyz", 3);
 *	splice_insert(&s, 0, "b", 1);
 *	splice_delete(&s, 7, 8);
 *	splice_insert(&s, 7, "-", 1);
 *	result "ab" "0123" "xyz" "6" "-" "89" "end" */
void splice_delete(struct splice *s, size_t from, size_t to);
void splice_insert(struct splice *s, size_t at, const char *text, size_t len);
void splice_replace(struct splice *s, size_t from, size_t to, const char *text, size_t len);

/* As splice_replace(), for content of one part that is replaced by content. */
void splice_replace_content(struct splice *s, size_t from, size_t to, const char *text,
			    size_t len);

/* The result; its list of pieces is the arena's. */
struct mime_rope splice_apply(struct splice *s);

#endif
