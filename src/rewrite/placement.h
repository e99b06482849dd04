/* Adds a text to a whole message: in the parts that are displayed, as a new first part, or
 * around the message. The old bytes are spliced, never written anew, and the result is scanned
 * again and compared with what was meant before it is returned (compare.h). src/mime/README has
 * the rules under "Where a footer goes". */
#ifndef REWRITE_PLACEMENT_H
#define REWRITE_PLACEMENT_H

#include "mime/tree.h"
#include "rewrite/append.h"
#include "rewrite/edit_result.h"
#include "rewrite/rope.h"

struct arena;

/* The new message. Everything is the arena's, or bytes of the old body. */
struct placement {
	struct mime_rope body;
	/* The new values of the message's own fields; NULL: unchanged. */
	const char *content_type, *transfer_encoding;
};

/* Fills in ret from a text part of the tree. */
void mime_node_text_part(const struct mime_tree *tree, const struct mime_node *node,
			 struct arena *arena, struct text_part *ret);

/* A Content-Type (NULL: there is none) with its charset set to utf-8. The arena's. */
const char *mime_content_type_with_utf8(const char *content_type, struct arena *arena);

/* Those below return MIME_EDIT_OK and *ret, or why the message was not edited; SELFCHECK:
 * the result is not what was meant. The tree has no gaps, and no header (has_header). */

/* Adds to these parts: to all of them, or to none. PRESENT: all have the text already; if one
 * lacks it, all get it, so that what a recipient sees does not depend on the alternative that
 * is chosen. Parts of a kind for which there is no text are left out; EMPTY: no other is left.
 * The other results are those of mime_append(). */
enum mime_edit_result mime_place_in_parts(const struct mime_tree *tree, const unsigned *part,
					  size_t n, const struct addition *add,
					  enum if_present if_present, struct arena *arena,
					  struct placement *ret);

/* Adds a text/plain part in front of the first part of a multipart. */
enum mime_edit_result mime_place_as_first_part(const struct mime_tree *tree,
					       const struct addition *add, struct arena *arena,
					       struct placement *ret);

/* Has a multipart/mixed the text as a part of its own, as the functions above and below write
 * it? Whoever has changed the encoding or the boundary since, and whatever else stands in the
 * message: the part is displayed. In an irregular message a text that is required must be the
 * first part. */
bool mime_has_text_part(const struct mime_tree *tree, const struct addition *add);

/* Makes a multipart/mixed of the text and of a part with the whole old body and these fields
 * ("Content-Type: ...\r\n..."), which were the message's: the caller removes them from there.
 * The text comes first if add->top is set, or if a boundary of the old message is the begin of
 * the new one. RANDOM: there were no random bytes for a boundary.
 *
 *	--=_polymilter_0123456789abcdef01234567\r\n
 *	(the fields, each with \r\n)
 *	\r\n
 *	(the old body) \r\n
 *	--=_polymilter_0123456789abcdef01234567\r\n
 *	(fields, an empty line and the text in quoted-printable)
 *	--=_polymilter_0123456789abcdef01234567--\r\n */
enum mime_edit_result mime_place_around(const struct mime_tree *tree, const char *fields,
					size_t fields_len, const struct addition *add,
					struct arena *arena, struct placement *ret);

#endif
