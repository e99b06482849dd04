/* The category of a character is libutf8proc's; its script is found by the blocks of Unicode.
 */
#include "charset/word_bound.h"

#include <stdint.h>
#include <utf8proc.h>

#include "util/str.h"

#define REPLACEMENT 0xfffd /* it stands for a character that could not be read */

enum word_char {
	WORD_NO_PART,
	WORD_PART,
	WORD_ALONE, /* has bounds on both sides */
};

/* Blocks of scripts without blanks between words, and of Hangul, in ascending order. */
static const struct {
	utf8proc_int32_t from, to;
} alone[] = {
	{0x0e00, 0x0fff},		      /* Thai, Lao, Tibetan */
	{0x1000, 0x109f},		      /* Burmese */
	{0x1100, 0x11ff},		      /* Hangul Jamo */
	{0x1780, 0x17ff},		      /* Khmer */
	{0x1950, 0x19df},		      /* Tai Le, New Tai Lue */
	{0x1a20, 0x1aaf},		      /* Tai Tham */
	{0x2e80, 0x2fdf},		      /* radicals */
	{0x3005, 0x3007},		      /* iteration mark, zero */
	{0x3021, 0x30ff},		      /* numerals, kana */
	{0x3100, 0x31ff},		      /* bopomofo, Hangul, kana */
	{0x3400, 0x4dbf},		      /* Han */
	{0x4e00, 0x9fff},   {0xa000, 0xa4cf}, /* Yi */
	{0xa960, 0xa97f},		      /* Hangul */
	{0xa9e0, 0xa9ff},		      /* Burmese */
	{0xaa60, 0xaadf},		      /* Burmese, Tai Viet */
	{0xac00, 0xd7ff},		      /* Hangul */
	{0xf900, 0xfaff},		      /* Han */
	{0xff66, 0xffdc},		      /* kana and Hangul of half width */
	{0x1aff0, 0x1b16f},		      /* kana */
	{0x20000, 0x3ffff},		      /* Han */
};

static bool
is_alone(utf8proc_int32_t c)
{
	size_t from = 0, to = sizeof(alone) / sizeof(alone[0]);

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (c > alone[middle].to)
			from = middle + 1;
		else
			to = middle;
	}
	return from < sizeof(alone) / sizeof(alone[0]) && c >= alone[from].from;
}

static enum word_char
classify_word_char(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	if (c == REPLACEMENT)
		return WORD_PART;
	if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_PC)
		return WORD_NO_PART;
	return is_alone(c) ? WORD_ALONE : WORD_PART;
}

/* The kind of the character of n bytes at p. A byte that is not UTF-8 is no part of a word. */
static enum word_char
word_char_of(const unsigned char *p, size_t n)
{
	utf8proc_int32_t c = -1;

	if (*p < 0x80)
		return str_is_digit((char)*p) || *p == '_' ||
				       (str_lower_char((char)*p) >= 'a' &&
					str_lower_char((char)*p) <= 'z')
			       ? WORD_PART
			       : WORD_NO_PART;
	(void)utf8proc_iterate(p, (utf8proc_ssize_t)n, &c);
	return c < 0 ? WORD_NO_PART : classify_word_char(c);
}

bool
word_bound_at(const char *s, size_t len, size_t at)
{
	const unsigned char *p = (const unsigned char *)s + at;
	size_t n = 1;

	if (at == 0 || at >= len || word_char_of(p, len - at) != WORD_PART)
		return true;
	while (n < 4 && n < at && (p[-(ptrdiff_t)n] & 0xc0) == 0x80)
		n++;
	return word_char_of(p - n, n) != WORD_PART;
}
