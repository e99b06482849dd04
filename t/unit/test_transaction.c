/* Unit tests of session/transaction, and of when a session has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "milter/client.h"
#include "session/session.h"
#include "session/transaction.h"
#include "util/arena.h"

static struct transaction_pool *pool;

static int
setup(void **state)
{
	(void)state;
	pool = transaction_pool_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pool = transaction_pool_free(pool);
	return 0;
}

static void
test_released_is_empty_again(void **state)
{
	struct transaction *transaction = transaction_acquire(pool),
			   *other = transaction_acquire(pool);

	(void)state;
	assert_ptr_not_equal(transaction, other);
	message_receive_sender(&transaction->message, "<a@example.org>", "", 0);
	message_receive_header(&transaction->message, "Subject", "x", true);
	assert_int_equal(message_receive_body(&transaction->message, "text", 4, true), 0);
	buf_puts(&transaction->macros[0], "i");
	buf_puts(&transaction->text, "no");
	transaction->code = 550;
	transaction_release(pool, transaction);
	assert_ptr_equal(transaction_acquire(pool), transaction);
	assert_int_equal(transaction->message.n_senders, 0);
	assert_int_equal(transaction->message.n_headers, 0);
	assert_int_equal(transaction->message.body_size, 0);
	assert_null(message_nth_header(&transaction->message, "Subject", 1));
	assert_int_equal(transaction->macros[0].len, 0);
	assert_int_equal(transaction->text.len, 0);
	assert_int_equal(transaction->code, 0);
	transaction_release(pool, other);
	transaction_release(pool, transaction);
}

static void
test_large_memory_is_freed(void **state)
{
	struct transaction *transaction = transaction_acquire(pool);

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		buf_puts(&transaction->macros[4], "0123456789");
	(void)arena_alloc(transaction->arena, 1 << 20);
	transaction_release(pool, transaction);
	assert_int_equal(transaction->macros[4].cap, 0);
	assert_int_equal(arena_used(transaction->arena), 0);
}

static void
test_without_a_pool(void **state)
{
	(void)state;
	transaction_release(NULL, transaction_acquire(NULL));
	assert_null(transaction_pool_free(NULL));
}

#define LONG_BYTES 1000000u

/* What the handler does at eom. */
enum behaviour { CONTINUES, ANSWERS_AT_LENGTH, WAITS };

static int
offer(void *ctx, const struct milter_terms *terms, struct session_request *ret)
{
	(void)ctx;
	*ret = (struct session_request){
		.terms = {.version = terms->version, .actions = ACTION_REPLACE_BODY},
		.keep_headers = true};
	return 0;
}

static enum verdict
event(void *ctx, struct session *s, enum stage stage)
{
	const enum behaviour *behaviour = ctx;
	struct message *m = session_message(s);
	char *body;

	if (stage != STAGE_EOM || behaviour == NULL)
		return VERDICT_CONTINUE;
	assert_int_equal(m->n_headers, 1);
	if (*behaviour == ANSWERS_AT_LENGTH) {
		body = arena_alloc(m->arena, LONG_BYTES);
		memset(body, 'x', LONG_BYTES);
		message_replace_body(m, body, LONG_BYTES);
	}
	return *behaviour == WAITS ? VERDICT_SUSPEND : VERDICT_CONTINUE;
}

static void
on_abort(void *ctx, struct session *s)
{
	(void)ctx;
	(void)s;
}

/* Whether the one transaction of the pool is a spare one. */
static bool
is_back(const struct transaction *transaction)
{
	struct transaction *spare = transaction_acquire(pool);

	transaction_release(pool, spare);
	return spare == transaction;
}

static void
run(struct session *s, struct buf *in)
{
	struct buf out = {0};
	size_t used;

	assert_int_equal(session_run(s, in->data, in->len, &out, &used), 0);
	assert_int_equal(used, in->len);
	buf_reset(in);
	buf_free(&out);
}

static const struct session_handler handler = {
	.offer = offer, .event = event, .abort = on_abort};
static const struct session_limits limits;
static const char *const from[] = {"<a@example.org>", NULL};

/* An idle session has no transaction; it takes one for the macros of the first command of a
 * message. */
static void
test_idle_session_has_none(void **state)
{
	static const char *const at_connect[] = {"j", "mx", NULL};
	static const char *const at_envfrom[] = {"i", "ID", NULL};
	struct session *s = session_new(&handler, NULL, &limits);
	struct milter_client mta;
	struct transaction *transaction = transaction_acquire(pool);
	struct buf in = {0};

	(void)state;
	transaction_release(pool, transaction);
	session_use_pool(s, pool);
	milter_client_init(&mta);
	milter_client_optneg(&mta, &in);
	milter_client_macros(&mta, &in, 'C', at_connect);
	milter_client_helo(&mta, &in, "client.example");
	run(s, &in);
	assert_true(is_back(transaction));
	for (int i = 0; i < 2; i++) {
		milter_client_macros(&mta, &in, 'M', at_envfrom);
		run(s, &in);
		assert_false(is_back(transaction));
		assert_string_equal(session_queue_id(s), "ID");
		milter_client_envfrom(&mta, &in, from);
		milter_client_header(&mta, &in, "Subject", "x");
		run(s, &in);
		assert_false(is_back(transaction));
		if (i == 0)
			milter_client_eom(&mta, &in);
		else
			milter_client_abort(&mta, &in);
		run(s, &in);
		assert_true(is_back(transaction));
		assert_null(session_queue_id(s));
		assert_string_equal(session_macro(s, "j"), "mx");
		assert_string_equal(session_peer(s)->helo, "client.example");
	}
	milter_client_envfrom(&mta, &in, from);
	run(s, &in);
	session_free(s); /* in the middle */
	assert_true(is_back(transaction));
	buf_free(&in);
}

/* A session with its MTA. */
struct side {
	enum behaviour behaviour;
	struct session *s;
	struct milter_client mta;
	struct buf in, out;
};

static void
side_open(struct side *side, enum behaviour behaviour)
{
	*side = (struct side){.behaviour = behaviour};
	side->s = session_new(&handler, &side->behaviour, &limits);
	session_use_pool(side->s, pool);
	milter_client_init(&side->mta);
	milter_client_optneg(&side->mta, &side->in);
	run(side->s, &side->in);
}

static void
side_close(struct side *side)
{
	session_free(side->s);
	buf_free(&side->in);
	buf_free(&side->out);
}

/* One message up to its eom; the answer, or its begin, is in out. */
static void
side_deliver(struct side *side, const char *id)
{
	const char *macros[] = {"i", id, NULL};
	size_t used;

	milter_client_macros(&side->mta, &side->in, 'M', macros);
	milter_client_envfrom(&side->mta, &side->in, from);
	milter_client_header(&side->mta, &side->in, "Subject", id);
	run(side->s, &side->in);
	assert_string_equal(session_queue_id(side->s), id);
	milter_client_eom(&side->mta, &side->in);
	buf_reset(&side->out);
	assert_int_equal(session_run(side->s, side->in.data, side->in.len, &side->out, &used),
			 0);
	buf_reset(&side->in);
}

static size_t
count_byte(const struct buf *b, unsigned char byte)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == byte;
	return n;
}

/* How many of these transactions are spare ones of the pool. */
static size_t
count_spares(struct transaction *const *all, size_t n)
{
	struct transaction *taken[8];
	size_t found = 0;

	assert_true(n <= 8);
	for (size_t i = 0; i < n; i++) {
		taken[i] = transaction_acquire(pool);
		for (size_t k = 0; k < n; k++)
			found += taken[i] == all[k];
	}
	for (size_t i = n; i-- > 0;)
		transaction_release(pool, taken[i]);
	return found;
}

/* One session in the middle of a long answer, one that waits, and one that goes on: none gets
 * the transaction of another. */
static void
test_sessions_by_turns(void **state)
{
	struct transaction *transactions[3];
	struct side at_length, waits, plain;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		transactions[i] = transaction_acquire(pool);
	for (size_t i = 0; i < 3; i++)
		transaction_release(pool, transactions[i]);
	side_open(&at_length, ANSWERS_AT_LENGTH);
	side_open(&waits, WAITS);
	side_open(&plain, CONTINUES);
	for (int i = 0; i < 2; i++) {
		side_deliver(&at_length, "LONG");
		assert_true(session_has_more(at_length.s));
		side_deliver(&waits, "WAITS");
		assert_true(session_is_suspended(waits.s));
		for (int k = 0; k < 3; k++) {
			side_deliver(&plain, "PLAIN");
			assert_true(session_is_idle(plain.s));
			assert_true(session_write_more(at_length.s, &at_length.out));
			assert_string_equal(session_queue_id(waits.s), "WAITS");
			assert_string_equal(session_message(waits.s)->headers[0].value,
					    "WAITS");
		}
		while (session_write_more(at_length.s, &at_length.out))
			;
		assert_int_equal(count_byte(&at_length.out, 'x'), LONG_BYTES);
		assert_true(session_is_idle(at_length.s));
		session_resume(waits.s, VERDICT_CONTINUE, &waits.out);
		assert_true(session_is_idle(waits.s));
		assert_int_equal(count_spares(transactions, 3), 3);
	}
	side_deliver(&at_length, "LONG");
	side_deliver(&waits, "WAITS");
	side_close(&waits);	/* in the middle of its wait, */
	side_close(&at_length); /* and of its answer */
	assert_int_equal(count_spares(transactions, 3), 3);
	side_deliver(&plain, "PLAIN");
	assert_false(session_has_more(plain.s));
	side_close(&plain);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_released_is_empty_again), T(test_large_memory_is_freed),
		T(test_without_a_pool),		 T(test_idle_session_has_none),
		T(test_sessions_by_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
