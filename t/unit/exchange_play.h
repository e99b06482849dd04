/* Plays an exchange of service/exchange.h with a server whose answer is a string. */
#ifndef T_UNIT_EXCHANGE_PLAY_H
#define T_UNIT_EXCHANGE_PLAY_H

#include <stdlib.h>

#include "service/exchange.h"

/* Appends all that is to be sent now. */
static inline void
play_write(struct exchange *x, struct buf *out)
{
	size_t before;

	do {
		before = out->len;
		x->ops->write(x, out);
	} while (out->len > before);
}

/* The server sends data in pieces of this many bytes, each in memory of its own, and closes.
 * Nothing is sent to it. */
static inline enum exchange_state
play_read(struct exchange *x, const char *data, size_t len, size_t piece)
{
	for (size_t at = 0; at < len; at += piece) {
		size_t n = piece < len - at ? piece : len - at;
		char *copy = malloc(n);
		enum exchange_state state;

		if (copy == NULL)
			abort();
		memcpy(copy, data + at, n);
		state = x->ops->read(x, copy, n);
		free(copy);
		if (state != EXCHANGE_GOES_ON)
			return state;
	}
	return x->ops->end(x);
}

/* A whole exchange over a new connection. */
static inline enum exchange_state
play(struct exchange *x, const char *data, size_t len, size_t piece)
{
	struct buf sent = {0};
	enum exchange_state state;

	x->ops->begin(x);
	play_write(x, &sent);
	state = play_read(x, data, len, piece);
	buf_free(&sent);
	return state;
}

#endif
