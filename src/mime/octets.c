/* Two tables of digits, and loops over them. Base64 is read in two ways: whole quanta of four
 * digits at once, and single bytes where something else stands between the digits. The first
 * loop is where the time goes for a large attachment. */
#include "mime/octets.h"

#include "util/buf.h"

const unsigned char octets_hex_digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

bool
octets_unescape(const char *s, size_t len, struct buf *out)
{
	unsigned char *to = buf_reserve(out, len);
	bool any = false;

	for (size_t i = 0; i < len; i++) {
		int octet = s[i] == '%' ? octets_from_hex(s + i + 1, len - i - 1) : -1;

		*to++ = octet < 0 ? (unsigned char)s[i] : (unsigned char)octet;
		i += octet < 0 ? 0 : 2;
		any |= octet >= 0;
	}
	out->len = (size_t)(to - out->data);
	return any;
}

/* What a byte is in base64: the value of a digit, 0 to 63, or one of these. They share no bits
 * with a value, so that one test finds them among four bytes that are ORed together. */
#define PAD   0x40
#define BLANK 0x80
#define OTHER 0xc0

/* clang-format off */
static const unsigned char base64_kind[256] = {
#define OTHER_4	 OTHER, OTHER, OTHER, OTHER
#define OTHER_16 OTHER_4, OTHER_4, OTHER_4, OTHER_4
	OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER,
	OTHER, BLANK, BLANK, OTHER, OTHER, BLANK, OTHER, OTHER,
	OTHER_16,
	BLANK, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER,
	OTHER, OTHER, OTHER, 62,    OTHER, OTHER, OTHER, 63,
	52,    53,    54,    55,    56,    57,    58,    59,
	60,    61,    OTHER, OTHER, OTHER, PAD,   OTHER, OTHER,
	OTHER, 0,     1,     2,     3,     4,     5,     6,
	7,     8,     9,     10,    11,    12,    13,    14,
	15,    16,    17,    18,    19,    20,    21,    22,
	23,    24,    25,    OTHER, OTHER, OTHER, OTHER, OTHER,
	OTHER, 26,    27,    28,    29,    30,    31,    32,
	33,    34,    35,    36,    37,    38,    39,    40,
	41,    42,    43,    44,    45,    46,    47,    48,
	49,    50,    51,    OTHER, OTHER, OTHER, OTHER, OTHER,
	OTHER_16, OTHER_16, OTHER_16, OTHER_16,
	OTHER_16, OTHER_16, OTHER_16, OTHER_16,
};
/* clang-format on */

/* Decodes quanta of four digits as long as nothing else stands between the digits. Advances
 * *to. Returns how many bytes of s were decoded. */
static size_t
decode_base64_quanta(const unsigned char *s, size_t len, unsigned char **to)
{
	unsigned char *o = *to;
	size_t i = 0;

	for (; len - i >= 4; i += 4) {
		unsigned a = base64_kind[s[i]], b = base64_kind[s[i + 1]];
		unsigned c = base64_kind[s[i + 2]], d = base64_kind[s[i + 3]];

		if (((a | b | c | d) & OTHER) != 0)
			break;
		*o++ = (unsigned char)(a << 2 | b >> 4);
		*o++ = (unsigned char)(b << 4 | c >> 2);
		*o++ = (unsigned char)(c << 6 | d);
	}
	*to = o;
	return i;
}

static void
decode_base64_digit(struct base64_reader *r, unsigned value, unsigned char **to)
{
	unsigned left; /* bits that belong to the next octet */

	r->irregular |= r->padded;
	r->bits = r->bits << 6 | value;
	r->n_digits = (r->n_digits + 1) % 4;
	if (r->n_digits == 1)
		return;
	left = r->n_digits == 0 ? 0 : 8 - 2 * r->n_digits;
	*(*to)++ = (unsigned char)(r->bits >> left);
	r->bits &= (1u << left) - 1;
}

/* A byte that is no digit: padding, white space, or a fault. Padding ends a quantum. */
static void
note_base64_byte(struct base64_reader *r, unsigned kind)
{
	if (kind == BLANK)
		return;
	if (kind == OTHER || r->n_digits == 1 || (r->n_digits == 0 && !r->padded))
		r->irregular = true;
	if (kind == OTHER)
		return;
	r->padded = true;
	r->n_digits = 0;
	r->bits = 0;
}

/* The length of what has no effect at s: white space, and padding behind padding. */
static size_t
base64_run_without_digits(const struct base64_reader *r, const unsigned char *s, size_t len)
{
	unsigned pad = r->padded && r->n_digits == 0 ? PAD : BLANK;
	size_t i = 0;

	while (i < len && (base64_kind[s[i]] == BLANK || base64_kind[s[i]] == pad))
		i++;
	return i;
}

void
base64_read(struct base64_reader *r, const char *s, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char *to = buf_reserve(out, len / 4 * 3 + 3);
	size_t i = 0;

	while (i < len) {
		if (r->n_digits == 0 && !r->padded)
			i += decode_base64_quanta(p + i, len - i, &to);
		if (i == len)
			break;
		if (base64_kind[p[i]] < PAD)
			decode_base64_digit(r, base64_kind[p[i]], &to);
		else
			note_base64_byte(r, base64_kind[p[i]]);
		i++;
		i += base64_run_without_digits(r, p + i, len - i);
	}
	out->len = (size_t)(to - out->data);
}

bool
base64_read_end(struct base64_reader *r)
{
	bool regular = !r->irregular && r->n_digits == 0;

	*r = (struct base64_reader){0};
	return regular;
}

void
base64_write(const char *s, size_t len, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)s;
	unsigned char *to = buf_reserve(out, (len + 2) / 3 * 4);

	out->len += (len + 2) / 3 * 4;
	for (; len >= 3; len -= 3, p += 3, to += 4) {
		to[0] = (unsigned char)digits[p[0] >> 2];
		to[1] = (unsigned char)digits[(p[0] << 4 | p[1] >> 4) & 63];
		to[2] = (unsigned char)digits[(p[1] << 2 | p[2] >> 6) & 63];
		to[3] = (unsigned char)digits[p[2] & 63];
	}
	if (len == 0)
		return;
	to[0] = (unsigned char)digits[p[0] >> 2];
	to[1] = (unsigned char)digits[(p[0] << 4 | (len == 2 ? p[1] >> 4 : 0)) & 63];
	to[2] = len == 2 ? (unsigned char)digits[p[1] << 2 & 63] : '=';
	to[3] = '=';
}
