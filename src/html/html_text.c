/* The text of documents, and text as HTML. */
#include "html/html.h"

#include <stdint.h>
#include <string.h>

#include "html/html_reference.h"
#include "html/html_view.h"
#include "util/buf.h"
#include "util/str.h"

/* Appends a text without markup; a no-break space that is written as a reference becomes a
 * blank. */
static void
append_html_text(const char *s, size_t len, struct buf *out)
{
	while (len > 0) {
		const char *mark = memchr(s, '&', len);
		size_t run = mark == NULL ? len : (size_t)(mark - s), n;
		char means[HTML_REFERENCE_BYTES];

		buf_append(out, s, run);
		s += run;
		len -= run;
		if (len == 0)
			return;
		n = html_read_reference(s, len, false, means);
		if (n == 0)
			buf_putc(out, '&');
		else
			buf_puts(out, strcmp(means, "\xc2\xa0") == 0 ? " " : means);
		s += n > 0 ? n : 1;
		len -= n > 0 ? n : 1;
	}
}

static bool
is_text_shown(const struct html_open *o, bool with_quotes)
{
	uint8_t view = html_open_view(o);

	if (html_view_hides(view) || o->hides_all)
		return false;
	return with_quotes || (!o->in_rest && (view & HTML_VIEW_QUOTE) == 0);
}

static bool
ends_html_word(const struct html_token *t)
{
	return t->kind == HTML_TAG && t->element != NULL &&
	       (t->element->traits & HTML_INLINE) == 0;
}

void
html_append_shown_text(const char *s, size_t len, const struct html_open *open,
		       bool with_quotes, struct buf *out)
{
	struct html_token t = {.kind = HTML_TAG};
	struct html_open o __attribute__((uninitialized));

	if (open == NULL) {
		html_open_start(&o, s, len, true);
	} else {
		html_open_copy(&o, open);
		html_open_detach(&o, s, len);
	}
	t.foreign = html_open_is_foreign(&o);
	while (html_next_token(s, len, &t)) {
		if (t.kind == HTML_TEXT && is_text_shown(&o, with_quotes))
			append_html_text(s + t.start, t.end - t.start, out);
		if (t.kind == HTML_TAG)
			html_open_tag(&o, &t);
		if (ends_html_word(&t))
			buf_putc(out, '\n');
		t.foreign = html_open_is_foreign(&o);
	}
}

void
html_to_text(const char *s, size_t len, struct buf *out)
{
	struct html_token t = {.kind = HTML_TAG};

	while (html_next_token(s, len, &t))
		if (t.kind == HTML_TEXT)
			append_html_text(s + t.start, t.end - t.start, out);
}

static const char *
entity_of_markup(unsigned char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

/* Appends the character of n bytes at p, which is not ASCII. */
static void
append_numeric_entity(const unsigned char *p, size_t n, struct buf *out)
{
	uint32_t value = *p & (0x7fu >> n);

	for (size_t k = 1; k < n; k++)
		value = value << 6 | (p[k] & 0x3fu);
	buf_printf(out, "&#%u;", value);
}

/* A byte that is not UTF-8 becomes '?'. */
static void
append_as_ascii(const char *s, size_t len, bool escape, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		const unsigned char *p = (const unsigned char *)s + i;
		size_t n = str_utf8_length(p, len - i);
		const char *entity = escape && n <= 1 ? entity_of_markup(*p) : NULL;

		if (n > 1)
			append_numeric_entity(p, n, out);
		else if (entity != NULL)
			buf_puts(out, entity);
		else
			buf_putc(out, n == 1 ? *p : '?');
		i += n > 1 ? n : 1;
	}
}

void
html_escape(const char *s, size_t len, struct buf *out)
{
	append_as_ascii(s, len, true, out);
}

void
html_to_ascii(const char *s, size_t len, struct buf *out)
{
	append_as_ascii(s, len, false, out);
}
