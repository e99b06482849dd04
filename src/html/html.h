/* Enough of HTML to find where an added text will be displayed, and what a document displays.
 * Documents are bytes in any superset of ASCII. Everything is linear in len. */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "html/html_open.h"

struct buf;

/* A place for a text, and what is open in front of it. */
struct html_place {
	size_t at;
	/* A token begins at this offset, at least as far in front of the place as was asked
	 * for, or it is 0; so the text from here to the place has the end of the text in front
	 * of the place. */
	size_t from;
	struct html_open open; /* at from */
	bool in_quote;	       /* the place is inside a quotation */
};

/* The place where a footer goes: in front of the last </body>, else of the last </html>, else
 * of a comment, raw element (script, style, ...) or tag that is never closed, else the end.
 * Tags inside comments, raw elements and quoted attributes do not count. If that place is in
 * elements that would hide the footer or swallow it (select, object, svg, display:none, ...),
 * it is in front of the outermost of them. back: see from.
 *
 *	<body>new<blockquote><body>old</body></blockquote>|</body>
 *	<p>text|<!-- never closed </body>
 *	<script>'</body>'</script>text|
 *	<body><p>text</p>|<div hidden>never closed</body>
 *
 * False: there is no place where a text is displayed. len is less than 4 GiB. */
bool html_find_footer_place(const char *s, size_t len, size_t back, struct html_place *ret);

/* The place of a text that is to be read first: behind the first <body ...>, unless text stands
 * in front of it; else behind the last of <!doctype ...>, <html> and </head> in front of any
 * text, or behind a byte order mark; in front of elements that hide, as above. */
bool html_find_top_place(const char *s, size_t len, struct html_place *ret);

/* A fault of HTML that is put into other documents: something in it would hide or change what
 * follows (an open comment, script, select, hidden element, ...), or it is a whole document.
 * Returns a text that completes the name of a tag, and its offset; NULL: there is none. */
const char *html_find_fault(const char *s, size_t len, size_t *ret_at);

/* Appends the text of a document that is displayed: without tags, comments, raw elements and
 * what is hidden, with a line end at each tag that ends a word, and entities decoded to UTF-8.
 * with_quotes: with quotations, too, those of blockquote and of common mail programs. Good
 * enough to compare texts. open: what is open where s begins; NULL: it is a whole document. */
void html_append_shown_text(const char *s, size_t len, const struct html_open *open,
			    bool with_quotes, struct buf *out);

/* Has a style sheet of a document declarations that hide what they apply to? Which elements
 * these are is not looked up: .note { display: none } hides <p class="note">. */
bool html_has_hiding_sheet(const char *s, size_t len);

/* Appends the text of HTML without tags, comments and raw elements. */
void html_to_text(const char *s, size_t len, struct buf *out);

/* Appends UTF-8 text as ASCII HTML: markup characters as entities, the rest as &#N;. */
void html_escape(const char *s, size_t len, struct buf *out);

/* Appends UTF-8 HTML as ASCII: only what is not ASCII becomes &#N;. */
void html_to_ascii(const char *s, size_t len, struct buf *out);

#endif
