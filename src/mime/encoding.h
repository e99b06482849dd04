/* Content transfer encodings (RFC 2045, section 6): their names, decoding and encoding of whole
 * texts, places in encoded text, and an encoder for text that comes in pieces. decoder.h
 * decodes in pieces. Decoding is as lenient as mail programs are; what is encoded is strictly
 * of the form, and safe inside any multipart. */
#ifndef MIME_ENCODING_H
#define MIME_ENCODING_H

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
	MIME_UUENCODE, /* uuencode.h; only read, never written */
	MIME_UNKNOWN_ENCODING,
};

/* The value of a Content-Transfer-Encoding field; NULL or empty: 7bit. Comments and case are
 * ignored. The names of uuencode that mail programs know are x-uuencode, uuencode, x-uue, uue
 * and x-uu. */
enum mime_encoding mime_encoding_parse(const char *value);
/* The same, but a value that no program decodes counts as 8bit: a misspelt 7bit, 8bit or
 * binary, or the name of a charset or type ("8-bit", "7 bits", "utf-8", "text/plain", "none").
 * One with the name of an encoding in it is unknown ("7bit, base64"). */
enum mime_encoding mime_encoding_guess(const char *value);
const char *mime_encoding_name(enum mime_encoding e);

/* Appends the decoded text to out, at most len bytes. False: something was not of the form (RFC
 * 2045, sections 6.7 and 6.8), and out has what could be decoded. Line ends stay LF or CRLF. A
 * '=' at the very end of quoted-printable is a soft line break; base64 goes on behind padding.
 */
bool mime_qp_decode(const char *s, size_t len, struct buf *out);
bool mime_base64_decode(const char *s, size_t len, struct buf *out);

/* The offset in quoted-printable text in front of which the first n octets are written, of
 * those that mime_qp_decode() makes of it; len if there are fewer.
 *
 *	"Gr=C3=BC=C3=9Fe"	n = 2: 2	n = 3: 5	n = 6: 14 */
size_t mime_qp_find_octet(const char *s, size_t len, size_t n);

/* An offset where quoted-printable text can be cut in two, so that the two halves decode to
 * what the whole decodes to: not inside "=C3", and not behind blanks, which may stand at the
 * end of a line. It is the largest such offset from 1 to at (0 < at <= len); if there is none,
 * the begin of the next line. */
size_t mime_qp_find_cut(const char *s, size_t len, size_t at);

/* Whole lines of base64, from the first to behind the last, which can be decoded and replaced
 * alone: no quantum of four digits is split at either end. */
struct mime_base64_lines {
	size_t from, to; /* offsets in the encoded text */
	size_t before;	 /* octets that the text in front of from decodes to */
};

/* The lines around an offset of the decoded text: place is between 0 and decoded, which is how
 * many octets s decodes to; s is of the form. At least one line, if there is one.
 *
 *	"SGVsbG8g\r\n"	octets 0 to 5
 *	"SGV\r\n"	octets 6 to 7 and a part of a quantum, so the next line belongs to it
 *	"sbG8g\r\n"
 *	"SGVsbG8=\r\n"	octets 12 to 16
 *
 *	place 5: the first line; place 7: the second and the third, before is 6 */
struct mime_base64_lines mime_base64_lines_around(const char *s, size_t len, size_t decoded,
						  size_t place);

/* Appends text with CRLF line ends in an encoding: lines of at most 76 bytes, CRLF between
 * them. In quoted-printable a line end of the text is a line end; a CR or LF that is not one is
 * encoded, and so are blanks before a line end or at the end. No line begins with "--", "." or
 * "From ": it cannot be taken for a delimiter, the end of SMTP's data or a new message of an
 * mbox. Base64 ends with CRLF. */
void mime_qp_encode(const char *s, size_t len, struct buf *out);
void mime_base64_encode(const char *s, size_t len, struct buf *out);

/* The same in pieces; 7bit, 8bit and binary leave the text unchanged. Start with encoding and
 * out set and the rest zero; mime_encoder_end() writes the rest and frees what was held back.
 */
struct mime_encoder {
	enum mime_encoding encoding;
	struct buf *out;
	struct buf held; /* the end of the text, which depends on what follows */
	size_t column;	 /* bytes in the last line of quoted-printable */
};

void mime_encoder_put(struct mime_encoder *e, const char *s, size_t len);
void mime_encoder_end(struct mime_encoder *e);

#endif
