/* Which parts are the message's own text: what a mail program displays first, and in which a
 * footer therefore must be. The decision is made for whole structures, and one part that must
 * not be edited can exclude the whole message, since half a footer is worse than none. */
#ifndef MIME_DISPLAYED_H
#define MIME_DISPLAYED_H

#include <stddef.h>

#include "mime/edit_result.h"
#include "mime/tree.h"

struct arena;

struct mime_displayed {
	const unsigned *part; /* indices of text/plain and text/html nodes, ascending */
	size_t n;
};

/* Of multipart/alternative every child that is displayed, of multipart/related the root, of all
 * other multiparts the first child that is displayed. Attachments and parts with a file name
 * are not displayed.
 *
 *	alternative(plain, html)				plain and html
 *	mixed(alternative(plain, related(html, png)), pdf)	plain and html
 *	mixed(pdf, plain, html)					plain
 *	alternative(plain, signed(html, signature))		MIME_EDIT_SIGNED
 *	mixed(plain, signed(html, signature))			plain
 *	mixed(pdf, png)						MIME_EDIT_ATTACHMENTS
 *
 * MIME_EDIT_OK, and *ret with at least one part, its list being the arena's. Or MIME_EDIT_ with
 * one of these:
 *
 *	IRREGULAR		the tree has a flag, or the text has irregular parameters
 *	SIGNED, ENCRYPTED	S/MIME or PGP/MIME in the place of the text; inline PGP is
 *				found by mime_append()
 *	AUTOMATIC		a report, or another message as the whole
 *	DIGEST, VOICE		multipart/digest, multipart/voice-message
 *	CALENDAR		an invitation without text
 *	ATTACHMENTS		multipart/mixed without text: a first part can be added
 *	OTHER			nothing is displayed */
enum mime_edit_result mime_find_displayed(const struct mime_tree *tree, struct arena *arena,
					  struct mime_displayed *ret);

#endif
