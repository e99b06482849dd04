/* Writes the value of a field with its edits. The text is walked once. Blanks are held back
 * until what follows is known, because the blank between two encoded words is not shown (RFC
 * 2047, section 6.2): a blank that is to be shown there goes into a word. */
#include <string.h>

#include "content/field.h"
#include "content/field_edit_marks.h"
#include "util/str.h"

#define WORD_LINE_BYTES	 76u /* of a line with encoded words: RFC 2047, section 2 */
#define WORD_FRAME_BYTES 12u /* "=?UTF-8?Q?" and "?=" */
#define LONGEST_CHAR	 4u  /* bytes of a character that is not encoded */

struct field_writer {
	const struct field_edits *e;
	struct buf *out;
	struct buf coded;    /* the text of the encoded word that is not written yet */
	struct buf held;     /* blanks, as bytes of the value, that are not written yet */
	bool held_shown;     /* one of them is shown */
	bool after_word;     /* out ends with an encoded word */
	bool after_new_word; /* with one that was written anew and must not touch text */
	bool glued_left;     /* the text that is put comes from a word that touched text */
	bool glued_right;
	bool drop_gap; /* the word in front of the next blanks was removed */
	size_t at;     /* the bytes of the value before are dealt with */
};

static bool
ends_with_blank(const struct buf *b)
{
	return b->len > 0 &&
	       (str_is_blank((char)b->data[b->len - 1]) || b->data[b->len - 1] == '\n');
}

/* A line of blanks alone is left out, since MTAs do not keep it. */
static void
write_held_blanks(struct field_writer *w)
{
	const unsigned char *s = w->held.data;
	size_t len = w->held.len;
	const unsigned char *lf = len == 0 ? NULL : memrchr(s, '\n', len);

	if (lf != NULL && memchr(s, '\n', (size_t)(lf - s)) != NULL) {
		len -= (size_t)(lf - s);
		s = lf;
	}
	if (w->out->len > 0 || !w->held_shown || !w->e->decode)
		buf_append(w->out, s, len);
	buf_reset(&w->held);
	w->held_shown = false;
}

static size_t
current_column(const struct field_writer *w)
{
	const struct buf *out = w->out;
	const unsigned char *lf = out->len == 0 ? NULL : memrchr(out->data, '\n', out->len);

	if (lf != NULL)
		return (size_t)(out->data + out->len - lf) - 1;
	return out->len + strlen(w->e->name) + 2;
}

/* Puts a line end in front of the blank at the end of out, when the word does not fit into the
 * line. Returns the column behind it. */
static size_t
fold_before_word(struct field_writer *w)
{
	size_t column = current_column(w), need = WORD_FRAME_BYTES + 3 * w->coded.len;
	struct buf *out = w->out;

	if (column + need <= WORD_LINE_BYTES || out->len < 2 || !ends_with_blank(out) ||
	    out->data[out->len - 1] == '\n' || str_is_blank((char)out->data[out->len - 2]) ||
	    out->data[out->len - 2] == '\n')
		return column;
	buf_putc(out, out->data[out->len - 1]);
	out->data[out->len - 2] = '\n';
	return 1;
}

static void
write_coded_word(struct field_writer *w)
{
	if (w->coded.len == 0)
		return;
	mime_encode_words((const char *)w->coded.data, w->coded.len, fold_before_word(w),
			  w->out);
	buf_reset(&w->coded);
	w->after_word = w->after_new_word = true;
}

static void
put_literal(struct field_writer *w, const char *s, size_t len)
{
	if (len == 0)
		return;
	if (len == 1 && str_is_blank(*s)) {
		buf_append(&w->held, s, len);
		w->held_shown = true;
		return;
	}
	write_coded_word(w);
	write_held_blanks(w);
	if (w->after_new_word && !w->glued_right && !ends_with_blank(w->out) && *s != ')')
		buf_putc(w->out, ' ');
	buf_append(w->out, s, len);
	w->after_word = w->after_new_word = false;
}

static void
put_coded(struct field_writer *w, const char *s, size_t len)
{
	bool shown = w->held_shown && (w->coded.len > 0 || w->after_word);

	if (w->coded.len > 0) {
		buf_reset(&w->held); /* the two become one word */
		w->held_shown = false;
	} else {
		write_held_blanks(w);
		if (w->out->len > 0 && !ends_with_blank(w->out) && !w->glued_left &&
		    w->out->data[w->out->len - 1] != '(')
			buf_putc(w->out, ' ');
	}
	if (shown)
		buf_putc(&w->coded, ' ');
	buf_append(&w->coded, s, len);
}

/* A word whose bytes stay. */
static void
put_raw_word(struct field_writer *w, size_t from, size_t to)
{
	bool shown = w->held_shown && (w->coded.len > 0 || w->after_word);

	if (shown && w->coded.len == 0)
		write_held_blanks(w);
	if (shown)
		buf_putc(&w->coded, ' ');
	if (w->coded.len > 0 && w->held.len == 0)
		buf_putc(&w->held, ' ');
	write_coded_word(w);
	write_held_blanks(w);
	if (from > 0 && strchr(" \t\n", w->e->value[from - 1]) != NULL && w->out->len > 0 &&
	    !ends_with_blank(w->out))
		buf_putc(w->out, ' ');
	buf_append(w->out, w->e->value + from, to - from);
	w->after_word = true;
	w->after_new_word = false;
}

/* The bytes of the value before offset to of which nothing is shown: blanks, mostly. */
static void
put_gap(struct field_writer *w, size_t to)
{
	if (to <= w->at)
		return;
	if (!w->drop_gap)
		buf_append(&w->held, w->e->value + w->at, to - w->at);
	w->at = to;
}

static void
note_glue(struct field_writer *w, const struct header_origin *o)
{
	const char *value = w->e->value;

	w->glued_left = o->kind == ORIGIN_WORD && o->from > 0 &&
			strchr(" \t\n", value[o->from - 1]) == NULL;
	w->glued_right = o->kind == ORIGIN_WORD && strchr(" \t\n", value[o->to]) == NULL;
}

/* Byte i of the text, which no edit replaces. */
static void
put_text_byte(struct field_writer *w, size_t i)
{
	const struct header_origin *o = &field_origins(w->e)[i];
	enum field_mark mark = (enum field_mark)w->e->marks.data[i];

	put_gap(w, o->from);
	w->drop_gap = false;
	if (mark == MARK_CODE) {
		note_glue(w, o);
		put_coded(w, (const char *)w->e->text.data + i, 1);
	} else if (mark == MARK_KEEP && w->at < o->to) {
		if (o->to - o->from > LONGEST_CHAR)
			put_raw_word(w, o->from, o->to);
		else
			put_literal(w, w->e->value + w->at, o->to - w->at);
	}
	if (w->at < o->to)
		w->at = o->to;
}

/* Text next to an edit that goes into an encoded word takes what the edit inserts with it. */
static bool
is_amid_coded_text(const struct field_edits *e, const struct field_edit *edit)
{
	size_t from = edit->from, to = edit->to;

	return from > 0 && to < e->text.len && e->marks.data[from - 1] == MARK_CODE &&
	       e->marks.data[to] == MARK_CODE;
}

static void
put_insertion(struct field_writer *w, const struct field_edit *edit)
{
	const struct field_edits *e = w->e;
	bool all = is_amid_coded_text(e, edit);

	for (size_t i = edit->inserted; i < edit->inserted + edit->len; i++) {
		const char *s = (const char *)e->inserted.data + i;

		if (all || e->coded.data[i])
			put_coded(w, s, 1);
		else
			put_literal(w, s, 1);
	}
}

static void
put_edit(struct field_writer *w, const struct field_edit *edit)
{
	const struct header_origin *o = field_origins(w->e);

	if (edit->to > edit->from)
		put_gap(w, o[edit->from].from);
	w->drop_gap = false;
	w->glued_left = w->glued_right = false;
	if (edit->to > edit->from)
		note_glue(w, &o[edit->from]);
	put_insertion(w, edit);
	if (edit->to == edit->from)
		return;
	note_glue(w, &o[edit->to - 1]);
	if (w->at < o[edit->to - 1].to)
		w->at = o[edit->to - 1].to;
	w->drop_gap =
		edit->len == 0 && o[edit->to - 1].kind == ORIGIN_WORD && w->coded.len == 0;
}

/* Blanks at the end stay, but not on a line of their own. */
static void
put_end(struct field_writer *w)
{
	put_gap(w, strlen(w->e->value));
	write_coded_word(w);
	if (w->held.len > 0 && memchr(w->held.data, '\n', w->held.len) != NULL &&
	    w->held.data[w->held.len - 1] <= ' ')
		buf_reset(&w->held);
	write_held_blanks(w);
}

/* Folds lines above FIELD_MAX_LINE bytes. A piece without blanks stays as it is. */
static void
fold_long_lines(const char *name, struct buf *out)
{
	struct buf folded = {0};
	const char *s = buf_string(out), *end = s + out->len;
	size_t column = strlen(name) + 2;

	while (s < end) {
		size_t n = strcspn(s, "\n");

		if (column + n > FIELD_MAX_LINE)
			field_fold_line(column, s, n, &folded);
		else
			buf_append(&folded, s, n);
		s += n;
		if (*s == '\n')
			buf_putc(&folded, (unsigned char)*s++);
		column = 0;
	}
	buf_reset(out);
	buf_append(out, folded.data, folded.len);
	buf_free(&folded);
}

void
field_edits_render(const struct field_edits *e, const struct field_edit *edits, size_t n,
		   struct buf *out)
{
	struct field_writer w = {.e = e, .out = out};
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		for (; at < edits[i].from; at++)
			put_text_byte(&w, at);
		put_edit(&w, &edits[i]);
		at = edits[i].to;
	}
	for (; at < e->text.len; at++)
		put_text_byte(&w, at);
	put_end(&w);
	fold_long_lines(e->name, out);
	buf_free(&w.coded);
	buf_free(&w.held);
}
