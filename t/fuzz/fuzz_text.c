/* Fuzzes transfer encodings, charsets and MIME parameters: decoders accept any bytes, decoding
 * reverses encoding, input in pieces gives the same result as at once, and a parameter that was
 * set can be read.
 * Input: a line with the name of a charset, then bytes, which are text in it and a header
 * value. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "charset/charset.h"
#include "charset/iso2022.h"
#include "fuzz.h"
#include "mime/decoder.h"
#include "mime/encoding.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

static bool
is_same(const struct buf *b, const char *s, size_t len)
{
	return b->len == len && (len == 0 || memcmp(b->data, s, len) == 0);
}

static void
check_encodings(const char *s, size_t len)
{
	struct buf text = {0}, out = {0};

	mime_qp_decode(s, len, &out);
	assert(out.len <= len);
	buf_reset(&out);
	mime_base64_decode(s, len, &out);
	assert(out.len <= len);
	buf_reset(&out);

	mime_qp_encode(s, len, &text);
	assert(mime_qp_decode((const char *)text.data, text.len, &out));
	assert(is_same(&out, s, len));
	buf_reset(&text);
	buf_reset(&out);
	mime_base64_encode(s, len, &text);
	assert(mime_base64_decode((const char *)text.data, text.len, &out));
	assert(is_same(&out, s, len));
	buf_free(&text);
	buf_free(&out);
}

/* The length of the piece at this offset: 1 to 13 bytes. */
static size_t
piece_length(size_t at, size_t len)
{
	size_t n = 1 + at * 7 % 13;

	return n < len - at ? n : len - at;
}

/* Decoding in pieces gives the same result as at once. */
static void
check_decoder(enum mime_encoding e, const char *s, size_t len)
{
	struct buf whole = {0}, out = {0};
	struct mime_decoder d;
	bool regular = true;

	if (e == MIME_QP)
		mime_qp_decode(s, len, &whole);
	else
		regular = mime_base64_decode(s, len, &whole);
	assert(mime_decoder_start(&d, e, s, len) == 0);
	while (!mime_decoder_is_over(&d))
		mime_decoder_next(&d, piece_length(d.at, len), &out);
	assert(mime_decoder_is_regular(&d) == regular);
	assert(is_same(&out, (const char *)whole.data, whole.len));
	buf_free(&out);
	buf_free(&whole);
}

static void
check_encoder(enum mime_encoding e, const char *s, size_t len)
{
	struct buf whole = {0}, out = {0};
	struct mime_encoder encoder = {.encoding = e, .out = &out};

	if (e == MIME_QP)
		mime_qp_encode(s, len, &whole);
	else
		mime_base64_encode(s, len, &whole);
	for (size_t at = 0, n; at < len; at += n) {
		n = piece_length(at, len);
		mime_encoder_put(&encoder, s + at, n);
	}
	mime_encoder_end(&encoder);
	assert(is_same(&out, (const char *)whole.data, whole.len));
	buf_free(&out);
	buf_free(&whole);
}

/* mime_base64_lines_around() cuts base64 between its groups of four characters, around each
 * place. */
static void
check_around(const char *s, size_t len)
{
	struct buf whole = {0}, out = {0};

	if (!mime_base64_decode(s, len, &whole))
		buf_reset(&whole);
	for (size_t place = 0; whole.len > 0 && place <= whole.len; place += 1 + place / 3) {
		struct mime_base64_lines l = mime_base64_lines_around(s, len, whole.len, place);

		buf_reset(&out);
		assert(mime_base64_decode(s, l.from, &out));
		assert(out.len == l.before && out.len <= place && out.len % 3 == 0);
		assert(mime_base64_decode(s + l.from, l.to - l.from, &out));
		assert(out.len >= place && (l.to == len || out.len % 3 == 0));
		assert(mime_base64_decode(s + l.to, len - l.to, &out));
		assert(is_same(&out, (const char *)whole.data, whole.len));
	}
	buf_free(&out);
	buf_free(&whole);
}

static void
check_stream(const struct charset *cs, bool lossy, const char *s, size_t len)
{
	struct charset_stream st = {.cs = cs, .lossy = lossy};
	struct buf whole = {0}, out = {0};
	int r = 0, r2 = 0;
	bool clean = true;

	if (lossy)
		clean = charset_to_utf8_lossy(cs, s, len, &whole);
	else
		r = charset_to_utf8(cs, s, len, &whole);
	for (size_t at = 0, n; at < len && r2 == 0; at += n) {
		n = piece_length(at, len);
		r2 = charset_stream_put(&st, s + at, n, at + n == len, &out);
	}
	charset_stream_free(&st);
	assert(r == r2);
	if (r == 0 && clean)
		assert(is_same(&out, (const char *)whole.data, whole.len));
	assert(str_is_utf8(buf_string(&out), out.len));
	buf_free(&out);
	buf_free(&whole);
}

static void
check_charset(const struct charset *cs, const char *s, size_t len)
{
	struct buf text = {0}, out = {0}, back = {0};

	charset_to_utf8_lossy(cs, s, len, &text);
	assert(text.len <= 3 * len && str_is_utf8(buf_string(&text), text.len));
	if (charset_to_utf8(cs, s, len, &out) == 0)
		assert(str_is_utf8(buf_string(&out), out.len));
	buf_reset(&out);
	if (charset_from_utf8(cs, buf_string(&text), text.len, &out) == 0) {
		assert(charset_to_utf8(cs, buf_string(&out), out.len, &back) == 0);
		assert(is_same(&back, buf_string(&text), text.len));
	}
	buf_free(&text);
	buf_free(&out);
	buf_free(&back);
}

/* Where a text stands does not depend on the pieces in which it is read. */
static void
check_iso2022(const char *s, size_t len)
{
	struct iso2022_state whole = {0}, pieces = {0};

	iso2022_track(&whole, s, len, 0);
	for (size_t at = 0, n; at < len; at += n) {
		n = piece_length(at, len);
		iso2022_track(&pieces, s + at, n, at);
	}
	assert(whole.set == pieces.set && whole.shifted == pieces.shifted &&
	       whole.seen == pieces.seen);
}

static void
check_params(struct arena *a, const char *value)
{
	struct mime_params before, after;
	struct buf set = {0};

	mime_encoding_parse(value);
	mime_params_parse(a, value, &before);
	for (size_t i = 0; i < before.n; i++) {
		const struct mime_param *p = &before.param[i];

		if (strcmp(p->name, "name") == 0 || strcmp(p->name, "filename") == 0)
			assert(str_is_utf8(p->value, strlen(p->value)));
	}
	mime_param_set(value, "charset", "x-set", &set);
	mime_params_parse(a, buf_string(&set), &after);
	if (!before.irregular && before.n < sizeof(before.param) / sizeof(before.param[0])) {
		assert(strcmp(mime_param(&after, "charset"), "x-set") == 0);
		assert(strcmp(before.type, after.type) == 0);
	}
	buf_free(&set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	const char *newline = memchr(s, '\n', size);
	size_t name = newline == NULL ? 0 : (size_t)(newline - s) + 1;
	const struct charset *cs;
	struct arena *a = arena_new();

	charset_open_all();
	cs = charset_find(s, name == 0 ? 0 : name - 1);
	(void)charset_name_is_ascii_superset(s, name == 0 ? 0 : name - 1);
	check_iso2022(s + name, size - name);
	check_encodings(s + name, size - name);
	check_decoder(MIME_QP, s + name, size - name);
	check_decoder(MIME_BASE64, s + name, size - name);
	check_encoder(MIME_QP, s + name, size - name);
	check_encoder(MIME_BASE64, s + name, size - name);
	check_around(s + name, size - name);
	if (cs != NULL) {
		check_charset(cs, s + name, size - name);
		check_stream(cs, false, s + name, size - name);
		check_stream(cs, true, s + name, size - name);
	}
	check_params(a, arena_strndup(a, s + name, size - name));
	arena_free(a);
	return 0;
}
