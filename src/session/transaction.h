/* What a session needs while it has a message, lent by a pool of the worker: an idle
 * connection holds none of it, and no message makes its own. Layer 2. */
#ifndef SESSION_TRANSACTION_H
#define SESSION_TRANSACTION_H

#include "session/diff.h"
#include "session/macro.h"
#include "session/message.h"
#include "util/buf.h"

struct transaction {
	struct transaction *next; /* the pool's */
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

struct transaction_pool;

/* files: where large bodies go, the pool's from now on; or NULL. Freed once all rooms have
 * been given back; NULL is fine; returns NULL. */
struct transaction_pool *transaction_pool_new(struct body_pool *files);
struct transaction_pool *transaction_pool_free(struct transaction_pool *pool);

/* A transaction with an empty message. pool NULL: one that is made for this, and gone
 * afterwards. */
struct transaction *transaction_take(struct transaction_pool *pool);
void transaction_give(struct transaction_pool *pool, struct transaction *transaction);

/* The message is over: its memory and its file go. Macros stay, they may be the next one's. */
void transaction_reset_message(struct transaction *transaction);

#endif
