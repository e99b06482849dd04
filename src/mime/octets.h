/* Octets from hexadecimal and base64 digits, and base64 from octets: the common base of encoded
 * words (words.h), RFC 2231 parameters (params.h) and bodies (encoding.h). Nothing here fails:
 * what is not of the form is passed over and reported. */
#ifndef MIME_OCTETS_H
#define MIME_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* The value of a hexadecimal digit (upper or lower case) plus one; 0: not a digit. */
extern const unsigned char octets_hex_digits[256];

/* The octet that the two hexadecimal digits at s mean; -1: there are no two digits. */
static inline int
octets_from_hex(const char *s, size_t len)
{
	unsigned high, low;

	if (len < 2)
		return -1;
	high = octets_hex_digits[(unsigned char)s[0]];
	low = octets_hex_digits[(unsigned char)s[1]];
	return high == 0 || low == 0 ? -1 : (int)((high - 1) << 4 | (low - 1));
}

/* Appends the text with the octet in the place of each escape such as "%C3" (RFC 2231, section
 * 4); what is no escape stays. Returns whether there was one. */
bool octets_unescape(const char *s, size_t len, struct buf *out);

/* A decoder of base64 (RFC 2045, section 6.8) for text that comes in pieces. Zero is the start.
 * White space and line ends are passed over. */
struct base64_reader {
	uint32_t bits;	   /* of digits that do not make up an octet yet */
	unsigned n_digits; /* since the last whole quantum: 0 to 3 */
	bool padded;	   /* a '=' was read */
	bool irregular;	   /* other bytes, or digits after padding; decoding went on */
};

/* Appends the octets to out. */
void base64_read(struct base64_reader *r, const char *s, size_t len, struct buf *out);

/* The end of the text. Bits that do not make up an octet are dropped. Returns false if anything
 * was not of the form, missing padding included. The reader is at its start again. */
bool base64_read_end(struct base64_reader *r);

/* Appends 4 digits for every 3 octets, the last quantum padded; no line ends. */
void base64_write(const char *s, size_t len, struct buf *out);

#endif
