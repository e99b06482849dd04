/* What a session needs for one message: the model, its memory, macros, the reply, and the rest
 * of a long answer. Sessions take transactions from a pool of the worker: an idle connection
 * has none, and a new message does not allocate one. */
#ifndef SESSION_TRANSACTION_H
#define SESSION_TRANSACTION_H

#include "session/diff.h"
#include "session/macro.h"
#include "session/message.h"
#include "util/buf.h"

struct transaction {
	struct transaction *next; /* in the pool's list */
	struct arena *arena;	  /* the message's */
	struct message message;
	struct buf macros[MACRO_MESSAGE_SETS]; /* see macros_set_buffers() */
	size_t n_rcpts_before;		       /* number of recipients before the last RCPT */

	unsigned code; /* of the reply that the handler has set, 400 to 599; 0: none */
	char xcode[12];
	struct buf text;

	bool more;		 /* the answer is not all written: the body from place on, */
	struct diff_place place; /* and then what is in rest */
	struct buf rest;
};

struct transaction_pool;

/* files: for large bodies, the pool's from now on; or NULL. To be freed after all transactions
 * were released. NULL may be freed; returns NULL. */
struct transaction_pool *transaction_pool_new(struct body_pool *files);
struct transaction_pool *transaction_pool_free(struct transaction_pool *pool);

/* A transaction with an empty message. Without a pool (NULL) it is made and freed each time. */
struct transaction *transaction_acquire(struct transaction_pool *pool);
void transaction_release(struct transaction_pool *pool, struct transaction *transaction);

/* The message is over: its memory, its file and a reply that was not sent go. Macros stay:
 * those of the next message may be among them. */
void transaction_reset_message(struct transaction *transaction);

#endif
