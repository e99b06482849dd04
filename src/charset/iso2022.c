/* A sequence is ESC, bytes from 0x20 to 0x2f, and a final byte. */
#include "charset/iso2022.h"

#include <errno.h>
#include <string.h>

#define MAX_ESCAPE_BYTES 5u

static enum iso2022_set
find_single_byte_set(char final)
{
	switch (final) {
	case 'B':
		return ISO2022_ASCII;
	case 'J':
	case 'H': /* the same for some programs, by mistake */
		return ISO2022_ROMAN;
	case 'I':
		return ISO2022_KANA;
	default:
		return ISO2022_OTHER;
	}
}

static enum iso2022_set
find_two_byte_set(char final)
{
	return final == 'B' || final == '@' ? ISO2022_KANJI : ISO2022_OTHER;
}

int
iso2022_read_escape(const char *s, size_t len, enum iso2022_set *set)
{
	size_t n = 1;

	while (n < len && n < MAX_ESCAPE_BYTES && s[n] >= 0x20 && s[n] <= 0x2f)
		n++;
	if (n == len)
		return -EINVAL;
	if (n == 1 || n == MAX_ESCAPE_BYTES || s[n] < 0x30 || s[n] > 0x7e)
		return -EILSEQ;
	if (n == 2 && s[1] == '(')
		*set = find_single_byte_set(s[n]);
	else if (s[1] == '$' && (n == 2 || (n == 3 && s[2] == '(')))
		*set = find_two_byte_set(s[n]);
	return (int)n + 1;
}

/* Passes the ESC at s, and all of the sequence if that designates a charset. Returns how many
 * bytes these are. */
static size_t
track_escape(struct iso2022_state *st, const char *s, size_t len)
{
	int n = iso2022_read_escape(s, len, &st->set);

	st->seen = st->seen || n > 0;
	return n > 0 ? (size_t)n : 1;
}

static void
track_shifts(struct iso2022_state *st, const char *s, size_t len)
{
	const char *out = memrchr(s, ISO2022_SHIFT_OUT, len);
	const char *in = memrchr(s, ISO2022_SHIFT_IN, len);

	if (out != NULL || in != NULL)
		st->shifted = in == NULL || (out != NULL && out > in);
}

void
iso2022_track(struct iso2022_state *st, const char *s, size_t len, size_t back)
{
	const char *end = s + len;
	const char *at = s - (back < MAX_ESCAPE_BYTES - 1 ? back : MAX_ESCAPE_BYTES - 1);

	if (len == 0)
		return;
	track_shifts(st, s, len);
	while ((at = memchr(at, ISO2022_ESC, (size_t)(end - at))) != NULL)
		at += track_escape(st, at, (size_t)(end - at));
}

const char *
iso2022_return_to_ascii(const struct iso2022_state *st)
{
	if (st->set == ISO2022_ASCII)
		return st->shifted ? "\x0f" : "";
	return st->shifted ? "\x0f\x1b(B" : "\x1b(B";
}
