/* src/service/ask*.c: many questions, several servers, those that are down. */
#include "ask_fixture.h"

#define MANY 8

static struct asked q[MANY];

static int
set_up(void **state)
{
	memset(q, 0, sizeof(q));
	return set_up_asking(state);
}

static void
cancel_all(void)
{
	for (size_t i = 0; i < MANY; i++)
		if (q[i].q.asker != NULL)
			cancel(&q[i]);
	turn();
}

static void
ask_all(size_t n, unsigned worker)
{
	for (size_t i = 0; i < n; i++)
		ask_at(&q[i], worker);
}

/* The line. */

static void
test_line_is_kept(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 2;
	ask_all(5, 0);
	expect_places(0, 2);
	expect_queued(3);
	for (size_t i = 2; i < 5; i++) {
		serve(0, "ok\n");
		expect_outcome(&q[i - 2], ASK_ANSWERED);
		expect_pending(&q[i], QUESTION_TALKS);
		expect_places(0, 2);
		expect_queued((unsigned)(4 - i));
	}
	pass(700);
	serve(0, "ok\n");
	serve(0, "ok\n");
	expect_outcome(&q[4], ASK_ANSWERED);
	assert_int_equal(q[4].q.took_ms, 700);
	assert_int_equal(q[4].q.tries, 1);
	expect_places(0, 0);
}

/* A worker sees soon that another one has left a place. */
static void
test_places_of_another_worker(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 1;
	ask_at(&q[0], 0);
	ask_at(&q[1], 1);
	expect_pending(&q[1], QUESTION_QUEUED);
	expect_places(0, 1);
	expect_queued(1);
	serve(0, "ok\n");
	pass(20);
	expect_pending(&q[1], QUESTION_TALKS);
	serve(0, "ok\n");
	expect_outcome(&q[1], ASK_ANSWERED);
}

/* It was killed: the master clears its row. */
static void
test_places_of_a_dead_worker(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 2;
	service_use(service_state, 1, 0)->in_flight = 2;
	ask_at(&q[0], 0);
	pass(1000);
	expect_pending(&q[0], QUESTION_QUEUED);
	service_state_clear_row(service_state, 1);
	pass(20);
	expect_pending(&q[0], QUESTION_TALKS);
	serve(0, "ok\n");
	expect_outcome(&q[0], ASK_ANSWERED);
}

static void
test_busy(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 1;
	ask_at(&q[0], 0);
	ask_for(&q[1], 0, 10, 3000);
	pass(2990);
	expect_pending(&q[1], QUESTION_QUEUED);
	pass(10);
	expect_outcome(&q[1], ASK_BUSY);
	assert_int_equal(q[1].q.tries, 0);
	assert_int_equal(q[1].q.server, 0);
	expect_queued(0);
	cancel(&q[0]);
}

/* A place that becomes free in the moment in which max_wait ends. */
static void
test_busy_with_a_free_place(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 1;
	service_use(service_state, 1, 0)->in_flight = 1;
	ask_for(&q[0], 0, 10, 3000);
	pass(2990);
	service_state_clear_row(service_state, 1);
	now_ms += 10;
	timers_run(timers);
	turn();
	if (q[0].done == 0) /* or it has begun, and its time is over */
		pass(1);
	assert_int_equal(q[0].done, 1);
	assert_int_not_equal(q[0].q.outcome, ASK_DOWN);
}

/* Who gives up gives the place to the next one, from the loop. */
static void
test_cancel_leaves_a_place(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 1;
	ask_all(3, 0);
	cancel(&q[1]);
	cancel(&q[0]);
	expect_pending(&q[2], QUESTION_QUEUED);
	turn();
	expect_pending(&q[2], QUESTION_TALKS);
	cancel(&q[2]);
}

/* In done() the owner asks again: it stands at the end of the line. */
static void
ask_once_more(struct asked *a)
{
	a->then = NULL;
	a->done = 0;
	ask_for(a, 0, 10, LONG_MS);
}

static void
test_ask_in_done(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 1;
	q[0].then = ask_once_more;
	ask_all(3, 0);
	for (size_t i = 1; i < 4; i++) {
		serve(0, "ok\n");
		expect_pending(&q[i % 3], QUESTION_TALKS);
	}
	serve(0, "ok\n");
	for (size_t i = 0; i < 3; i++)
		expect_outcome(&q[i], ASK_ANSWERED);
	expect_places(0, 0);
}

/* The first of the line is cancelled in done() of another. */
static void
cancel_the_next(struct asked *a)
{
	if (a + 1 < q + MANY)
		cancel(a + 1);
}

static void
test_cancel_the_line_in_done(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 1;
	q[0].then = cancel_the_next;
	ask_all(4, 0);
	serve(0, "ok\n");
	assert_int_equal(q[1].done, 0);
	expect_pending(&q[2], QUESTION_TALKS);
	expect_pending(&q[3], QUESTION_QUEUED);
	cancel_all();
	assert_int_equal(n_done, 1);
}

/* A question that has failed at the first server waits for a place at the second; those behind
 * it can be asked by the first. */
static void
test_line_behind_one_that_looks_for_another_server(void **state)
{
	(void)state;
	use_servers(2);
	service.max_connections = 1;
	service_use(service_state, 1, 1)->in_flight = 1;
	ask_at(&q[0], 0);
	ask_at(&q[1], 0);
	ask_at(&q[2], 0);
	close(accept_at(0));
	turn();
	expect_pending(&q[0], QUESTION_QUEUED);
	expect_pending(&q[1], QUESTION_TALKS);
	expect_pending(&q[2], QUESTION_QUEUED);
	service_state_clear_row(service_state, 1);
	pass(20);
	expect_pending(&q[2], QUESTION_TALKS);
	cancel_all();
}

/* The same, and it stands at the front. */
static void
test_front_of_the_line_looks_for_another_server(void **state)
{
	(void)state;
	use_servers(2);
	service.max_connections = 1;
	service_use(service_state, 1, 1)->in_flight = 1;
	ask_at(&q[0], 0);
	close(accept_at(0));
	turn();
	expect_pending(&q[0], QUESTION_QUEUED);
	ask_at(&q[1], 0);
	expect_pending(&q[1], QUESTION_TALKS);
	ask_at(&q[2], 0);
	service_state_clear_row(service_state, 1);
	pass(20);
	expect_pending(&q[0], QUESTION_TALKS);
	expect_pending(&q[2], QUESTION_QUEUED);
	cancel_all();
}

/* ... and the second goes down: the first may be asked again. */
static void
test_other_server_goes_down_meanwhile(void **state)
{
	(void)state;
	use_servers(2);
	service.max_connections = 1;
	service_use(service_state, 1, 1)->in_flight = 1;
	ask_at(&q[0], 0);
	close(accept_at(0));
	turn();
	expect_pending(&q[0], QUESTION_QUEUED);
	service_state->servers[1].down_since_ms = now_ms;
	service_state->servers[1].probed_ms = now_ms;
	pass(20);
	expect_pending(&q[0], QUESTION_TALKS);
	serve(0, "ok\n");
	expect_outcome(&q[0], ASK_ANSWERED);
	service_state_clear_row(service_state, 1);
}

/* ... but not when it has said that it cannot. */
static void
test_other_server_goes_down_after_an_error(void **state)
{
	(void)state;
	use_servers(2);
	service.max_connections = 1;
	service_use(service_state, 1, 1)->in_flight = 1;
	ask_at(&q[0], 0);
	serve(0, "error\n");
	expect_pending(&q[0], QUESTION_QUEUED);
	service_state->servers[1].down_since_ms = now_ms;
	service_state->servers[1].probed_ms = now_ms;
	pass(20);
	expect_outcome(&q[0], ASK_SERVER_ERROR);
	service_state_clear_row(service_state, 1);
}

static void
test_failover(void **state)
{
	(void)state;
	use_servers(3);
	service.max_connections = 2;
	ask_all(5, 0);
	expect_places(0, 2);
	expect_places(1, 2);
	expect_places(2, 1);
	cancel_all();
}

static void
test_leastconn(void **state)
{
	(void)state;
	use_servers(3);
	service.leastconn = true;
	service_use(service_state, 1, 1)->in_flight = 2;
	ask_all(4, 0);
	expect_places(0, 2);
	expect_places(1, 2);
	expect_places(2, 2);
	service_state_clear_row(service_state, 1);
	cancel_all();
}

/* Equal ones have their turns. */
static void
test_leastconn_by_turns(void **state)
{
	(void)state;
	use_servers(3);
	service.leastconn = true;
	for (unsigned i = 0; i < 6; i++) {
		ask_at(&q[0], 0);
		expect_places(i % 3, 1);
		serve(i % 3, "ok\n");
		expect_outcome(&q[0], ASK_ANSWERED);
		q[0] = (struct asked){0};
	}
}

/* Servers that are down. */

static void
test_down_and_up(void **state)
{
	(void)state;
	service.revive_ms = 30000;
	ask_at(&q[0], 0);
	ask_at(&q[1], 1);
	pass(1000);
	assert_false(is_down(0));
	pass(1000);
	assert_true(is_down(0));
	assert_int_equal(count_lines("service \"av\" server 1: down (refused, 5 in a row), "
				     "asked again in 1 s\n"),
			 1);
	use_servers(1);
	pass_looking(1000);
	assert_true(is_down(0));
	expect_pending(&q[0], QUESTION_QUEUED);
	expect_pending(&q[1], QUESTION_QUEUED);
	serve(0, "ok\n"); /* to the ping */
	assert_false(is_down(0));
	assert_int_equal(count_lines("service \"av\" server 1: up again, after 1 s\n"), 1);
	pass(20);
	for (int i = 0; i < 2; i++) {
		serve(0, "ok\n");
		expect_outcome(&q[i], ASK_ANSWERED);
	}
	assert_int_equal(count_lines("\n"), 2);
	assert_int_equal(service_state->servers[0].failures, 0);
}

/* Makes the n servers go down now. */
static void
bring_down(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		service_state->servers[i].failures = service.max_failures;
		service_state->servers[i].revive_ms = (uint32_t)service.revive_ms;
		service_state->servers[i].probed_ms = now_ms;
		service_state->servers[i].down_since_ms = now_ms;
	}
}

static void
test_down_to_the_end_of_grace(void **state)
{
	(void)state;
	bring_down(1);
	ask_at(&q[0], 0);
	pass(29000);
	expect_pending(&q[0], QUESTION_QUEUED);
	pass(1020);
	expect_outcome(&q[0], ASK_DOWN);
	ask_at(&q[1], 0);
	assert_true(q[1].is_there);
	expect_outcome(&q[1], ASK_DOWN);
	assert_int_equal(q[1].q.tries, 0);
}

static void
test_max_wait_within_grace(void **state)
{
	(void)state;
	bring_down(1);
	ask_for(&q[0], 0, 10, 500);
	pass(500);
	expect_outcome(&q[0], ASK_DOWN);
}

/* The one that was asked when it went down: the reason is what happened there. */
static void
test_reason_of_one_that_failed_before(void **state)
{
	(void)state;
	service.max_failures = 1;
	service.down_grace_ms = 3000;
	ask_at(&q[0], 0);
	pass(1000);
	expect_pending(&q[0], QUESTION_QUEUED);
	pass(3000);
	expect_outcome(&q[0], ASK_REFUSED);
}

/* Grace is of the service: it begins when the last server goes down. */
static void
test_grace_of_several_servers(void **state)
{
	(void)state;
	use_servers(2);
	bring_down(1);
	pass(100000);
	ask_at(&q[0], 0);
	assert_int_equal(q[0].q.server, 2);
	cancel(&q[0]);
	service_state->servers[1].probed_ms = now_ms;
	service_state->servers[1].down_since_ms = now_ms;
	ask_at(&q[1], 0);
	expect_pending(&q[1], QUESTION_QUEUED);
	cancel(&q[1]);
}

static void
test_never_down(void **state)
{
	(void)state;
	service.max_failures = 0;
	ask_at(&q[0], 0);
	pass(50000);
	assert_false(is_down(0));
	assert_string_equal(lines(), "");
	cancel(&q[0]);
}

/* A success in between: the count begins anew. */
static void
test_failures_in_a_row(void **state)
{
	(void)state;
	use_servers(1);
	service.tries = 1;
	for (int i = 0; i < 9; i++) {
		q[0] = (struct asked){0};
		ask_at(&q[0], 0);
		if (i == 4)
			serve(0, "ok\n");
		else
			close(accept_at(0));
		turn();
	}
	assert_false(is_down(0));
	q[0] = (struct asked){0};
	ask_at(&q[0], 0);
	close(accept_at(0));
	turn();
	assert_true(is_down(0));
	assert_true(is_logged("down (cut, 5 in a row)"));
}

/* An answer of a server, a bad one too, is no failure of it. */
static void
test_answers_are_no_failures(void **state)
{
	static const char *const answers[] = {"bad\n", "error\n", "big\n"};

	(void)state;
	use_servers(1);
	for (int i = 0; i < 12; i++) {
		q[0] = (struct asked){0};
		ask_at(&q[0], 0);
		serve(0, answers[i % 3]);
		assert_true(q[0].done);
	}
	assert_false(is_down(0));
}

/* A long line: those at its end have little time left. The server is slow, not down. */
static void
test_overload_is_no_failure(void **state)
{
	(void)state;
	use_servers(1);
	service.max_connections = 2;
	service.max_failures = 1;
	for (size_t i = 0; i < 4; i++)
		ask_for(&q[i], 0, 10, 3000);
	pass(2000);
	serve(0, "ok\n");
	serve(0, "ok\n");
	pass(1000);
	expect_outcome(&q[2], ASK_TIMEOUT);
	expect_outcome(&q[3], ASK_TIMEOUT);
	assert_false(is_down(0));
	ask_for(&q[4], 0, 10, 3000);
	pass(3000); /* it had all the time */
	assert_true(is_down(0));
}

/* When each ping came, from 1 s to 20 min. */
static void
test_probes_of_a_long_outage(void **state)
{
	static const unsigned due_s[] = {30, 90, 210, 450, 750, 1050};
	size_t n = 0;

	(void)state;
	use_servers(1);
	service.down_grace_ms = 0;
	bring_down(1);
	for (unsigned s = 1; s <= 1200; s++) {
		int fd;

		pass_looking(1000);
		fd = accept_at(0);
		if (fd < 0)
			continue;
		assert_true(n < sizeof(due_s) / sizeof(due_s[0]));
		assert_int_equal(s, due_s[n++]);
		close(fd);
		turn();
	}
	assert_int_equal(n, sizeof(due_s) / sizeof(due_s[0]));
	expect_places(0, 0);
}

static void
test_revive_time_above_the_limit(void **state)
{
	(void)state;
	use_servers(1);
	service.down_grace_ms = 0;
	service.revive_ms = 3600000;
	bring_down(1);
	for (int i = 0; i < 2; i++) {
		pass_looking(3599000);
		assert_false(has_connection(0));
		pass_looking(1000);
		assert_true(has_connection(0));
		turn();
	}
}

/* Each second while mail waits. */
static void
test_probes_within_grace(void **state)
{
	(void)state;
	use_servers(1);
	bring_down(1);
	for (unsigned s = 0; s < 29; s++) {
		pass_looking(1000);
		assert_true(has_connection(0));
		turn();
		assert_false(has_connection(0));
	}
	assert_int_equal(service_state->servers[0].revive_ms, 30000);
	expect_places(0, 0);
}

/* A ping takes no place, and waits five seconds. */
static void
test_ping_without_an_answer(void **state)
{
	int fd;

	(void)state;
	use_servers(1);
	bring_down(1);
	pass_looking(1000);
	fd = accept_at(0);
	expect_places(0, 0);
	pass_looking(4500);
	assert_false(is_closed(fd));
	pass_looking(500);
	assert_true(is_closed(fd));
	assert_true(is_down(0));
	close(fd);
	stop_listening(0);
}

/* A late answer to a question of before shows it too. */
static void
test_up_by_a_question(void **state)
{
	(void)state;
	use_servers(1);
	ask_at(&q[0], 0);
	bring_down(1);
	ask_at(&q[1], 0);
	expect_pending(&q[1], QUESTION_QUEUED);
	serve(0, "ok\n");
	assert_false(is_down(0));
	assert_int_equal(count_lines("up again"), 1);
	expect_pending(&q[1], QUESTION_TALKS);
	cancel(&q[1]);
}

/* Freed while a ping is under way. */
static void
test_end_with_a_ping(void **state)
{
	(void)state;
	use_servers(1);
	bring_down(1);
	pass_looking(1000);
	assert_true(has_connection(0));
}

/* In the same turn both: all questions of a line fail, and their owners ask again. */
static void
test_line_fails_and_asks_again(void **state)
{
	(void)state;
	bring_down(1);
	for (size_t i = 0; i < 4; i++) {
		q[i].then = ask_once_more;
		ask_at(&q[i], 0);
	}
	pass(30020);
	for (size_t i = 0; i < 4; i++)
		expect_outcome(&q[i], ASK_DOWN);
}

static void
test_unused_service(void **state)
{
	(void)state;
	service.kind = NULL;
	bring_down(1);
	pass_looking(2000);
	assert_string_equal(lines(), "");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_asking)
	const struct CMUnitTest tests[] = {
		T(test_line_is_kept),
		T(test_places_of_another_worker),
		T(test_places_of_a_dead_worker),
		T(test_busy),
		T(test_busy_with_a_free_place),
		T(test_cancel_leaves_a_place),
		T(test_ask_in_done),
		T(test_cancel_the_line_in_done),
		T(test_line_behind_one_that_looks_for_another_server),
		T(test_front_of_the_line_looks_for_another_server),
		T(test_other_server_goes_down_meanwhile),
		T(test_other_server_goes_down_after_an_error),
		T(test_failover),
		T(test_leastconn),
		T(test_leastconn_by_turns),
		T(test_down_and_up),
		T(test_down_to_the_end_of_grace),
		T(test_max_wait_within_grace),
		T(test_reason_of_one_that_failed_before),
		T(test_grace_of_several_servers),
		T(test_never_down),
		T(test_failures_in_a_row),
		T(test_answers_are_no_failures),
		T(test_overload_is_no_failure),
		T(test_probes_of_a_long_outage),
		T(test_revive_time_above_the_limit),
		T(test_probes_within_grace),
		T(test_ping_without_an_answer),
		T(test_up_by_a_question),
		T(test_end_with_a_ping),
		T(test_line_fails_and_asks_again),
		T(test_unused_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
