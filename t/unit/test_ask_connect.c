/* src/service/ask*.c: how a server is connected to, directly and by a connector. */
#include "ask_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "io/channel.h"

static struct asked one, two;

static int
set_up(void **state)
{
	one = two = (struct asked){0};
	return set_up_asking(state);
}

/* Who is not there is waited for: that is no try. */
static void
test_refused(void **state)
{
	(void)state;
	service.max_failures = 0;
	service.tries = 1;
	ask_at(&one, 0);
	expect_pending(&one, QUESTION_PAUSES);
	expect_places(0, 0);
	pass(5000);
	expect_pending(&one, QUESTION_PAUSES);
	use_servers(1);
	pass(1000);
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
}

/* A socket file behind which nobody listens. */
static void
test_refused_by_a_file(void **state)
{
	(void)state;
	service.max_failures = 0;
	use_servers(1);
	close(listeners[0]);
	listeners[0] = -1;
	ask_for(&one, 0, 10, 3500);
	turn();
	expect_pending(&one, QUESTION_PAUSES);
	pass(3490);
	expect_pending(&one, QUESTION_PAUSES);
	pass(10);
	expect_outcome(&one, ASK_REFUSED);
	assert_int_equal(one.q.took_ms, 3500);
}

static void
test_refused_without_grace(void **state)
{
	(void)state;
	service.down_grace_ms = 0;
	ask_at(&one, 0);
	pass(1000);
	expect_outcome(&one, ASK_REFUSED);
	assert_int_equal(one.q.tries, 2);
}

static void
test_refused_at_once(void **state)
{
	(void)state;
	service.down_grace_ms = 0;
	service.tries = 1;
	ask_at(&one, 0);
	assert_true(one.is_there);
	expect_outcome(&one, ASK_REFUSED);
}

/* Nothing can be polled for then: it is tried again by time. */
static void
test_full_backlog(void **state)
{
	(void)state;
	use_servers(1);
	start_listening(0, 0);
	ask_at(&one, 0);
	expect_pending(&one, QUESTION_TALKS);
	ask_at(&two, 0);
	expect_pending(&two, QUESTION_DIALS_LATER);
	expect_places(0, 2);
	pass(500);
	expect_pending(&two, QUESTION_DIALS_LATER);
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
	pass(50);
	expect_pending(&two, QUESTION_TALKS);
	serve(0, "ok\n");
	expect_outcome(&two, ASK_ANSWERED);
	assert_int_equal(two.q.tries, 1);
	assert_int_equal(two.q.took_ms, 550);
}

/* The time of a try begins when it connects. */
static void
test_timeout_after_a_full_backlog(void **state)
{
	(void)state;
	use_servers(1);
	start_listening(0, 0);
	service.tries = 1;
	ask_at(&one, 0);
	ask_at(&two, 0);
	pass(1000);
	assert_true(has_connection(0));
	pass(43990);
	expect_pending(&two, QUESTION_TALKS);
	pass(10);
	expect_outcome(&two, ASK_TIMEOUT);
}

static void
test_full_backlog_to_the_end(void **state)
{
	(void)state;
	use_servers(1);
	start_listening(0, 0);
	service.tries = 1;
	ask_at(&one, 0);
	ask_at(&two, 0);
	pass(1990);
	expect_pending(&two, QUESTION_DIALS_LATER);
	pass(10);
	expect_outcome(&two, ASK_CONNECT);
	expect_places(0, 1);
	cancel(&one);
}

/* A TCP server on loopback in place of the first one. */
static void
listen_by_tcp(int backlog)
{
	struct addr *a = &servers[0].addr;

	*a = (struct addr){.len = sizeof(a->in)};
	a->in.sin_family = AF_INET;
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listeners[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listeners[0], &a->sa, a->len), 0);
	assert_int_equal(getsockname(listeners[0], &a->sa, &a->len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(listeners[0], backlog), 0);
}

/* Loopback may take a moment of real time. */
static void
turn_until(const bool *condition)
{
	for (int i = 0; i < 1000 && !*condition; i++)
		assert_true(loop_run_once(loop, 10) >= 0);
	turn();
	assert_true(*condition);
}

static bool is_done;

static void
note_done(struct asked *a)
{
	(void)a;
	is_done = true;
}

static void
test_tcp(void **state)
{
	int fd;

	(void)state;
	listen_by_tcp(10);
	one.then = note_done;
	is_done = false;
	ask_for(&one, 0, 10, LONG_MS);
	turn_until(&one.q.is_connected);
	fd = accept_at(0);
	assert_true(fd >= 0);
	pass(2000); /* connect_timeout does not count any more */
	expect_pending(&one, QUESTION_TALKS);
	say(fd, "ok\n");
	turn_until(&is_done);
	expect_outcome(&one, ASK_ANSWERED);
	close(fd);
}

static void
test_tcp_refused(void **state)
{
	(void)state;
	service.down_grace_ms = 0;
	service.tries = 1;
	listen_by_tcp(-1);
	one.then = note_done;
	is_done = false;
	ask_for(&one, 0, 10, LONG_MS);
	is_done |= one.is_there;
	turn_until(&is_done);
	expect_outcome(&one, ASK_REFUSED);
}

/* The kernel answers no SYN when the backlog is full. */
static void
test_tcp_connect_timeout(void **state)
{
	struct asked more[8] = {0};

	(void)state;
	listen_by_tcp(0);
	service.tries = 1;
	service.timeout_ms = 3000;
	for (size_t i = 0; i < 8; i++)
		ask_for(&more[i], 0, 10, LONG_MS);
	turn_until(&more[0].q.is_connected);
	pass(1990);
	expect_pending(&more[7], QUESTION_TALKS);
	pass(10);
	expect_outcome(&more[7], ASK_CONNECT);
	expect_pending(&more[0], QUESTION_TALKS);
	pass(1000);
	expect_outcome(&more[0], ASK_TIMEOUT);
}

/* By a connector, which the test is. */

static int ends[2]; /* the worker's, the connector's */

static void
use_connector(void)
{
	struct dialer *d;

	free_workers();
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(dialer_new(loop, ends[0], &d), 0);
	make_workers(d);
}

static uint64_t
take_request(void)
{
	static struct channel_msg msg;
	struct dial_request request;

	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_int_equal(msg.type, DIAL_REQUEST);
	memcpy(&request, msg.data, sizeof(request));
	return request.ticket;
}

static void
reply_with(uint64_t ticket, int fd)
{
	struct dial_reply reply = {.ticket = ticket, .error = fd < 0 ? fd : 0};

	assert_int_equal(channel_send(ends[1], DIAL_REPLY, &reply, sizeof(reply), fd), 0);
	if (fd >= 0)
		close(fd);
	turn();
}

static void
end_connector(void)
{
	close(ends[1]);
	turn();
	close(ends[0]);
}

static void
test_connector(void **state)
{
	(void)state;
	use_servers(1);
	use_connector();
	ask_at(&one, 0);
	expect_pending(&one, QUESTION_DIALS);
	expect_places(0, 1);
	pass(500);
	reply_with(take_request(), dial_connect(addrs[0]));
	expect_pending(&one, QUESTION_TALKS);
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
	end_connector();
}

/* It takes the connection and closes it: that is no server which is not there. */
static void
test_cut_before_the_question(void **state)
{
	uint64_t ticket;
	int fd;

	(void)state;
	use_servers(1);
	use_connector();
	service.tries = 1;
	ask_at(&one, 0);
	ticket = take_request();
	fd = dial_connect(addrs[0]);
	assert_true(has_connection(0));
	reply_with(ticket, fd);
	expect_outcome(&one, ASK_CUT);
	end_connector();
}

static void
test_connector_is_silent(void **state)
{
	(void)state;
	use_servers(1);
	use_connector();
	service.tries = 1;
	ask_at(&one, 0);
	pass(2000);
	expect_outcome(&one, ASK_CONNECT);
	reply_with(take_request(), dial_connect(addrs[0])); /* too late */
	assert_int_equal(n_done, 1);
	close(accept_at(0));
	end_connector();
}

static void
test_max_wait_at_the_connector(void **state)
{
	(void)state;
	use_servers(1);
	use_connector();
	ask_for(&one, 0, 10, 500);
	pass(500);
	expect_outcome(&one, ASK_CONNECT);
	end_connector();
}

/* Another connector: the question goes to it, and that is no try. */
static void
test_connector_was_started_anew(void **state)
{
	uint64_t old;

	(void)state;
	use_servers(1);
	use_connector();
	service.tries = 1;
	ask_at(&one, 0);
	old = take_request();
	assert_int_equal(channel_send(ends[1], DIAL_RESET, NULL, 0, -1), 0);
	turn();
	expect_pending(&one, QUESTION_DIALS);
	expect_places(0, 1);
	reply_with(old, dial_connect(addrs[0])); /* closed, since nobody waits for it */
	expect_pending(&one, QUESTION_DIALS);
	reply_with(take_request(), dial_connect(addrs[0]));
	expect_pending(&one, QUESTION_TALKS);
	assert_true(has_connection(0));
	serve(0, "ok\n");
	expect_outcome(&one, ASK_ANSWERED);
	assert_int_equal(one.q.tries, 1);
	end_connector();
}

static void
test_connector_is_gone(void **state)
{
	(void)state;
	use_servers(1);
	use_connector();
	service.tries = 1;
	ask_at(&one, 0);
	close(ends[1]);
	turn();
	expect_outcome(&one, ASK_CONNECT);
	ask_at(&two, 0);
	assert_true(two.is_there);
	expect_outcome(&two, ASK_CONNECT);
	close(ends[0]);
}

static void
test_connector_has_no_descriptor(void **state)
{
	(void)state;
	use_servers(1);
	use_connector();
	service.tries = 1;
	ask_at(&one, 0);
	reply_with(take_request(), -EMFILE);
	expect_outcome(&one, ASK_CONNECT);
	end_connector();
}

static void
test_cancel_at_the_connector(void **state)
{
	unsigned before;
	int fd;

	(void)state;
	use_servers(1);
	use_connector();
	before = count_descriptors();
	ask_at(&one, 0);
	cancel(&one);
	expect_places(0, 0);
	reply_with(take_request(), dial_connect(addrs[0]));
	fd = accept_at(0);
	assert_true(is_closed(fd));
	close(fd);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(one.done, 0);
	end_connector();
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_asking)
	const struct CMUnitTest tests[] = {
		T(test_refused),
		T(test_refused_by_a_file),
		T(test_refused_without_grace),
		T(test_refused_at_once),
		T(test_full_backlog),
		T(test_timeout_after_a_full_backlog),
		T(test_full_backlog_to_the_end),
		T(test_tcp),
		T(test_tcp_refused),
		T(test_tcp_connect_timeout),
		T(test_connector),
		T(test_cut_before_the_question),
		T(test_connector_is_silent),
		T(test_max_wait_at_the_connector),
		T(test_connector_was_started_anew),
		T(test_connector_is_gone),
		T(test_connector_has_no_descriptor),
		T(test_cancel_at_the_connector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
