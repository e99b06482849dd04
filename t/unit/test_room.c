/* session/room, and when a session has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "milter/client.h"
#include "session/room.h"
#include "session/session.h"
#include "util/arena.h"

static struct room_stock *stock;

static int
setup(void **state)
{
	(void)state;
	stock = room_stock_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	stock = room_stock_free(stock);
	return 0;
}

static void
test_lent_again_empty(void **state)
{
	struct room *room = room_take(stock), *other = room_take(stock);

	(void)state;
	assert_ptr_not_equal(room, other);
	message_sent_from(&room->message, "<a@example.org>", "", 0);
	message_sent_header(&room->message, "Subject", "x", true);
	assert_int_equal(message_sent_body(&room->message, "text", 4, true), 0);
	buf_puts(&room->macros[0], "i");
	buf_puts(&room->text, "no");
	room->code = 550;
	room_give(stock, room);
	assert_ptr_equal(room_take(stock), room);
	assert_int_equal(room->message.n_senders, 0);
	assert_int_equal(room->message.n_headers, 0);
	assert_int_equal(room->message.body_size, 0);
	assert_null(message_header(&room->message, "Subject", 1));
	assert_int_equal(room->macros[0].len, 0);
	assert_int_equal(room->text.len, 0);
	assert_int_equal(room->code, 0);
	room_give(stock, other);
	room_give(stock, room);
}

static void
test_a_large_one_is_not_kept_large(void **state)
{
	struct room *room = room_take(stock);

	(void)state;
	for (size_t i = 0; i < 10000; i++)
		buf_puts(&room->macros[4], "0123456789");
	(void)arena_alloc(room->arena, 1 << 20);
	room_give(stock, room);
	assert_int_equal(room->macros[4].cap, 0);
	assert_int_equal(arena_used(room->arena), 0);
}

static void
test_without_a_stock(void **state)
{
	(void)state;
	room_give(NULL, room_take(NULL));
	assert_null(room_stock_free(NULL));
}

static int
offer(void *ctx, const struct milter_terms *terms, struct session_wish *ret)
{
	(void)ctx;
	*ret = (struct session_wish){.terms.version = terms->version, .keep_headers = true};
	return 0;
}

static enum verdict
event(void *ctx, struct session *s, enum stage stage)
{
	(void)ctx;
	(void)s;
	(void)stage;
	return VERDICT_CONTINUE;
}

static void
on_abort(void *ctx, struct session *s)
{
	(void)ctx;
	(void)s;
}

/* The one spare room, when nobody has it. */
static bool
is_back(const struct room *room)
{
	struct room *spare = room_take(stock);

	room_give(stock, spare);
	return spare == room;
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

/* An idle session has none; the macros of a message's first command make it take one. */
static void
test_idle_session_has_none(void **state)
{
	static const struct session_handler handler = {
		.offer = offer, .event = event, .abort = on_abort};
	static const struct session_limits limits;
	static const char *const from[] = {"<a@example.org>", NULL};
	static const char *const at_connect[] = {"j", "mx", NULL};
	static const char *const at_envfrom[] = {"i", "ID", NULL};
	struct session *s = session_new(&handler, NULL, &limits);
	struct milter_client mta;
	struct room *room = room_take(stock);
	struct buf in = {0};

	(void)state;
	room_give(stock, room);
	session_use_stock(s, stock);
	milter_client_init(&mta);
	milter_client_optneg(&mta, &in);
	milter_client_macros(&mta, &in, 'C', at_connect);
	milter_client_helo(&mta, &in, "client.example");
	run(s, &in);
	assert_true(is_back(room));
	for (int i = 0; i < 2; i++) {
		milter_client_macros(&mta, &in, 'M', at_envfrom);
		run(s, &in);
		assert_false(is_back(room));
		assert_string_equal(session_queue_id(s), "ID");
		milter_client_envfrom(&mta, &in, from);
		milter_client_header(&mta, &in, "Subject", "x");
		run(s, &in);
		assert_false(is_back(room));
		if (i == 0)
			milter_client_eom(&mta, &in);
		else
			milter_client_abort(&mta, &in);
		run(s, &in);
		assert_true(is_back(room));
		assert_null(session_queue_id(s));
		assert_string_equal(session_macro(s, "j"), "mx");
		assert_string_equal(session_peer(s)->helo, "client.example");
	}
	milter_client_envfrom(&mta, &in, from);
	run(s, &in);
	session_free(s); /* in the middle */
	assert_true(is_back(room));
	buf_free(&in);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_lent_again_empty),
		T(test_a_large_one_is_not_kept_large),
		T(test_without_a_stock),
		T(test_idle_session_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
