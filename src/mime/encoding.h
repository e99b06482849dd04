/* A part's text out of its transfer encoding and back into it. Layer 2. footer.md 3.1. */
#ifndef MIME_TEXT_H
#define MIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/params.h"
#include "util/buf.h"

enum mime_encoding {
	MIME_7BIT,
	MIME_8BIT,
	MIME_BINARY,
	MIME_QP,
	MIME_BASE64,
	MIME_UNKNOWN_ENCODING,
};

/* The value of Content-Transfer-Encoding (NULL or empty: 7bit), comments and case ignored. */
enum mime_encoding mime_encoding_parse(const char *value);
const char *mime_encoding_name(enum mime_encoding e);

/* Decoding. Both are lenient as mail programs are (RFC 2045 6.7, 6.8): false when something
 * was not of the form; what could be decoded stands in out, at most len bytes. CRLF as it
 * came. Base64 goes on behind padding. A '=' at the very end of quoted-printable is a soft
 * line break. */
bool mime_qp_decode(const char *s, size_t len, struct buf *out);
bool mime_base64_decode(const char *s, size_t len, struct buf *out);

/* The place in quoted-printable text where so many of the octets that mime_qp_decode() makes of
 * it are written in front, and the others behind. */
size_t mime_qp_find_octet(const char *s, size_t len, size_t decoded);

/* Where quoted-printable can be cut, not before s[1], so that both halves decode to what the
 * whole does: at or before s[at] (0 < at <= len) if that can be, else behind it. */
size_t mime_qp_find_cut(const char *s, size_t len, size_t at);

/* Lines of base64 of the form, which decodes to so many octets in all, around the place between
 * two of them: at least a line in front of the end. No quantum of digits is split at either
 * end. before: the octets in front of them. */
struct mime_base64_lines {
	size_t from, to;
	size_t before;
};
struct mime_base64_lines mime_base64_lines_around(const char *s, size_t len, size_t decoded,
						  size_t place);

/* Encoding of text with CRLF line ends: lines of at most 76, CRLF between them. A line end of
 * the text is a line end of the encoding; blanks before one, or at the end, are encoded, and a
 * CR or LF that is no line end. No line begins with "--", "." or "From ", so that none can be
 * taken for a boundary, an end or a new message. */
void mime_qp_encode(const char *s, size_t len, struct buf *out);
void mime_base64_encode(const char *s, size_t len, struct buf *out); /* ends with CRLF */

/* The same piece by piece; other encodings leave the text as it is. Start with encoding and out
 * set and the rest zero; the end frees what was held back. */
struct mime_encoder {
	enum mime_encoding encoding;
	struct buf *out;
	struct buf held; /* what cannot be written before more is known */
	size_t column;	 /* of quoted-printable */
};

void mime_encoder_put(struct mime_encoder *e, const char *s, size_t len);
void mime_encoder_end(struct mime_encoder *e);

#endif
