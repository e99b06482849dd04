/* Read, decide, add, and write as little as possible; then read what was written again and
 * compare. The text is never there as a whole, unless it is HTML. */
#include "mime/append.h"

#include <string.h>

#include "mime/charset.h"
#include "mime/fields.h"
#include "mime/html.h"
#include "mime/text_reader.h"
#include "mime/text_search.h"
#include "util/str.h"

#define MAX_HTML_BYTES (4u << 20)
#define MAX_LINE_BYTES 998u /* RFC 5322 2.1.1 */
#define SEAM_BYTES     256u /* in front of new text that are read again with it */
#define LONG_BYTES     (256u << 10)
#define TAIL_BYTES     256u  /* of a text that may hold what is looked for */
#define HTML_TAIL      1024u /* the same with the tags around it */

/* One part at work. */
struct work {
	const struct text_part *part;
	const struct addition *add;
	const struct charset *charset; /* NULL: unknown, or none written */
	struct text_reader text;       /* all of it was read; its end is there */
	size_t len;
	bool is_ascii;
	char head[3]; /* the text's first bytes */
	bool to_utf8;
	const struct charset
		*from;	  /* the bytes change on the way to UTF-8; NULL: they do not */
	struct buf piece; /* what is added, in the part's charset */
	size_t place;	  /* where in the text */
	size_t html_from; /* HTML from here on is enough to see what stands in front of it */
};

static void
work_free(struct work *w)
{
	text_reader_end(&w->text);
	buf_free(&w->piece);
}

/* ---- reading ---- */

/* A line that starts with mark, or goes on with it from a line that begins before s. */
static bool
has_line(const char *s, size_t len, bool is_start, const char *mark)
{
	size_t n = strlen(mark);
	const char *end = s + len, *p = s;

	while (p != NULL && (size_t)(end - p) >= n) {
		p = memmem(p, (size_t)(end - p), mark, n);
		if (p != NULL && (p == s ? is_start : p[-1] == '\n'))
			return true;
		if (p != NULL)
			p++;
	}
	return false;
}

/* A window, and as much in front of it as a mark that began there needs. */
static const char *
look(const struct work *w)
{
	static const struct {
		const char *mark, *why;
	} rows[] = {
		{"-----BEGIN PGP SIGNED MESSAGE-----", "signed"},
		{"-----BEGIN PGP MESSAGE-----", "encrypted"},
	};
	const struct text_reader *r = &w->text;

	if (memchr(r->s, '\0', r->len) != NULL &&
	    (w->charset == NULL || charset_is_ascii_superset(w->charset)))
		return "binary";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t back = r->back < strlen(rows[i].mark) ? r->back : strlen(rows[i].mark);

		if (has_line(r->s - back, r->len + back, back == r->before, rows[i].mark))
			return rows[i].why;
	}
	return NULL;
}

static void
note_window(struct work *w)
{
	const struct text_reader *r = &w->text;

	for (size_t i = 0; i < r->len && r->before + i < sizeof(w->head); i++)
		w->head[r->before + i] = r->s[i];
	w->len = r->before + r->len;
	w->is_ascii = w->is_ascii && str_is_ascii(r->s, r->len);
}

/* All of the text, as it is or converted. A part may hold many things, but none of look()'s. */
static const char *
read_text(struct work *w, const struct charset *from)
{
	const char *why = NULL;

	text_reader_end(&w->text);
	w->text = (struct text_reader){.from = from, .whole = w->part->html};
	w->len = 0;
	w->is_ascii = true;
	text_reader_start(&w->text, w->part->encoding, w->part->body, w->part->len);
	while (why == NULL && text_reader_next(&w->text)) {
		note_window(w);
		if (w->part->html && w->len > MAX_HTML_BYTES)
			why = "size";
		else if (from == NULL)
			why = look(w);
	}
	return why != NULL ? why : w->text.why;
}

/* The end of the text, all of it when it is HTML; returns its length. */
static size_t
text_end(const struct work *w, const char **ret)
{
	*ret = w->text.s - w->text.back;
	return w->text.back;
}

/* ---- charset ---- */

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
	bool same = w->charset == NULL || str_case_equal(charset_name(w->charset), "us-ascii");

	w->to_utf8 = true;
	if (same && w->is_ascii)
		return NULL;
	if (same)
		return read_text(w, charset_find("utf-8", strlen("utf-8")));
	w->from = w->charset;
	return read_text(w, w->from);
}

/* The charset of the result, and the addition in it. */
static const char *
choose_charset(struct work *w)
{
	const char *text = w->part->html ? w->add->html : w->add->text;
	size_t len = w->part->html ? w->add->html_len : w->add->text_len;
	bool fits;

	if (w->charset != NULL && is_wide(w->charset)) {
		buf_append(&w->piece, text, len);
		return convert(w);
	}
	if (str_is_ascii(text, len)) { /* even when the charset is unknown */
		buf_append(&w->piece, text, len);
		return NULL;
	}
	if (w->part->charset != NULL && w->charset == NULL)
		return "charset";
	fits = w->charset != NULL && !str_case_equal(charset_name(w->charset), "us-ascii") &&
	       charset_from_utf8(w->charset, text, len, &w->piece) == 0;
	if (fits)
		return NULL;
	buf_append(&w->piece, text, len);
	return convert(w);
}

/* ---- place ---- */

/* How much of a text that ends with the addition shows that it does, most often. */
static size_t
enough_to_see(const struct work *w)
{
	return 2 * w->piece.len + (w->part->html ? HTML_TAIL : TAIL_BYTES);
}

/* Where the addition goes; a byte order mark stays in front. */
static size_t
find_place(struct work *w)
{
	const char *s;
	size_t len = text_end(w, &s);

	if (w->part->html && w->add->top)
		return html_find_top_place(s, len);
	if (w->part->html)
		return html_find_footer_place(s, len, enough_to_see(w), &w->html_from);
	if (!w->add->top)
		return w->len;
	return w->len >= 3 && memcmp(w->head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* What the text is written in as it was read last, when that is not UTF-8. */
static const struct charset *
read_in(const struct work *w)
{
	if (w->to_utf8 || w->charset == NULL || charset_is_utf8(w->charset))
		return NULL;
	return w->charset;
}

/* In the last bytes of what is in front of the addition, more of them until it is clear; -1:
 * there are no more. from: the least to look at. */
static int
is_in_tail(const struct work *w, const char *s, size_t len, bool is_all,
	   const struct buf *wanted)
{
	const struct charset *cs = read_in(w);
	size_t n = enough_to_see(w);
	int found = -1;

	if (cs != NULL && !charset_is_ascii_superset(cs))
		return -1;
	if (w->part->html)
		n = len - w->html_from;
	for (;; n *= 8) {
		size_t begin = n < len ? len - n : 0;

		found = search_tail(cs, w->part->html, s + begin, len - begin,
				    is_all && begin == 0, wanted);
		if (found >= 0 || begin == 0 || w->part->html)
			return found;
	}
}

static bool
is_in_html(const struct work *w, const struct buf *wanted, enum search_where where)
{
	struct buf there = {0};
	const char *s;
	size_t len = text_end(w, &s);
	int found = -1;

	if (where == SEARCH_END) {
		len = w->place;
		found = is_in_tail(w, s, len, true, wanted);
	} else if (where == SEARCH_BEGIN) {
		s += w->place;
		len -= w->place;
	}
	if (found < 0) {
		search_normalize(read_in(w), true, s, len, where, &there);
		found = search_match(&there, wanted, where);
	}
	buf_free(&there);
	return found > 0;
}

static bool
is_in_text(const struct work *w, const struct buf *wanted, enum search_where where)
{
	const char *s;
	size_t len = text_end(w, &s);
	int found = -1;

	/* What is there as a whole is not looked at as a whole either. */
	if (len > TEXT_READER_BACK_BYTES) {
		s += len - TEXT_READER_BACK_BYTES;
		len = TEXT_READER_BACK_BYTES;
	}
	if (where == SEARCH_END)
		found = is_in_tail(w, s, len, len == w->len, wanted);
	if (found >= 0)
		return found > 0;
	return search_part(w->part, w->from != NULL ? w->from : read_in(w),
			   where == SEARCH_BEGIN ? w->place : 0, wanted, where);
}

static bool
is_present(const struct work *w, enum if_present how)
{
	enum search_where where = how == IF_PRESENT_THREAD ? SEARCH_ANYWHERE
				  : w->add->top		   ? SEARCH_BEGIN
							   : SEARCH_END;
	struct buf wanted = {0};
	bool found;

	if (how == IF_PRESENT_ADD)
		return false;
	search_normalize(read_in(w), w->part->html, (const char *)w->piece.data, w->piece.len,
			 where, &wanted);
	found = w->part->html ? is_in_html(w, &wanted, where) : is_in_text(w, &wanted, where);
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
put_gap(struct work *w)
{
	struct buf piece = {0};
	const char *s;
	size_t len = text_end(w, &s);

	if (w->part->html) {
		if (w->place > 0 && s[w->place - 1] != '\n')
			buf_puts(&piece, "\r\n");
	} else if (!w->add->top) {
		buf_puts(&piece, text_gap(s, len, w->part->flowed));
	}
	buf_append(&piece, w->piece.data, w->piece.len);
	if (!w->part->html && w->add->top && w->place < w->len)
		buf_puts(&piece, "\r\n");
	buf_free(&w->piece);
	w->piece = piece;
}

/* ---- writing into encoded text ---- */

/* Is new the old text with the piece in one place? */
static bool
is_insertion(const struct work *w, const struct buf *old, size_t place, const struct buf *new)
{
	const struct buf *p = &w->piece;

	return place <= old->len &&
	       new->len == old->len + p->len &&memcmp(new->data, old->data, place) == 0 &&
	       memcmp(new->data + place, p->data, p->len) == 0 &&
	       memcmp(new->data + place + p->len, old->data + place, old->len - place) == 0;
}

/* Is the addition at the end of text/plain? */
static bool
is_at_end(const struct work *w)
{
	return !w->part->html && !w->add->top;
}

/* A stretch of quoted-printable, and what it decodes to; lines of it mean the same alone. */
struct stretch {
	size_t from, to; /* of the part */
	struct buf text;
	size_t place; /* in text */
};

/* What decodes to the text from the place on at least, and some in front of it. */
static void
find_end(const struct work *w, struct stretch *ret)
{
	const char *s = w->part->body;
	size_t len = w->part->len, want = w->len - w->place + SEAM_BYTES, n = want;

	do {
		size_t at = n < len ? len - n : 0;

		ret->from = at == 0 ? 0 : mime_qp_find_cut(s, len, at);
		ret->to = len;
		buf_reset(&ret->text);
		(void)mime_qp_decode(s + ret->from, len - ret->from, &ret->text);
		n = n < len ? 2 * n : n;
	} while (ret->text.len < want && ret->from > 0);
	ret->place = w->place - (w->len - ret->text.len);
}

static void
find_begin(const struct work *w, struct stretch *ret)
{
	const char *s = w->part->body;
	size_t len = w->part->len, at = mime_qp_find_octet(s, len, w->place);

	ret->to = mime_line_next(s, len, at);
	(void)mime_qp_decode(s, ret->to, &ret->text);
	ret->place = w->place;
}

/* Reads it again with the new bytes in it. */
static bool
is_right_qp(const struct work *w, const struct stretch *old, const struct appended *ret)
{
	const char *s = w->part->body;
	struct buf encoded = {0}, new = {0};
	bool right;

	buf_append(&encoded, s + old->from, ret->head - old->from);
	buf_append(&encoded, ret->middle.data, ret->middle.len);
	buf_append(&encoded, s + ret->head, old->to - ret->head);
	(void)mime_qp_decode((const char *)encoded.data, encoded.len, &new);
	right = is_insertion(w, &old->text, old->place, &new);
	buf_free(&encoded);
	buf_free(&new);
	return right;
}

/* Ends an open or soft-broken line in front of what is put there. A line end that the piece
 * brings would be lost behind a '='. */
static void
end_line(const struct work *w, size_t at, struct buf *out)
{
	char last = at > 0 ? w->part->body[at - 1] : '\n';
	bool has_end = w->piece.len >= 2 && memcmp(w->piece.data, "\r\n", 2) == 0;

	if (last == '=')
		buf_puts(out, "\r\n");
	else if (last != '\n' && !(is_at_end(w) && has_end))
		buf_puts(out, "=\r\n");
}

/* The encoder makes no empty first line; the piece's own one is a line end here. */
static void
put_qp(const struct work *w, struct buf *out)
{
	const char *piece = (const char *)w->piece.data;
	size_t len = w->piece.len;

	for (; len >= 2 && memcmp(piece, "\r\n", 2) == 0; piece += 2, len -= 2)
		buf_puts(out, "\r\n");
	mime_qp_encode(piece, len, out);
}

/* Only what is near the place is read again: the bytes further off are the old ones. */
static bool
splice_qp(const struct work *w, struct appended *ret)
{
	struct stretch old = {.from = 0};
	bool right;

	if (w->place > w->len / 2 || is_at_end(w))
		find_end(w, &old);
	else
		find_begin(w, &old);
	ret->head = old.from +
		    mime_qp_find_octet(w->part->body + old.from, old.to - old.from, old.place);
	if (is_at_end(w))
		ret->head = w->part->len;
	ret->tail = w->part->len - ret->head;
	end_line(w, ret->head, &ret->middle);
	put_qp(w, &ret->middle);
	right = is_right_qp(w, &old, ret);
	buf_free(&old.text);
	return right;
}

/* What follows in base64 stays as it is when whole quanta were put in front of it: empty lines
 * fill the last one. */
static void
fill_quantum(struct buf *piece)
{
	while (piece->len % 3 != 0)
		buf_puts(piece, "\r\n");
}

/* The line with the place, or a few, are written anew. What is around them are whole quanta of
 * digits, as is known of base64 of the form, so it need not be read again. */
static bool
splice_base64(struct work *w, struct appended *ret)
{
	const char *s = w->part->body;
	size_t len = w->part->len, place;
	struct mime_base64_lines l = mime_base64_lines_around(s, len, w->len, w->place);
	struct buf old = {0}, text = {0}, new = {0};
	bool right = mime_base64_decode(s + l.from, l.to - l.from, &old);

	place = w->place - l.before;
	if (l.to < len)
		fill_quantum(&w->piece);
	ret->head = l.from;
	ret->tail = len - l.to;
	if (right && place <= old.len) {
		buf_append(&text, old.data, place);
		buf_append(&text, w->piece.data, w->piece.len);
		buf_append(&text, old.data + place, old.len - place);
		mime_base64_encode((const char *)text.data, text.len, &ret->middle);
		right = mime_base64_decode((const char *)ret->middle.data, ret->middle.len,
					   &new) &&
			is_insertion(w, &old, place, &new);
	}
	buf_free(&old);
	buf_free(&text);
	buf_free(&new);
	return right;
}

/* ---- writing all anew ---- */

/* Hands on the whole text with the piece in its place, until put says that it is enough. */
static bool
each_window(const struct work *w, bool (*put)(void *ctx, const char *s, size_t len), void *ctx)
{
	const char *piece = (const char *)w->piece.data;
	struct text_reader r = {.from = w->from};
	bool good = true;

	text_reader_start(&r, w->part->encoding, w->part->body, w->part->len);
	while (good && text_reader_next(&r)) {
		size_t n = 0;

		if (w->place >= r.before && w->place - r.before < r.len) {
			n = w->place - r.before;
			good = put(ctx, r.s, n) && put(ctx, piece, w->piece.len);
		}
		good = good && put(ctx, r.s + n, r.len - n);
	}
	if (good && w->place == r.before)
		good = put(ctx, piece, w->piece.len);
	good = good && r.why == NULL;
	text_reader_end(&r);
	return good;
}

static bool
encode_window(void *ctx, const char *s, size_t len)
{
	mime_encoder_put(ctx, s, len);
	return true;
}

/* The new part, read again. */
struct proof {
	struct text_reader r;
	size_t at; /* of its window */
};

static bool
proof_takes(void *ctx, const char *s, size_t len)
{
	struct proof *p = ctx;

	while (len > 0) {
		size_t n;

		if (p->at == p->r.len) {
			if (!text_reader_next(&p->r))
				return false;
			p->at = 0;
		}
		n = p->r.len - p->at < len ? p->r.len - p->at : len;
		if (memcmp(p->r.s + p->at, s, n) != 0)
			return false;
		p->at += n;
		s += n;
		len -= n;
	}
	return true;
}

static bool
write_anew(const struct work *w, struct appended *ret)
{
	struct mime_encoder e = {.encoding = ret->encoding, .out = &ret->middle};
	struct proof p = {.at = 0};
	bool good = each_window(w, encode_window, &e);

	mime_encoder_end(&e);
	if (!good)
		return false;
	text_reader_start(&p.r, ret->encoding, buf_string(&ret->middle), ret->middle.len);
	good = each_window(w, proof_takes, &p) && p.at == p.r.len && !text_reader_next(&p.r) &&
	       p.r.why == NULL;
	text_reader_end(&p.r);
	return good;
}

/* ---- the part ---- */

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
	bool ascii = str_is_ascii(piece, w->piece.len) && (!w->to_utf8 || w->is_ascii);

	if (e == MIME_7BIT && !ascii)
		return MIME_QP;
	if ((e == MIME_7BIT || e == MIME_8BIT || e == MIME_BINARY) &&
	    (w->add->as_qp || has_long_line(piece, w->piece.len)))
		return MIME_QP;
	return e;
}

/* Neither encoded nor converted: the piece goes in as it is, and there is nothing to check. */
static bool
splice_plain(struct work *w, struct appended *ret)
{
	ret->head = w->place;
	ret->tail = w->part->len - w->place;
	ret->middle = w->piece;
	w->piece = (struct buf){0};
	return true;
}

static bool
write_part(struct work *w, struct appended *ret)
{
	enum mime_encoding e = result_encoding(w);

	ret->encoding = e;
	ret->to_utf8 = w->to_utf8;
	if (e != w->part->encoding || w->from != NULL)
		return write_anew(w, ret);
	if (e == MIME_QP)
		return splice_qp(w, ret);
	/* Empty lines are seen at the top of a text, so they are worth it for a long one. */
	if (e == MIME_BASE64 && !w->part->html && w->add->top && w->len < LONG_BYTES)
		return write_anew(w, ret);
	if (e == MIME_BASE64)
		return splice_base64(w, ret);
	return splice_plain(w, ret);
}

static const char *
append(struct work *w, enum if_present if_present, struct appended *ret)
{
	const char *why = NULL;

	if (w->part->encoding == MIME_UNKNOWN_ENCODING)
		return "encoding";
	why = read_text(w, NULL);
	if (why == NULL)
		why = choose_charset(w);
	if (why != NULL)
		return why;
	w->place = find_place(w);
	if (is_present(w, if_present))
		return "present";
	if (w->part->flowed && !w->part->html)
		flow(&w->piece);
	put_gap(w);
	return write_part(w, ret) ? NULL : "selfcheck";
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
