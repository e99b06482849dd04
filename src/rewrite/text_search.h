/* Is a text that is to be added there already? Both texts are compared in a normalized form:
 * UTF-8, HTML reduced to what it displays, without white space, in lower case (ASCII only), and
 *
 *	SEARCH_END, SEARCH_BEGIN	without quotations: lines that begin with '>', and of
 *					HTML those of blockquote and of mail programs
 *	SEARCH_ANYWHERE			without '>', so that a quoted copy is found
 *
 * For SEARCH_END, "Hello\r\n\r\nExample Ltd\r\n> old\r\n" is "helloexampleltd", which ends with
 * "exampleltd". A match begins where a word begins: "NewLondon" does not end with "London",
 * "New London" does; and it ends where a word ends. */
#ifndef REWRITE_TEXT_SEARCH_H
#define REWRITE_TEXT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "rewrite/append.h"

struct charset;
struct html_open;

enum search_where {
	SEARCH_END,
	SEARCH_BEGIN,
	SEARCH_ANYWHERE, /* quoted or not */
};

/* Appends the normalized form of a text that is to be added. cs: its charset, NULL if that is
 * UTF-8. */
void search_normalize(const struct charset *cs, bool html, const char *s, size_t len,
		      enum search_where where, struct buf *out);

/* Searches an HTML text as a whole for a normalized text. */
bool search_html(const struct charset *cs, const char *s, size_t len, const struct buf *wanted,
		 enum search_where where);

/* Searches a part of text/plain, from offset skip of its text on, for a normalized text. The
 * part is read in windows. */
bool search_part(const struct text_part *part, const struct charset *cs, size_t skip,
		 const struct buf *wanted, enum search_where where);

/* Does a text end with wanted, which is normalized? s is the end of the text, or all of it if
 * is_all is set; in a charset whose line ends are ASCII. html: what is open where s begins, of
 * an HTML text. 1: yes, 0: no, -1: s is too short. */
int search_tail(const struct charset *cs, const struct html_open *html, const char *s,
		size_t len, bool is_all, const struct buf *wanted);

#endif
