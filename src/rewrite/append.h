/* Adds a text to one text part, in the part's own charset and transfer encoding, so that every
 * byte of the part that need not change stays. What was written is read again and compared with
 * what was meant. src/mime/README has the rules under "Text parts" and "HTML parts". */
#ifndef REWRITE_APPEND_H
#define REWRITE_APPEND_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/encoding.h"
#include "rewrite/edit_result.h"
#include "util/buf.h"

struct text_part {
	const char *body;
	size_t len;
	enum mime_encoding encoding;
	const char *charset; /* as written, NULL: none */
	bool html;	     /* text/html, else text/plain */
	bool flowed;	     /* format=flowed, RFC 3676 */
};

/* What is added: at least one line. Lines end with CRLF, the last one too. */
struct addition {
	const char *text; /* UTF-8, for text/plain */
	size_t text_len;
	const char *html; /* ASCII, for text/html */
	size_t html_len;
	bool top; /* in front of the part's text, not behind it */
	/* It must be seen in every part: one for which there is no text, and one in an unknown
	 * charset, in which ASCII may be something else, is not passed over. */
	bool required;
	/* A part without transfer encoding becomes quoted-printable, so that no new line of it
	 * can be taken for a delimiter. */
	bool as_qp;
};

enum if_present {
	IF_PRESENT_TAIL,   /* do not add if the part's own text ends (top: begins) with it */
	IF_PRESENT_THREAD, /* do not add if it stands anywhere in the part, quoted or not */
	IF_PRESENT_ADD,
};

/* The new part: the first head bytes of the old one, middle, the last tail bytes of the old
 * one. So a large part need not be copied.
 *
 *	"Hello\r\n", 7bit, and the text "Example Ltd\r\n"
 *		head 7, middle "\r\nExample Ltd\r\n", tail 0
 *	"<body>x</body>", 7bit, and the HTML "<p>Ltd</p>\r\n"
 *		head 7, middle "\r\n<p>Ltd</p>\r\n", tail 7
 *	"Hi=FC\r\n", quoted-printable in iso-8859-1, and the text "\xe2\x82\xac\r\n"
 *		iso-8859-1 has no euro sign, so the whole part is converted:
 *		head 0, middle "Hi=C3=BC\r\n\r\n=E2=82=AC\r\n", tail 0, to_utf8 */
struct appended {
	size_t head, tail;
	struct buf middle; /* the caller frees it */
	enum mime_encoding encoding;
	bool to_utf8; /* the part is UTF-8 now: its charset parameter must be set */
};

/* MIME_EDIT_OK and *ret; or MIME_EDIT_ with one of these, and *ret is unchanged:
 *
 *	PRESENT			if_present applies
 *	SIGNED, ENCRYPTED	a line of inline PGP
 *	CHARSET			the part cannot be decoded, or neither the text fits nor can
 *				the part be converted
 *	ENCODING		an unknown transfer encoding
 *	BINARY			a NUL in the text
 *	IRREGULAR		base64 that is not of the form; HTML that has no place where a
 *				text is displayed
 *	SIZE			HTML above 4 MiB
 *	SELFCHECK		what was written is not what was meant */
enum mime_edit_result mime_append(const struct text_part *part, const struct addition *add,
				  enum if_present if_present, struct appended *ret);

#endif
