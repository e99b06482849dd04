/* One walk over the tokens, with the elements that are open. Two paragraphs grow at the same
 * time, one with all text and one with what is displayed; the second is begun as a copy of the
 * first at the first hidden text, since most paragraphs have none. What stands in a table and
 * in none of its cells is displayed in front of the table: for each open table such a pair
 * grows, which begins as a copy of the paragraph in front. */
#include "html/html_paragraphs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "html/html_attribute.h"
#include "html/html_open.h"
#include "html/html_reference.h"
#include "html/html_view.h"
#include "util/buf.h"
#include "util/memory.h"

/* White space that was read is written only when more text follows. */
struct paragraph_text {
	struct buf text;
	bool blank;
};

/* The paragraphs that grow at one place. */
struct text_flow {
	struct paragraph_text all, shown;
	bool differs; /* shown is in use */
	bool has_own; /* it has more than a copy of the paragraph in front of a table */
	int table; /* whose misplaced text it is: the index of the open element; -1: none's */
	struct text_flow *outer; /* that of a table around this one */
};

struct html_range {
	size_t from, to;
};

struct paragraph_reader {
	const char *s;
	size_t len;
	const struct html_paragraph_sink *sink;
	struct html_open *open;
	struct text_flow text;	     /* outside of tables and in their cells */
	struct text_flow *misplaced; /* of the innermost table that is open, or NULL */
	struct text_flow *flow;	     /* of the place */
	bool stop;		     /* the sink wants no more */
	struct buf value;	     /* of an attribute */
	struct buf conditional; /* of struct html_range: the conditional comments; offsets */
	bool in_conditional;	/* the text is one of them */
};

/* ---- text ---- */

/* Appends text without references. NUL is no character of HTML. */
static void
append_collapsed(struct paragraph_text *p, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t run = i;

		/* words with one blank between them, which stay as they are */
		while (run < len && ((unsigned char)s[run] > ' ' ||
				     (s[run] == ' ' && run > i && run + 1 < len &&
				      (unsigned char)s[run + 1] > ' ') ||
				     (!html_is_space(s[run]) && s[run] != '\0')))
			run++;
		if (run > i) {
			if (p->blank && p->text.len > 0)
				buf_putc(&p->text, ' ');
			p->blank = false;
			buf_append(&p->text, s + i, run - i);
		} else {
			p->blank |= s[run++] != '\0';
		}
		i = run;
	}
}

static void
append_decoded(struct paragraph_text *p, const char *s, size_t len, bool in_attribute)
{
	while (len > 0) {
		const char *mark = memchr(s, '&', len);
		size_t run = mark == NULL ? len : (size_t)(mark - s), n;
		char means[HTML_REFERENCE_BYTES];

		append_collapsed(p, s, run);
		s += run;
		len -= run;
		if (len == 0)
			return;
		n = html_read_reference(s, len, in_attribute, means);
		if (n > 0)
			append_collapsed(p, means, strlen(means));
		else
			append_collapsed(p, "&", n = 1);
		s += n;
		len -= n;
	}
}

static void
copy_paragraph(struct paragraph_text *to, const struct paragraph_text *from)
{
	buf_reset(&to->text);
	buf_append(&to->text, from->text.data, from->text.len);
	to->blank = from->blank;
}

/* From here on the two paragraphs are different. */
static void
begin_difference(struct text_flow *f)
{
	if (!f->differs)
		copy_paragraph(&f->shown, &f->all);
	f->differs = true;
}

static bool
is_blank_text(const char *s, size_t len)
{
	while (len > 0 && html_is_space(*s)) {
		s++;
		len--;
	}
	return len == 0;
}

/* Does a template stand around the place? */
static bool
is_left_out(const struct paragraph_reader *r)
{
	return r->open->of_rule[HTML_TEMPLATE] >= 0;
}

static bool
is_hidden_here(const struct paragraph_reader *r)
{
	const uint8_t hides = HTML_VIEW_HIDDEN | HTML_VIEW_INVISIBLE | HTML_VIEW_TINY;

	return (html_open_view(r->open) & hides) != 0 || r->open->hides_all;
}

/* has_references: it is no raw text. */
static void
append_paragraph_text(struct paragraph_reader *r, const char *s, size_t len, bool hidden,
		      bool has_references)
{
	struct text_flow *f = r->flow;
	/* White space between the parts of a table stays where it is, and is not displayed. */
	bool in_part = f->table >= 0 && html_open_table_part(r->open) == (int)r->open->n - 1;

	if ((in_part || (hidden && f->all.text.len == 0)) && is_blank_text(s, len))
		return;
	f->has_own = true;
	if (hidden)
		begin_difference(f);
	if (has_references)
		append_decoded(&f->all, s, len, false);
	else
		append_collapsed(&f->all, s, len);
	if (!hidden && f->differs)
		append_decoded(&f->shown, s, len, false);
}

static void
flush_paragraph(struct paragraph_reader *r, struct paragraph_text *p, bool shown)
{
	if (p->text.len > 0 && !r->stop)
		r->stop = !r->sink->paragraph(r->sink->ctx, buf_string(&p->text), p->text.len,
					      shown);
	buf_reset(&p->text);
	p->blank = false;
}

static bool
is_table_part(const struct html_element *e)
{
	return e != NULL && (e->traits & HTML_TABLE_PART) != 0;
}

/* Ends the paragraph: for all readers, or only with hidden text. */
static void
end_html_paragraph(struct paragraph_reader *r, struct text_flow *f, bool is_shown)
{
	if (f->table >= 0 && !f->has_own) { /* it was passed on in front of the table */
		buf_reset(&f->all.text);
		f->differs = false;
	}
	if (!is_shown && f->all.text.len > 0)
		begin_difference(f);
	flush_paragraph(r, &f->all, false);
	if (is_shown && f->differs) {
		flush_paragraph(r, &f->shown, true);
		f->differs = false;
	}
}

/* ---- tables ---- */

/* Ends what is misplaced in the tables whose index is `from` or more. */
static void
end_misplaced(struct paragraph_reader *r, int from)
{
	struct text_flow *f;

	while ((f = r->misplaced) != NULL && f->table >= from) {
		end_html_paragraph(r, f, true);
		if (r->flow == f)
			r->flow = &r->text;
		r->misplaced = f->outer;
		buf_free(&f->all.text);
		buf_free(&f->shown.text);
		free(f);
	}
}

/* At the begin of a table: what is misplaced in it goes on with the paragraph in front. */
static void
begin_misplaced(struct paragraph_reader *r, int table)
{
	struct text_flow *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	f->table = table;
	f->outer = r->misplaced;
	f->differs = r->flow->differs;
	copy_paragraph(&f->all, &r->flow->all);
	if (f->differs)
		copy_paragraph(&f->shown, &r->flow->shown);
	r->misplaced = f;
}

/* Behind a tag: the tables that it has ended, and the one that it begins. */
static void
follow_tables(struct paragraph_reader *r, const struct html_token *t)
{
	int table = r->open->of_rule[HTML_TABLE];
	bool begins = table >= 0 && r->open->element[table].start == t->start;

	end_misplaced(r, begins ? table : table + 1);
	if (begins)
		begin_misplaced(r, table);
}

/* Is a block open in what is misplaced? */
static bool
is_in_misplaced_block(const struct paragraph_reader *r)
{
	const struct html_open *o = r->open;

	return r->flow->table >= 0 && o->element[o->n - 1].special > html_open_table_part(o);
}

static void
choose_flow(struct paragraph_reader *r)
{
	struct text_flow *f = r->misplaced;

	r->flow = f != NULL && html_open_is_misplaced(r->open, f->table) ? f : &r->text;
}

/* ---- attributes ---- */

static void
append_alternative_text(struct paragraph_reader *r, const struct html_attribute *a)
{
	struct text_flow *f = r->flow;

	if (is_blank_text(a->value, a->value_len))
		return;
	begin_difference(f);
	f->has_own = true;
	f->all.blank = true;
	append_decoded(&f->all, a->value, a->value_len, true);
	f->all.blank = true;
}

/* A paragraph of its own, in front of the one that it stands in. */
static void
pass_on_title(struct paragraph_reader *r, const struct html_attribute *a)
{
	struct paragraph_text title = {.text = r->value};

	buf_reset(&title.text);
	append_decoded(&title, a->value, a->value_len, true);
	flush_paragraph(r, &title, false);
	r->value = title.text;
}

static void
pass_on_link(struct paragraph_reader *r, const struct html_attribute *a)
{
	const char *s = a->value, *end = s + a->value_len;
	char means[HTML_REFERENCE_BYTES];

	if (r->sink->link == NULL || r->stop)
		return;
	buf_reset(&r->value);
	while (s < end) {
		const char *mark = memchr(s, '&', (size_t)(end - s));
		size_t n;

		buf_append(&r->value, s, (size_t)((mark == NULL ? end : mark) - s));
		if (mark == NULL)
			break;
		n = html_read_reference(mark, (size_t)(end - mark), true, means);
		buf_puts(&r->value, n > 0 ? means : "&");
		s = mark + (n > 0 ? n : 1);
	}
	if (r->value.len > 0)
		r->stop = !r->sink->link(r->sink->ctx, buf_string(&r->value), r->value.len);
}

static bool
is_link(const struct html_attribute *a)
{
	return html_is_attribute(a, "href") || html_is_attribute(a, "src") ||
	       html_is_attribute(a, "action");
}

/* Reads the attributes of the start tag that the token begins with. */
static void
read_tag_attributes(struct paragraph_reader *r, const struct html_token *t)
{
	size_t at = t->start + 1 + t->name_len;
	struct html_attribute a;

	if (at + 1 >= t->end) /* most tags have none */
		return;
	while (html_next_attribute(r->s, t->end, &at, &a)) {
		if (a.value_len == 0)
			continue;
		if (is_link(&a))
			pass_on_link(r, &a);
		else if (html_is_attribute(&a, "alt") && !is_left_out(r))
			append_alternative_text(r, &a);
		else if (html_is_attribute(&a, "title") && !is_left_out(r))
			pass_on_title(r, &a);
	}
}

/* ---- tags ---- */

/* Does the element end a paragraph, if its style says nothing else? */
static bool
is_block(const struct html_element *e)
{
	if (e == NULL || (e->traits & HTML_INLINE) != 0)
		return false;
	if ((e->traits & HTML_VOID) != 0) /* <br>, <hr>; <col> */
		return (e->traits & (HTML_ENDS_P | HTML_TABLE_PART)) != 0 ||
		       (e->name[0] == 'b' && e->len == 2);
	/* A second <body> begins nothing. */
	return e->rule != HTML_BODY && e->rule != HTML_HTML && e->rule != HTML_HEAD;
}

static bool
does_style_break(const struct html_element *e, uint8_t view)
{
	if ((view & HTML_VIEW_BLOCK) != 0)
		return true;
	return is_block(e) && (view & HTML_VIEW_INLINE) == 0;
}

/* Does the tag that was just read end a paragraph? view: of the innermost element in front of
 * it, n: how many were open there. */
static bool
does_tag_break(const struct paragraph_reader *r, const struct html_token *t, unsigned n,
	       uint8_t view)
{
	const struct html_open *o = r->open;
	const struct html_element *e = t->element;
	bool is_void = e != NULL && (e->traits & HTML_VOID) != 0;

	if (is_void)
		return is_block(e) && (!is_table_part(e) || o->of_rule[HTML_TABLE] >= 0);
	if (o->deep > 0)
		return is_block(e);
	if (t->closing)
		return o->n < n ? does_style_break(e, view) : e != NULL && e->rule == HTML_P;
	return o->n > 0 && o->element[o->n - 1].start == t->start &&
	       does_style_break(e, html_open_view(o));
}

/* The view of the element that an end tag ends. */
static uint8_t
view_of_box(const struct html_open *o, const struct html_token *t)
{
	int at = t->closing && t->element != NULL ? o->of_number[t->element->number] : -1;

	return at >= 0 ? o->element[at].view : html_open_view(o);
}

static void
read_html_element_tag(struct paragraph_reader *r, const struct html_token *t)
{
	unsigned n = r->open->n;
	bool was_left_out = is_left_out(r);
	uint8_t before = html_open_view(r->open), box = view_of_box(r->open, t);
	/* Parts of a table end none of what is displayed in front of it. */
	bool stays_in_front = is_table_part(t->element) && !is_in_misplaced_block(r);

	html_open_tag(r->open, t);
	if (!t->closing)
		box = html_open_view(r->open);
	follow_tables(r, t);
	if (!was_left_out && !is_left_out(r) && does_tag_break(r, t, n, before))
		end_html_paragraph(r, stays_in_front ? &r->text : r->flow,
				   (box & HTML_VIEW_HIDDEN) == 0);
	choose_flow(r);
	if (!t->closing)
		read_tag_attributes(r, t);
}

/* ---- what is no tag ---- */

/* Keeps the text of a conditional comment of Outlook, "<!--[if mso]>text<![endif]-->". */
static void
note_conditional_comment(struct paragraph_reader *r, const struct html_token *t)
{
	static const char begin[] = "<!--[if", end[] = "<![endif]";
	const char *s = r->s + t->start, *from, *to;
	size_t len = t->end - t->start;
	struct html_range range;

	if (r->in_conditional || len < strlen(begin) || memcmp(s, begin, strlen(begin)) != 0)
		return;
	from = memchr(s, ']', len);
	if (from == NULL || s + len - from < 2 || from[1] != '>')
		return;
	from += 2;
	to = memmem(from, (size_t)(s + len - from), end, strlen(end));
	if (to == NULL)
		return;
	range = (struct html_range){(size_t)(from - r->s), (size_t)(to - r->s)};
	buf_append(&r->conditional, &range, sizeof(range));
}

/* The text in elements without markup, which is displayed in a box or as a block. */
static void
read_raw_text(struct paragraph_reader *r, const struct html_token *t)
{
	bool is_box = t->element->rule == HTML_INPUT; /* textarea */
	bool is_text = is_box || t->element->rule == HTML_PLAINTEXT ||
		       (t->element->traits & HTML_ENDS_P) != 0; /* xmp */

	if (!is_text)
		return;
	end_html_paragraph(r, r->flow, false);
	append_paragraph_text(r, r->s + t->content, t->content_end - t->content, true, is_box);
	end_html_paragraph(r, r->flow, false);
}

static void
read_hidden_token(struct paragraph_reader *r, const struct html_token *t)
{
	if (t->element == NULL && t->has_content)
		append_paragraph_text(r, r->s + t->content, t->content_end - t->content,
				      is_hidden_here(r), false);
	else if (t->element == NULL)
		note_conditional_comment(r, t);
	else if ((t->element->traits & HTML_RAW) != 0 && t->kind == HTML_HIDDEN)
		read_tag_attributes(r, t);
	if (t->element != NULL && t->has_content)
		read_raw_text(r, t);
}

static void
read_html_token(struct paragraph_reader *r, const struct html_token *t)
{
	switch (t->kind) {
	case HTML_TEXT:
		if (!is_left_out(r))
			append_paragraph_text(r, r->s + t->start, t->end - t->start,
					      is_hidden_here(r), true);
		return;
	case HTML_TAG:
		read_html_element_tag(r, t);
		return;
	case HTML_HIDDEN:
	case HTML_UNCLOSED:
		if (!is_left_out(r))
			read_hidden_token(r, t);
		return;
	}
}

/* ---- the document ---- */

static void
read_one_document(struct paragraph_reader *r)
{
	struct html_token t = {.kind = HTML_TAG};
	struct html_view_cache cache = {.of = {{.len = 0}}};

	html_open_start(r->open, r->s, r->len, true);
	r->open->cache = &cache;
	r->flow = &r->text;
	while (!r->stop && !memory_is_over() && html_next_token(r->s, r->len, &t)) {
		read_html_token(r, &t);
		t.foreign = html_open_is_foreign(r->open);
	}
	end_misplaced(r, 0);
	end_html_paragraph(r, &r->text, true);
}

void
html_read_paragraphs(const char *s, size_t len, const struct html_paragraph_sink *sink)
{
	struct html_open open __attribute__((uninitialized));
	struct paragraph_reader r = {
		.s = s, .len = len, .sink = sink, .open = &open, .text.table = -1};

	read_one_document(&r);
	r.in_conditional = true;
	for (size_t i = 0; i < r.conditional.len && !r.stop; i += sizeof(struct html_range)) {
		struct html_range range;

		memcpy(&range, r.conditional.data + i, sizeof(range));
		r.s = s + range.from;
		r.len = range.to - range.from;
		read_one_document(&r);
	}
	buf_free(&r.text.all.text);
	buf_free(&r.text.shown.text);
	buf_free(&r.value);
	buf_free(&r.conditional);
}
