/* Text added to a text part, in the part's own charset and transfer encoding, so that every
 * byte of the part that need not change stays. Layer 2. footer.md 3.1, 3.2. */
#ifndef MIME_APPEND_H
#define MIME_APPEND_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/edit_result.h"
#include "mime/encoding.h"
#include "util/buf.h"

struct text_part {
	const char *body;
	size_t len;
	enum mime_encoding encoding;
	const char *charset; /* as written, NULL: none */
	bool html;	     /* text/html, else text/plain */
	bool flowed;	     /* format=flowed, RFC 3676 */
};

/* What is added, at least one line of it. Lines end with CRLF, the last one too. */
struct addition {
	const char *text; /* UTF-8, for text/plain */
	size_t text_len;
	const char *html; /* ASCII, for text/html */
	size_t html_len;
	bool top;   /* in front of the part's text, not behind it */
	bool as_qp; /* the part becomes quoted-printable, where it has no encoding: no line of
		     * the result can be taken for a delimiter that is not one already */
};

enum if_present {
	IF_PRESENT_TAIL,   /* not added when the part's own text ends (top: begins) with it */
	IF_PRESENT_THREAD, /* nor when it stands anywhere, quoted or not */
	IF_PRESENT_ADD,
};

/* The new part: head bytes of the old one, middle, and tail bytes of the old one. So a large
 * part need not be copied. */
struct appended {
	size_t head, tail;
	struct buf middle; /* the caller frees it */
	enum mime_encoding encoding;
	bool to_utf8; /* the part became UTF-8: its charset is to be set */
};

/* NULL and *ret filled in; or why nothing was done, a word for the log: "present", "signed",
 * "encrypted" (inline PGP), "charset" (it cannot be decoded, or the text does not fit and it
 * cannot be converted), "encoding", "binary" (a NUL in the text), "irregular", "size" (HTML
 * above 4 MiB), "selfcheck". *ret then has nothing to free. */
enum mime_edit_result mime_append(const struct text_part *part, const struct addition *add,
				  enum if_present if_present, struct appended *ret);

#endif
