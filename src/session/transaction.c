/* Rooms, and a list of those that are free. */
#include "session/transaction.h"

#include <stdlib.h>

#include "util/arena.h"

#define KEEP_TRANSACTIONS 64u	/* free ones; a burst's others go back */
#define KEEP_BYTES	  4096u /* of a buffer */

struct transaction_pool {
	struct transaction *spare;
	size_t n;
	struct body_pool *files;
};

struct transaction_pool *
transaction_pool_new(struct body_pool *files)
{
	struct transaction_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		abort();
	pool->files = files;
	return pool;
}

static struct transaction *
room_new(struct body_pool *files)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	if (transaction == NULL)
		abort();
	transaction->arena = arena_new();
	message_begin(&transaction->message, transaction->arena);
	message_use_files(&transaction->message, files);
	return transaction;
}

static void
room_free(struct transaction *transaction)
{
	message_free(&transaction->message);
	arena_free(transaction->arena);
	for (size_t i = 0; i < MACRO_LATER; i++)
		buf_free(&transaction->macros[i]);
	buf_free(&transaction->text);
	buf_free(&transaction->rest);
	free(transaction);
}

struct transaction_pool *
transaction_pool_free(struct transaction_pool *pool)
{
	if (pool == NULL)
		return NULL;
	while (pool->spare != NULL) {
		struct transaction *transaction = pool->spare;

		pool->spare = transaction->next;
		room_free(transaction);
	}
	body_pool_free(pool->files);
	free(pool);
	return NULL;
}

struct transaction *
transaction_take(struct transaction_pool *pool)
{
	struct transaction *transaction;

	if (pool == NULL || pool->spare == NULL)
		return room_new(pool == NULL ? NULL : pool->files);
	transaction = pool->spare;
	pool->spare = transaction->next;
	pool->n--;
	return transaction;
}

void
transaction_reset_message(struct transaction *transaction)
{
	message_end(&transaction->message);
	arena_reset(transaction->arena);
	message_begin(&transaction->message, transaction->arena);
}

static void
empty(struct buf *b)
{
	buf_reset(b);
	if (b->cap > KEEP_BYTES)
		buf_free(b);
}

void
transaction_give(struct transaction_pool *pool, struct transaction *transaction)
{
	if (pool == NULL || pool->n == KEEP_TRANSACTIONS) {
		room_free(transaction);
		return;
	}
	transaction_reset_message(transaction);
	for (size_t i = 0; i < MACRO_LATER; i++)
		empty(&transaction->macros[i]);
	empty(&transaction->text);
	empty(&transaction->rest);
	transaction->more = false;
	transaction->code = 0;
	transaction->next = pool->spare;
	pool->spare = transaction;
	pool->n++;
}
