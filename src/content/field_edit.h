/* Edits of a field's value that were found in its text. The text is what patterns see
 * (content/header_text.h); an edit replaces a piece of it, and is mapped back to the bytes of
 * the value: encoded words that it touches are written anew, all other bytes stay.
 *
 *	value		"=?UTF-8?Q?gr=C3=BCn?= und\n  blau"	text "gr\u00fcn und blau"
 *	"\u00fc" by "\u00f6"	"=?UTF-8?Q?gr=C3=B6n?= und\n  blau"
 *	"und" by "oder"	"=?UTF-8?Q?gr=C3=BCn?= oder\n  blau"
 *	"und" by "f\u00fcr"	"=?UTF-8?Q?gr=C3=BCn?= =?UTF-8?B?IGbDvHI=?=\n  blau"
 *
 * In fields of addresses (From, To, Cc, Bcc, Sender, Reply-To and those with Resent-) the text
 * of an encoded word never becomes syntax:
 *
 *	"old" by "new"
 *	To: =?UTF-8?Q?a=2C_b?= <c@old>, d@old	=?UTF-8?Q?a=2C_b?= <c@new>, d@new
 *	From: =?UTF-8?Q?c=40old?= <d@e>		=?UTF-8?Q?c=40new?= <d@e>
 *
 * Left alone are: words that cannot be decoded with certainty, and addresses that would get
 * characters other than ASCII. A line above 998 bytes is folded where it has blanks. */
#ifndef CONTENT_FIELD_EDIT_H
#define CONTENT_FIELD_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/* The edits of one value. {0}; then field_edits_begin(), and at last field_edits_free(). All
 * are private but text. */
struct field_edits {
	struct buf text; /* valid UTF-8, with a NUL behind its len bytes */
	const char *name, *value;
	bool decode;
	bool address; /* a field of addresses */
	struct buf origins, marks, syntax;
	struct buf edits, inserted, coded;
};

/* Makes the text of the field. decode: with encoded words decoded; else the unfolded value, in
 * which encoded words are text like any other. name and value must live as long as *e. */
void field_edits_begin(struct field_edits *e, const char *name, const char *value, bool decode);
/* Begins the edit that replaces bytes [from, to) of the text. Edits come in the order of the
 * text and do not overlap; from and to are not inside a character. */
void field_edit_add(struct field_edits *e, size_t from, size_t to);
/* Appends UTF-8 to what the last edit puts there: text, text that has what it replaces in it,
 * or bytes [from, to) of e->text. What may stem from encoded words is no syntax. */
void field_edit_put(struct field_edits *e, const char *text, size_t len);
void field_edit_put_copy(struct field_edits *e, const char *text, size_t len);
void field_edit_put_text(struct field_edits *e, size_t from, size_t to);
/* Writes the new value to out, folded with LF. False, and out is empty: nothing is changed. */
bool field_edits_write(struct field_edits *e, struct buf *out);
void field_edits_free(struct field_edits *e);

#endif
