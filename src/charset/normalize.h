/* Text in the form in which it is compared with patterns and phrases, so that spellings which
 * people read as the same are the same bytes: NFKC and full case folding (Unicode,
 * NFKC_Casefold of section 3.13), without characters that are not displayed, and with single
 * blanks.
 *
 *	what					text			result
 *	case, in all scripts			"Stra\u00dfe PILLS"	"strasse pills"
 *	compatibility: full width, ligatures,
 *	letters in circles, mathematical ones	"\uff23heap \ufb01x"	"cheap fix"
 *	composed: a letter and its mark		"u\u0308ber"		"\u00fcber"
 *	default-ignorable: zero width, soft
 *	hyphens, marks of direction, variation
 *	selectors, fillers			"pi\u200bl\u00adls"	"pills"
 *	white space (no-break, line ends)	" a\r\n\t\u00a0b "	"a b"
 *
 * Letters of one script that look like those of another stay what they are, as do marks that
 * are no part of a composed letter. */
#ifndef CHARSET_NORMALIZE_H
#define CHARSET_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends the text in that form to out, as valid UTF-8 without NUL: a NUL, and each byte that
 * is not valid UTF-8, becomes U+FFFD. Normalizing it again changes nothing. Blanks at both ends
 * of the text are dropped, so pieces of a text must not be given one after the other.
 *
 * Takes linear time, and at most 11 times the text (of U+FDFA, one character that means
 * eighteen). More than 30 marks on one letter are composed and ordered in groups of 30 (the
 * Stream-Safe Text Format of Unicode Standard Annex 15). Needs no charset_open_all(). Returns
 * false if memory_is_over(): then out ends in the middle of the text. */
bool normalize_text(const char *s, size_t len, struct buf *out);

#endif
