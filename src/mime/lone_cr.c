/* A search for "\r--" that is fast in lines that end with CRLF, where a look at each CR would
 * take longer than the scan for delimiters does, and also in text with many dashes. */
#include "mime/lone_cr.h"

#include <string.h>

#define BLOCK_BYTES 64u

/* Looks at each CR. */
static bool
find_lone_cr_dashes(const char *s, size_t len)
{
	const char *end = s + len, *cr = s;

	while ((cr = memchr(cr, '\r', (size_t)(end - cr))) != NULL) {
		cr++;
		if (end - cr >= 2 && cr[0] == '-' && cr[1] == '-')
			return true;
	}
	return false;
}

/* Does "\r-" begin in the block? The length is a constant and nothing ends the loop early, so
 * that compilers make vector code of it. */
static bool
has_cr_dash_in_block(const char *s)
{
	unsigned char found = 0;

	for (size_t i = 0; i < BLOCK_BYTES; i++)
		found |= (unsigned char)((s[i] == '\r') & (s[i + 1] == '-'));
	return found != 0;
}

/* Goes from dash to dash while they are rare, in blocks behind each dash where they are not. */
bool
mime_has_lone_cr_dashes(const char *s, size_t len)
{
	while (len > BLOCK_BYTES + 2) {
		const char *dash = memchr(s + 1, '-', len - 1);

		if (dash == NULL)
			return false;
		len -= (size_t)(dash - 1 - s);
		s = dash - 1;
		if (len <= BLOCK_BYTES + 2)
			break;
		if (has_cr_dash_in_block(s) && find_lone_cr_dashes(s, BLOCK_BYTES + 2))
			return true;
		s += BLOCK_BYTES;
		len -= BLOCK_BYTES;
	}
	return find_lone_cr_dashes(s, len);
}
