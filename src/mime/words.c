/* RFC 2047: encoded words in header fields, read as leniently as mail programs do, so that
 * nothing hides from a rule, and written strictly. */
#include "mime/words.h"

#include <string.h>

#include "mime/charset.h"
#include "mime/octets.h"
#include "util/buf.h"
#include "util/str.h"

#define CHARSET_BYTES 64  /* longest charset with language that is taken for one */
#define WORD_BYTES    75  /* RFC 2047, 2 */
#define LINE_BYTES    76  /* of a line with words in it, the same */
#define FOLD_COLUMN   78  /* RFC 5322, 2.1.1 */
#define LINE_MAX      998 /* the same */

/* ---- reading ---- */

struct word {
	const char *charset; /* language cut off */
	size_t charset_len;
	char encoding; /* 'b', 'q', or what came */
	const char *text;
	size_t text_len;
	size_t total; /* bytes from "=?" to the end of the word */
};

struct decoder {
	const char *s; /* unfolded */
	size_t len;
	size_t next_end; /* where the next "?=" is: valid as long as it is not behind us */
	struct buf *out;

	/* words that stand side by side and have one charset: octets first, text at their end
	 */
	bool pending;
	const struct charset *cs; /* NULL: unknown */
	const char *cs_name;
	size_t cs_name_len;
	struct base64_reader base64;
	struct buf octets;

	struct buf text; /* scratch */
	bool certain;
};

/* "=?", also when a fold is between. */
static bool
begins_word(const char *s, size_t len)
{
	size_t i = 1;

	while (i < len && (s[i] == '\r' || s[i] == '\n'))
		i++;
	return i < len && s[0] == '=' && s[i] == '?';
}

static bool
has_word(const char *s, size_t len)
{
	const char *end = s + len;

	while ((s = memchr(s, '=', (size_t)(end - s))) != NULL) {
		if (begins_word(s, (size_t)(end - s)))
			return true;
		s++;
	}
	return false;
}

enum mime_header_form
mime_header_form(const char *value, size_t len)
{
	if (len == 0) /* value may be NULL */
		return HEADER_PLAIN;
	if (str_ascii_run((const unsigned char *)value, len) < len ||
	    memchr(value, '\0', len) != NULL || has_word(value, len))
		return HEADER_CODED;
	if (memchr(value, '\n', len) != NULL || memchr(value, '\r', len) != NULL)
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
unfold(const char *value, size_t len, struct buf *out)
{
	out->len += mime_unfold(value, len, (char *)buf_reserve(out, len));
}

void
mime_unfold_header(const char *value, size_t len, struct buf *out)
{
	struct buf flat = {0};

	if (mime_header_form(value, len) != HEADER_CODED) {
		unfold(value, len, out);
		return;
	}
	unfold(value, len, &flat);
	charset_clean_utf8((const char *)flat.data, flat.len, out);
	buf_free(&flat);
}

/* Where the two bytes of pair are in s at or after at; len when they are not. */
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

/* "=?charset*language?B?" at s; fills all but text_len and total. */
static bool
read_head(const char *s, size_t len, struct word *ret)
{
	size_t limit = len < CHARSET_BYTES ? len : CHARSET_BYTES, n = 0;
	size_t i = 2;

	for (; i < limit && s[i] != '?'; i++) {
		if (s[i] <= ' ' || s[i] > '~')
			return false;
		if (n == 0 && s[i] == '*')
			n = i - 2;
	}
	if (i + 3 > len || s[i] != '?' || s[i + 2] != '?')
		return false;
	ret->charset = s + 2;
	ret->charset_len = n == 0 ? i - 2 : n;
	ret->encoding = (char)(s[i + 1] | 0x20);
	if (ret->encoding < 'a' || ret->encoding > 'z')
		return false;
	ret->text = s + i + 3;
	return true;
}

/* A word ends at "?=", or where the next one begins: whoever hides the end of a word must not
 * hide the text. */
static void
end_word(struct decoder *d, struct word *w)
{
	size_t from = (size_t)(w->text - d->s), at;

	for (at = find_pair(d->s, d->next_end, from, "=?"); at < d->next_end;
	     at = find_pair(d->s, d->next_end, at + 2, "=?")) {
		struct word next;

		if (!read_head(d->s + at, d->len - at, &next) ||
		    (next.encoding != 'b' && next.encoding != 'q'))
			continue;
		d->certain = false;
		w->text_len = at - from;
		w->total -= d->next_end + 2 - at;
		return;
	}
}

/* The word at "=?"; false when it is none, or has no end. */
static bool
read_word(struct decoder *d, size_t at, struct word *ret)
{
	size_t text;

	if (!read_head(d->s + at, d->len - at, ret))
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
	end_word(d, ret);
	return true;
}

/* Digits that a base64 word left over: are they the beginning of the next word's first octet,
 * or only the rest of a text without padding? The standard knows no split quanta, so they are
 * joined only when the words make no sense alone. */
static bool
is_split_quantum(const struct base64_reader *r, const struct word *next)
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

/* Forgets left over digits. A lone one is the sign of a text that was cut. */
static void
end_base64(struct decoder *d)
{
	if (d->base64.irregular || d->base64.n_digits == 1)
		d->certain = false;
	d->base64 = (struct base64_reader){0};
}

static void
read_q(struct decoder *d, const char *s, size_t len)
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

/* What the pending words say. */
static void
flush_words(struct decoder *d)
{
	const char *s = (const char *)d->octets.data;

	if (!d->pending)
		return;
	end_base64(d);
	buf_reset(&d->text);
	if (d->cs == NULL)
		charset_guess_to_utf8(s, d->octets.len, &d->text);
	else if (!charset_to_utf8_lossy(d->cs, s, d->octets.len, &d->text))
		d->certain = false;
	d->certain = d->certain && d->cs != NULL;
	charset_clean_utf8((const char *)d->text.data, d->text.len, d->out);
	buf_reset(&d->octets);
	d->pending = false;
}

static void
put_word(struct decoder *d, const struct word *w)
{
	const struct charset *cs = charset_find(w->charset, w->charset_len);

	if (d->pending &&
	    (cs != d->cs || (cs == NULL && !str_case_equal_n(d->cs_name, d->cs_name_len,
							     w->charset, w->charset_len))))
		flush_words(d);
	d->pending = true;
	d->cs = cs;
	d->cs_name = w->charset;
	d->cs_name_len = w->charset_len;
	if (w->encoding == 'q') {
		end_base64(d);
		read_q(d, w->text, w->text_len);
		return;
	}
	if (!is_split_quantum(&d->base64, w))
		end_base64(d);
	base64_read(&d->base64, w->text, w->text_len, &d->octets);
}

/* Text that is no word, from to end. Blanks between words are nothing. */
static void
put_literal(struct decoder *d, size_t from, size_t end, bool word_follows)
{
	size_t len = end - from;

	if (d->pending && word_follows && str_blank_run(d->s + from, len) == len)
		return;
	flush_words(d);
	buf_reset(&d->text);
	charset_guess_to_utf8(d->s + from, len, &d->text);
	charset_clean_utf8((const char *)d->text.data, d->text.len, d->out);
}

static void
decode(struct decoder *d)
{
	size_t at = find_pair(d->s, d->len, 0, "=?"), literal = 0;

	while (at < d->len) {
		struct word w;

		if (read_word(d, at, &w)) {
			put_literal(d, literal, at, true);
			put_word(d, &w);
			at += w.total;
			literal = at;
		} else {
			at += 2;
		}
		at = find_pair(d->s, d->len, at, "=?");
	}
	put_literal(d, literal, d->len, false);
}

bool
mime_decode_header(const char *value, size_t len, struct buf *out)
{
	struct decoder d = {.out = out, .certain = true};
	struct buf flat = {0};

	if (mime_header_form(value, len) != HEADER_CODED) {
		unfold(value, len, out);
		return true;
	}
	unfold(value, len, &flat);
	d.s = (const char *)flat.data;
	d.len = flat.len;
	decode(&d);
	buf_free(&flat);
	buf_free(&d.octets);
	buf_free(&d.text);
	return d.certain;
}

/* ---- writing ---- */

/* Valid UTF-8 without controls. */
static void
clean_text(const char *text, size_t len, struct buf *out)
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

static size_t
span_of(const char *s, size_t len, bool blank)
{
	size_t n = 0;

	while (n < len && (s[n] == ' ') == blank)
		n++;
	return n;
}

/* Folds before blanks that a word follows. False: a line would be too long. */
static bool
put_folded(const char *s, size_t len, size_t column, struct buf *out)
{
	size_t before = out->len, n;

	for (size_t i = 0; i < len; i += n) {
		size_t blanks = span_of(s + i, len - i, true);

		n = blanks + span_of(s + i + blanks, len - i - blanks, false);
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

/* RFC 2047, 5 (3): what may stand in a Q word wherever the word stands. */
static bool
is_q_safe(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t
q_length(const unsigned char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += is_q_safe(s[i]) || s[i] == ' ' ? 1 : 3;
	return n;
}

static size_t
b_length(size_t len)
{
	return (len + 2) / 3 * 4;
}

static void
put_q(const unsigned char *s, size_t len, struct buf *out)
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

/* How many bytes of s fit a word whose encoded text has room bytes: whole characters, one at
 * least. */
static size_t
fit_word(const unsigned char *s, size_t len, bool q, size_t room)
{
	size_t taken = 0, used = 0;

	while (taken < len) {
		size_t n = str_utf8_length(s + taken, len - taken);

		used = q ? used + q_length(s + taken, n) : b_length(taken + n);
		if (taken > 0 && used > room)
			break;
		taken += n;
	}
	return taken;
}

static void
put_words(const unsigned char *s, size_t len, size_t column, struct buf *out)
{
	const size_t frame = strlen("=?UTF-8?Q?") + strlen("?=");
	bool q = q_length(s, len) <= b_length(len);

	while (len > 0) {
		size_t left = column < LINE_BYTES ? LINE_BYTES - column : 0;
		size_t room = left < WORD_BYTES ? left : WORD_BYTES;
		size_t n = fit_word(s, len, q, room > frame ? room - frame : 0);

		buf_puts(out, q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
		if (q)
			put_q(s, n, out);
		else
			base64_write((const char *)s, n, out);
		buf_puts(out, n < len ? "?=\n " : "?=");
		column = 1;
		s += n;
		len -= n;
	}
}

static bool
is_ascii_without_words(const struct buf *b)
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
	clean_text(text, len, &clean);
	if (!is_ascii_without_words(&clean) ||
	    !put_folded((const char *)clean.data, clean.len, column, out))
		put_words(clean.data, clean.len, column, out);
	buf_free(&clean);
}
