/* Which parts are the message's own text: what a mail program displays first, and in which a
 * footer therefore must be. The decision is made for whole structures, and one part that must
 * not be edited can exclude the whole message, since half a footer is worse than none. */
#ifndef REWRITE_DISPLAYED_H
#define REWRITE_DISPLAYED_H

#include <stddef.h>

#include "mime/tree.h"
#include "rewrite/edit_result.h"

struct arena;

struct mime_displayed {
	const unsigned *part; /* indices of text/plain and text/html nodes, ascending */
	size_t n;
};

/* How the structure is read, as bits. */
enum mime_display_rule {
	/* A report is read as any other multipart, and another message as the whole as a file.
	 */
	MIME_DISPLAY_REPORTS = 1u << 0,
	/* What is found must be in every form that a program may choose: an alternative with a
	 * child that has no text for us, other than an invitation, displays nothing, and so
	 * does multipart/related whose root is not its first child, since not all programs
	 * follow "start". */
	MIME_DISPLAY_EVERY_FORM = 1u << 1,
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
 *	report(plain, delivery-status, rfc822)			MIME_EDIT_AUTOMATIC
 *		with MIME_DISPLAY_REPORTS			plain
 *	alternative(plain, png)					plain
 *		with MIME_DISPLAY_EVERY_FORM			MIME_EDIT_OTHER
 *
 * MIME_EDIT_OK, and *ret with at least one part, its list being the arena's. Or MIME_EDIT_ with
 * one of these:
 *
 *	IRREGULAR		the tree has a flag, or the text has irregular parameters
 *	SIGNED, ENCRYPTED	S/MIME or PGP/MIME in the place of the text (security.h), or
 *				what a gateway left of them: mixed(plain, signature). Inline
 *				PGP is found by mime_append()
 *	AUTOMATIC		a report, or another message as the whole
 *	DIGEST, VOICE		multipart/digest, multipart/voice-message
 *	CALENDAR		an invitation without text
 *	ATTACHMENTS		multipart/mixed without text: a first part can be added
 *	OTHER			nothing is displayed; or the whole is a multipart in which no
 *				program finds a part
 *
 * rules: bits of enum mime_display_rule. */
enum mime_edit_result mime_find_displayed(const struct mime_tree *tree, unsigned rules,
					  struct arena *arena, struct mime_displayed *ret);

/* The child of a multipart/related that is displayed: the one whose Content-ID is the parameter
 * "start", else the first (RFC 2387, section 3.2). */
unsigned mime_related_root(const struct mime_tree *tree, const struct mime_node *node);

#endif
