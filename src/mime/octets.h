/* Octets out of hexadecimal and base64 digits, for encoded words, parameters and bodies.
 * Layer 2. */
#ifndef MIME_OCTETS_H
#define MIME_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* The octet that two hexadecimal digits (either case) at s mean, or -1. */
int octets_from_hex(const char *s, size_t len);

/* Base64 read piece by piece (RFC 2045 6.8). {0} is the start. Blanks and line ends are
 * passed over. */
struct base64_reader {
	uint32_t bits;	   /* of digits that did not make an octet yet */
	unsigned n_digits; /* how many those are: 0 to 3 */
	bool padded;	   /* a '=' came */
	bool irregular;	   /* other bytes, or digits after padding: both read all the same */
};

void base64_read(struct base64_reader *r, const char *s, size_t len, struct buf *out);

/* The text ends: the rest of an unpadded end is forgotten, its whole octets were written.
 * False when anything was not of the form. */
bool base64_read_end(struct base64_reader *r);

/* Writes 4 digits for every 3 octets begun to the buffer, padded; no line ends. */
void base64_write(const char *s, size_t len, struct buf *out);

#endif
