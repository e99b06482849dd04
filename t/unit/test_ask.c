/* src/service/ask*.c: one question, and what may happen to it. */
#include "ask_fixture.h"

#define MANY_BYTES (8u << 20)

static struct asked one, two;

static int
set_up(void **state)
{
	one = two = (struct asked){0};
	return set_up_asking(state);
}

static void
test_answer(void **state)
{
	int fd;
	bool closed;

	(void)state;
	use_servers(1);
	ask_at(&one, 0);
	expect_pending(&one, QUESTION_TALKS);
	expect_places(0, 1);
	fd = accept_at(0);
	assert_int_equal(hear(fd, &closed), 10);
	assert_false(closed);
	pass(300);
	say(fd, "ok\n");
	turn();
	expect_outcome(&one, ASK_ANSWERED);
	assert_int_equal(one.q.took_ms, 300);
	assert_int_equal(one.q.tries, 1);
	assert_int_equal(one.q.server, 1);
	assert_true(is_closed(fd));
	close(fd);
	expect_places(0, 0);
}

/* A policy may ask twice for one message: nothing is left of the first time. */
static void
test_question_is_used_again(void **state)
{
	(void)state;
	use_servers(1);
	ask_at(&one, 0);
	pass(300);
	serve(0, "error\n");
	expect_outcome(&one, ASK_SERVER_ERROR);
	one.done = 0;
	ask_at(&one, 0);
	expect_pending(&one, QUESTION_TALKS);
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
	assert_int_equal(one.q.tries, 1);
	assert_int_equal(one.q.took_ms, 0);
}

static void
test_one_byte_at_a_time(void **state)
{
	int fd;

	(void)state;
	use_servers(1);
	ask_at(&one, 0);
	fd = accept_at(0);
	for (const char *p = "ok\n"; *p != '\0'; p++) {
		expect_pending(&one, QUESTION_TALKS);
		(void)!send(fd, p, 1, 0);
		turn();
	}
	expect_outcome(&one, ASK_ANSWERED);
	close(fd);
}

/* The time is that of the whole answer: bytes do not prolong it. */
static void
test_one_byte_a_second(void **state)
{
	int fd;

	(void)state;
	use_servers(1);
	service.tries = 1;
	ask_at(&one, 0);
	fd = accept_at(0);
	for (unsigned s = 0; s < 45; s++) {
		expect_pending(&one, QUESTION_TALKS);
		say(fd, "x");
		pass(1000);
	}
	expect_outcome(&one, ASK_TIMEOUT);
	assert_true(is_closed(fd));
	close(fd);
}

static void
test_silence(void **state)
{
	(void)state;
	use_servers(1);
	ask_at(&one, 0);
	pass(44990);
	expect_pending(&one, QUESTION_TALKS);
	pass(10);
	expect_pending(&one, QUESTION_PAUSES);
	expect_places(0, 0);
	pass(990);
	expect_pending(&one, QUESTION_PAUSES);
	pass(10);
	expect_pending(&one, QUESTION_TALKS);
	(void)has_connection(0); /* the first, which is closed */
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
	assert_int_equal(one.q.tries, 2);
	assert_int_equal(one.q.took_ms, 46000);
}

static void
test_silence_to_the_end(void **state)
{
	(void)state;
	use_servers(1);
	service.timeout_ms = 5000;
	ask_at(&one, 0);
	pass(10990);
	expect_pending(&one, QUESTION_TALKS);
	pass(10);
	expect_outcome(&one, ASK_TIMEOUT);
	assert_int_equal(one.q.tries, 2);
}

static void
test_cut(void **state)
{
	(void)state;
	use_servers(1);
	for (int i = 0; i < 2; i++) {
		int fd;

		if (i == 0)
			ask_at(&one, 0);
		fd = accept_at(0);
		say(fd, "o");
		turn();
		close(fd);
		turn();
		if (i == 0)
			pass(1000);
	}
	expect_outcome(&one, ASK_CUT);
	assert_int_equal(one.q.tries, 2);
	assert_int_equal(one.x.begun, 2);
}

/* The other server is asked at once. */
static void
test_cut_then_another_server(void **state)
{
	int fd;

	(void)state;
	use_servers(2);
	ask_at(&one, 0);
	fd = accept_at(0);
	close(fd);
	turn();
	expect_pending(&one, QUESTION_TALKS);
	expect_places(0, 0);
	expect_places(1, 1);
	serve(1, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
	assert_int_equal(one.q.server, 2);
}

static void
test_bad_answer(void **state)
{
	(void)state;
	use_servers(2);
	ask_at(&one, 0);
	serve(0, "wha\x01t\n");
	expect_outcome(&one, ASK_BAD_ANSWER);
	assert_string_equal(one.x.base.text, "wha\\x01t");
	assert_int_equal(one.q.tries, 1);
	assert_false(has_connection(1));
}

static void
test_long_answer(void **state)
{
	(void)state;
	use_servers(1);
	service.max_answer = 4;
	ask_at(&one, 0);
	serve(0, "12345\n");
	expect_outcome(&one, ASK_BAD_ANSWER);
}

/* In one turn only a part of it is read: the rest has its turn. */
static void
test_answer_in_many_reads(void **state)
{
	static char dots[100000];
	int fd;

	(void)state;
	use_servers(1);
	memset(dots, '.', sizeof(dots));
	ask_at(&one, 0);
	fd = accept_at(0);
	assert_int_equal(send(fd, dots, sizeof(dots), 0), sizeof(dots));
	say(fd, "ok\n");
	turn();
	expect_outcome(&one, ASK_ANSWERED);
	close(fd);
}

static void
test_too_big(void **state)
{
	(void)state;
	use_servers(2);
	ask_at(&one, 0);
	serve(0, "big\n");
	expect_outcome(&one, ASK_TOO_BIG);
	assert_false(has_connection(1));
}

static void
test_error_of_a_server(void **state)
{
	(void)state;
	use_servers(2);
	service.tries = 1;
	ask_at(&one, 0);
	serve(0, "error\n");
	expect_pending(&one, QUESTION_TALKS);
	serve(1, "error\n");
	expect_outcome(&one, ASK_SERVER_ERROR);
	assert_string_equal(one.x.base.text, "error");
	assert_int_equal(one.q.server, 2);
}

/* The first has said that it cannot: it is not asked again, as the second would be. */
static void
test_error_of_a_server_counts_to_the_end(void **state)
{
	(void)state;
	use_servers(2);
	service.timeout_ms = 5000;
	ask_at(&one, 0);
	serve(0, "error\n");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(one.q.server, 2);
		pass(6000);
	}
	expect_outcome(&one, ASK_TIMEOUT);
	assert_false(has_connection(0));
	assert_int_equal(one.x.base.text[0], '\0');
}

static void
test_answer_before_the_upload_ends(void **state)
{
	int fd;

	(void)state;
	use_servers(1);
	ask_for(&one, 0, MANY_BYTES, LONG_MS);
	turn();
	assert_true(one.x.written < MANY_BYTES);
	fd = accept_at(0);
	say(fd, "ok\n");
	turn();
	expect_outcome(&one, ASK_ANSWERED);
	assert_true(one.x.written < MANY_BYTES);
	assert_true(is_closed(fd));
	close(fd);
}

/* The whole message arrives, in windows. */
static void
test_long_message(void **state)
{
	size_t heard = 0;
	bool closed = false;
	int fd;

	(void)state;
	use_servers(1);
	ask_for(&one, 0, MANY_BYTES, LONG_MS);
	turn();
	fd = accept_at(0);
	for (unsigned i = 0; heard < MANY_BYTES && !closed; i++) {
		assert_true(i < 10000);
		assert_true(one.x.written - heard < 2 * MANY_BYTES / 8);
		heard += hear(fd, &closed);
		turn();
	}
	assert_int_equal(heard, MANY_BYTES);
	say(fd, "ok\n");
	turn();
	expect_outcome(&one, ASK_ANSWERED);
	close(fd);
}

/* A write fails, but the answer is there. */
static void
test_answer_after_a_failed_write(void **state)
{
	static char in[1000];
	int fd;

	(void)state;
	use_servers(1);
	ask_for(&one, 0, MANY_BYTES, LONG_MS);
	turn();
	fd = accept_at(0);
	assert_true(recv(fd, in, sizeof(in), 0) > 0);
	say(fd, "big\n");
	close(fd);
	turn();
	expect_outcome(&one, ASK_TOO_BIG);
}

static void
test_places_of_both_workers(void **state)
{
	(void)state;
	use_servers(1);
	ask_at(&one, 0);
	ask_at(&two, 1);
	expect_places(0, 2);
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
	expect_pending(&two, QUESTION_TALKS);
	expect_places(0, 1);
	cancel(&two);
}

/* The end of max_wait. */

static void
test_max_wait_in_talk(void **state)
{
	(void)state;
	use_servers(1);
	ask_for(&one, 0, 10, 1500);
	pass(1490);
	expect_pending(&one, QUESTION_TALKS);
	pass(10);
	expect_outcome(&one, ASK_TIMEOUT);
	assert_int_equal(one.q.took_ms, 1500);
}

static void
test_max_wait_at_a_full_backlog(void **state)
{
	(void)state;
	use_servers(1);
	start_listening(0, 0);
	ask_at(&one, 0);
	ask_for(&two, 0, 10, 500);
	pass(500);
	expect_outcome(&two, ASK_CONNECT);
	cancel(&one);
}

static void
test_max_wait_in_a_pause(void **state)
{
	(void)state;
	use_servers(1);
	ask_for(&one, 0, 10, 500);
	close(accept_at(0));
	turn();
	expect_pending(&one, QUESTION_PAUSES);
	pass(500);
	expect_outcome(&one, ASK_CUT);
}

static void
test_no_time_at_all(void **state)
{
	(void)state;
	use_servers(1);
	ask_for(&one, 0, 10, 0);
	assert_true(one.is_there);
	expect_outcome(&one, ASK_WAIT_LIMIT);
	assert_false(has_connection(0));
}

static void
test_time_without_end(void **state)
{
	(void)state;
	use_servers(1);
	ask_for(&one, 0, 10, UINT64_MAX);
	pass(10000);
	expect_pending(&one, QUESTION_TALKS);
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
}

/* Cancelled: nothing is left, and done() is not called. */

static void
expect_nothing_left(struct asked *a)
{
	cancel(a);
	cancel(a);
	turn();
	pass(100000);
	assert_int_equal(a->done, 0);
	assert_false(timer_is_armed(&a->q.timer));
	expect_places(0, 0);
	expect_queued(0);
	for (unsigned i = 0; i < SERVERS; i++)
		stop_listening(i);
	assert_int_equal(count_descriptors(), descriptors_before);
}

static void
test_cancel_in_talk(void **state)
{
	(void)state;
	use_servers(1);
	ask_for(&one, 0, MANY_BYTES, LONG_MS);
	turn();
	expect_nothing_left(&one);
}

static void
test_cancel_before_the_first_event(void **state)
{
	(void)state;
	use_servers(1);
	ask_for(&one, 0, 10, LONG_MS);
	expect_nothing_left(&one);
}

static void
test_cancel_in_a_pause(void **state)
{
	(void)state;
	ask_at(&one, 0);
	expect_pending(&one, QUESTION_PAUSES);
	expect_nothing_left(&one);
}

static void
test_cancel_at_a_full_backlog(void **state)
{
	(void)state;
	use_servers(1);
	start_listening(0, 0);
	ask_at(&one, 0);
	ask_at(&two, 0);
	expect_pending(&two, QUESTION_DIALS_LATER);
	cancel(&two);
	expect_places(0, 1);
	expect_nothing_left(&one);
}

static void
test_cancel_in_the_queue(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 1;
	ask_at(&one, 0);
	ask_at(&two, 0);
	expect_pending(&two, QUESTION_QUEUED);
	cancel(&two);
	expect_queued(0);
	expect_nothing_left(&one);
}

/* In done() of the one the other is cancelled: both had an event in the same turn. */
static void
cancel_two(struct asked *a)
{
	(void)a;
	cancel(&two);
}

static void
test_cancel_in_done_of_another(void **state)
{
	int fds[2];

	(void)state;
	use_servers(1);
	one.then = cancel_two;
	ask_at(&one, 0);
	ask_at(&two, 0);
	for (int i = 0; i < 2; i++)
		fds[i] = accept_at(0);
	for (int i = 0; i < 2; i++)
		say(fds[i], "ok\n");
	turn();
	expect_outcome(&one, ASK_ANSWERED);
	assert_int_equal(two.done, 0);
	assert_int_equal(two.q.state, QUESTION_IDLE);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
}

/* The owner frees it in done(). */
static void
free_asked(struct asked *a)
{
	free(a);
}

static void
test_free_in_done(void **state)
{
	static const char *const answers[] = {"ok\n", "error\n", "bad\n", "big\n"};

	(void)state;
	use_servers(1);
	service.tries = 1;
	for (unsigned i = 0; i < 6; i++) {
		struct asked *a = calloc(1, sizeof(*a));

		assert_non_null(a);
		a->then = free_asked;
		ask_for(a, 0, MANY_BYTES, LONG_MS);
		turn();
		if (i < 4)
			serve(0, answers[i]);
		else if (i == 4)
			close(accept_at(0));
		else
			pass(45000);
		turn();
		assert_int_equal(n_done, i + 1);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_asking)
	const struct CMUnitTest tests[] = {
		T(test_answer),
		T(test_question_is_used_again),
		T(test_one_byte_at_a_time),
		T(test_one_byte_a_second),
		T(test_silence),
		T(test_silence_to_the_end),
		T(test_cut),
		T(test_cut_then_another_server),
		T(test_bad_answer),
		T(test_long_answer),
		T(test_answer_in_many_reads),
		T(test_too_big),
		T(test_error_of_a_server),
		T(test_error_of_a_server_counts_to_the_end),
		T(test_answer_before_the_upload_ends),
		T(test_long_message),
		T(test_answer_after_a_failed_write),
		T(test_places_of_both_workers),
		T(test_max_wait_in_talk),
		T(test_max_wait_at_a_full_backlog),
		T(test_max_wait_in_a_pause),
		T(test_no_time_at_all),
		T(test_time_without_end),
		T(test_cancel_in_talk),
		T(test_cancel_before_the_first_event),
		T(test_cancel_in_a_pause),
		T(test_cancel_at_a_full_backlog),
		T(test_cancel_in_the_queue),
		T(test_cancel_in_done_of_another),
		T(test_free_in_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
