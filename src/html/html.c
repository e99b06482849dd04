/* One walk over the tokens finds the places; what is open where they are decides whether a text
 * there would be displayed. Attributes are read only of elements that are open at a place, or
 * that stand in a text that is compared. */
#include "html/html.h"

#include <stdint.h>
#include <string.h>

#include "html/html_view.h"
#include "util/str.h"

#define PLACE_TRIES 8 /* places in front of elements that hide */

/* ---- what hides a place ---- */

/* What is open at a place: the walk up to there again. */
static void
walk_html_to(struct html_open *o, const char *s, size_t len, size_t at)
{
	struct html_token t = {.kind = HTML_TAG, .skips_text = true};

	html_open_start(o, s, len, false);
	while (t.end < at && html_next_token(s, len, &t) && t.start < at) {
		if (t.kind == HTML_TAG)
			html_open_tag(o, &t);
		t.foreign = html_open_is_foreign(o);
	}
}

/* The last <p> of the first n open elements, if the begin of a block ends it; else n. */
static unsigned
find_open_paragraph(const struct html_open *o, unsigned n)
{
	unsigned p = n;

	for (unsigned i = 0; i < n; i++) {
		const struct html_element *e = o->element[i].element;

		if (e != NULL && e->rule == HTML_P)
			p = i;
		else if (e != NULL && (e->rule == HTML_BUTTON || (e->traits & HTML_SCOPE) != 0))
			p = n;
	}
	return p;
}

/* The start of the outermost of the first n open elements that hide a text in all of them;
 * SIZE_MAX: it is displayed. From `ended` on only formatting elements count: the others have
 * ended with a paragraph. *ret_view: the view there. */
static size_t
find_hiding_element(const struct html_open *o, unsigned n, unsigned ended, uint8_t *ret_view)
{
	size_t since[8] = {0}, hidden = SIZE_MAX;
	uint8_t view = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct html_open_element *e = &o->element[i];
		bool formats = e->element != NULL && (e->element->traits & HTML_FORMATS) != 0;
		uint8_t inside;

		if (e->name_len == 0 || (i >= ended && !formats))
			continue;
		inside = html_view_inside(html_view_in_tag(o->s, o->len, e->start, e->element),
					  view);
		for (unsigned bit = 0; bit < 8; bit++)
			if ((inside & ~view & 1u << bit) != 0)
				since[bit] = e->start;
		view = inside;
	}
	*ret_view = view;
	if (!html_view_hides(view))
		return SIZE_MAX;
	for (unsigned bit = 0; bit < 8; bit++)
		if (html_view_hides(view & 1u << bit) && since[bit] < hidden)
			hidden = since[bit];
	return hidden;
}

/* Moves the place, where the first n elements of o are open, in front of the outermost element
 * that hides it. False: there is no place where a text is displayed. */
static bool
leave_hiding_elements(struct html_open *o, unsigned n, struct html_place *ret)
{
	uint8_t view, ignored;

	for (unsigned i = 0; i < PLACE_TRIES && !o->hides_all && o->deep == 0; i++) {
		size_t at = find_hiding_element(o, n, n, &view);

		if (at == SIZE_MAX) /* the text may begin with a block */
			at = find_hiding_element(o, n, find_open_paragraph(o, n), &ignored);
		ret->in_quote = (view & HTML_VIEW_QUOTE) != 0;
		if (at == SIZE_MAX)
			return true;
		walk_html_to(o, o->s, o->len, at);
		n = o->n;
		ret->at = at;
		ret->from = 0;
		html_open_start(&ret->open, o->s, o->len, false);
	}
	return false;
}

/* ---- the end ---- */

/* The starts of two tokens that were passed, at least so many bytes apart, and what was open
 * there. Only two need to be kept to find, from any later token, a start that is at least that
 * far in front of it. */
struct token_starts {
	size_t apart;
	size_t at[2]; /* the earlier and the later one */
	struct html_open *open[2];
};

static void
note_token_start(struct token_starts *t, const struct html_open *o, size_t at)
{
	struct html_open *earlier = t->open[0];

	if (at - t->at[1] < t->apart)
		return;
	t->at[0] = t->at[1];
	t->at[1] = at;
	t->open[0] = t->open[1];
	t->open[1] = earlier;
	html_open_copy(t->open[1], o);
}

/* What the walk has found. */
struct found_place {
	struct html_place *place;
	enum html_rule rule; /* HTML_BODY, HTML_HTML; HTML_OTHER: neither */
	unsigned n;	     /* elements that are open there */
	size_t deep;
};

/* Takes a later place, with the later start that is far enough in front of it. */
static void
take_place(struct found_place *found, enum html_rule rule, const struct token_starts *starts,
	   struct html_open *o, size_t at)
{
	unsigned which = at - starts->at[1] >= starts->apart;
	struct html_place *place = found->place;

	if (place->from != starts->at[which] || found->rule == HTML_RULES)
		html_open_copy(&place->open, starts->open[which]);
	place->at = at;
	place->from = starts->at[which];
	found->rule = rule;
	found->n = o->low = o->n;
	found->deep = o->deep;
}

/* Is the tag the end of the body, or of the document, and a better place than the one that was
 * found before? */
static bool
is_better_place(const struct found_place *found, const struct html_open *o,
		const struct html_token *t)
{
	if (o->of_rule[HTML_TEMPLATE] >= 0)
		return false;
	return html_is_tag(t, HTML_BODY, true) ||
	       (html_is_tag(t, HTML_HTML, true) && found->rule != HTML_BODY);
}

static void
walk_to_footer_place(struct html_open *o, struct token_starts *starts,
		     struct found_place *found)
{
	struct html_token t = {.kind = HTML_TAG, .skips_text = true};

	while (html_next_token(o->s, o->len, &t)) {
		note_token_start(starts, o, t.start);
		if (t.kind == HTML_UNCLOSED)
			break;
		if (t.kind != HTML_TAG)
			continue;
		if (t.closing && is_better_place(found, o, &t))
			take_place(found, (enum html_rule)t.element->rule, starts, o, t.start);
		html_open_tag(o, &t);
		t.foreign = html_open_is_foreign(o);
	}
	if (found->rule != HTML_BODY && found->rule != HTML_HTML)
		take_place(found, HTML_OTHER, starts, o,
			   t.kind == HTML_UNCLOSED ? t.start : o->len);
}

bool
html_find_footer_place(const char *s, size_t len, size_t back, struct html_place *ret)
{
	struct html_open open __attribute__((uninitialized)),
		start[2] __attribute__((uninitialized));
	struct token_starts starts = {.apart = back, .open = {&start[0], &start[1]}};
	struct found_place found = {.place = ret, .rule = HTML_RULES};

	ret->from = 0;
	html_open_start(&open, s, len, false);
	html_open_copy(&start[0], &open);
	html_open_copy(&start[1], &open);
	walk_to_footer_place(&open, &starts, &found);
	if (open.low < found.n || found.deep != open.deep)
		walk_html_to(&open, s, len, ret->at);
	else
		open.n = found.n;
	return leave_hiding_elements(&open, found.n, ret);
}

/* ---- the begin ---- */

static bool
is_html_doctype(const char *s, const struct html_token *t)
{
	return t->kind == HTML_HIDDEN && t->end - t->start > 9 &&
	       str_case_equal_n(s + t->start, 9, "<!doctype", 9);
}

static bool
is_html_blank(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && (s[i] == ' ' || (s[i] >= '\t' && s[i] <= '\r')))
		i++;
	return i == len;
}

static size_t
find_top_offset(const char *s, size_t len)
{
	size_t place = 0;
	struct html_token t;

	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		place = 3;
	t = (struct html_token){.kind = HTML_TAG, .end = place};
	while (html_next_token(s, len, &t)) {
		if (html_is_tag(&t, HTML_BODY, false))
			return t.end;
		if (t.kind == HTML_TEXT && !is_html_blank(s + t.start, t.end - t.start))
			break; /* a body that comes later is a quoted one */
		if (is_html_doctype(s, &t) || html_is_tag(&t, HTML_HTML, false) ||
		    html_is_tag(&t, HTML_HEAD, true))
			place = t.end;
	}
	return place;
}

bool
html_find_top_place(const char *s, size_t len, struct html_place *ret)
{
	struct html_open open __attribute__((uninitialized));

	ret->at = find_top_offset(s, len);
	ret->from = 0;
	html_open_start(&ret->open, s, len, false);
	walk_html_to(&open, s, len, ret->at);
	return leave_hiding_elements(&open, open.n, ret);
}

/* ---- a text that is added ---- */

static const char *
unclosed_token_fault(const char *s, const struct html_token *t)
{
	if (t->element != NULL && (t->element->traits & HTML_RAW) != 0 && !t->closing)
		return "it is not closed, and hides what follows";
	if (t->end - t->start >= 4 && memcmp(s + t->start, "<!--", 4) == 0)
		return "the comment is not closed, and hides what follows";
	return "the tag is not closed, and hides what follows";
}

/* Why an element must not stay open; NULL: it may. */
static const char *
open_element_fault(const struct html_open *o, const struct html_open_element *e)
{
	uint8_t view = html_view_in_tag(o->s, o->len, e->start, e->element).set;

	if (e->name_len == 0)
		return NULL;
	if (html_view_hides(view))
		return "it is not closed, and hides what follows";
	if ((view & HTML_VIEW_QUOTE) != 0 ||
	    (e->element != NULL && (e->element->traits & HTML_CHANGES_REST) != 0))
		return "it is not closed, and what follows becomes a part of it";
	return NULL;
}

/* Is it <html>, <head>, <body> or the end of one? */
static bool
is_document_tag(const struct html_token *t)
{
	return t->kind == HTML_TAG && t->element != NULL &&
	       (t->element->rule == HTML_BODY || t->element->rule == HTML_HTML ||
		t->element->rule == HTML_HEAD);
}

static const char *
find_token_fault(struct html_open *o, size_t *ret_at)
{
	struct html_token t = {.kind = HTML_TAG};

	while (html_next_token(o->s, o->len, &t)) {
		*ret_at = t.start;
		if (t.kind == HTML_UNCLOSED)
			return unclosed_token_fault(o->s, &t);
		if (is_document_tag(&t))
			return "the text stands inside of the body of a message";
		if (t.kind == HTML_TAG)
			html_open_tag(o, &t);
		t.foreign = html_open_is_foreign(o);
	}
	return NULL;
}

const char *
html_find_fault(const char *s, size_t len, size_t *ret_at)
{
	struct html_open open __attribute__((uninitialized));
	const char *fault;

	html_open_start(&open, s, len, false);
	fault = find_token_fault(&open, ret_at);
	if (fault == NULL && open.deep > 0)
		fault = "too many elements are open";
	for (unsigned i = 0; fault == NULL && i < open.n; i++) {
		*ret_at = open.element[i].start;
		fault = open_element_fault(&open, &open.element[i]);
	}
	return fault;
}
