/* Reading: the value is unfolded, then walked from one "=?" to the next. Adjacent words of one
 * charset are collected as octets and converted together, because mail programs split
 * characters and even base64 quanta between words. next_end remembers where the next "?=" is,
 * so that many "=?" without an end do not make the walk quadratic.
 *
 * Writing: t/unit/test_words and t/fuzz/fuzz_words check that what is written reads back. */
#include "mime/words.h"

#include <string.h>

#include "charset/charset.h"
#include "mime/octets.h"
#include "util/buf.h"
#include "util/str.h"

#define MAX_JOINED  8	/* adjacent words that are tried as one when origins are made */
#define WORD_BYTES  75	/* RFC 2047, section 2 */
#define LINE_BYTES  76	/* of a line with encoded words, same section */
#define FOLD_COLUMN 78	/* RFC 5322, section 2.1.1 */
#define LINE_MAX    998 /* same section */

/* ---- reading ---- */

struct encoded_word {
	const char *begin;   /* the "=?" */
	const char *charset; /* without the language */
	size_t charset_len;
	char encoding; /* 'b', 'q' or another letter, lower case */
	const char *text;
	size_t text_len;
	size_t total; /* bytes from "=?" to behind "?=" */
};

struct header_decoder {
	const char *s; /* the unfolded value */
	size_t len;
	size_t next_end; /* offset of the next "?=", unless the walk has passed it */
	struct buf *out;

	/* Adjacent words of one charset whose octets are not converted yet. */
	bool pending;
	const struct charset *cs; /* NULL: unknown */
	const char *cs_name;
	size_t cs_name_len;
	struct base64_reader base64;
	struct buf octets;

	struct buf text; /* scratch */
	bool certain;

	/* For mime_decode_header_origins(), else NULL. */
	struct buf *origins;
	const size_t *raw_at; /* for each byte of s, and its end: the offset in the value */
	struct buf words;     /* struct pending_word */
};

/* One of the adjacent words whose octets are not converted yet. */
struct pending_word {
	size_t from, to; /* in s */
	size_t octets;	 /* where its octets begin */
};

/* Is "=?" at s? A line end between the two goes when the value is unfolded. */
static bool
begins_encoded_word(const char *s, size_t len)
{
	size_t i = 1;

	while (i < len && (s[i] == '\r' || s[i] == '\n'))
		i++;
	return i < len && s[0] == '=' && s[i] == '?';
}

static bool
has_encoded_word(const char *s, size_t len)
{
	const char *end = s + len;

	while ((s = memchr(s, '=', (size_t)(end - s))) != NULL) {
		if (begins_encoded_word(s, (size_t)(end - s)))
			return true;
		s++;
	}
	return false;
}

bool
mime_header_is_coded(const char *value, size_t len)
{
	if (len == 0) /* value may be NULL */
		return false;
	return str_ascii_run((const unsigned char *)value, len) < len ||
	       memchr(value, '\0', len) != NULL || has_encoded_word(value, len);
}

enum mime_header_form
mime_header_form(const char *value, size_t len)
{
	if (mime_header_is_coded(value, len))
		return HEADER_CODED;
	if (len > 0 && (memchr(value, '\n', len) != NULL || memchr(value, '\r', len) != NULL))
		return HEADER_FOLDED;
	return HEADER_PLAIN;
}

size_t
mime_unfold(const char *value, size_t len, char *to)
{
	const char *end = value + len;
	char *begin = to;

	while (value < end) {
		const char *lf = memchr(value, '\n', (size_t)(end - value));
		const char *stop = lf != NULL ? lf : end;
		size_t n = (size_t)(stop - value);

		memcpy(to, value, n);
		if (memchr(value, '\r', n) == NULL) {
			to += n;
		} else {
			for (; value < stop; value++)
				if (*value != '\r')
					*to++ = *value;
		}
		value = stop + 1;
	}
	return (size_t)(to - begin);
}

static void
append_unfolded(const char *value, size_t len, struct buf *out)
{
	out->len += mime_unfold(value, len, (char *)buf_reserve(out, len));
}

void
mime_unfold_header(const char *value, size_t len, struct buf *out)
{
	struct buf flat = {0};

	if (!mime_header_is_coded(value, len)) {
		append_unfolded(value, len, out);
		return;
	}
	append_unfolded(value, len, &flat);
	charset_clean_utf8((const char *)flat.data, flat.len, out);
	buf_free(&flat);
}

/* The offset of the two bytes of pair in s, from at on; len if they are not there. */
static size_t
find_pair(const char *s, size_t len, size_t at, const char *pair)
{
	while (len - at >= 2) {
		const char *found = memchr(s + at, pair[0], len - at - 1);

		if (found == NULL)
			break;
		at = (size_t)(found - s);
		if (s[at + 1] == pair[1])
			return at;
		at++;
	}
	return len;
}

/* Reads "=?charset*language?B?" at s; sets all fields but text_len and total. The name of the
 * charset may have any length, since the next "=?" ends the search at the latest, and blanks
 * around it. */
static bool
read_word_head(const char *s, size_t len, struct encoded_word *ret)
{
	const char *end = memchr(s + 2, '?', len - 2), *star;
	size_t i = end == NULL ? len : (size_t)(end - s);

	if (i + 3 > len || s[i + 2] != '?')
		return false;
	ret->begin = s;
	ret->charset = s + 2 + str_blank_run(s + 2, i - 2);
	star = memchr(ret->charset, '*', (size_t)(end - ret->charset));
	if (star == NULL || star == ret->charset)
		star = end;
	ret->charset_len = str_trim_blanks(ret->charset, (size_t)(star - ret->charset));
	ret->encoding = (char)(s[i + 1] | 0x20);
	if (ret->encoding < 'a' || ret->encoding > 'z')
		return false;
	ret->text = s + i + 3;
	return true;
}

/* Ends the word where the next one begins, if that is in front of its "?=": a word without an
 * end must not hide the next one. */
static void
shorten_word(struct header_decoder *d, struct encoded_word *w)
{
	size_t from = (size_t)(w->text - d->s), at;

	for (at = find_pair(d->s, d->next_end, from, "=?"); at < d->next_end;
	     at = find_pair(d->s, d->next_end, at + 2, "=?")) {
		struct encoded_word next;

		if (!read_word_head(d->s + at, d->len - at, &next) ||
		    (next.encoding != 'b' && next.encoding != 'q'))
			continue;
		d->certain = false;
		w->text_len = at - from;
		w->total -= d->next_end + 2 - at;
		return;
	}
}

/* Reads the word that begins with the "=?" at s[at]. False: it is none, or has no end. */
static bool
read_encoded_word(struct header_decoder *d, size_t at, struct encoded_word *ret)
{
	size_t text;

	if (!read_word_head(d->s + at, d->len - at, ret))
		return false;
	text = (size_t)(ret->text - d->s);
	if (d->next_end < text)
		d->next_end = find_pair(d->s, d->len, text, "?=");
	if (d->next_end == d->len || (ret->encoding != 'b' && ret->encoding != 'q')) {
		d->certain = false;
		return false;
	}
	ret->text_len = d->next_end - text;
	ret->total = d->next_end + 2 - at;
	shorten_word(d, ret);
	return true;
}

/* A base64 word ended inside a quantum. Does the next word continue it, or was the first one
 * only written without padding? RFC 2047 forbids split quanta, so the words are joined only if
 * they do not decode alone: a single digit is left, or bits that are not zero, or the padded
 * next word is complete only together with the digits that are left. */
static bool
is_split_quantum(const struct base64_reader *r, const struct encoded_word *next)
{
	size_t n = 0;
	bool padded = false;

	if (r->n_digits == 1 || r->bits != 0)
		return true;
	for (size_t i = 0; i < next->text_len; i++) {
		n += next->text[i] != ' ' && next->text[i] != '\t';
		padded |= next->text[i] == '=';
	}
	return padded && n % 4 != 0 && (r->n_digits + n) % 4 == 0;
}

/* Drops the digits of an incomplete quantum. A single one means that text is missing. */
static void
end_base64_words(struct header_decoder *d)
{
	if (d->base64.irregular || d->base64.n_digits == 1)
		d->certain = false;
	d->base64 = (struct base64_reader){0};
}

static void
decode_q_text(struct header_decoder *d, const char *s, size_t len)
{
	unsigned char *to = buf_reserve(&d->octets, len);

	for (size_t i = 0; i < len; i++) {
		int octet = s[i] == '=' ? octets_from_hex(s + i + 1, len - i - 1) : -1;

		if (octet >= 0) {
			*to++ = (unsigned char)octet;
			i += 2;
		} else {
			*to++ = s[i] == '_' ? ' ' : (unsigned char)s[i];
			d->certain = d->certain && s[i] != '=';
		}
	}
	d->octets.len = (size_t)(to - d->octets.data);
}

static struct pending_word *
pending_words(const struct header_decoder *d)
{
	return (struct pending_word *)(void *)d->words.data;
}

/* Appends n times the origin [from, to) of s. */
static void
append_origins(struct header_decoder *d, size_t n, size_t from, size_t to,
	       enum header_origin_kind kind)
{
	struct header_origin o = {d->raw_at[from], d->raw_at[to - 1] + 1, kind};

	while (n-- > 0)
		buf_append(d->origins, &o, sizeof(o));
}

/* Converts octets of pending words to d->text. False: not with certainty. */
static bool
convert_word_octets(struct header_decoder *d, const char *s, size_t len)
{
	buf_reset(&d->text);
	if (d->cs != NULL)
		return charset_to_utf8_lossy(d->cs, s, len, &d->text);
	charset_guess_to_utf8(s, len, &d->text);
	return false;
}

static size_t
pending_octets_end(const struct header_decoder *d, size_t last)
{
	const struct pending_word *w = pending_words(d);
	size_t n = d->words.len / sizeof(*w);

	return last + 1 < n ? w[last + 1].octets : d->octets.len;
}

/* The pending words were appended to out from offset at on. Each has an origin of its own when
 * it can be converted alone; words that share a character have one together. */
static void
record_word_origins(struct header_decoder *d, size_t at)
{
	const struct pending_word *w = pending_words(d);
	size_t n = d->words.len / sizeof(*w), first = 0;

	for (size_t i = 0; i < n; i++) {
		size_t from = w[first].octets, len = d->out->len - at;
		bool alone = i < first + MAX_JOINED &&
			     convert_word_octets(d, (const char *)d->octets.data + from,
						 pending_octets_end(d, i) - from) &&
			     d->text.len <= len &&
			     (d->text.len == 0 ||
			      memcmp(d->out->data + at, d->text.data, d->text.len) == 0);

		if (alone && (i + 1 < n || d->text.len == len))
			len = d->text.len;
		else if (i + 1 < n)
			continue;
		else
			alone = false;
		append_origins(d, len, w[first].from, w[i].to,
			       alone ? ORIGIN_WORD : ORIGIN_UNREADABLE);
		at += len;
		first = i + 1;
	}
}

/* Converts the octets of the pending words and appends the text. */
static void
flush_pending_words(struct header_decoder *d)
{
	size_t before = d->out->len;

	if (!d->pending)
		return;
	end_base64_words(d);
	if (!convert_word_octets(d, (const char *)d->octets.data, d->octets.len))
		d->certain = false;
	charset_clean_utf8((const char *)d->text.data, d->text.len, d->out);
	if (d->origins != NULL)
		record_word_origins(d, before);
	buf_reset(&d->octets);
	buf_reset(&d->words);
	d->pending = false;
}

/* joined: the word continues the base64 quantum of the one before. */
static void
add_pending_word(struct header_decoder *d, const struct encoded_word *w, bool joined)
{
	size_t from = (size_t)(w->begin - d->s);
	struct pending_word word = {from, from + w->total, d->octets.len};

	if (d->origins == NULL)
		return;
	if (joined)
		pending_words(d)[d->words.len / sizeof(word) - 1].to = word.to;
	else
		buf_append(&d->words, &word, sizeof(word));
}

static void
decode_encoded_word(struct header_decoder *d, const struct encoded_word *w)
{
	const struct charset *cs = charset_find(w->charset, w->charset_len);

	if (d->pending &&
	    (cs != d->cs || (cs == NULL && !str_case_equal_n(d->cs_name, d->cs_name_len,
							     w->charset, w->charset_len))))
		flush_pending_words(d);
	d->pending = true;
	d->cs = cs;
	d->cs_name = w->charset;
	d->cs_name_len = w->charset_len;
	if (w->encoding == 'q') {
		end_base64_words(d);
		add_pending_word(d, w, false);
		decode_q_text(d, w->text, w->text_len);
		return;
	}
	bool joined = is_split_quantum(&d->base64, w);

	if (!joined)
		end_base64_words(d);
	add_pending_word(d, w, joined);
	base64_read(&d->base64, w->text, w->text_len, &d->octets);
}

/* The end of a word at s[at] that has no end or an unknown encoding: it stays as it is up to
 * the next blank. at when there is none. */
static size_t
find_unreadable_end(const struct header_decoder *d, size_t at, size_t end)
{
	struct encoded_word w;

	if (d->s[at] != '=' || at + 1 >= end || d->s[at + 1] != '?' ||
	    !read_word_head(d->s + at, d->len - at, &w))
		return at;
	for (at = (size_t)(w.text - d->s); at < end && !str_is_blank(d->s[at]);)
		at++;
	return at < end ? at : end;
}

/* The text [from, end) of s was appended to out from offset at on, character by character: as
 * it is, or converted. */
static void
record_literal_origins(struct header_decoder *d, size_t from, size_t end, size_t at)
{
	bool is_utf8 = str_is_utf8(d->s + from, end - from);
	size_t unreadable = from;

	for (size_t i = from, n, to; i < end; i += n, at += to) {
		n = is_utf8 ? str_utf8_length((const unsigned char *)d->s + i, end - i) : 1;
		n += n == 0; /* a NUL, which became U+FFFD */
		to = str_utf8_length(d->out->data + at, d->out->len - at);
		if (i >= unreadable)
			unreadable = find_unreadable_end(d, i, end);
		append_origins(d, to, i, i + n,
			       i < unreadable ? ORIGIN_UNREADABLE : ORIGIN_TEXT);
	}
}

/* Appends the text [from, end) that is no word. Blanks between two words are dropped. */
static void
append_literal(struct header_decoder *d, size_t from, size_t end, bool word_follows)
{
	size_t len = end - from;

	if (d->pending && word_follows && str_blank_run(d->s + from, len) == len)
		return;
	flush_pending_words(d);
	buf_reset(&d->text);
	charset_guess_to_utf8(d->s + from, len, &d->text);

	size_t before = d->out->len;

	charset_clean_utf8((const char *)d->text.data, d->text.len, d->out);
	if (d->origins != NULL)
		record_literal_origins(d, from, end, before);
}

static void
decode_words(struct header_decoder *d)
{
	size_t at = find_pair(d->s, d->len, 0, "=?"), literal = 0;

	while (at < d->len) {
		struct encoded_word w;

		if (read_encoded_word(d, at, &w)) {
			append_literal(d, literal, at, true);
			decode_encoded_word(d, &w);
			at += w.total;
			literal = at;
		} else {
			at += 2;
		}
		at = find_pair(d->s, d->len, at, "=?");
	}
	append_literal(d, literal, d->len, false);
}

bool
mime_decode_header(const char *value, size_t len, struct buf *out)
{
	struct header_decoder d = {.out = out, .certain = true};
	struct buf flat = {0};

	if (!mime_header_is_coded(value, len)) {
		append_unfolded(value, len, out);
		return true;
	}
	append_unfolded(value, len, &flat);
	d.s = (const char *)flat.data;
	d.len = flat.len;
	decode_words(&d);
	buf_free(&flat);
	buf_free(&d.octets);
	buf_free(&d.text);
	return d.certain;
}

/* Appends the unfolded value to flat and, for each of its bytes, the offset in the value to
 * offsets, as size_t. Returns these. */
static const size_t *
unfold_with_offsets(const char *value, size_t len, struct buf *flat, struct buf *offsets)
{
	for (size_t i = 0; i < len; i++) {
		if (value[i] != '\r' && value[i] != '\n')
			buf_append(offsets, &i, sizeof(i));
	}
	if (len > 0)
		append_unfolded(value, len, flat);
	return (const size_t *)(const void *)offsets->data;
}

void
mime_decode_header_origins(const char *value, size_t len, struct buf *out, struct buf *origins)
{
	struct header_decoder d = {.out = out, .certain = true, .origins = origins};
	struct buf flat = {0}, offsets = {0};

	d.raw_at = unfold_with_offsets(value, len, &flat, &offsets);
	d.s = buf_string(&flat);
	d.len = flat.len;
	decode_words(&d);
	buf_free(&offsets);
	buf_free(&flat);
	buf_free(&d.octets);
	buf_free(&d.text);
	buf_free(&d.words);
}

void
mime_unfold_header_origins(const char *value, size_t len, struct buf *out, struct buf *origins)
{
	struct header_decoder d = {.origins = origins, .out = out};
	struct buf flat = {0}, offsets = {0};

	d.raw_at = unfold_with_offsets(value, len, &flat, &offsets);
	for (size_t i = 0, n; i < flat.len; i += n) {
		size_t before = out->len;

		n = str_utf8_length(flat.data + i, flat.len - i);
		n += n == 0;
		charset_clean_utf8((const char *)flat.data + i, n, out);
		append_origins(&d, out->len - before, i, i + n, ORIGIN_TEXT);
	}
	buf_free(&offsets);
	buf_free(&flat);
}

/* ---- writing ---- */

/* Appends the text as valid UTF-8, with blanks in the place of controls. */
static void
clean_header_text(const char *text, size_t len, struct buf *out)
{
	size_t n;

	charset_clean_utf8(text, len, out);
	for (size_t i = 0; i < out->len; i += n) {
		unsigned char *p = out->data + i;

		n = str_utf8_length(p, out->len - i);
		if (n == 1 && (*p < ' ' || *p == 0x7f))
			*p = ' ';
		if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) /* U+0080 to U+009F */
			memset(p, ' ', 2);
	}
}

/* How many bytes at the front of s are blanks; with blank false: are not. */
static size_t
blank_run(const char *s, size_t len, bool blank)
{
	size_t n = 0;

	while (n < len && (s[n] == ' ') == blank)
		n++;
	return n;
}

/* Appends plain text, folded in front of blanks. False: a line would be too long; out is
 * unchanged. */
static bool
append_folded(const char *s, size_t len, size_t column, struct buf *out)
{
	size_t before = out->len, n;

	for (size_t i = 0; i < len; i += n) {
		size_t blanks = blank_run(s + i, len - i, true);

		n = blanks + blank_run(s + i + blanks, len - i - blanks, false);
		if (i > 0 && n > blanks && column + n > FOLD_COLUMN) {
			buf_putc(out, '\n');
			column = 0;
		}
		column += n;
		if (column > LINE_MAX) {
			out->len = before;
			return false;
		}
		buf_append(out, s + i, n);
	}
	return true;
}

/* What may stand in a Q word in any field (RFC 2047, section 5, rule 3). */
static bool
is_q_safe(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t
q_encoded_length(const unsigned char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += is_q_safe(s[i]) || s[i] == ' ' ? 1 : 3;
	return n;
}

static size_t
b_encoded_length(size_t len)
{
	return (len + 2) / 3 * 4;
}

static void
append_q_text(const unsigned char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == ' ')
			buf_putc(out, '_');
		else if (is_q_safe(s[i]))
			buf_putc(out, s[i]);
		else
			buf_printf(out, "=%02X", (unsigned)s[i]);
	}
}

/* How many bytes of s fit into a word with room for that many bytes of encoded text: whole
 * characters, and at least one. */
static size_t
fit_into_word(const unsigned char *s, size_t len, bool q, size_t room)
{
	size_t taken = 0, used = 0;

	while (taken < len) {
		size_t n = str_utf8_length(s + taken, len - taken);

		used = q ? used + q_encoded_length(s + taken, n) : b_encoded_length(taken + n);
		if (taken > 0 && used > room)
			break;
		taken += n;
	}
	return taken;
}

static void
append_encoded_words(const unsigned char *s, size_t len, size_t column, struct buf *out)
{
	const size_t frame = strlen("=?UTF-8?Q?") + strlen("?=");
	bool q = q_encoded_length(s, len) <= b_encoded_length(len);

	while (len > 0) {
		size_t left = column < LINE_BYTES ? LINE_BYTES - column : 0;
		size_t room = left < WORD_BYTES ? left : WORD_BYTES;
		size_t n = fit_into_word(s, len, q, room > frame ? room - frame : 0);

		buf_puts(out, q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
		if (q)
			append_q_text(s, n, out);
		else
			base64_write((const char *)s, n, out);
		buf_puts(out, n < len ? "?=\n " : "?=");
		column = 1;
		s += n;
		len -= n;
	}
}

static bool
needs_no_words(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] >= 0x80)
			return false;
	}
	return find_pair((const char *)b->data, b->len, 0, "=?") == b->len;
}

void
mime_encode_header(const char *text, size_t len, size_t column, struct buf *out)
{
	struct buf clean = {0};

	if (len == 0)
		return;
	clean_header_text(text, len, &clean);
	if (!needs_no_words(&clean) ||
	    !append_folded((const char *)clean.data, clean.len, column, out))
		append_encoded_words(clean.data, clean.len, column, out);
	buf_free(&clean);
}

void
mime_encode_words(const char *text, size_t len, size_t column, struct buf *out)
{
	struct buf clean = {0};

	clean_header_text(text, len, &clean);
	append_encoded_words(clean.data, clean.len, column, out);
	buf_free(&clean);
}
