/* Private to src/content: what is kept in a message between two changes of it, in its field
 * view. */
#ifndef CONTENT_KEPT_VIEW_H
#define CONTENT_KEPT_VIEW_H

struct kept_text;
struct mime_tree;

struct kept_view {
	const struct mime_tree *tree[2]; /* [1]: with attached messages; NULL: not made yet */
	struct kept_text *texts;	 /* message_text.c's list */
};

#endif
