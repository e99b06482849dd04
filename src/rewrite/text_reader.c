/* A decoder and a charset stream, one behind the other. The text collects in one buffer, from
 * whose front it is dropped in large steps, so that no byte is moved often. */
#include "rewrite/text_reader.h"

#include <assert.h>
#include <string.h>

#include "util/memory.h"

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
is_body_encoded(const struct text_reader *r)
{
	return r->decoder.encoding > MIME_BINARY;
}

/* The body is the text, so it is the only window. */
static bool
take_body_as_window(struct text_reader *r)
{
	r->s = r->decoder.s + r->decoder.at;
	r->len = r->decoder.len - r->decoder.at;
	r->decoder.at = r->decoder.len;
	return r->len > 0;
}

/* Drops the text in front of the window but for its end. */
static void
drop_read_text(struct text_reader *r)
{
	if (!r->whole && r->text.len > 2 * TEXT_READER_BACK_BYTES)
		buf_consume(&r->text, r->text.len - TEXT_READER_BACK_BYTES);
	r->back = r->text.len;
}

static void
decode_chunk(struct text_reader *r, struct buf *out)
{
	mime_decoder_next(&r->decoder, CHUNK_BYTES, out);
	if (mime_decoder_is_over(&r->decoder) && !mime_decoder_is_regular(&r->decoder))
		r->error = MIME_EDIT_IRREGULAR;
}

static void
convert_chunk(struct text_reader *r)
{
	const struct mime_decoder *d = &r->decoder;
	const char *raw = d->s + d->at;
	size_t len = d->len - d->at < CHUNK_BYTES ? d->len - d->at : CHUNK_BYTES;

	if (is_body_encoded(r)) {
		buf_reset(&r->raw);
		decode_chunk(r, &r->raw);
		raw = buf_string(&r->raw);
		len = r->raw.len;
	} else {
		r->decoder.at += len;
	}
	if (charset_stream_put(&r->stream, raw, len, mime_decoder_is_over(d), &r->text) < 0)
		r->error = MIME_EDIT_CHARSET;
}

/* Decodes chunks until there is text: a chunk may consist of soft line breaks. */
static bool
make_window(struct text_reader *r)
{
	drop_read_text(r);
	while (r->text.len == r->back && r->error == MIME_EDIT_OK &&
	       !mime_decoder_is_over(&r->decoder)) {
		if (r->from != NULL)
			convert_chunk(r);
		else
			decode_chunk(r, &r->text);
	}
	r->len = r->text.len - r->back;
	r->s = buf_string(&r->text) + r->back;
	return r->len > 0 && r->error == MIME_EDIT_OK;
}

bool
text_reader_next(struct text_reader *r)
{
	r->before += r->len;
	r->back += r->len;
	r->s += r->len;
	r->len = 0;
	if (memory_is_over())
		r->error = MIME_EDIT_SIZE;
	if (r->error != MIME_EDIT_OK)
		return false;
	if (is_body_encoded(r) || r->from != NULL)
		return make_window(r);
	return take_body_as_window(r);
}

void
text_reader_end(struct text_reader *r)
{
	buf_free(&r->raw);
	buf_free(&r->text);
	charset_stream_free(&r->stream);
}
