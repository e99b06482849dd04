/* Which parts are the message's own text, as mail programs display it. Layer 2. footer.md 3.
 */
#ifndef MIME_DISPLAYED_H
#define MIME_DISPLAYED_H

#include <stddef.h>

#include "mime/edit_result.h"
#include "mime/tree.h"

struct arena;

struct mime_displayed {
	const unsigned *part; /* indices of text/plain and text/html parts, ascending */
	size_t n;
};

/* Of multipart/alternative every displayed child, of multipart/related the root, of all other
 * multiparts the first child that is displayed. NULL and *ret (at least one part, the arena's);
 * or why there is nothing that may be written to:
 *
 *	"irregular"		programs disagree on what the parts are
 *	"signed", "encrypted"	S/MIME, PGP/MIME, where the text would be; not inline PGP,
 *				which mime_append() finds
 *	"automatic"		a report or another message
 *	"digest", "voice"	other structures with a meaning of their own
 *	"calendar"		an invitation and no text
 *	"attachments"		multipart/mixed without text: a new first part can be added
 *	"other"			nothing is displayed */
enum mime_edit_result mime_find_displayed(const struct mime_tree *tree, struct arena *arena,
					  struct mime_displayed *ret);

#endif
