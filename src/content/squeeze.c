/* Squeezes blanks. Most texts have nothing to squeeze, and those that have are folded a few
 * times: what is between two folds is looked through 16 bytes at a time. */
#include "content/squeeze.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mime/words.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));

static bool
is_squeezed_char(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t
squeeze_skip(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_squeezed_char(s[n]))
		n++;
	return n;
}

/* Each byte that is a control character, or a space in front of one, of a space or of the final
 * NUL, may be a blank to squeeze. Returns the index of the first one of the 16 bytes at s, or
 * 16. Reads 17 bytes. */
static size_t
find_candidate_of_16(const char *s)
{
	bytes16 these, next, found;
	uint64_t half[2];

	memcpy(&these, s, sizeof(these));
	memcpy(&next, s + 1, sizeof(next));
	found = (bytes16)(these < (uint8_t)' ') |
		((bytes16)(these == (uint8_t)' ') & (bytes16)(next <= (uint8_t)' '));
	memcpy(half, &found, sizeof(half));
	if (half[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
	return half[1] != 0 ? 8 + (size_t)__builtin_ctzll(le64toh(half[1])) / 8 : 16;
}

/* The index of the first such byte; len: there is none. */
static size_t
find_candidate(const char *s, size_t len)
{
	size_t n = 0, at;

	for (; len - n >= 16; n += 16) {
		at = find_candidate_of_16(s + n);
		if (at < 16)
			return n + at;
	}
	if (n > 0) /* once more with the last 16 bytes: those before s[n] are none */
		return len - 16 + find_candidate_of_16(s + len - 16);
	while (n < len && (unsigned char)s[n] > ' ')
		n++;
	return n;
}

size_t
squeeze_find(const char *s, size_t len, size_t from)
{
	if (from == 0 && len > 0 && is_squeezed_char(*s))
		return 0;
	for (size_t i = from; i < len; i++) {
		i += find_candidate(s + i, len - i);
		if (i < len && is_squeezed_char(s[i]) &&
		    (s[i] != ' ' || i + 1 == len || is_squeezed_char(s[i + 1])))
			return i;
	}
	return len;
}

/* Whether a run of blanks and line ends becomes a space between two words. */
static bool
is_blank_run(const char *run, size_t len, enum squeeze_kind kind)
{
	size_t i = 0;

	if (kind == SQUEEZE_DECODED)
		return len > 0;
	while (i < len && run[i] != ' ' && run[i] != '\t')
		i++;
	return i < len;
}

size_t
squeeze_blanks(const char *s, size_t len, size_t from, enum squeeze_kind kind, char *to,
	       struct header_origin *origins)
{
	size_t n = from, i = from;

	memmove(to, s, from);
	for (;;) {
		size_t run = squeeze_skip(s + i, len - i), word = i + run, end;

		if (word == len)
			return n;
		if (n > 0 && is_blank_run(s + i, run, kind)) {
			if (origins != NULL)
				origins[n] = origins[i];
			to[n++] = ' ';
		}
		end = squeeze_find(s, len, word);
		memmove(to + n, s + word, end - word);
		if (origins != NULL)
			memmove(origins + n, origins + word, (end - word) * sizeof(*origins));
		n += end - word;
		i = end;
	}
}
