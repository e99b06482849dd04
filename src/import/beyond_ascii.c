#include "import/beyond_ascii.h"

#include <string.h>

#include "util/buf.h"

/* The length of the character that ends at end; its first byte is not below start. */
static size_t
last_character_length(const char *start, const char *end)
{
	size_t n = 1;

	while (end - n > start && ((unsigned char)*(end - n) & 0xc0) == 0x80)
		n++;
	return n;
}

size_t
beyond_ascii_run(const char *s)
{
	size_t len = 1, last;

	while ((unsigned char)s[len] >= 0x80)
		len++;
	last = last_character_length(s, s + len);
	return s[len] != '\0' && strchr("*+?{\\", s[len]) != NULL && last < len ? len - last
										: len;
}

void
beyond_ascii_put(struct buf *out, const char *s, size_t len, bool caseless)
{
	if (caseless)
		buf_puts(out, "(?-i:");
	buf_append(out, s, len);
	if (caseless)
		buf_putc(out, ')');
}
