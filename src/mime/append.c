/* Decode, decide, add, and encode as little as possible; then decode the result again and
 * compare. */
#include "mime/append.h"

#include <string.h>

#include "mime/charset.h"
#include "mime/html.h"
#include "util/str.h"

#define MAX_HTML_BYTES (4u << 20)
#define MAX_LINE_BYTES 998u	   /* RFC 5322 2.1.1 */
#define TAIL_BYTES     (16u << 10) /* of a text, that may hold what is looked for */

/* One part at work. */
struct work {
	const struct text_part *part;
	const struct addition *add;
	struct buf decoded; /* the part out of its transfer encoding; unused when it has none */
	const char *raw;    /* the same bytes, wherever they are */
	size_t raw_len;
	const struct charset *charset; /* NULL: unknown, or none written */
	bool to_utf8;
	struct buf utf8;  /* the whole text, when to_utf8 */
	struct buf piece; /* what is added, in the part's charset */
	size_t place;	  /* where, in raw or utf8 */
	struct buf whole; /* the result, decoded */
};

static void
work_free(struct work *w)
{
	buf_free(&w->decoded);
	buf_free(&w->utf8);
	buf_free(&w->piece);
	buf_free(&w->whole);
}

static bool
is_ascii(const char *s, size_t len)
{
	return str_ascii_run((const unsigned char *)s, len) == len;
}

static const char *
decode(struct work *w)
{
	const struct text_part *p = w->part;

	w->raw = p->body;
	w->raw_len = p->len;
	switch (p->encoding) {
	case MIME_7BIT:
	case MIME_8BIT:
	case MIME_BINARY:
		return NULL;
	case MIME_QP:
		(void)mime_qp_decode(p->body, p->len, &w->decoded);
		break;
	case MIME_BASE64:
		if (!mime_base64_decode(p->body, p->len, &w->decoded))
			return "irregular"; /* encoding it again would change what is there */
		break;
	case MIME_UNKNOWN_ENCODING:
		return "encoding";
	}
	w->raw = buf_string(&w->decoded);
	w->raw_len = w->decoded.len;
	return NULL;
}

/* A line that starts with mark. */
static bool
has_line(const char *s, size_t len, const char *mark)
{
	size_t n = strlen(mark);
	const char *end = s + len, *p = s;

	while (p != NULL && (size_t)(end - p) >= n) {
		p = memmem(p, (size_t)(end - p), mark, n);
		if (p != NULL && (p == s || p[-1] == '\n'))
			return true;
		if (p != NULL)
			p++;
	}
	return false;
}

static const char *
look(const struct work *w)
{
	if (memchr(w->raw, '\0', w->raw_len) != NULL &&
	    (w->charset == NULL || charset_is_ascii_superset(w->charset)))
		return "binary";
	if (has_line(w->raw, w->raw_len, "-----BEGIN PGP SIGNED MESSAGE-----"))
		return "signed";
	if (has_line(w->raw, w->raw_len, "-----BEGIN PGP MESSAGE-----"))
		return "encrypted";
	return NULL;
}

/* UTF-16, UTF-32, UTF-7: nothing can be put behind their bytes. */
static bool
is_wide(const struct charset *cs)
{
	const char *name = charset_name(cs);

	return str_case_starts(name, "utf-16") || str_case_starts(name, "utf-32") ||
	       str_case_starts(name, "utf-7");
}

/* The whole text becomes UTF-8, strictly. Unlabelled text is UTF-8 already or not ours. */
static const char *
convert(struct work *w)
{
	w->to_utf8 = true;
	if (w->charset == NULL || str_case_equal(charset_name(w->charset), "us-ascii")) {
		if (!str_is_utf8(w->raw, w->raw_len))
			return "charset";
		buf_append(&w->utf8, w->raw, w->raw_len);
		return NULL;
	}
	return charset_to_utf8(w->charset, w->raw, w->raw_len, &w->utf8) < 0 ? "charset" : NULL;
}

/* The charset of the result, and the addition in it. */
static const char *
choose_charset(struct work *w)
{
	const char *text = w->part->html ? w->add->html : w->add->text;
	size_t len = w->part->html ? w->add->html_len : w->add->text_len;
	const char *why = NULL;

	if (w->charset != NULL && is_wide(w->charset)) {
		why = convert(w);
		buf_append(&w->piece, text, len);
		return why;
	}
	if (is_ascii(text, len)) { /* even when the charset is unknown */
		buf_append(&w->piece, text, len);
		return NULL;
	}
	if (w->part->charset != NULL && w->charset == NULL)
		return "charset";
	if (w->charset != NULL && !str_case_equal(charset_name(w->charset), "us-ascii") &&
	    charset_from_utf8(w->charset, text, len, &w->piece) == 0)
		return NULL;
	buf_append(&w->piece, text, len);
	return convert(w);
}

/* For comparing: no white space, no case. quotes: a quoted copy counts too, so its marks go;
 * else quoted lines are not the message's own text and go as a whole. */
static void
normalize(const char *s, size_t len, bool quotes, struct buf *out)
{
	char *to = (char *)buf_reserve(out, len + 1);
	bool line_start = true, quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (line_start)
			quoted = c == '>';
		line_start = c == '\n';
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || (quotes && c == '>') ||
		    (!quotes && quoted))
			continue;
		to[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out->len += n;
}

static void
comparable(const struct work *w, const char *s, size_t len, bool quotes, struct buf *out)
{
	struct buf text = {0}, utf8 = {0};

	if (w->charset != NULL && !w->to_utf8 && !charset_is_utf8(w->charset)) {
		charset_to_utf8_lossy(w->charset, s, len, &utf8);
		s = buf_string(&utf8);
		len = utf8.len;
	}
	if (w->part->html) {
		html_plain_text(s, len, &text);
		s = buf_string(&text);
		len = text.len;
	}
	normalize(s, len, quotes, out);
	buf_free(&text);
	buf_free(&utf8);
}

/* Does the text end with what is wanted, or begin with it, or hold it? */
static bool
holds(struct buf *there, struct buf *wanted, bool anywhere, bool top)
{
	const char *s = buf_string(there), *s2 = buf_string(wanted);

	if (wanted->len == 0 || wanted->len > there->len)
		return false;
	if (anywhere)
		return memmem(s, there->len, s2, wanted->len) != NULL;
	return memcmp(top ? s : s + there->len - wanted->len, s2, wanted->len) == 0;
}

/* The text's end in a form to compare: as many whole lines as come to want bytes there, so that
 * a long text is not copied for the sake of its last lines. */
static void
comparable_tail(const struct work *w, const char *s, size_t len, size_t want, struct buf *out)
{
	bool whole =
		w->part->html || (w->charset != NULL && !charset_is_ascii_superset(w->charset));
	size_t bytes = TAIL_BYTES, begin;

	do {
		const char *lf = NULL;

		if (!whole && bytes < len)
			lf = memrchr(s, '\n', len - bytes);
		begin = lf == NULL ? 0 : (size_t)(lf + 1 - s);
		buf_reset(out);
		comparable(w, s + begin, len - begin, false, out);
		bytes = (len - begin) * 4;
	} while (begin > 0 && out->len < want);
}

static bool
is_present(struct work *w, const char *s, size_t len, enum if_present how)
{
	const char *add = buf_string(&w->piece);
	bool anywhere = how == IF_PRESENT_THREAD, found;
	struct buf there = {0}, wanted = {0};

	if (how == IF_PRESENT_ADD)
		return false;
	comparable(w, add, w->piece.len, anywhere, &wanted);
	if (!anywhere && w->add->top)
		comparable(w, s + w->place, len - w->place, false, &there);
	else if (!anywhere)
		comparable_tail(w, s, w->place, wanted.len, &there);
	else
		comparable(w, s, len, true, &there);
	found = holds(&there, &wanted, anywhere, w->add->top);
	buf_free(&there);
	buf_free(&wanted);
	return found;
}

static bool
ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(s + len - n, end, n) == 0;
}

/* format=flowed: no line may be taken for one that goes on, or lose its first blank. */
static void
flow(struct buf *piece)
{
	struct buf out = {0};
	const char *s = buf_string(piece), *end = s + piece->len;

	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));
		const char *next = lf != NULL ? lf + 1 : end;
		size_t len = (size_t)((lf != NULL ? lf : end) - s);

		if (len > 0 && s[len - 1] == '\r')
			len--;
		while (len > 0 && s[len - 1] == ' ' && !(len == 3 && memcmp(s, "-- ", 3) == 0))
			len--;
		if (len > 0 &&
		    (*s == ' ' || *s == '>' || (len >= 5 && memcmp(s, "From ", 5) == 0)))
			buf_putc(&out, ' ');
		buf_append(&out, s, len);
		buf_puts(&out, "\r\n");
		s = next;
	}
	buf_free(piece);
	*piece = out;
}

/* What stands between the text and the addition: the end of an open line, an empty line. A
 * flowed last line takes the first empty line as its own end. */
static const char *
text_gap(const char *s, size_t len, bool flowed)
{
	if (len == 0)
		return "";
	if (s[len - 1] != '\n')
		return "\r\n\r\n";
	if (ends_with(s, len, "\n\r\n") || ends_with(s, len, "\n\n"))
		return "";
	if (flowed && ends_with(s, len, " \r\n") && !ends_with(s, len, "\n-- \r\n"))
		return "\r\n\r\n";
	return "\r\n";
}

static void
put_gap(struct work *w, const char *s, size_t len)
{
	struct buf piece = {0};

	if (w->part->html) {
		if (w->place > 0 && s[w->place - 1] != '\n')
			buf_puts(&piece, "\r\n");
	} else if (!w->add->top) {
		buf_puts(&piece, text_gap(s, len, w->part->flowed));
	}
	buf_append(&piece, w->piece.data, w->piece.len);
	if (!w->part->html && w->add->top && w->place < len)
		buf_puts(&piece, "\r\n");
	buf_free(&w->piece);
	w->piece = piece;
}

/* Where in the part, as it is, the new bytes go. */
static void
splice_at(const struct work *w, size_t at, struct appended *ret)
{
	ret->head = at;
	ret->tail = w->part->len - at;
}

/* Splices the addition into encoded text. At the end an open or soft-broken line is ended; the
 * piece brings its own line ends. */
static void
splice_qp(const struct work *w, struct appended *ret)
{
	const char *s = w->part->body, *piece = (const char *)w->piece.data;
	bool at_end = !w->part->html && !w->add->top;
	size_t at = at_end ? w->part->len : mime_qp_locate(s, w->part->len, w->place);
	size_t piece_len = w->piece.len;
	struct buf *out = &ret->middle;

	splice_at(w, at, ret);
	if (at > 0 && s[at - 1] == '=')
		buf_puts(out, "\r\n");
	else if (at > 0 && s[at - 1] != '\n')
		buf_puts(out, "=\r\n");
	/* The encoder makes no empty first line; the piece's own one is a line end here. */
	while (piece_len >= 2 && memcmp(piece, "\r\n", 2) == 0) {
		buf_puts(out, "\r\n");
		piece += 2;
		piece_len -= 2;
	}
	mime_qp_encode(piece, piece_len, out);
}

/* "&#8364;" is longer than what was written in the configuration. */
static bool
has_long_line(const char *s, size_t len)
{
	while (len > MAX_LINE_BYTES) {
		const char *lf = memchr(s, '\n', len);
		size_t line = lf == NULL ? len : (size_t)(lf - s) + 1;

		if (line > MAX_LINE_BYTES + 2)
			return true;
		s += line;
		len -= line;
	}
	return false;
}

/* Of the result. Never make a 7-bit message an 8-bit one; and no line too long. */
static enum mime_encoding
result_encoding(const struct work *w)
{
	const char *piece = (const char *)w->piece.data;
	enum mime_encoding e = w->part->encoding;
	bool ascii = is_ascii(piece, w->piece.len) &&
		     (!w->to_utf8 || is_ascii((const char *)w->utf8.data, w->utf8.len));

	if (e == MIME_7BIT && !ascii)
		return MIME_QP;
	if ((e == MIME_7BIT || e == MIME_8BIT || e == MIME_BINARY) &&
	    (w->add->as_qp || has_long_line(piece, w->piece.len)))
		return MIME_QP;
	return e;
}

static void
encode(const struct work *w, struct appended *ret)
{
	const char *whole = (const char *)w->whole.data;
	enum mime_encoding e = result_encoding(w);

	ret->encoding = e;
	if (e == MIME_QP && e == w->part->encoding && !w->to_utf8)
		splice_qp(w, ret);
	else if (e == MIME_QP)
		mime_qp_encode(whole, w->whole.len, &ret->middle);
	else if (e == MIME_BASE64)
		mime_base64_encode(whole, w->whole.len, &ret->middle);
	else
		buf_append(&ret->middle, whole, w->whole.len);
}

void
mime_appended_put(const struct text_part *part, const struct appended *a, struct buf *out)
{
	buf_append(out, part->body, a->head);
	buf_append(out, a->middle.data, a->middle.len);
	buf_append(out, part->body + part->len - a->tail, a->tail);
}

/* Does the result say what was meant, once it is decoded again? */
static bool
is_right(const struct work *w, const struct appended *ret)
{
	struct text_part part = {.encoding = ret->encoding};
	struct work again = {.part = &part};
	struct buf body = {0};
	bool right;

	mime_appended_put(w->part, ret, &body);
	part.body = buf_string(&body);
	part.len = body.len;
	right = decode(&again) == NULL && again.raw_len == w->whole.len &&
		memcmp(again.raw, w->whole.data, again.raw_len) == 0;
	work_free(&again);
	buf_free(&body);
	return right;
}

/* Where the addition goes; a byte order mark stays in front. */
static size_t
find_place(const struct work *w, const char *s, size_t len)
{
	if (w->part->html)
		return w->add->top ? html_top_place(s, len) : html_footer_place(s, len);
	if (!w->add->top)
		return len;
	return len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Neither encoded nor converted: the piece goes in as it is, and there is nothing to check. */
static bool
is_plain(const struct work *w)
{
	enum mime_encoding e = w->part->encoding;

	return !w->to_utf8 && e != MIME_QP && e != MIME_BASE64 && result_encoding(w) == e;
}

static void
splice_plain(struct work *w, struct appended *ret)
{
	splice_at(w, w->place, ret);
	ret->encoding = w->part->encoding;
	ret->middle = w->piece;
	w->piece = (struct buf){0};
}

static const char *
append(struct work *w, enum if_present if_present, struct appended *ret)
{
	const char *why = decode(w), *s;
	size_t len;

	if (why == NULL && w->part->html && w->raw_len > MAX_HTML_BYTES)
		why = "size";
	if (why == NULL)
		why = look(w);
	if (why == NULL)
		why = choose_charset(w);
	if (why != NULL)
		return why;
	s = w->to_utf8 ? buf_string(&w->utf8) : w->raw;
	len = w->to_utf8 ? w->utf8.len : w->raw_len;
	w->place = find_place(w, s, len);
	if (is_present(w, s, len, if_present))
		return "present";
	if (w->part->flowed && !w->part->html)
		flow(&w->piece);
	put_gap(w, s, len);
	if (is_plain(w)) {
		splice_plain(w, ret);
		return NULL;
	}
	buf_append(&w->whole, s, w->place);
	buf_append(&w->whole, w->piece.data, w->piece.len);
	buf_append(&w->whole, s + w->place, len - w->place);
	encode(w, ret);
	ret->to_utf8 = w->to_utf8;
	return is_right(w, ret) ? NULL : "selfcheck";
}

const char *
mime_append(const struct text_part *part, const struct addition *add,
	    enum if_present if_present, struct appended *ret)
{
	struct work w = {.part = part, .add = add};
	struct appended done = {0};
	const char *why;

	if (part->charset != NULL)
		w.charset = charset_find(part->charset, strlen(part->charset));
	why = append(&w, if_present, &done);
	work_free(&w);
	if (why != NULL)
		buf_free(&done.middle);
	else
		*ret = done;
	return why;
}
