/* Decodes a body from its transfer encoding in pieces, so that memory is bounded by the size of
 * a piece. The pieces, one behind the other, are what decoding the body at once gives.
 *
 *	if (mime_decoder_start(&d, encoding, body, len) == 0)
 *		while (!mime_decoder_is_over(&d)) {
 *			buf_reset(&piece);
 *			mime_decoder_next(&d, 65536, &piece);
 *		}
 */
#ifndef MIME_DECODER_H
#define MIME_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/encoding.h"
#include "mime/octets.h"

struct buf;

struct mime_decoder {
	enum mime_encoding encoding;
	const char *s; /* the body, which the caller keeps until the end */
	size_t len, at;
	struct base64_reader base64;
};

/* 0, or -EOPNOTSUPP for an unknown encoding. */
int mime_decoder_start(struct mime_decoder *d, enum mime_encoding e, const char *s, size_t len);

/* Decodes about chunk encoded bytes and appends the result to out; more of quoted-printable and
 * uuencode if they cannot be cut there. The result may be empty. Decoding is lenient
 * (encoding.h). */
void mime_decoder_next(struct mime_decoder *d, size_t chunk, struct buf *out);
bool mime_decoder_is_over(const struct mime_decoder *d);

/* After the last piece. False: the body is base64 that is not of the form. */
bool mime_decoder_is_regular(struct mime_decoder *d);

#endif
