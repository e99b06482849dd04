/* Is a text that is to be added there already? White space and case do not count, nor do lines
 * that quote. Layer 2. */
#ifndef MIME_TEXT_SEARCH_H
#define MIME_TEXT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/append.h"

struct charset;

enum search_where {
	SEARCH_END,	 /* the text ends with it */
	SEARCH_BEGIN,	 /* or begins */
	SEARCH_ANYWHERE, /* quoted or not */
};

/* What is looked for, or looked at, in the form that is compared. cs: NULL, or what it is
 * written in when that is not UTF-8. */
void search_normalize(const struct charset *cs, bool html, const char *s, size_t len,
		      enum search_where where, struct buf *out);

/* Both are such forms. False when there is nothing to look for. */
bool search_match(const struct buf *there, const struct buf *wanted, enum search_where where);

/* In text/plain, read from skip bytes on; of a long one no copy is made. */
bool search_part(const struct text_part *part, const struct charset *cs, size_t skip,
		 const struct buf *wanted, enum search_where where);

/* The same for SEARCH_END, of what the text ends with: the lines at the end of s, in a charset
 * whose line ends are ASCII. is_all: s is the whole text. 1, 0, or -1: more must be read. */
int search_tail(const struct charset *cs, bool html, const char *s, size_t len, bool is_all,
		const struct buf *wanted);

#endif
