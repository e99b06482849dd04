/* A body is decoded from cut to cut. base64 can be cut anywhere, because its reader keeps the
 * bits of an incomplete quantum; quoted-printable only where mime_qp_find_cut() finds, uuencode
 * only between lines. */
#include "mime/decoder.h"

#include <errno.h>

#include "mime/uuencode.h"
#include "util/buf.h"

/* Moves to the first line of data. A body without the line "begin" is data as a whole. */
static void
skip_uuencode_begin(struct mime_decoder *d)
{
	struct uuencode_begin begin;

	if (!uuencode_next_begin(d->s, d->len, 0, &begin))
		return;
	d->at = begin.data;
	if (begin.base64)
		d->encoding = MIME_BASE64;
}

static void
decode_uuencode_chunk(struct mime_decoder *d, size_t chunk, struct buf *out)
{
	size_t until = d->len - d->at <= chunk ? d->len : d->at + chunk;
	bool ended;

	d->at = uuencode_decode(d->s, d->len, d->at, until, out, &ended);
	if (ended)
		d->at = d->len;
}

int
mime_decoder_start(struct mime_decoder *d, enum mime_encoding e, const char *s, size_t len)
{
	if (e == MIME_UNKNOWN_ENCODING)
		return -EOPNOTSUPP;
	*d = (struct mime_decoder){.encoding = e, .s = s, .len = len};
	if (e == MIME_UUENCODE)
		skip_uuencode_begin(d);
	return 0;
}

bool
mime_decoder_is_over(const struct mime_decoder *d)
{
	return d->at == d->len;
}

void
mime_decoder_next(struct mime_decoder *d, size_t chunk, struct buf *out)
{
	const char *from = d->s + d->at;
	size_t left = d->len - d->at, n = left <= chunk ? left : chunk;

	if (d->encoding == MIME_UUENCODE) {
		decode_uuencode_chunk(d, chunk, out);
		return;
	}
	if (d->encoding == MIME_QP && n < left)
		n = mime_qp_find_cut(from, left, n);
	d->at += n;
	if (d->encoding == MIME_QP)
		(void)mime_qp_decode(from, n, out);
	else if (d->encoding == MIME_BASE64)
		base64_read(&d->base64, from, n, out);
	else
		buf_append(out, from, n);
}

bool
mime_decoder_is_regular(struct mime_decoder *d)
{
	return d->encoding != MIME_BASE64 || base64_read_end(&d->base64);
}
