/* A text is converted as a stream, even when it is there as a whole: the charset is chosen by
 * its first bytes, then it is converted by iconv, or here. Output of iconv is checked again
 * where it must be UTF-8, for glibc's converters are not all strict. */
#include "charset/charset.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "charset/byte_order.h"
#include "charset/charset_iconv.h"
#include "charset/charset_table.h"
#include "charset/iso2022_jp.h"
#include "util/buf.h"
#include "util/str.h"

#define FIRST_RUN_BYTES 64u
#define REPLACEMENT	"\xef\xbf\xbd"

unsigned
charset_open_all(void)
{
	static bool tried;

	if (tried)
		return 0;
	tried = true;
	return charset_iconv_open_all();
}

static enum charset_id
charset_id_of(const struct charset *cs)
{
	return (enum charset_id)(cs - charset_table);
}

const struct charset *
charset_find(const char *name, size_t len)
{
	enum charset_id id = charset_table_find(name, len);

	return id < CS_COUNT && charset_iconv_is_open(id) ? &charset_table[id] : NULL;
}

const char *
charset_name(const struct charset *cs)
{
	return cs->name;
}

bool
charset_is_utf8(const struct charset *cs)
{
	return charset_id_of(cs) == CS_UTF_8;
}

bool
charset_is_unicode(const struct charset *cs)
{
	enum charset_id id = charset_id_of(cs);

	return id >= CS_UTF_8 && id <= CS_UTF_32LE;
}

bool
charset_is_visual(const struct charset *cs)
{
	return charset_id_of(cs) == CS_ISO_8859_8;
}

bool
charset_is_ascii_superset(const struct charset *cs)
{
	return cs->is_ascii_superset;
}

bool
charset_name_is_ascii_superset(const char *name, size_t len)
{
	enum charset_id id = charset_table_find(name, len);

	return id < CS_COUNT ? charset_table[id].is_ascii_superset
			     : !charset_table_is_foreign_name(name, len);
}

/* How many bytes at p are ASCII and not NUL. Searches in growing steps: in a text of many NULs
 * the end of the ASCII may be far behind each of them. */
static size_t
text_ascii_run(const unsigned char *p, size_t len)
{
	size_t n = 0;

	for (size_t step = FIRST_RUN_BYTES; n < len; step *= 2) {
		size_t wanted = len - n < step ? len - n : step;
		size_t run = str_ascii_run(p + n, wanted);
		const unsigned char *nul = memchr(p + n, '\0', run);

		if (nul != NULL)
			return (size_t)(nul - p);
		n += run;
		if (run < wanted)
			break;
	}
	return n;
}

bool
charset_clean_utf8(const char *s, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t good = 0; /* bytes before p that are not written yet */
	bool clean = true;

	if (len == 0)
		return true; /* s may be NULL then */
	while (len > 0) {
		size_t n = *p >= 0x80 ? str_utf8_length(p, len) : text_ascii_run(p, len);

		if (n == 0) {
			buf_append(out, p - good, good);
			buf_puts(out, REPLACEMENT);
			clean = false;
		}
		good = n == 0 ? 0 : good + n;
		n += n == 0;
		p += n;
		len -= n;
	}
	buf_append(out, p - good, good);
	return clean;
}

/* Writes the character c, below U+10000, as UTF-8. Returns how many bytes it takes. */
static size_t
write_utf8(unsigned c, unsigned char *to)
{
	if (c < 0x80) {
		to[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (unsigned char)(0xc0 | c >> 6);
		to[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (unsigned char)(0xe0 | c >> 12);
	to[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (unsigned char)(0x80 | (c & 0x3f));
	return 3;
}

unsigned
charset_windows_1252_high(unsigned char c)
{
	static const uint16_t high[32] = {
		0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, //
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, //
		0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, //
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
	};

	return high[c & 0x1f];
}

void
charset_guess_to_utf8(const char *s, size_t len, struct buf *out)
{
	unsigned char *to;

	if (str_is_utf8(s, len)) {
		buf_append(out, s, len);
		return;
	}
	to = buf_reserve(out, 3 * len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		/* the rest of windows-1252 is iso-8859-1 */
		to += write_utf8(c >= 0x80 && c < 0xa0 ? charset_windows_1252_high(c) : c, to);
	}
	out->len = (size_t)(to - out->data);
}

/* ---- streams ---- */

/* How many bytes at the end of s are the beginning of an incomplete UTF-8 character. */
static size_t
incomplete_utf8_length(const char *s, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		unsigned char c = (unsigned char)s[len - n];
		size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

		if (c >= 0xc0)
			return whole > n ? n : 0;
		if (c < 0x80)
			break;
	}
	return 0;
}

/* us-ascii and utf-8, which need no iconv. */
static int
stream_without_iconv(const struct charset_stream *st, struct charset_input *in, bool last,
		     struct buf *out)
{
	size_t len = in->left - (last ? 0 : incomplete_utf8_length(in->at, in->left));
	const char *s = in->at;

	charset_input_skip(in, len);
	if (st->lossy && st->id == CS_UTF_8)
		return charset_clean_utf8(s, len, out) ? 0 : 1;
	if (st->lossy) {
		charset_guess_to_utf8(s, len, out);
		return str_is_ascii(s, len) ? 0 : 1;
	}
	if (st->id == CS_UTF_8 ? !str_is_utf8(s, len) : !str_is_ascii(s, len))
		return -EILSEQ;
	buf_append(out, s, len);
	return 0;
}

/* As charset_iconv_decode(). */
static int
decode_input(struct charset_stream *st, struct charset_input *in, struct buf *out)
{
	if (st->id == CS_ISO_2022_JP)
		return iso2022_jp_decode(&st->iso2022, in, out);
	return charset_iconv_decode((enum charset_id)st->id, in, out);
}

static int
stream_strictly(struct charset_stream *st, struct charset_input *in, bool last, struct buf *out)
{
	size_t before = out->len;
	int r = decode_input(st, in, out);

	if (r == -EILSEQ || (r == -EINVAL && last))
		return -EILSEQ;
	if (out->len == before)
		return 0;
	return str_is_utf8((const char *)out->data + before, out->len - before) ? 0 : -EILSEQ;
}

/* How many bytes are replaced where the input cannot be converted. */
static size_t
broken_length(const struct charset_stream *st, const struct charset_input *in)
{
	size_t n = charset_table[st->id].unit_bytes;

	if (st->id == CS_ISO_2022_JP)
		n = iso2022_jp_broken_length(&st->iso2022, in);
	return n < in->left ? n : in->left;
}

/* Converts all of the input, broken characters to U+FFFD; unless it is the last, all but an
 * incomplete character at the end. 1: something was broken. */
static int
stream_lossily(struct charset_stream *st, struct charset_input *in, bool last, struct buf *out)
{
	int broken = 0;

	while (in->left > 0) {
		int r = decode_input(st, in, out);

		if (r == 0 || (r == -EINVAL && !last))
			break;
		charset_input_skip(in, broken_length(st, in));
		buf_puts(out, REPLACEMENT);
		broken = 1;
	}
	return broken;
}

/* 0, or -EILSEQ; 1: lossy, and something was broken. */
static int
stream_input(struct charset_stream *st, struct charset_input *in, bool last, struct buf *out)
{
	int r, end = 0;

	if (charset_table[st->id].iconv == NULL)
		return stream_without_iconv(st, in, last, out);
	r = st->lossy ? stream_lossily(st, in, last, out) : stream_strictly(st, in, last, out);
	if (r >= 0 && last)
		end = charset_iconv_decode_end((enum charset_id)st->id, out);
	return end == 0 ? r : st->lossy ? 1 : end;
}

/* Chooses the charset when its first bytes, or all of a shorter text, are there. False: it
 * cannot be converted. */
static bool
begin_stream(struct charset_stream *st, struct charset_input *in)
{
	enum charset_id id = charset_id_of(st->cs);
	bool certain;

	if (charset_iconv_is_open(st->cs->read_as))
		id = st->cs->read_as;
	id = byte_order_find(id, &in->at, &in->left, &certain);
	st->id = id;
	st->begun = true;
	if (!charset_iconv_is_open(id) || (!certain && !st->lossy))
		return false;
	charset_iconv_reset(id);
	return true;
}

/* How many bytes begin_stream() needs, if there are so many. */
static size_t
stream_begin_bytes(const struct charset_stream *st)
{
	return charset_is_unicode(st->cs) && !charset_is_utf8(st->cs) ? BYTE_ORDER_BYTES : 0;
}

/* As charset_stream_put(), but 1 if something was broken and st is lossy. */
static int
put_into_stream(struct charset_stream *st, const char *s, size_t len, bool last,
		struct buf *out)
{
	struct charset_input in = {s, len};
	bool held = st->held.len > 0;
	int r = 0;

	if (held) {
		buf_append(&st->held, s, len);
		in = (struct charset_input){buf_string(&st->held), st->held.len};
	}
	if (st->begun || last || in.left >= stream_begin_bytes(st)) {
		if (!st->begun && !begin_stream(st, &in))
			return -EILSEQ;
		if (in.left > 0 || last)
			r = stream_input(st, &in, last, out);
	}
	if (held)
		buf_consume(&st->held, st->held.len - in.left);
	else
		buf_append(&st->held, in.at, in.left);
	return r;
}

int
charset_stream_put(struct charset_stream *st, const char *s, size_t len, bool last,
		   struct buf *out)
{
	int r = put_into_stream(st, s, len, last, out);

	return r > 0 ? 0 : r;
}

void
charset_stream_free(struct charset_stream *st)
{
	buf_free(&st->held);
}

/* ---- whole texts ---- */

/* As put_into_stream(). */
static int
decode_text(const struct charset *cs, bool lossy, const char *s, size_t len, struct buf *out)
{
	struct charset_stream st = {.cs = cs, .lossy = lossy};
	int r = len == 0 ? 0 : put_into_stream(&st, s, len, true, out);

	charset_stream_free(&st);
	return r;
}

int
charset_to_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	size_t before = out->len;
	int r = decode_text(cs, false, s, len, out);

	if (r < 0)
		out->len = before;
	return r;
}

bool
charset_to_utf8_lossy(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	int r;

	if (charset_is_utf8(cs)) /* most text of header fields */
		return charset_clean_utf8(s, len, out);
	r = decode_text(cs, true, s, len, out);
	if (r < 0) /* no converter for this byte order */
		charset_guess_to_utf8(s, len, out);
	return r == 0;
}

/* Is made the text s in exactly this charset? */
static bool
decodes_to(enum charset_id id, const char *made, size_t made_len, const char *s, size_t len)
{
	struct buf back = {0};
	bool same = charset_iconv_decode_text(id, made, made_len, &back) == 0 &&
		    back.len == len && memcmp(back.data, s, len) == 0;

	buf_free(&back);
	return same;
}

/* Does what was appended to out convert back to the text s, as the charset is read and in the
 * charset itself? glibc's converters are not all strict: cp932 converts a yen sign to a
 * backslash, and tag characters (U+E0020 and above) are left out without an error. Nor are
 * readers: the euro sign that gbk has at 0x80 is none in gb18030 for some. */
static bool
converts_back(const struct charset *cs, const struct buf *out, size_t from, const char *s,
	      size_t len)
{
	const char *made = (const char *)out->data + from;
	size_t made_len = out->len - from;
	struct buf back = {0};
	bool same;

	same = charset_to_utf8(cs, made, made_len, &back) == 0 && back.len == len &&
	       memcmp(back.data, s, len) == 0;
	buf_free(&back);
	if (!same || cs->read_as == charset_id_of(cs))
		return same;
	return decodes_to(charset_id_of(cs), made, made_len, s, len) &&
	       decodes_to(cs->read_as, made, made_len, s, len);
}

int
charset_from_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	enum charset_id id = charset_id_of(cs);
	size_t before = out->len;

	if (len == 0)
		return 0;
	if (cs->iconv == NULL)
		return charset_to_utf8(cs, s, len, out);
	assert(charset_iconv_is_open(id));
	if (charset_iconv_encode_text(id, s, len, out) == 0 &&
	    converts_back(cs, out, before, s, len))
		return 0;
	out->len = before;
	return -EILSEQ;
}
