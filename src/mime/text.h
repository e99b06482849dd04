/* A part's text out of its transfer encoding and charset, and back into it. Layer 2.
 * footer.md 3.1. */
#ifndef MIME_TEXT_H
#define MIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

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
 * was not of the form; what could be decoded stands in out. CRLF as it came. */
bool mime_qp_decode(const char *s, size_t len, struct buf *out);
bool mime_base64_decode(const char *s, size_t len, struct buf *out);

/* Encoding of text with CRLF line ends: lines of at most 76, CRLF between them. A line end of
 * the text is a line end of the encoding; blanks before one are encoded. */
void mime_qp_encode(const char *s, size_t len, struct buf *out);
void mime_base64_encode(const char *s, size_t len, struct buf *out); /* ends with CRLF */

/* A value such as Content-Type's: "type/subtype; name=value; ...". Comments, folding, quotes
 * and RFC 2231 (continuations, charset, percent) are understood. */
struct mime_params {
	const char *type; /* "text/plain", lower case; "" when it cannot be read */
	size_t n;
	struct mime_param {
		const char *name;  /* lower case, without the marks of RFC 2231 */
		const char *value; /* decoded */
	} param[32];		   /* more are left out, and irregular is set */
	bool irregular; /* a parameter twice, no type, text that does not fit: see footer.md */
};
struct arena;

/* Never fails; what does not fit sets irregular. All memory is the arena's. */
void mime_params_parse(struct arena *arena, const char *value, struct mime_params *ret);
const char *mime_param(const struct mime_params *p, const char *name); /* or NULL */

/* Appends value with the parameter's value replaced, or the parameter added at the end; all
 * else stays byte for byte. The new value is a token. */
void mime_param_set(const char *value, const char *name, const char *new_value,
		    struct buf *out);

#endif
