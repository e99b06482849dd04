/* One walk over the tokens, with the elements that are open. Two paragraphs grow at the same
 * time, one with all text and one with what is displayed; the second is begun as a copy of the
 * first at the first hidden text, since most paragraphs have none. */
#include "html/html_paragraphs.h"

#include <stdint.h>
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

struct html_range {
	size_t from, to;
};

struct paragraph_reader {
	const char *s;
	size_t len;
	const struct html_paragraph_sink *sink;
	struct html_open *open;
	struct paragraph_text all, shown;
	bool differs;		/* shown is in use */
	bool stop;		/* the sink wants no more */
	struct buf value;	/* of an attribute */
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

/* From here on the two paragraphs are different. */
static void
begin_difference(struct paragraph_reader *r)
{
	if (r->differs)
		return;
	r->differs = true;
	buf_reset(&r->shown.text);
	buf_append(&r->shown.text, r->all.text.data, r->all.text.len);
	r->shown.blank = r->all.blank;
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
	if (hidden && r->all.text.len == 0 && is_blank_text(s, len))
		return;
	if (hidden)
		begin_difference(r);
	if (has_references)
		append_decoded(&r->all, s, len, false);
	else
		append_collapsed(&r->all, s, len);
	if (!hidden && r->differs)
		append_decoded(&r->shown, s, len, false);
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

/* Ends the paragraph: for all readers, or only with hidden text. */
static void
end_html_paragraph(struct paragraph_reader *r, bool is_shown)
{
	if (!is_shown && r->all.text.len > 0)
		begin_difference(r);
	flush_paragraph(r, &r->all, false);
	if (is_shown && r->differs) {
		flush_paragraph(r, &r->shown, true);
		r->differs = false;
	}
}

/* ---- attributes ---- */

static void
append_alternative_text(struct paragraph_reader *r, const struct html_attribute *a)
{
	if (is_blank_text(a->value, a->value_len))
		return;
	begin_difference(r);
	r->all.blank = true;
	append_decoded(&r->all, a->value, a->value_len, true);
	r->all.blank = true;
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
	if ((e->traits & HTML_VOID) != 0) /* <br>, <hr> */
		return (e->traits & HTML_ENDS_P) != 0 || (e->name[0] == 'b' && e->len == 2);
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
		return is_block(e);
	if (o->deep > 0)
		return is_block(e);
	if (t->closing)
		return o->n < n ? does_style_break(e, view) : e != NULL && e->rule == HTML_P;
	return o->n > 0 && o->element[o->n - 1].start == t->start &&
	       does_style_break(e, html_open_view(o));
}

static void
read_html_element_tag(struct paragraph_reader *r, const struct html_token *t)
{
	unsigned n = r->open->n;
	bool was_left_out = is_left_out(r);
	uint8_t before = html_open_view(r->open), after;

	html_open_tag(r->open, t);
	after = html_open_view(r->open);
	if (!was_left_out && !is_left_out(r) && does_tag_break(r, t, n, before))
		end_html_paragraph(r, ((before | after) & HTML_VIEW_HIDDEN) == 0);
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
	end_html_paragraph(r, false);
	append_paragraph_text(r, r->s + t->content, t->content_end - t->content, true, is_box);
	end_html_paragraph(r, false);
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
	while (!r->stop && !memory_is_over() && html_next_token(r->s, r->len, &t)) {
		read_html_token(r, &t);
		t.foreign = html_open_is_foreign(r->open);
	}
	end_html_paragraph(r, true);
}

void
html_read_paragraphs(const char *s, size_t len, const struct html_paragraph_sink *sink)
{
	struct html_open open __attribute__((uninitialized));
	struct paragraph_reader r = {.s = s, .len = len, .sink = sink, .open = &open};

	read_one_document(&r);
	r.in_conditional = true;
	for (size_t i = 0; i < r.conditional.len && !r.stop; i += sizeof(struct html_range)) {
		struct html_range range;

		memcpy(&range, r.conditional.data + i, sizeof(range));
		r.s = s + range.from;
		r.len = range.to - range.from;
		read_one_document(&r);
	}
	buf_free(&r.all.text);
	buf_free(&r.shown.text);
	buf_free(&r.value);
	buf_free(&r.conditional);
}
