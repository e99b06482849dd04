/* ISO/IEC 2022: escape sequences that say in which charset the bytes behind them are, as
 * iso-2022-jp (RFC 1468), -kr (RFC 1557) and -cn (RFC 1922) use them. */
#ifndef CHARSET_ISO2022_H
#define CHARSET_ISO2022_H

#include <stdbool.h>
#include <stddef.h>

/* The charset of bytes below 128: the one that was designated as G0. */
enum iso2022_set {
	ISO2022_ASCII, /* ESC ( B; at the begin of a text */
	ISO2022_ROMAN, /* ESC ( J, ASCII but for two characters */
	ISO2022_KANA,  /* ESC ( I, half-width katakana */
	ISO2022_KANJI, /* ESC $ B and ESC $ @, two bytes a character */
	ISO2022_OTHER,
};

#define ISO2022_ESC	  '\x1b'
#define ISO2022_SHIFT_OUT '\x0e' /* the bytes behind it are of the charset G1 */
#define ISO2022_SHIFT_IN  '\x0f' /* of G0 again */

/* Reads the escape sequence that s begins with, ESC included. Returns its length, and *set, if
 * it designates G0; -EILSEQ: it is none that designates a charset; -EINVAL: s ends within it.
 */
int iso2022_read_escape(const char *s, size_t len, enum iso2022_set *set);

/* Where a text stands. {0} at its begin. */
struct iso2022_state {
	enum iso2022_set set;
	bool shifted; /* by SHIFT_OUT */
	bool seen;    /* there was a sequence that designates a charset */
};

/* Moves on to the end of s. The back bytes in front of s are readable, for a sequence that has
 * begun there. */
void iso2022_track(struct iso2022_state *st, const char *s, size_t len, size_t back);

/* What must be written so that ASCII can follow. "\x1b$B%F\r\n" needs "\x1b(B". "" if the text
 * stands in ASCII. */
const char *iso2022_return_to_ascii(const struct iso2022_state *st);

#endif
