/* Quoted-printable and base64. The loops run over every byte of a part, so quoted-printable is
 * copied eight bytes at a time up to the next '=', and encoded into memory that is reserved for
 * a whole chunk. t/unit/test_encoding and t/fuzz/fuzz_text compare all ways to the same text.
 */
#include "mime/encoding.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "mime/fields.h"
#include "mime/octets.h"
#include "util/buf.h"
#include "util/str.h"

#define QP_LINE_BYTES	  75 /* and the '=' of a soft line break: 76 */
#define QP_CHUNK_BYTES	  4096
#define QP_AHEAD_BYTES	  4  /* that must follow a byte before it is written: "From " */
#define BASE64_LINE_BYTES 57 /* octets, which are 76 digits */
#define HELD_BYTES	  (16u << 10) /* of a long text, put into mime_encoder.held at once */

static const char *const encoding_names[] = {
	[MIME_7BIT] = "7bit",
	[MIME_8BIT] = "8bit",
	[MIME_BINARY] = "binary",
	[MIME_QP] = "quoted-printable",
	[MIME_BASE64] = "base64",
	[MIME_UUENCODE] = "x-uuencode",
	[MIME_UNKNOWN_ENCODING] = "unknown",
};

static const char *const uuencode_names[] = {"uuencode", "x-uue", "uue", "x-uu"};

const char *
mime_encoding_name(enum mime_encoding e)
{
	return encoding_names[e];
}

static enum mime_encoding
find_encoding(const char *name, size_t len)
{
	for (int e = 0; e < MIME_UNKNOWN_ENCODING; e++) {
		if (str_case_equal_n(name, len, encoding_names[e], strlen(encoding_names[e])))
			return (enum mime_encoding)e;
	}
	for (size_t i = 0; i < sizeof(uuencode_names) / sizeof(uuencode_names[0]); i++) {
		if (str_case_equal_n(name, len, uuencode_names[i], strlen(uuencode_names[i])))
			return MIME_UUENCODE;
	}
	return MIME_UNKNOWN_ENCODING;
}

enum mime_encoding
mime_encoding_parse(const char *value)
{
	size_t len = value == NULL ? 0 : strlen(value), at, n, end;

	at = mime_skip_comments(value, len, 0);
	if (at == len)
		return MIME_7BIT;
	n = strcspn(value + at, " \t\r\n;(");
	end = mime_skip_comments(value, len, at + n);
	if (end < len && value[end] != ';')
		return MIME_UNKNOWN_ENCODING;
	return find_encoding(value + at, n);
}

/* How wrong names of no encoding begin, without all that is no letter or digit. */
static const char *const plain_names[] = {
	"5bit", "6bit",	 "7bit", "8bit", "bit",	 "binary", "none",    "plain",
	"text", "ascii", "us",	 "utf",	 "iso8", "iso2",   "windows", "identity",
};

/* Has the value the name of a real encoding in it, or an encoded word, which may be one? */
static bool
may_name_encoding(const char *value)
{
	static const char *const words[] = {"=?", "base64", "quoted", "uue"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(value, words[i]) != NULL)
			return true;
	return false;
}

enum mime_encoding
mime_encoding_guess(const char *value)
{
	enum mime_encoding e = mime_encoding_parse(value);
	char name[16];
	size_t n = 0;

	if (e != MIME_UNKNOWN_ENCODING || may_name_encoding(value))
		return e;
	for (; *value != '\0' && n < sizeof(name) - 1; value++) {
		char c = (char)str_lower_char(*value);

		if (str_is_digit(c) || (c >= 'a' && c <= 'z'))
			name[n++] = c;
	}
	name[n] = '\0';
	for (size_t i = 0; i < sizeof(plain_names) / sizeof(plain_names[0]); i++) {
		if (strncmp(name, plain_names[i], strlen(plain_names[i])) == 0)
			return MIME_8BIT;
	}
	return e;
}

/* ---- quoted-printable ---- */

#define QP_ONES 0x0101010101010101u
#define QP_HIGH 0x8080808080808080u

/* Copies eight bytes, of which those in front of the first '=' count, and in front of the first
 * bit that is set in end. Returns how many, and adds their bits to *seen. */
static inline size_t
copy_qp_word(const char *s, uint64_t end, unsigned char *to, uint64_t *seen)
{
	uint64_t word, equals, found;

	memcpy(&word, s, sizeof(word));
	memcpy(to, &word, sizeof(word));
	word = le64toh(word);
	equals = word ^ ('=' * QP_ONES);
	found = ((equals - QP_ONES) & ~equals & QP_HIGH) | end; /* its lowest bit is exact */
	if (found == 0) {
		*seen |= word;
		return sizeof(word);
	}
	*seen |= word & ((found & -found) - 1);
	return (unsigned)__builtin_ctzll(found) / 8;
}

/* Copies up to the next '=' in the line of len bytes, of a text of rest bytes. What is written
 * behind them will be overwritten. Returns how many bytes were copied. */
static inline size_t
copy_qp_run(const char *s, size_t len, size_t rest, unsigned char *to, uint64_t *seen)
{
	size_t n = 0;

	for (; len - n >= 8; n += 8) {
		size_t run = copy_qp_word(s + n, 0, to + n, seen);

		if (run < 8)
			return n + run;
	}
	if (n < len && rest - n >= 8)
		return n + copy_qp_word(s + n, UINT64_C(0x80) << 8 * (len - n), to + n, seen);
	for (; n < len && s[n] != '='; n++) {
		to[n] = (unsigned char)s[n];
		*seen |= to[n];
	}
	return n;
}

/* Decodes a line that is given without its line end, trailing blanks and soft break. rest: of
 * the text, for which there is room. Bits of QP_HIGH are set in *irregular if it is not as it
 * must be. */
static unsigned char *
decode_qp_line(const char *s, size_t len, size_t rest, unsigned char *to, uint64_t *irregular)
{
	const char *end = s + len, *text_end = s + rest;
	uint64_t seen = 0;

	while (s < end) {
		size_t n = copy_qp_run(s, (size_t)(end - s), (size_t)(text_end - s), to, &seen);
		int octet;

		to += n;
		s += n;
		if (s == end)
			break;
		octet = octets_from_hex(s + 1, (size_t)(end - s) - 1);
		if (octet < 0)
			seen = QP_HIGH;
		*to++ = octet >= 0 ? (unsigned char)octet : '=';
		s += octet >= 0 ? 3 : 1;
	}
	*irregular |= seen;
	return to;
}

bool
mime_qp_decode(const char *s, size_t len, struct buf *out)
{
	unsigned char *to = buf_reserve(out, len);
	uint64_t irregular = 0;

	while (len > 0) {
		const char *newline = memchr(s, '\n', len);
		size_t line = newline == NULL ? len : (size_t)(newline - s) + 1;
		size_t end = str_trim_line_end(s, line), text = str_trim_blanks(s, end);

		if (text > 0 && s[text - 1] == '=') {
			to = decode_qp_line(s, text - 1, len, to, &irregular);
		} else {
			to = decode_qp_line(s, text, len, to, &irregular);
			memcpy(to, s + end, line - end);
			to += line - end;
		}
		s += line;
		len -= line;
	}
	out->len = (size_t)(to - out->data);
	return (irregular & QP_HIGH) == 0;
}

/* The length of the encoded text that decodes to *left octets, or len if all of it decodes to
 * fewer. *left is reduced by the octets that were passed. */
static size_t
skip_qp_octets(const char *s, size_t len, size_t *left)
{
	size_t i = 0;

	for (; i<len && * left> 0; (*left)--)
		i += s[i] == '=' && octets_from_hex(s + i + 1, len - i - 1) >= 0 ? 3 : 1;
	return i;
}

size_t
mime_qp_find_octet(const char *s, size_t len, size_t decoded)
{
	size_t at = 0;

	while (at < len) {
		const char *newline = memchr(s + at, '\n', len - at);
		size_t line = newline == NULL ? len - at : (size_t)(newline - s) - at + 1;
		size_t end = str_trim_line_end(s + at, line);
		size_t text = str_trim_blanks(s + at, end), i;
		bool soft = text > 0 && s[at + text - 1] == '=';

		i = skip_qp_octets(s + at, soft ? text - 1 : text, &decoded);
		if (decoded == 0)
			return at + i;
		if (!soft && decoded < line - end)
			return at + end + decoded;
		decoded -= soft ? 0 : line - end;
		at += line;
	}
	return len;
}

static bool
qp_starts_with(const char *s, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(s, prefix, n) == 0;
}

/* Must the first byte of s, which is written at this column, be written as "=XX"? */
static bool
qp_must_encode(const char *s, size_t len, size_t column)
{
	unsigned char c = (unsigned char)*s;

	if (c == ' ' || c == '\t')
		return len == 1 || qp_starts_with(s + 1, len - 1, "\r\n");
	if (c < ' ' || c == '=' || c >= 0x7f)
		return true;
	if (column > 0)
		return false;
	return c == '.' || qp_starts_with(s, len, "--") || qp_starts_with(s, len, "From ");
}

struct qp_writer {
	unsigned char *to;
	size_t column;
};

/* Writes the line end or the byte that s begins with. Returns its length in s: 2 or 1. */
static size_t
write_qp_octet(struct qp_writer *w, const char *s, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c = (unsigned char)*s;
	bool encoded;

	if (qp_starts_with(s, len, "\r\n")) {
		memcpy(w->to, "\r\n", 2);
		w->to += 2;
		w->column = 0;
		return 2;
	}
	encoded = qp_must_encode(s, len, w->column);
	if (w->column + (encoded ? 3 : 1) > QP_LINE_BYTES) {
		memcpy(w->to, "=\r\n", 3);
		w->to += 3;
		w->column = 0;
		encoded = qp_must_encode(s, len, 0);
	}
	w->column += encoded ? 3 : 1;
	*w->to++ = encoded ? '=' : c;
	if (encoded) {
		*w->to++ = (unsigned char)hex[c >> 4];
		*w->to++ = (unsigned char)hex[c & 15];
	}
	return 1;
}

/* Writes all of s; if more follows, all but the end that depends on it. Returns the length. */
static size_t
encode_qp(const char *s, size_t len, bool more, size_t *column, struct buf *out)
{
	struct qp_writer w = {.column = *column};
	size_t keep = more ? QP_AHEAD_BYTES : 0, i = 0;

	while (len - i > keep) {
		size_t end = len - i - keep > QP_CHUNK_BYTES ? i + QP_CHUNK_BYTES : len - keep;

		w.to = buf_reserve(out, 4 * (end - i) + 8);
		while (i < end)
			i += write_qp_octet(&w, s + i, len - i);
		out->len = (size_t)(w.to - out->data);
	}
	*column = w.column;
	return i;
}

void
mime_qp_encode(const char *s, size_t len, struct buf *out)
{
	size_t column = 0;

	(void)encode_qp(s, len, false, &column, out);
}

/* Can quoted-printable be cut in front of s[at], in the middle of a line? */
static bool
can_cut_qp(const char *s, size_t at)
{
	return strchr(" \t\r=", s[at - 1]) == NULL && (at < 2 || s[at - 2] != '=');
}

size_t
mime_qp_find_cut(const char *s, size_t len, size_t at)
{
	const char *newline;

	for (size_t end = at; end > 0; end--) {
		if (can_cut_qp(s, end) || s[end - 1] == '\n')
			return end;
	}
	newline = memchr(s + at, '\n', len - at);
	return newline == NULL ? len : (size_t)(newline - s) + 1;
}

/* ---- base64 ---- */

bool
mime_base64_decode(const char *s, size_t len, struct buf *out)
{
	struct base64_reader r = {0};

	base64_read(&r, s, len, out);
	return base64_read_end(&r);
}

void
mime_base64_encode(const char *s, size_t len, struct buf *out)
{
	while (len > 0) {
		size_t n = len < BASE64_LINE_BYTES ? len : BASE64_LINE_BYTES;

		base64_write(s, n, out);
		buf_append(out, "\r\n", 2);
		s += n;
		len -= n;
	}
}

/* In base64 of the form everything is a digit but white space and the padding. */
static size_t
count_base64_digits(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] > ' ' && s[i] != '=';
	return n;
}

/* Returns the begin of the last line that begins with a whole quantum and not behind the octet
 * place. *digits: how many digits are in front of it. Counts from the begin of s. */
static size_t
find_base64_line_forwards(const char *s, size_t len, size_t place, size_t *digits)
{
	size_t from = 0, n = 0;

	*digits = 0;
	for (size_t at = 0; at < len && n / 4 * 3 <= place;) {
		size_t next = mime_line_next(s, len, at);

		if (n % 4 == 0) {
			from = at;
			*digits = n;
		}
		n += count_base64_digits(s + at, next - at);
		at = next;
	}
	return from;
}

/* The same, counted from the end of s; *digits is the number of all digits at first. */
static size_t
find_base64_line_backwards(const char *s, size_t len, size_t place, size_t *digits)
{
	size_t from = len;

	while (from > 0 && (from == len || *digits % 4 != 0 || *digits / 4 * 3 > place)) {
		const char *newline = memrchr(s, '\n', from - 1);
		size_t begin = newline == NULL ? 0 : (size_t)(newline - s) + 1;

		*digits -= count_base64_digits(s + begin, from - begin);
		from = begin;
	}
	return from;
}

struct mime_base64_lines
mime_base64_lines_around(const char *s, size_t len, size_t decoded, size_t place)
{
	struct mime_base64_lines l;
	size_t digits = (decoded * 4 + 2) / 3, n = 0;

	if (place < decoded / 2)
		l.from = find_base64_line_forwards(s, len, place, &digits);
	else
		l.from = find_base64_line_backwards(s, len, place, &digits);
	l.before = digits / 4 * 3;
	l.to = l.from;
	while (l.to < len && (l.to == l.from || n % 4 != 0 || l.before + n / 4 * 3 < place)) {
		size_t next = mime_line_next(s, len, l.to);

		n += count_base64_digits(s + l.to, next - l.to);
		l.to = next;
	}
	return l;
}

/* ---- piece by piece ---- */

static size_t
encode_base64_lines(const char *s, size_t len, struct buf *out)
{
	size_t n = len / BASE64_LINE_BYTES * BASE64_LINE_BYTES;

	mime_base64_encode(s, n, out);
	return n;
}

static void
encode_held(struct mime_encoder *e, const char *s, size_t len)
{
	size_t n;

	buf_append(&e->held, s, len);
	s = buf_string(&e->held);
	if (e->encoding == MIME_QP)
		n = encode_qp(s, e->held.len, true, &e->column, e->out);
	else
		n = encode_base64_lines(s, e->held.len, e->out);
	buf_consume(&e->held, n);
}

void
mime_encoder_put(struct mime_encoder *e, const char *s, size_t len)
{
	if (e->encoding != MIME_QP && e->encoding != MIME_BASE64) {
		buf_append(e->out, s, len);
		return;
	}
	for (size_t n; len > 0; s += n, len -= n) { /* in pieces: a long text is not copied */
		n = len < HELD_BYTES ? len : HELD_BYTES;
		encode_held(e, s, n);
	}
}

void
mime_encoder_end(struct mime_encoder *e)
{
	const char *s = buf_string(&e->held);

	if (e->encoding == MIME_QP)
		(void)encode_qp(s, e->held.len, false, &e->column, e->out);
	else if (e->encoding == MIME_BASE64)
		mime_base64_encode(s, e->held.len, e->out);
	buf_free(&e->held);
}
