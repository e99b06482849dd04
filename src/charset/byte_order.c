/* Both orders are rated by the first bytes of the text. */
#include "charset/byte_order.h"

#include <string.h>

/* The charset with the byte order of the mark, of which s and len then stand behind; CS_COUNT:
 * there is no mark. */
static enum charset_id
read_byte_order_mark(enum charset_id id, const char **s, size_t *len)
{
	static const struct {
		enum charset_id id, is;
		unsigned char mark[4], n;
	} orders[] = {
		{CS_UTF_16, CS_UTF_16LE, {0xff, 0xfe}, 2},
		{CS_UTF_16, CS_UTF_16BE, {0xfe, 0xff}, 2},
		{CS_UTF_16BE, CS_UTF_16LE, {0xff, 0xfe}, 2},
		{CS_UTF_16LE, CS_UTF_16BE, {0xfe, 0xff}, 2},
		{CS_UTF_32, CS_UTF_32LE, {0xff, 0xfe, 0, 0}, 4},
		{CS_UTF_32, CS_UTF_32BE, {0, 0, 0xfe, 0xff}, 4},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (orders[i].id != id || *len < orders[i].n ||
		    memcmp(*s, orders[i].mark, orders[i].n) != 0)
			continue;
		*s += orders[i].n;
		*len -= orders[i].n;
		return orders[i].is;
	}
	return CS_COUNT;
}

static bool
is_ascii_text(unsigned char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

/* How much UTF-16 looks like text when byte `high` (0 or 1) of each unit is the high one: ASCII
 * counts most, then units of the same block as the one before; a lone surrogate counts against
 * all else. */
static size_t
rate_utf16_order(const unsigned char *s, size_t len, size_t high)
{
	size_t points = 1;
	int last = -1;
	bool open = false; /* the second half of a pair must follow */

	for (size_t i = 0; i + 1 < len; i += 2) {
		unsigned char block = s[i + high], low = s[i + 1 - high];
		bool second = block >= 0xdc && block <= 0xdf;

		if (second != open)
			return 0;
		open = block >= 0xd8 && block <= 0xdb;
		points += block == 0 && is_ascii_text(low) ? 3 : block == last;
		last = block;
	}
	return points;
}

/* The same for UTF-32: the first byte is 0, the second one at most 0x10, mostly 0. */
static size_t
rate_utf32_order(const unsigned char *s, size_t len, size_t high)
{
	size_t points = 1;

	for (size_t i = 0; i + 3 < len; i += 4) {
		unsigned char first = s[i + high], second = s[i + (high == 0 ? 1 : 2)];

		if (first != 0 || second > 0x10)
			return 0;
		points += second == 0;
	}
	return points;
}

/* Text in one byte for each character, with a wrong label, is text in neither order. */
static bool
is_single_byte_text(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_ascii_text(s[i]))
			return false;
	return true;
}

/* The order of a text without a mark. */
static enum charset_id
guess_byte_order(enum charset_id id, const char *s, size_t len, bool *certain)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = len < BYTE_ORDER_BYTES ? len : BYTE_ORDER_BYTES, big, little;
	bool is_16 = id == CS_UTF_16;

	big = is_16 ? rate_utf16_order(p, n, 0) : rate_utf32_order(p, n, 0);
	little = is_16 ? rate_utf16_order(p, n, 1) : rate_utf32_order(p, n, 3);
	*certain = big != little && !is_single_byte_text(p, n);
	if (little > big)
		return is_16 ? CS_UTF_16LE : CS_UTF_32LE;
	return is_16 ? CS_UTF_16BE : CS_UTF_32BE;
}

enum charset_id
byte_order_find(enum charset_id id, const char **s, size_t *len, bool *certain)
{
	enum charset_id marked;

	*certain = true;
	if (id < CS_UTF_16 || id > CS_UTF_32LE)
		return id;
	marked = read_byte_order_mark(id, s, len);
	if (marked != CS_COUNT)
		return marked;
	return id == CS_UTF_16 || id == CS_UTF_32 ? guess_byte_order(id, *s, *len, certain)
						  : id;
}
