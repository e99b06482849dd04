/* Is a text that is to be added there already? Both texts are compared in a normalized form:
 * UTF-8, HTML reduced to what it displays, without white space, in lower case (ASCII only), and
 *
 *	SEARCH_END, SEARCH_BEGIN	without lines that begin with '>'
 *	SEARCH_ANYWHERE			without '>', so that a quoted copy is found
 *
 * For SEARCH_END, "Hello\r\n\r\nExample Ltd\r\n> old\r\n" is "helloexampleltd", which ends with
 * "exampleltd". */
#ifndef MIME_TEXT_SEARCH_H
#define MIME_TEXT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/append.h"

struct charset;

enum search_where {
	SEARCH_END,
	SEARCH_BEGIN,
	SEARCH_ANYWHERE, /* quoted or not */
};

/* Appends the normalized form of a text. cs: its charset, NULL if that is UTF-8. */
void search_normalize(const struct charset *cs, bool html, const char *s, size_t len,
		      enum search_where where, struct buf *out);

/* Is wanted in text, at that end of it or anywhere? Both are normalized. False if wanted is
 * empty. */
bool search_match(const struct buf *text, const struct buf *wanted, enum search_where where);

/* Searches a part of text/plain, from offset skip of its text on, for a normalized text. The
 * part is read in windows. */
bool search_part(const struct text_part *part, const struct charset *cs, size_t skip,
		 const struct buf *wanted, enum search_where where);

/* Does a text end with wanted, which is normalized? s is the end of the text, or all of it if
 * is_all is set; in a charset whose line ends are ASCII. 1: yes, 0: no, -1: s
 * is too short. */
int search_tail(const struct charset *cs, bool html, const char *s, size_t len, bool is_all,
		const struct buf *wanted);

#endif
