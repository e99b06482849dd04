/* Reads iso-2022-jp as mail programs do: with half-width katakana, and with the characters that
 * Microsoft added to JIS X 0208. glibc's converter knows neither, and lets the escape sequences
 * of half-width katakana through as text. */
#ifndef CHARSET_ISO2022_JP_H
#define CHARSET_ISO2022_JP_H

#include <stddef.h>

#include "charset/charset_iconv.h"
#include "charset/iso2022.h"

struct buf;

/* Converts to UTF-8, as charset_iconv_decode() does. st is {0} at the begin of a text.
 *
 *	"a\x1b$BF|\x1b(B"	"a", U+65E5
 *	"\x1b(I1\x1b(B"		U+FF71, a half-width A
 *	"\x1b$B-!\x1b(B"	U+2460, a one in a circle */
int iso2022_jp_decode(struct iso2022_state *st, struct charset_input *in, struct buf *out);

/* How many bytes at in->at, where iso2022_jp_decode() stopped with -EILSEQ, are one broken
 * character. */
size_t iso2022_jp_broken_length(const struct iso2022_state *st, const struct charset_input *in);

#endif
