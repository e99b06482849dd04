/* Transactions, and a list of spare ones. A released transaction is emptied, keeps a little of
 * its memory and goes to the front of the list, where the next message finds it in the cache.
 */
#include "session/transaction.h"

#include "util/arena.h"
#include "util/memory.h"

#define SPARE_MAX	64u   /* more than that, after a burst, are freed */
#define KEEP_BUFFER_MAX 4096u /* bytes; a larger buffer is freed */

struct transaction_pool {
	struct transaction *spare;
	size_t n; /* spare ones */
	struct body_pool *files;
};

struct transaction_pool *
transaction_pool_new(struct body_pool *files)
{
	struct transaction_pool *pool = memory_zalloc(sizeof(*pool));

	pool->files = files;
	return pool;
}

static struct transaction *
transaction_new(struct body_pool *files)
{
	struct transaction *transaction = memory_zalloc(sizeof(*transaction));

	transaction->arena = arena_new();
	message_begin(&transaction->message, transaction->arena);
	message_use_files(&transaction->message, files);
	return transaction;
}

static void
transaction_free(struct transaction *transaction)
{
	message_free(&transaction->message);
	arena_free(transaction->arena);
	for (size_t i = 0; i < MACRO_MESSAGE_SETS; i++)
		buf_free(&transaction->macros[i]);
	buf_free(&transaction->text);
	buf_free(&transaction->rest);
	memory_free(transaction, sizeof(*transaction));
}

struct transaction_pool *
transaction_pool_free(struct transaction_pool *pool)
{
	if (pool == NULL)
		return NULL;
	while (pool->spare != NULL) {
		struct transaction *transaction = pool->spare;

		pool->spare = transaction->next;
		transaction_free(transaction);
	}
	body_pool_free(pool->files);
	memory_free(pool, sizeof(*pool));
	return NULL;
}

struct transaction *
transaction_acquire(struct transaction_pool *pool)
{
	struct transaction *transaction;

	if (pool == NULL || pool->spare == NULL)
		return transaction_new(pool == NULL ? NULL : pool->files);
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
	transaction->code = 0;
}

static void
empty_buffer(struct buf *b)
{
	buf_reset(b);
	if (b->cap > KEEP_BUFFER_MAX)
		buf_free(b);
}

void
transaction_release(struct transaction_pool *pool, struct transaction *transaction)
{
	if (pool == NULL || pool->n == SPARE_MAX) {
		transaction_free(transaction);
		return;
	}
	transaction_reset_message(transaction);
	for (size_t i = 0; i < MACRO_MESSAGE_SETS; i++)
		empty_buffer(&transaction->macros[i]);
	empty_buffer(&transaction->text);
	empty_buffer(&transaction->rest);
	transaction->more = false;
	transaction->next = pool->spare;
	pool->spare = transaction;
	pool->n++;
}
