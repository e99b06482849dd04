/* Conversions by iconv descriptors that are opened once, in the master, and shared by all
 * conversions of a process: each of them begins with a reset of the descriptor, and two streams
 * of one charset must not overlap. utf-8 and us-ascii are converted without iconv. Output of
 * iconv is checked again where it must be UTF-8, for glibc's converters are not all strict. */
#include "mime/charset.h"

#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "mime/charset_table.h"
#include "util/buf.h"
#include "util/str.h"

#define OUT_MARGIN_BYTES 64  /* room for a shift sequence and a character or two */
#define BYTE_ORDER_BYTES 4   /* the longest byte order mark */
#define GUESS_BYTES	 512 /* of UTF-16 from which its byte order is guessed */
#define REPLACEMENT	 "\xef\xbf\xbd"

/* Filled by charset_open_all(); later only the conversion state of the descriptors changes. */
static struct {
	bool tried;
	struct {
		bool is_open;
		iconv_t decode, encode;
	} of[CS_COUNT];
} descriptors;

static bool
open_charset(enum charset_id id)
{
	iconv_t decode = iconv_open("UTF-8", charset_table[id].iconv), encode;

	if (decode == (iconv_t)-1)
		return false;
	encode = iconv_open(charset_table[id].iconv, "UTF-8");
	if (encode == (iconv_t)-1) {
		iconv_close(decode);
		return false;
	}
	descriptors.of[id].decode = decode;
	descriptors.of[id].encode = encode;
	descriptors.of[id].is_open = true;
	return true;
}

unsigned
charset_open_all(void)
{
	unsigned missing = 0;

	if (descriptors.tried)
		return 0;
	descriptors.tried = true;
	for (unsigned i = 0; i < CS_COUNT; i++) {
		if (charset_table[i].iconv != NULL && !open_charset((enum charset_id)i))
			missing++;
	}
	return missing;
}

static bool
is_charset_open(enum charset_id id)
{
	return charset_table[id].iconv == NULL || descriptors.of[id].is_open;
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

	return id < CS_COUNT && is_charset_open(id) ? &charset_table[id] : NULL;
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
charset_is_ascii_superset(const struct charset *cs)
{
	return cs->is_ascii_superset;
}

/* The rest of a text. iconv() takes a pointer to non-const bytes, though it does not write. */
struct iconv_input {
	char *at;
	size_t left;
};

static struct iconv_input
iconv_input_of(const char *s, size_t len)
{
	return (struct iconv_input){(char *)(uintptr_t)s, len};
}

/* Converts all of the input: 0. Or stops with in->at at bytes that cannot be converted:
 * -EILSEQ, or -EINVAL if they are the beginning of a character. If in is NULL, writes what the
 * descriptor holds back and what leads to the initial state. */
static int
convert_input(iconv_t cd, struct iconv_input *in, struct buf *out)
{
	for (;;) {
		size_t room = (in == NULL ? 0 : in->left) + OUT_MARGIN_BYTES, before = room;
		char *to = (char *)buf_reserve(out, room);
		size_t n = in == NULL ? iconv(cd, NULL, NULL, &to, &room)
				      : iconv(cd, &in->at, &in->left, &to, &room);
		int error = errno;

		out->len += before - room;
		if (n != (size_t)-1)
			return 0;
		if (error != E2BIG)
			return error == EINVAL ? -EINVAL : -EILSEQ;
	}
}

/* Converts a whole text, from the initial state of the charset to the initial state. */
static int
convert_text(iconv_t cd, const char *s, size_t len, struct buf *out)
{
	struct iconv_input in = iconv_input_of(s, len);
	int r;

	iconv(cd, NULL, NULL, NULL, NULL);
	r = convert_input(cd, &in, out);
	if (r == 0)
		r = convert_input(cd, NULL, out);
	return r < 0 ? -EILSEQ : 0;
}

/* For utf-16 and utf-32: the charset with the byte order of the text's mark, big-endian
 * without a mark; *s and *len then begin behind the mark. Other charsets are returned as
 * given. */
static enum charset_id
resolve_byte_order(enum charset_id id, const char **s, size_t *len)
{
	static const struct {
		enum charset_id id, is;
		unsigned char mark[4], n;
	} orders[] = {
		{CS_UTF_16, CS_UTF_16LE, {0xff, 0xfe}, 2},
		{CS_UTF_16, CS_UTF_16BE, {0xfe, 0xff}, 2},
		{CS_UTF_16, CS_UTF_16BE, {0}, 0},
		{CS_UTF_32, CS_UTF_32LE, {0xff, 0xfe, 0, 0}, 4},
		{CS_UTF_32, CS_UTF_32BE, {0, 0, 0xfe, 0xff}, 4},
		{CS_UTF_32, CS_UTF_32BE, {0}, 0},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (orders[i].id != id || *len < orders[i].n ||
		    memcmp(*s, orders[i].mark, orders[i].n) != 0)
			continue;
		*s += orders[i].n;
		*len -= orders[i].n;
		return orders[i].is;
	}
	return id;
}

/* How much UTF-16 looks like text when byte `high` (0 or 1) of each unit is the high one: ASCII
 * counts most, then units of the same block as the one before; a lone surrogate counts against
 * all else. */
static size_t
rate_utf16_order(const unsigned char *s, size_t len, size_t high)
{
	size_t points = 1;
	int last = -1;
	bool open = false; /* the second half of a pair must follow */

	for (size_t i = 0; i + 1 < len; i += 2) {
		unsigned char block = s[i + high], low = s[i + 1 - high];
		bool second = block >= 0xdc && block <= 0xdf;

		if (second != open)
			return 0;
		open = block >= 0xd8 && block <= 0xdb;
		points += block == 0 && low >= ' ' && low < 0x7f ? 3 : block == last;
		last = block;
	}
	return points;
}

/* For lossy conversion. RFC 2781, section 4.3, has UTF-16 without a mark big-endian, but many
 * programs write and read it in the other order: it is read in the one in which it is text. */
static enum charset_id
guess_byte_order(enum charset_id id, const char **s, size_t *len)
{
	size_t whole = *len;
	enum charset_id found = resolve_byte_order(id, s, len);
	const unsigned char *p = (const unsigned char *)*s;
	size_t n = whole < GUESS_BYTES ? whole : GUESS_BYTES;

	if (id != CS_UTF_16 || *len < whole ||
	    rate_utf16_order(p, n, 1) <= rate_utf16_order(p, n, 0))
		return found;
	return CS_UTF_16LE;
}

/* As charset_to_utf8(), but after a failure out has the part that was converted. */
static int
decode_charset(enum charset_id id, const char *s, size_t len, struct buf *out)
{
	size_t before = out->len;
	int r;

	id = resolve_byte_order(id, &s, &len);
	if (!is_charset_open(id))
		return -EILSEQ;
	if (charset_table[id].iconv == NULL) {
		if (id == CS_UTF_8 ? !str_is_utf8(s, len) : !str_is_ascii(s, len))
			return -EILSEQ;
		buf_append(out, s, len);
		return 0;
	}
	r = convert_text(descriptors.of[id].decode, s, len, out);
	if (r < 0 || out->len == before)
		return r;
	return str_is_utf8((const char *)out->data + before, out->len - before) ? 0 : -EILSEQ;
}

int
charset_to_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	size_t before = out->len;
	int r = len == 0 ? 0 : decode_charset(charset_id_of(cs), s, len, out);

	if (r < 0)
		out->len = before;
	return r;
}

/* Does what was appended to out convert back to the text s? glibc's converters are not
 * all strict: cp932 converts a yen sign to a backslash, and tag characters (U+E0020 and above)
 * are left out without an error. */
static bool
converts_back(enum charset_id id, const struct buf *out, size_t from, const char *s, size_t len)
{
	struct buf back = {0};
	bool same;

	same = decode_charset(id, (const char *)out->data + from, out->len - from, &back) ==
		       0 &&
	       back.len == len && memcmp(back.data, s, len) == 0;
	buf_free(&back);
	return same;
}

int
charset_from_utf8(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	enum charset_id id = charset_id_of(cs);
	size_t before = out->len;

	if (len == 0)
		return 0;
	if (cs->iconv == NULL)
		return decode_charset(id, s, len, out);
	assert(is_charset_open(id));
	if (convert_text(descriptors.of[id].encode, s, len, out) == 0 &&
	    converts_back(id, out, before, s, len))
		return 0;
	out->len = before;
	return -EILSEQ;
}

/* How many bytes at p are ASCII and not NUL. */
static size_t
text_ascii_run(const unsigned char *p, size_t len)
{
	size_t n = str_ascii_run(p, len);
	const unsigned char *nul = memchr(p, '\0', n);

	return nul == NULL ? n : (size_t)(nul - p);
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

/* Converts all of the input, broken characters to U+FFFD; if more follows, all but an
 * incomplete character at the end. False: something was broken. */
static bool
convert_input_lossily(enum charset_id id, struct iconv_input *in, bool more, struct buf *out)
{
	iconv_t cd = descriptors.of[id].decode;
	bool clean = true;

	while (in->left > 0) {
		size_t skip = charset_table[id].unit_bytes;
		int r = convert_input(cd, in, out);

		if (r == 0 || (r == -EINVAL && more))
			break;
		if (skip > in->left)
			skip = in->left;
		in->at += skip;
		in->left -= skip;
		buf_puts(out, REPLACEMENT);
		clean = false;
	}
	return clean;
}

static bool
convert_text_lossily(enum charset_id id, const char *s, size_t len, struct buf *out)
{
	iconv_t cd = descriptors.of[id].decode;
	struct iconv_input in = iconv_input_of(s, len);
	bool clean;

	iconv(cd, NULL, NULL, NULL, NULL);
	clean = convert_input_lossily(id, &in, false, out);
	return convert_input(cd, NULL, out) == 0 && clean;
}

bool
charset_to_utf8_lossy(const struct charset *cs, const char *s, size_t len, struct buf *out)
{
	enum charset_id id = is_charset_open(cs->read_as) ? cs->read_as : charset_id_of(cs);

	if (len == 0)
		return true;
	id = guess_byte_order(id, &s, &len);
	if (id == CS_UTF_8)
		return charset_clean_utf8(s, len, out);
	if (id == CS_US_ASCII || !is_charset_open(id)) {
		charset_guess_to_utf8(s, len, out);
		return str_is_ascii(s, len);
	}
	return convert_text_lossily(id, s, len, out);
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

void
charset_guess_to_utf8(const char *s, size_t len, struct buf *out)
{
	/* windows-1252 from 0x80 to 0x9f; the rest is iso-8859-1 */
	static const uint16_t high[32] = {
		0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, //
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, //
		0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, //
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
	};
	unsigned char *to;

	if (str_is_utf8(s, len)) {
		buf_append(out, s, len);
		return;
	}
	to = buf_reserve(out, 3 * len);
	for (size_t i = 0; i < len; i++) {
		unsigned c = (unsigned char)s[i];

		to += write_utf8(c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c, to);
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
stream_without_iconv(const struct charset_stream *st, struct iconv_input *in, bool last,
		     struct buf *out)
{
	size_t len = in->left - (last ? 0 : incomplete_utf8_length(in->at, in->left));
	const char *s = in->at;
	bool good = true;

	if (!st->lossy)
		good = st->id == CS_UTF_8 ? str_is_utf8(s, len) : str_is_ascii(s, len);
	if (!st->lossy && good)
		buf_append(out, s, len);
	else if (st->lossy && st->id == CS_UTF_8)
		(void)charset_clean_utf8(s, len, out);
	else if (st->lossy)
		charset_guess_to_utf8(s, len, out);
	in->at += len;
	in->left -= len;
	return good ? 0 : -EILSEQ;
}

static int
stream_strictly(const struct charset_stream *st, struct iconv_input *in, bool last,
		struct buf *out)
{
	size_t before = out->len;
	int r = convert_input(descriptors.of[st->id].decode, in, out);

	if (r == -EILSEQ || (r == -EINVAL && last))
		return -EILSEQ;
	if (out->len == before)
		return 0;
	return str_is_utf8((const char *)out->data + before, out->len - before) ? 0 : -EILSEQ;
}

static int
stream_input(const struct charset_stream *st, struct iconv_input *in, bool last,
	     struct buf *out)
{
	int r = 0;

	if (charset_table[st->id].iconv == NULL)
		return stream_without_iconv(st, in, last, out);
	if (st->lossy)
		(void)convert_input_lossily((enum charset_id)st->id, in, !last, out);
	else
		r = stream_strictly(st, in, last, out);
	if (r == 0 && last)
		r = convert_input(descriptors.of[st->id].decode, NULL, out);
	return st->lossy ? 0 : r;
}

/* Chooses the charset when the byte order mark, or all of a shorter text, is there. False: it
 * cannot be converted. */
static bool
begin_stream(struct charset_stream *st, struct iconv_input *in)
{
	enum charset_id id = charset_id_of(st->cs);
	const char *s = in->at;

	if (st->lossy && is_charset_open(st->cs->read_as))
		id = st->cs->read_as;
	st->id = (st->lossy ? guess_byte_order : resolve_byte_order)(id, &s, &in->left);
	in->at += s - in->at;
	st->begun = true;
	if (!is_charset_open((enum charset_id)st->id))
		return false;
	if (charset_table[st->id].iconv != NULL)
		iconv(descriptors.of[st->id].decode, NULL, NULL, NULL, NULL);
	return true;
}

/* How many bytes begin_stream() needs, if there are so many. */
static size_t
stream_begin_bytes(const struct charset_stream *st)
{
	return st->lossy && charset_id_of(st->cs) == CS_UTF_16 ? GUESS_BYTES : BYTE_ORDER_BYTES;
}

int
charset_stream_put(struct charset_stream *st, const char *s, size_t len, bool last,
		   struct buf *out)
{
	struct iconv_input in = iconv_input_of(s, len);
	bool held = st->held.len > 0;
	int r = 0;

	if (held) {
		buf_append(&st->held, s, len);
		in = iconv_input_of(buf_string(&st->held), st->held.len);
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

void
charset_stream_free(struct charset_stream *st)
{
	buf_free(&st->held);
}
