/* A whole message with a text added: in its parts, in a part of its own, or around it. The
 * original bytes are spliced, never written anew, and the result is scanned again before
 * anybody sees it. Layer 2. footer.md 3, 3.6. */
#ifndef MIME_PLACEMENT_H
#define MIME_PLACEMENT_H

#include "mime/append.h"
#include "mime/rope.h"
#include "mime/tree.h"

struct arena;

struct placement { /* all of it the arena's, or bytes of the old body */
	struct mime_rope body;
	/* The message's own fields; NULL: as they were. */
	const char *content_type, *transfer_encoding;
};

/* A text part of the tree as mime_append() wants it. */
void mime_node_text_part(const struct mime_tree *tree, const struct mime_node *node,
			 struct arena *arena, struct text_part *ret);

/* A Content-Type (NULL: there is none) with its charset set to utf-8. The arena's. */
const char *mime_content_type_with_utf8(const char *content_type, struct arena *arena);

/* All three: NULL and *ret; or why not, a word for the log. "selfcheck": the result was not
 * what was meant. The tree has no gaps. */

/* Adds to these parts, all of them or none. A part that has the text already is passed over,
 * or one of whose kind the text is empty; "present" or "empty" when no other is left. Else as
 * mime_append(). */
enum mime_edit_result mime_place_in_parts(const struct mime_tree *tree, const unsigned *part,
					  size_t n, const struct addition *add,
					  enum if_present if_present, struct arena *arena,
					  struct placement *ret);

/* A text/plain part before the first of a multipart. */
enum mime_edit_result mime_place_as_first_part(const struct mime_tree *tree,
					       const struct addition *add, struct arena *arena,
					       struct placement *ret);

/* A new multipart/mixed: the text, and the message's body as it is in a part with these fields
 * ("Content-Type: ...\r\n..."). The text comes first when add->top is set. The message's own
 * Content- fields have to go then. "random": there was none for a boundary. */
enum mime_edit_result mime_place_around(const struct mime_tree *tree, const char *fields,
					size_t fields_len, const struct addition *add,
					struct arena *arena, struct placement *ret);

#endif
