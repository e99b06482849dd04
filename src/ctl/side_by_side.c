/* Writes three texts beside each other: see side_by_side.h.
 *
 * A row has the same line in all three columns, or belongs to a change: from a line that is not
 * the same everywhere up to the next one that is. The lines of a change are written from its
 * begin on, so that a line and what became of it stand beside each other. */
#include "ctl/side_by_side.h"

#include <string.h>

#include "ctl/differences.h"
#include "ctl/line_diff.h"
#include "ctl/mail_after.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#define TEXT_BYTES 262144u /* of a longer message not all is compared */
#define CUT_BYTES  16384u  /* that are left at each end of what is cut */
#define LINE_BYTES 400u	   /* that are shown of a line */
#define CONTEXT	   3u	   /* unchanged lines around a change */
#define RUN_MAX	   10u	   /* so many unchanged lines are all shown */

struct place {
	size_t in, old, new; /* numbers of lines */
};

struct column {
	bool is_delivered;
	struct buf text;
	struct line_diff diff; /* of the message as it goes in, and as it comes out */
};

struct three_columns {
	struct buf *out;
	size_t limit; /* of out */
	struct buf in;
	struct column old, new;
	struct diff_lines lines; /* of what goes in */
};

void
html_append_escaped(struct buf *out, const char *text, size_t len)
{
	struct buf readable = {0};

	str_append_readable(&readable, text, len);
	for (size_t i = 0; i < readable.len; i++) {
		unsigned char c = readable.data[i];

		if (c == '&')
			buf_puts(out, "&amp;");
		else if (c == '<')
			buf_puts(out, "&lt;");
		else if (c == '>')
			buf_puts(out, "&gt;");
		else if (c == '"')
			buf_puts(out, "&quot;");
		else if (c == '\'')
			buf_puts(out, "&#39;");
		else
			buf_putc(out, c);
	}
	buf_free(&readable);
}

/* The texts. */

/* Cuts bytes out of a text, at the ends of lines: as many as lie between both offsets. */
static void
cut_out(struct buf *text, size_t from, size_t to)
{
	struct buf cut = {0};

	while (from > 0 && text->data[from - 1] != '\n')
		from--;
	while (to < text->len && text->data[to - 1] != '\n')
		to++;
	buf_append(&cut, text->data, from);
	buf_printf(&cut, "[%zu bytes are not shown]\n", to - from);
	buf_append(&cut, text->data + to, text->len - to);
	buf_free(text);
	*text = cut;
}

/* Where the body begins. */
static size_t
find_body(const struct buf *text)
{
	const char *end = memmem(text->data, text->len, "\n\n", 2);

	return end != NULL ? (size_t)(end - (const char *)text->data) + 2 : text->len;
}

/* The number of bytes with which all three bodies begin, or end. */
static size_t
measure_common_bytes(struct buf *const texts[3], bool at_end)
{
	const unsigned char *from[3];
	size_t n = 0, least = SIZE_MAX;

	for (unsigned i = 0; i < 3; i++) {
		size_t at = find_body(texts[i]), len = texts[i]->len - at;

		from[i] = texts[i]->data + (at_end ? texts[i]->len - 1 : at);
		least = len < least ? len : least;
	}
	for (; n < least && *from[0] == *from[1] && *from[0] == *from[2]; n++)
		for (unsigned i = 0; i < 3; i++)
			from[i] += at_end ? -1 : 1;
	return n;
}

/* Cuts long texts: first what is the same in all three bodies, so that the rest stays beside
 * each other. */
static void
cut_texts(struct buf *const texts[3])
{
	size_t n;

	if (texts[0]->len <= TEXT_BYTES && texts[1]->len <= TEXT_BYTES &&
	    texts[2]->len <= TEXT_BYTES)
		return;
	n = measure_common_bytes(texts, true);
	for (unsigned i = 0; i < 3 && n > 3 * CUT_BYTES; i++)
		cut_out(texts[i], texts[i]->len - n + CUT_BYTES, texts[i]->len - CUT_BYTES);
	n = measure_common_bytes(texts, false);
	for (unsigned i = 0; i < 3 && n > 3 * CUT_BYTES; i++) {
		size_t at = find_body(texts[i]);

		cut_out(texts[i], at + CUT_BYTES, at + n - CUT_BYTES);
	}
	for (unsigned i = 0; i < 3; i++)
		if (texts[i]->len > TEXT_BYTES)
			cut_out(texts[i], TEXT_BYTES / 2, texts[i]->len - TEXT_BYTES / 2);
}

static void
write_text(struct buf *text, struct arena *arena, const struct mta_message *message,
	   const struct mta_change *changes)
{
	struct mail_after after = mail_after_apply(arena, message, changes);

	mail_after_write(&after, text);
	mail_mask_boundaries((char *)text->data, text->len);
}

/* Of a message that is not delivered: nothing is different. */
static void
write_column(struct column *c, struct arena *arena, const struct mta_message *message,
	     const struct offline_result *r)
{
	c->is_delivered =
		r->outcome.reply == REPLY_CONTINUE || r->outcome.reply == REPLY_ACCEPT;
	write_text(&c->text, arena, message, c->is_delivered ? r->outcome.changes : NULL);
}

static void
compare_column(struct column *c, const struct buf *in)
{
	line_diff_make(&c->diff, (const char *)in->data, in->len, (const char *)c->text.data,
		       c->text.len);
}

static void
free_column(struct column *c)
{
	line_diff_free(&c->diff);
	buf_free(&c->text);
}

/* Rows. */

static void
append_cell(struct three_columns *t, const struct diff_line *line, const char *element)
{
	size_t len = line->len < LINE_BYTES ? line->len : LINE_BYTES;

	buf_puts(t->out, "<td>");
	if (element != NULL)
		buf_printf(t->out, "<%s>%c ", element, element[0] == 'd' ? '-' : '+');
	html_append_escaped(t->out, line->text, len);
	if (len < line->len)
		buf_printf(t->out, " <i>[%zu bytes more]</i>", line->len - len);
	if (element != NULL)
		buf_printf(t->out, "</%s>", element);
	buf_puts(t->out, "</td>");
}

static void
append_no_cell(struct three_columns *t, bool is_delivered)
{
	buf_puts(t->out, is_delivered ? "<td></td>" : "<td class=\"none\"></td>");
}

/* A line of a column that ends before line `end`. */
static void
append_column_cell(struct three_columns *t, const struct column *c, size_t line, size_t end)
{
	if (!c->is_delivered || line >= end)
		append_no_cell(t, c->is_delivered);
	else
		append_cell(t, &c->diff.b.line[line], c->diff.added[line] ? "ins" : NULL);
}

static bool
is_deleted(const struct three_columns *t, size_t line)
{
	return t->old.diff.deleted[line] || t->new.diff.deleted[line];
}

/* The lines from one place to another, which begin beside each other. */
static void
append_rows(struct three_columns *t, struct place from, struct place to)
{
	while ((from.in < to.in || from.old < to.old || from.new < to.new) &&
	       t->out->len < t->limit) {
		buf_puts(t->out, "<tr>");
		if (from.in < to.in)
			append_cell(t, &t->lines.line[from.in],
				    is_deleted(t, from.in) ? "del" : NULL);
		else
			append_no_cell(t, true);
		append_column_cell(t, &t->old, from.old, to.old);
		append_column_cell(t, &t->new, from.new, to.new);
		buf_puts(t->out, "</tr>\n");
		from.in++;
		from.old++;
		from.new ++;
	}
}

static struct place
move_place(struct place p, size_t lines)
{
	return (struct place){p.in + lines, p.old + lines, p.new + lines};
}

/* Lines that are the same in all columns; of many of them those at the changes. */
static void
append_same_rows(struct three_columns *t, struct place from, struct place to, bool is_last)
{
	size_t n = to.in - from.in;
	bool is_first = from.in == 0;

	if (n <= RUN_MAX) {
		append_rows(t, from, to);
		return;
	}

	struct place begin = move_place(from, is_first ? CONTEXT + 2 : CONTEXT);
	struct place end = is_last ? to : move_place(from, n - CONTEXT);

	append_rows(t, from, begin);
	buf_printf(t->out, "<tr class=\"same\"><td colspan=\"3\">%zu lines alike</td></tr>\n",
		   end.in - begin.in);
	append_rows(t, end, to);
}

/* The end of the change that begins at p: p itself when there is none. */
static struct place
find_change_end(const struct three_columns *t, struct place p)
{
	for (;;) {
		while (p.old < t->old.diff.b.n && t->old.diff.added[p.old])
			p.old++;
		while (p.new < t->new.diff.b.n && t->new.diff.added[p.new])
			p.new ++;
		if (p.in == t->lines.n || !is_deleted(t, p.in))
			return p;
		p.old += !t->old.diff.deleted[p.in];
		p.new += !t->new.diff.deleted[p.in];
		p.in++;
	}
}

static bool
places_equal(struct place a, struct place b)
{
	return a.in == b.in && a.old == b.old && a.new == b.new;
}

static void
append_all_rows(struct three_columns *t)
{
	struct place same = {0, 0, 0}, p = same;

	while (p.in < t->lines.n || !places_equal(p, find_change_end(t, p))) {
		struct place end = find_change_end(t, p);

		if (places_equal(p, end)) {
			p = move_place(p, 1);
			continue;
		}
		append_same_rows(t, same, p, false);
		append_rows(t, p, end);
		same = p = end;
	}
	append_same_rows(t, same, p, true);
	if (t->out->len >= t->limit)
		buf_puts(t->out,
			 "<tr class=\"same\"><td colspan=\"3\">more is not shown</td></tr>\n");
}

static void
append_heading(struct three_columns *t, struct arena *arena, const char *title,
	       const struct offline_result *r)
{
	const char *verdict = difference_describe_verdict(arena, r);

	buf_printf(t->out, "<th>%s<br><b>", title);
	html_append_escaped(t->out, verdict, strlen(verdict));
	buf_puts(t->out, "</b></th>");
}

void
side_by_side_write(struct buf *out, struct arena *arena, const struct mta_message *message,
		   const struct offline_result *old, const struct offline_result *new)
{
	struct three_columns t = {.out = out, .limit = out->len + SIDE_BY_SIDE_MAX};

	write_text(&t.in, arena, message, NULL);
	write_column(&t.old, arena, message, old);
	write_column(&t.new, arena, message, new);
	cut_texts((struct buf *const[3]){&t.in, &t.old.text, &t.new.text});
	compare_column(&t.old, &t.in);
	compare_column(&t.new, &t.in);
	t.lines = t.old.diff.a;
	buf_puts(out, "<table>\n<tr><th>goes in</th>");
	append_heading(&t, arena, "comes out, old", old);
	append_heading(&t, arena, "comes out, new", new);
	buf_puts(out, "</tr>\n");
	append_all_rows(&t);
	buf_puts(out, "</table>\n");
	free_column(&t.old);
	free_column(&t.new);
	buf_free(&t.in);
}
