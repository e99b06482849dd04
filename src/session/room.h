/* What a session needs while it has a message, lent by a stock of the worker: an idle
 * connection holds none of it, and no message makes its own. Layer 2. */
#ifndef SESSION_ROOM_H
#define SESSION_ROOM_H

#include "session/diff.h"
#include "session/macro.h"
#include "session/message.h"
#include "util/buf.h"

struct room {
	struct room *next; /* the stock's */
	struct arena *arena;
	struct message message;
	struct buf macros[MACRO_LATER];
	size_t n_rcpts_before; /* of the envrcpt at work, to take it back when it is refused */

	unsigned code; /* of the reply that was set; 0: none */
	char xcode[12];
	struct buf text;

	bool more;		 /* of the answer is to be written: the body from here on, */
	struct diff_place place; /* then what is in rest */
	struct buf rest;
};

struct room_stock;

/* files: where large bodies go, the stock's from now on; or NULL. Freed once all rooms have
 * been given back; NULL is fine; returns NULL. */
struct room_stock *room_stock_new(struct body_pool *files);
struct room_stock *room_stock_free(struct room_stock *stock);

/* A room with an empty message. stock NULL: one that is made for this, and gone afterwards. */
struct room *room_take(struct room_stock *stock);
void room_give(struct room_stock *stock, struct room *room);

/* The message is over: its memory and its file go. Macros stay, they may be the next one's. */
void room_forget_message(struct room *room);

#endif
