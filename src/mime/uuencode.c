/* Works line by line. A character stands for six bits: its distance from the blank, modulo 64,
 * so that '`' is zero as the blank is. */
#include "mime/uuencode.h"

#include <string.h>

#include "mime/fields.h"
#include "util/buf.h"
#include "util/str.h"

static bool
is_octal_digit(char c)
{
	return c >= '0' && c <= '7';
}

/* Reads the line [from, end). */
static bool
read_uuencode_begin(const char *s, size_t from, size_t end, struct uuencode_begin *ret)
{
	static const char word[] = "begin", base64[] = "-base64";
	size_t at = from + strlen(word), mode;

	if (end < at || memcmp(s + from, word, strlen(word)) != 0)
		return false;
	ret->base64 = end - at >= strlen(base64) && memcmp(s + at, base64, strlen(base64)) == 0;
	at += ret->base64 ? strlen(base64) : 0;
	mode = at + str_blank_run(s + at, end - at);
	if (mode == at)
		return false;
	for (at = mode; at < end && is_octal_digit(s[at]);)
		at++;
	if (at == mode || (at < end && !str_is_blank(s[at])))
		return false;
	ret->from = from;
	ret->name = at + str_blank_run(s + at, end - at);
	ret->name_end = ret->name + str_trim_blanks(s + ret->name, end - ret->name);
	return true;
}

bool
uuencode_next_begin(const char *s, size_t len, size_t at, struct uuencode_begin *ret)
{
	while (at < len) {
		size_t next = mime_line_next(s, len, at);
		size_t end = at + str_trim_line_end(s + at, next - at);

		if (s[at] == 'b' && read_uuencode_begin(s, at, end, ret)) {
			ret->data = next;
			return true;
		}
		at = next;
	}
	return false;
}

static bool
is_uuencode_char(char c)
{
	return c >= ' ' && c <= '`';
}

/* The six bits of the character s[i] of a line of len bytes. */
static unsigned
uuencode_bits(const char *s, size_t len, size_t i)
{
	return i < len && is_uuencode_char(s[i]) ? (unsigned)(s[i] - ' ') & 63u : 0;
}

/* Decodes a line, which is given without its line end. */
static void
decode_uuencode_line(const char *s, size_t len, struct buf *out)
{
	size_t n = uuencode_bits(s, len, 0);

	for (size_t i = 1; n > 0; i += 4) {
		unsigned bits =
			uuencode_bits(s, len, i) << 18 | uuencode_bits(s, len, i + 1) << 12 |
			uuencode_bits(s, len, i + 2) << 6 | uuencode_bits(s, len, i + 3);

		for (unsigned shift = 16; n > 0 && shift <= 16; shift -= 8, n--)
			buf_putc(out, (unsigned char)(bits >> shift));
	}
}

size_t
uuencode_decode(const char *s, size_t len, size_t at, size_t until, struct buf *out,
		bool *ret_ended)
{
	*ret_ended = false;
	while (at < len && at < until) {
		size_t next = mime_line_next(s, len, at);
		size_t n = str_trim_line_end(s + at, next - at);
		size_t text = str_trim_blanks(s + at, n);

		if (text == strlen("end") && memcmp(s + at, "end", text) == 0) {
			*ret_ended = true;
			return at;
		}
		decode_uuencode_line(s + at, n, out);
		at = next;
	}
	return at;
}
