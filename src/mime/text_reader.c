/* Decoder and charset stream, one behind the other. */
#include "mime/text_reader.h"

#include <assert.h>
#include <string.h>

#define CHUNK_BYTES (64u << 10) /* encoded, for a window */

void
text_reader_start(struct text_reader *r, enum mime_encoding e, const char *body, size_t len)
{
	int known = mime_decoder_start(&r->decoder, e, body, len);

	assert(known == 0);
	r->stream = (struct charset_stream){.cs = r->from, .lossy = r->lossy};
	r->s = body;
}

static bool
is_encoded(const struct text_reader *r)
{
	return r->decoder.encoding == MIME_QP || r->decoder.encoding == MIME_BASE64;
}

/* The body is the text. */
static bool
next_plain(struct text_reader *r)
{
	r->s = r->decoder.s + r->decoder.at;
	r->len = r->decoder.len - r->decoder.at;
	r->decoder.at = r->decoder.len;
	return r->len > 0;
}

/* Of the text so far only its end has to stay. */
static void
forget(struct text_reader *r)
{
	if (!r->whole && r->text.len > 2 * TEXT_READER_BACK_BYTES)
		buf_consume(&r->text, r->text.len - TEXT_READER_BACK_BYTES);
	r->back = r->text.len;
}

static void
decode(struct text_reader *r, struct buf *out)
{
	mime_decoder_next(&r->decoder, CHUNK_BYTES, out);
	if (mime_decoder_is_over(&r->decoder) && !mime_decoder_is_regular(&r->decoder))
		r->why = MIME_EDIT_IRREGULAR;
}

static void
convert(struct text_reader *r)
{
	const struct mime_decoder *d = &r->decoder;
	const char *raw = d->s + d->at;
	size_t len = d->len - d->at < CHUNK_BYTES ? d->len - d->at : CHUNK_BYTES;

	if (is_encoded(r)) {
		buf_reset(&r->raw);
		decode(r, &r->raw);
		raw = buf_string(&r->raw);
		len = r->raw.len;
	} else {
		r->decoder.at += len;
	}
	if (charset_stream_put(&r->stream, raw, len, mime_decoder_is_over(d), &r->text) < 0)
		r->why = MIME_EDIT_CHARSET;
}

/* A chunk may be nothing but soft line breaks. */
static bool
next_made(struct text_reader *r)
{
	forget(r);
	while (r->text.len == r->back && r->why == MIME_EDIT_OK &&
	       !mime_decoder_is_over(&r->decoder)) {
		if (r->from != NULL)
			convert(r);
		else
			decode(r, &r->text);
	}
	r->len = r->text.len - r->back;
	r->s = buf_string(&r->text) + r->back;
	return r->len > 0 && r->why == MIME_EDIT_OK;
}

bool
text_reader_next(struct text_reader *r)
{
	r->before += r->len;
	r->back += r->len;
	r->s += r->len;
	r->len = 0;
	if (r->why != MIME_EDIT_OK)
		return false;
	if (is_encoded(r) || r->from != NULL)
		return next_made(r);
	return next_plain(r);
}

void
text_reader_end(struct text_reader *r)
{
	buf_free(&r->raw);
	buf_free(&r->text);
	charset_stream_free(&r->stream);
}
