/* Enough of HTML to find where an added text will be displayed, and what a document displays.
 * Documents are bytes in any superset of ASCII. Everything is linear in len. */
#ifndef MIME_HTML_H
#define MIME_HTML_H

#include <stddef.h>

struct buf;

/* The offset where a footer goes: in front of the last </body>, else of the last </html>, else
 * of a comment, raw element (script, style, ...) or tag that is never closed, else the end.
 * Tags inside comments, raw elements and quoted attributes do not count.
 *
 *	<body>new<blockquote><body>old</body></blockquote>|</body>
 *	<p>text|<!-- never closed </body>
 *	<script>'</body>'</script>text|
 *
 * *ret_from is an offset at least back bytes in front of that place, where a token begins, so
 * that html_to_text() of the bytes between the two gives the end of the text in front of the
 * place; 0 if there is none. */
size_t html_find_footer_place(const char *s, size_t len, size_t back, size_t *ret_from);

/* The offset where a text goes that is to be read first: behind the first <body ...>, unless
 * text stands in front of it; else behind the last of <!doctype ...>, <html> and </head> in
 * front of any text, or behind a byte order mark. */
size_t html_find_top_place(const char *s, size_t len);

/* Appends the text that is displayed, roughly: without tags, comments and raw elements, the
 * common entities and the decimal ones decoded to UTF-8. Good enough to compare texts. */
void html_to_text(const char *s, size_t len, struct buf *out);

/* Appends UTF-8 text as ASCII HTML: markup characters as entities, the rest as &#N;. */
void html_escape(const char *s, size_t len, struct buf *out);

/* Appends UTF-8 HTML as ASCII: only what is not ASCII becomes &#N;. */
void html_to_ascii(const char *s, size_t len, struct buf *out);

#endif
