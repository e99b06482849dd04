/* The answers of a server in pieces that the input chooses, for the exchanges of
 * service/exchange.h. */
#ifndef FUZZ_PIECES_H
#define FUZZ_PIECES_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "service/exchange.h"

/* The first bytes of each of these inputs choose the question and the pieces; the rest is the
 * answer. */
#define PIECES_OPTIONS 3u

/* A connection: writes times something is sent, then data comes in pieces of 1 to 16 bytes,
 * whose sizes seed chooses, or for 0 as a whole; then the server closes. */
static inline enum exchange_state
read_in_pieces(struct exchange *x, unsigned writes, const uint8_t *data, size_t size,
	       unsigned seed)
{
	enum exchange_state state = EXCHANGE_GOES_ON;
	struct buf out = {0};

	x->ops->begin(x);
	for (unsigned i = 0; i < writes; i++)
		x->ops->write(x, &out);
	buf_free(&out);
	for (size_t at = 0, n; at < size && state == EXCHANGE_GOES_ON; at += n) {
		char *copy;

		seed = seed * 5 + (seed != 0);
		n = seed == 0 || (seed >> 4) % 16 >= size - at ? size - at
							       : (seed >> 4) % 16 + 1;
		copy = malloc(n);
		assert(copy != NULL);
		memcpy(copy, data + at, n);
		state = x->ops->read(x, copy, n);
		free(copy);
	}
	if (state == EXCHANGE_GOES_ON)
		state = x->ops->end(x);
	assert(state != EXCHANGE_GOES_ON);
	assert(strlen(x->text) < sizeof(x->text));
	assert(state == EXCHANGE_BAD_ANSWER || state == EXCHANGE_SERVER_ERROR ||
	       state == EXCHANGE_TOO_BIG || x->text[0] == '\0');
	return state;
}

#endif
