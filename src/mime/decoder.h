/* A body out of its transfer encoding, piece by piece: memory is bounded by the pieces' size,
 * and what they are together is what it is at once. Layer 2. */
#ifndef MIME_DECODER_H
#define MIME_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/encoding.h"
#include "mime/octets.h"

struct buf;

struct mime_decoder {
	enum mime_encoding encoding;
	const char *s;
	size_t len, at;
	struct base64_reader base64;
};

/* 0, or -EOPNOTSUPP for an unknown encoding. */
int mime_decoder_start(struct mime_decoder *d, enum mime_encoding e, const char *s, size_t len);

/* Appends what about so many encoded bytes become; more of quoted-printable without a place to
 * cut it. Lenient, as text.h says. */
void mime_decoder_next(struct mime_decoder *d, size_t chunk, struct buf *out);
bool mime_decoder_is_over(const struct mime_decoder *d);

/* After all of it: was it base64 of the form? True of other encodings. */
bool mime_decoder_is_regular(struct mime_decoder *d);

#endif
