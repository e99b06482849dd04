/* A text with its blanks as people see them: none at both ends, one space in the place of each
 * run of spaces, tabs and line ends (CR, LF).
 *
 *	" a\n\tb  c "	"a b c"
 *
 * In a value as it was sent, a line end alone is no blank (RFC 5322, 2.2.3: unfolding drops
 * it); in a decoded text it is one:
 *
 *	"a\nb"		"ab" (SQUEEZE_SENT), "a b" (SQUEEZE_DECODED) */
#ifndef CONTENT_SQUEEZE_H
#define CONTENT_SQUEEZE_H

#include <stddef.h>

struct header_origin;

enum squeeze_kind { SQUEEZE_SENT, SQUEEZE_DECODED };

/* The number of blanks and line ends at the beginning of s. */
size_t squeeze_skip(const char *s, size_t len);
/* The index of the first byte from s[from] on that squeezing would change or drop; len: there
 * is none. The byte in front of s[from] is no blank, or from is 0. s[len] can be read. */
size_t squeeze_find(const char *s, size_t len, size_t from);
/* Writes the squeezed text to to, which has room for len bytes and may be s. Returns its
 * length. from: what squeeze_find(s, len, 0) returned, up to where the text stays as it is.
 * origins (NULL: none) has an entry for each byte of s and loses those of the dropped ones; a
 * space has the origin of the first byte of its run. s[len] can be read. */
size_t squeeze_blanks(const char *s, size_t len, size_t from, enum squeeze_kind kind, char *to,
		      struct header_origin *origins);

#endif
