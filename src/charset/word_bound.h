/* Where words begin and end, in UTF-8. */
#ifndef CHARSET_WORD_BOUND_H
#define CHARSET_WORD_BOUND_H

#include <stdbool.h>
#include <stddef.h>

/* Is the place in front of s[at] not inside a word? at is the begin of a character or len. A
 * word consists of letters, marks, digits, connectors ("_") and U+FFFD, which stands for what
 * could not be read, in a row; where a character
 * follows of a script that is written without blanks between words (Han, kana, Thai, Lao,
 * Khmer, Burmese, Tibetan), or whose words have endings that other languages write as words
 * (Hangul), there is a bound at each character. With a '|' at each:
 *
 *	|cheap| |pills|.|		|viagra_2|		|don|'|t|
 *	|caf\u00e9|, composed or not	|\u4fbf|\u5b9c|	|a|-|b| |$|5| */
bool word_bound_at(const char *s, size_t len, size_t at);

#endif
