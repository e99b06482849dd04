/* Enough of HTML to know where text that is added will be displayed. Layer 2. footer.md 3.2. */
#ifndef MIME_HTML_H
#define MIME_HTML_H

#include <stddef.h>

struct buf;

/* Where a footer goes: before the last real </body>, else before the last </html>, else at the
 * end; before a comment, raw element (script, style, ...) or tag that is never closed. Tags
 * inside comments, raw elements and quoted attributes do not count. Linear in len. *ret_from: a
 * place at least back bytes in front of it from which on all is displayed as it is behind what
 * stands before; 0, the begin, when there is none. */
size_t html_find_footer_place(const char *s, size_t len, size_t back, size_t *ret_from);

/* Where a text goes that is read first: behind the first real <body ...>, else behind <html>,
 * <head> and the document type that come before all else. Linear in len. */
size_t html_find_top_place(const char *s, size_t len);

/* Appends the text that is displayed, roughly: no tags, comments or raw elements, the common
 * entities and the decimal ones decoded, into UTF-8. For comparing only. */
void html_to_text(const char *s, size_t len, struct buf *out);

/* Appends UTF-8 text as ASCII HTML: markup characters as entities, the rest as &#N;. */
void html_escape(const char *s, size_t len, struct buf *out);

/* Appends HTML in UTF-8 as ASCII: only what is not ASCII becomes &#N;. */
void html_to_ascii(const char *s, size_t len, struct buf *out);

#endif
