/* Writes the new part. Where the old one can stay, new bytes are inserted into it: as they are,
 * as quoted-printable between two soft line breaks, or as base64 lines in the place of a few
 * old ones. Where the encoding or the charset changes, the whole part is written. In each case
 * what was written is decoded again and compared; near the insertion that is enough, because
 * the bytes further off are the old ones. */
#include "rewrite/part_edit.h"

#include <string.h>

#include "mime/fields.h"
#include "rewrite/text_reader.h"
#include "util/memory.h"
#include "util/str.h"

#define MAX_LINE_BYTES 998u /* RFC 5322, section 2.1.1 */
#define SEAM_BYTES     256u /* of text in front of the insertion that are decoded with it */
#define LONG_BYTES     (256u << 10) /* of a base64 text that is not rewritten */
#define STEP_BYTES     (64u << 10)  /* of text, encoded at once */

/* ---- writing into encoded text ---- */

/* Is new the old text with the insertion at place? */
static bool
is_old_with_insertion(const struct part_edit *edit, const struct buf *old, size_t place,
		      const struct buf *new)
{
	const struct buf *p = &edit->insertion;

	if (place > old->len || new->len != old->len + p->len)
		return false;
	return memcmp(new->data, old->data, place) == 0 &&
	       memcmp(new->data + place, p->data, p->len) == 0 &&
	       memcmp(new->data + place + p->len, old->data + place, old->len - place) == 0;
}

/* A range of a quoted-printable part that can be decoded alone, and its text. */
struct qp_region {
	size_t from, to; /* offsets in the part */
	struct buf text;
	size_t place; /* of the insertion in text */
};

/* Decodes the end of the part, at least from SEAM_BYTES in front of the place on. */
static void
decode_qp_end(const struct part_edit *edit, struct qp_region *ret)
{
	const char *s = edit->part->body;
	size_t len = edit->part->len, want = edit->len - edit->place + SEAM_BYTES, n = want;

	do {
		size_t at = n < len ? len - n : 0;

		ret->from = at == 0 ? 0 : mime_qp_find_cut(s, len, at);
		ret->to = len;
		buf_reset(&ret->text);
		(void)mime_qp_decode(s + ret->from, len - ret->from, &ret->text);
		n = n < len ? 2 * n : n;
	} while (ret->text.len < want && ret->from > 0);
	ret->place = edit->place - (edit->len - ret->text.len);
}

static void
decode_qp_begin(const struct part_edit *edit, struct qp_region *ret)
{
	const char *s = edit->part->body;
	size_t len = edit->part->len, at = mime_qp_find_octet(s, len, edit->place);

	ret->to = mime_line_next(s, len, at);
	(void)mime_qp_decode(s, ret->to, &ret->text);
	ret->place = edit->place;
}

/* Decodes the region again, with the new bytes in it. */
static bool
is_right_qp_region(const struct part_edit *edit, const struct qp_region *old,
		   const struct appended *ret)
{
	const char *s = edit->part->body;
	struct buf encoded = {0}, new = {0};
	bool right;

	buf_append(&encoded, s + old->from, ret->head - old->from);
	buf_append(&encoded, ret->middle.data, ret->middle.len);
	buf_append(&encoded, s + ret->head, old->to - ret->head);
	(void)mime_qp_decode((const char *)encoded.data, encoded.len, &new);
	right = is_old_with_insertion(edit, &old->text, old->place, &new);
	buf_free(&encoded);
	buf_free(&new);
	return right;
}

/* How an open line in front of the insertion, at body[at], is ended in quoted-printable. */
enum qp_line_end {
	QP_LINE_IS_ENDED,
	QP_LINE_NEEDS_BREAK, /* a soft line break */
	QP_LINE_NEEDS_END,   /* the line end of a soft line break that lacks it */
	/* Blanks and nothing else, which are no text: only a line end of the text can follow.
	 */
	QP_LINE_IS_BLANK,
};

/* Blanks at the end of the body are no text (RFC 2045, section 6.7, rule 3): "Hello= " ends in
 * a soft line break as "Hello=" does. In front of another place '=' is text, which was not
 * encoded.
 */
static enum qp_line_end
find_qp_line_end(const struct part_edit *edit, size_t at)
{
	const char *s = edit->part->body;
	bool at_end = part_edit_is_at_end(edit);
	size_t text = at_end ? str_trim_blanks(s, at) : at;

	if (text == 0 || s[text - 1] == '\n')
		return text == at ? QP_LINE_IS_ENDED : QP_LINE_IS_BLANK;
	return at_end && s[text - 1] == '=' ? QP_LINE_NEEDS_END : QP_LINE_NEEDS_BREAK;
}

static bool
begins_with_line_end(const struct buf *insertion)
{
	return insertion->len >= 2 && memcmp(insertion->data, "\r\n", 2) == 0;
}

static void
put_line_end_in_front(struct buf *insertion)
{
	struct buf whole = {0};

	buf_puts(&whole, "\r\n");
	buf_append(&whole, insertion->data, insertion->len);
	buf_free(insertion);
	*insertion = whole;
}

/* Ends an open line in front of the insertion at body[at], which may have to begin with a line
 * end for it. */
static void
end_qp_line(struct part_edit *edit, size_t at, struct buf *out)
{
	bool has_end = begins_with_line_end(&edit->insertion);

	switch (find_qp_line_end(edit, at)) {
	case QP_LINE_NEEDS_END:
		buf_puts(out, "\r\n");
		break;
	case QP_LINE_NEEDS_BREAK:
		if (!part_edit_is_at_end(edit) || !has_end)
			buf_puts(out, "=\r\n");
		break;
	case QP_LINE_IS_BLANK:
		if (!has_end)
			put_line_end_in_front(&edit->insertion);
		break;
	case QP_LINE_IS_ENDED:
		break;
	}
}

/* Line ends at the front of the insertion are written as they are, to end an open line. */
static void
write_qp_insertion(const struct part_edit *edit, struct buf *out)
{
	const char *insertion = (const char *)edit->insertion.data;
	size_t len = edit->insertion.len;

	for (; len >= 2 && memcmp(insertion, "\r\n", 2) == 0; insertion += 2, len -= 2)
		buf_puts(out, "\r\n");
	mime_qp_encode(insertion, len, out);
}

static bool
insert_into_qp(struct part_edit *edit, struct appended *ret)
{
	struct qp_region old = {.from = 0};
	bool right;

	if (edit->place > edit->len / 2 || part_edit_is_at_end(edit))
		decode_qp_end(edit, &old);
	else
		decode_qp_begin(edit, &old);
	ret->head = old.from + mime_qp_find_octet(edit->part->body + old.from,
						  old.to - old.from, old.place);
	if (part_edit_is_at_end(edit))
		ret->head = edit->part->len;
	ret->tail = edit->part->len - ret->head;
	end_qp_line(edit, ret->head, &ret->middle);
	write_qp_insertion(edit, &ret->middle);
	right = is_right_qp_region(edit, &old, ret);
	buf_free(&old.text);
	return right;
}

/* Appends empty lines until the insertion has whole quanta of three octets, so that the base64
 * behind it can stay. */
static void
pad_to_quantum(struct buf *insertion)
{
	while (insertion->len % 3 != 0)
		buf_puts(insertion, "\r\n");
}

/* Replaces the line with the place, or a few lines around it. The base64 is known to be of the
 * form, so what is in front of them and behind them is whole quanta, and stays. */
static bool
insert_into_base64(struct part_edit *edit, struct appended *ret)
{
	const char *s = edit->part->body;
	size_t len = edit->part->len, place;
	struct mime_base64_lines l = mime_base64_lines_around(s, len, edit->len, edit->place);
	struct buf old = {0}, text = {0}, new = {0};
	bool right = mime_base64_decode(s + l.from, l.to - l.from, &old);

	place = edit->place - l.before;
	if (l.to < len)
		pad_to_quantum(&edit->insertion);
	ret->head = l.from;
	ret->tail = len - l.to;
	if (right && place <= old.len) {
		buf_append(&text, old.data, place);
		buf_append(&text, edit->insertion.data, edit->insertion.len);
		buf_append(&text, old.data + place, old.len - place);
		mime_base64_encode((const char *)text.data, text.len, &ret->middle);
		right = mime_base64_decode((const char *)ret->middle.data, ret->middle.len,
					   &new) &&
			is_old_with_insertion(edit, &old, place, &new);
	}
	buf_free(&old);
	buf_free(&text);
	buf_free(&new);
	return right;
}

/* ---- writing the whole part ---- */

/* Passes the whole text with the insertion at its place to put, window by window, until put
 * returns false. */
static bool
for_each_window(const struct part_edit *edit, bool (*put)(void *ctx, const char *s, size_t len),
		void *ctx)
{
	const char *insertion = (const char *)edit->insertion.data;
	struct text_reader r = {.from = edit->from};
	bool good = true;

	text_reader_start(&r, edit->part->encoding, edit->part->body, edit->part->len);
	while (good && text_reader_next(&r)) {
		size_t n = 0;

		if (edit->place >= r.before && edit->place - r.before < r.len) {
			n = edit->place - r.before;
			good = put(ctx, r.s, n) && put(ctx, insertion, edit->insertion.len);
		}
		good = good && put(ctx, r.s + n, r.len - n);
	}
	if (good && edit->place == r.before)
		good = put(ctx, insertion, edit->insertion.len);
	good = good && r.error == MIME_EDIT_OK;
	text_reader_end(&r);
	return good;
}

/* A window may be the whole text. */
static bool
encode_text_window(void *ctx, const char *s, size_t len)
{
	while (len > 0 && !memory_is_over()) {
		size_t n = len < STEP_BYTES ? len : STEP_BYTES;

		mime_encoder_put(ctx, s, n);
		s += n;
		len -= n;
	}
	return len == 0;
}

/* The new part, which is read again and compared with what was meant. */
struct readback {
	struct text_reader r;
	size_t at; /* offset in its window */
};

static bool
compare_text_window(void *ctx, const char *s, size_t len)
{
	struct readback *p = ctx;

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
rewrite_part(const struct part_edit *edit, struct appended *ret)
{
	struct mime_encoder e = {.encoding = ret->encoding, .out = &ret->middle};
	struct readback p = {.at = 0};
	bool good = for_each_window(edit, encode_text_window, &e);

	mime_encoder_end(&e);
	if (!good)
		return false;
	text_reader_start(&p.r, ret->encoding, buf_string(&ret->middle), ret->middle.len);
	good = for_each_window(edit, compare_text_window, &p) && p.at == p.r.len &&
	       !text_reader_next(&p.r) && p.r.error == MIME_EDIT_OK;
	text_reader_end(&p.r);
	return good;
}

/* ---- the new part ---- */

/* Lines of the configuration are short enough, but "&#8364;" is longer than a euro sign. */
static bool
has_too_long_line(const char *s, size_t len)
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

/* The encoding of the new part. A 7-bit part never becomes an 8-bit one: the MTA keeps the body
 * type that the client declared at MAIL, and would send an 8-bit body as 7BIT. */
static enum mime_encoding
new_part_encoding(const struct part_edit *edit)
{
	const char *insertion = (const char *)edit->insertion.data;
	enum mime_encoding e = edit->part->encoding;
	bool ascii = str_is_ascii(insertion, edit->insertion.len) &&
		     (!edit->to_utf8 || edit->is_ascii);

	if (e == MIME_7BIT && !ascii)
		return MIME_QP;
	if ((e == MIME_7BIT || e == MIME_8BIT || e == MIME_BINARY) &&
	    (edit->add->as_qp || has_too_long_line(insertion, edit->insertion.len)))
		return MIME_QP;
	return e;
}

/* Neither encoded nor converted: the insertion goes in as it is, with nothing to check. */
static bool
insert_into_plain(struct part_edit *edit, struct appended *ret)
{
	ret->head = edit->place;
	ret->tail = edit->part->len - edit->place;
	ret->middle = edit->insertion;
	edit->insertion = (struct buf){0};
	return true;
}

bool
part_edit_write(struct part_edit *edit, struct appended *ret)
{
	enum mime_encoding e = new_part_encoding(edit);

	ret->encoding = e;
	ret->to_utf8 = edit->to_utf8;
	if (e != edit->part->encoding || edit->from != NULL)
		return rewrite_part(edit, ret);
	if (e == MIME_QP)
		return insert_into_qp(edit, ret);
	/* Empty lines of pad_to_quantum() are visible at the top, so only a long text gets
	 * them. */
	if (e == MIME_BASE64 && !edit->part->html && edit->add->top && edit->len < LONG_BYTES)
		return rewrite_part(edit, ret);
	if (e == MIME_BASE64)
		return insert_into_base64(edit, ret);
	return insert_into_plain(edit, ret);
}
