/* src/io/dial.c: the worker's side of dialing. The test is the connector, which stands at the
 * other end of the channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/channel.h"
#include "io/dial.h"

#define MANY 200u

struct wanted {
	struct dial dial;
	unsigned calls;
	int fd;
	unsigned order;	       /* of its call among all */
	struct wanted *starts; /* in its call */
	struct wanted *cancels;
	int started; /* what dial_start() returned there */
};

static struct loop *loop;
static struct dialer *dialer;
static int ends[2]; /* the worker's, the connector's */
static struct wanted w[MANY];
static unsigned n_calls;

static void
note_dialed(void *ctx, int fd)
{
	struct wanted *x = ctx;

	assert_null(x->dial.dialer);
	x->calls++;
	x->fd = fd;
	x->order = ++n_calls;
	if (x->cancels != NULL)
		dial_cancel(&x->cancels->dial);
	if (x->starts != NULL)
		x->started = dial_start(dialer, &x->starts->dial, 7, note_dialed, x->starts);
}

static void
start(size_t i)
{
	assert_int_equal(dial_start(dialer, &w[i].dial, (uint32_t)i, note_dialed, &w[i]), 0);
}

static void
turn(void)
{
	unsigned turns = 0;

	while (loop_run_once(loop, 0) > 0)
		assert_true(++turns < 1000);
}

/* The next request that the connector reads; false: there is none. */
static bool
take_request(struct dial_request *ret)
{
	static struct channel_msg msg;
	int r = channel_recv(ends[1], &msg);

	if (r == -EAGAIN)
		return false;
	assert_int_equal(r, 1);
	assert_int_equal(msg.type, DIAL_REQUEST);
	assert_int_equal(msg.len, sizeof(*ret));
	memcpy(ret, msg.data, sizeof(*ret));
	return true;
}

static struct dial_request
take(uint32_t server)
{
	struct dial_request r = {0};

	assert_true(take_request(&r));
	assert_int_equal(r.server, server);
	assert_int_not_equal(r.ticket, 0);
	return r;
}

static void
reply_error(struct dial_request request, int error)
{
	struct dial_reply reply = {.ticket = request.ticket, .error = error};

	assert_int_equal(channel_send(ends[1], DIAL_REPLY, &reply, sizeof(reply), -1), 0);
}

/* With a descriptor; the other end of it. */
static int
reply_descriptor(struct dial_request request)
{
	struct dial_reply reply = {.ticket = request.ticket};
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(channel_send(ends[1], DIAL_REPLY, &reply, sizeof(reply), fds[0]), 0);
	close(fds[0]);
	return fds[1];
}

static void
reset(void)
{
	assert_int_equal(channel_send(ends[1], DIAL_RESET, NULL, 0, -1), 0);
}

/* All descriptors of the other end are closed. */
static bool
is_closed(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) == 0;
}

static void
expect_called(size_t i, int fd)
{
	assert_int_equal(w[i].calls, 1);
	assert_int_equal(w[i].fd, fd);
}

static int
set_up(void **state)
{
	(void)state;
	memset(w, 0, sizeof(w));
	n_calls = 0;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(dialer_new(loop, ends[0], &dialer), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++)
		dial_cancel(&w[i].dial);
	dialer = dialer_free(dialer);
	loop_free(loop);
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	return 0;
}

static void
test_descriptor(void **state)
{
	int other;

	(void)state;
	start(3);
	other = reply_descriptor(take(3));
	assert_int_equal(w[3].calls, 0);
	turn();
	assert_int_equal(w[3].calls, 1);
	assert_true(w[3].fd >= 0);
	assert_int_equal(fcntl(w[3].fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_false(is_closed(other));
	close(w[3].fd);
	assert_true(is_closed(other));
	close(other);
}

static void
test_errors(void **state)
{
	(void)state;
	start(0);
	start(1);
	reply_error(take(0), -ECONNREFUSED);
	reply_error(take(1), 0); /* no descriptor came: the kernel had no room for it */
	turn();
	expect_called(0, -ECONNREFUSED);
	expect_called(1, -EMFILE);
}

/* Replies come in any order. */
static void
test_order(void **state)
{
	struct dial_request r[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		start(i);
	for (uint32_t i = 0; i < 3; i++)
		r[i] = take(i);
	for (size_t i = 3; i-- > 0;)
		reply_error(r[i], -(int)i - 1);
	turn();
	for (size_t i = 0; i < 3; i++) {
		expect_called(i, -(int)i - 1);
		assert_int_equal(w[i].order, 3 - i);
	}
}

/* The others are sent when a reply comes, in their order. */
static void
test_more_than_may_be_under_way(void **state)
{
	struct dial_request r;
	uint32_t next = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		start(i);
	while (next < DIAL_REQUESTS_MAX)
		r = take(next++);
	assert_false(take_request(&r));
	reply_error(r, -EPERM);
	turn();
	expect_called(DIAL_REQUESTS_MAX - 1, -EPERM);
	while (next < MANY) {
		r = take(next++);
		reply_error(r, -EPERM);
		turn();
		expect_called(next - 1, -EPERM);
	}
	assert_false(take_request(&r));
	assert_int_equal(n_calls, MANY - DIAL_REQUESTS_MAX + 1);
}

/* A slot is used again, with another ticket. */
static void
test_late_replies(void **state)
{
	struct dial_request old, new;

	(void)state;
	start(0);
	old = take(0);
	reply_error(old, -EPERM);
	turn();
	start(1);
	new = take(1);
	assert_int_not_equal(old.ticket, new.ticket);
	reply_error(old, -EPERM); /* twice */
	reply_error((struct dial_request){.ticket = 0}, -EPERM);
	reply_error((struct dial_request){.ticket = UINT64_MAX}, -EPERM);
	reply_error((struct dial_request){.ticket = new.ticket + 1}, -EPERM);
	turn();
	assert_int_equal(w[1].calls, 0);
	reply_error(new, -ENOENT);
	turn();
	expect_called(1, -ENOENT);
	expect_called(0, -EPERM);
}

static void
test_cancel_before_it_is_sent(void **state)
{
	struct dial_request r;
	uint32_t n = DIAL_REQUESTS_MAX;

	(void)state;
	for (size_t i = 0; i < n + 4; i++)
		start(i);
	dial_cancel(&w[n].dial);     /* the first that waits */
	dial_cancel(&w[n + 2].dial); /* one in the middle */
	dial_cancel(&w[n + 3].dial); /* the last */
	dial_cancel(&w[n + 3].dial);
	start(n + 4);
	for (uint32_t i = 0; i < n; i++)
		reply_error(take(i), -EPERM);
	turn();
	(void)take(n + 1);
	(void)take(n + 4);
	assert_false(take_request(&r));
	assert_int_equal(n_calls, n);
}

/* The descriptor that comes is closed, and the slot is free then, not before. */
static void
test_cancel_after_it_is_sent(void **state)
{
	struct dial_request r;
	int other;

	(void)state;
	start(0);
	dial_cancel(&w[0].dial);
	for (size_t i = 1; i <= DIAL_REQUESTS_MAX; i++)
		start(i);
	r = take(0);
	for (uint32_t i = 1; i < DIAL_REQUESTS_MAX; i++)
		(void)take(i);
	assert_false(take_request(&(struct dial_request){0}));
	other = reply_descriptor(r);
	turn();
	assert_true(is_closed(other));
	close(other);
	assert_int_equal(n_calls, 0);
	(void)take(DIAL_REQUESTS_MAX);
}

static void
test_cancel_another_in_done(void **state)
{
	struct dial_request r[2];
	int other;

	(void)state;
	w[0].cancels = &w[1];
	start(0);
	start(1);
	r[0] = take(0);
	r[1] = take(1);
	reply_error(r[0], -EPERM);
	other = reply_descriptor(r[1]);
	turn();
	expect_called(0, -EPERM);
	assert_int_equal(w[1].calls, 0);
	assert_true(is_closed(other));
	close(other);
}

/* The connector was started anew: what had been sent has failed. What is requested in these
 * calls is sent to the new one, and does not fail with them. */
static void
test_reset(void **state)
{
	struct dial_request old, new;
	int other;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		start(i);
	old = take(0);
	w[0].starts = &w[10];
	w[1].cancels = &w[2];
	w[1].starts = &w[11];
	reset();
	turn();
	expect_called(0, -ECONNRESET);
	expect_called(1, -ECONNRESET);
	assert_int_equal(n_calls, 2);
	other = reply_descriptor(old);
	(void)take(1); /* which the new one reads: nobody wants them any more */
	(void)take(2);
	new = take(7);
	(void)take(7);
	reply_error(new, -ENOENT);
	turn();
	assert_true(is_closed(other));
	close(other);
	expect_called(10, -ENOENT);
	assert_int_equal(w[11].calls, 0);
}

/* With all slots in use, and others that wait: these were not sent, and go to the new one. */
static void
test_reset_with_many(void **state)
{
	(void)state;
	for (size_t i = 0; i < MANY; i++)
		start(i);
	for (size_t i = 0; i < DIAL_REQUESTS_MAX; i++)
		w[i].starts = &w[i];
	for (uint32_t i = 0; i < DIAL_REQUESTS_MAX; i++)
		(void)take(i);
	reset();
	turn();
	assert_int_equal(n_calls, DIAL_REQUESTS_MAX);
	for (uint32_t i = 0; i < DIAL_REQUESTS_MAX; i++)
		(void)take(DIAL_REQUESTS_MAX + i);
	assert_false(take_request(&(struct dial_request){0}));
}

static void
test_end_of_the_channel(void **state)
{
	struct dial late = {0};

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		start(i);
	w[0].starts = &w[0];
	w[1].cancels = &w[2];
	w[MANY - 2].cancels = &w[MANY - 1];
	close(ends[1]);
	ends[1] = -1;
	turn();
	assert_int_equal(n_calls, MANY - 2);
	expect_called(0, -EPIPE);
	assert_int_equal(w[0].started, -EPIPE);
	expect_called(MANY - 2, -EPIPE);
	assert_int_equal(dial_start(dialer, &late, 0, note_dialed, &late), -EPIPE);
	assert_int_equal(loop_run_once(loop, 0), 0);
}

/* Replies that stand in the channel when it ends count. */
static void
test_replies_before_the_end(void **state)
{
	int other;

	(void)state;
	start(0);
	start(1);
	other = reply_descriptor(take(0));
	close(ends[1]);
	ends[1] = -1;
	turn();
	assert_true(w[0].fd >= 0);
	close(w[0].fd);
	close(other);
	expect_called(1, -EPIPE);
}

/* A process that may connect itself. */
static void
test_direct(void **state)
{
	struct addr nobody;
	const struct addr *addrs[1] = {&nobody};
	const char *why;

	(void)state;
	assert_int_equal(addr_parse("unix:/nonexistent/x", &nobody, &why), 0);
	dialer_free(dialer);
	dialer = dialer_new_direct(addrs);
	start(0);
	expect_called(0, -ENOENT);
	dial_cancel(&w[0].dial);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_descriptor),
		T(test_errors),
		T(test_order),
		T(test_more_than_may_be_under_way),
		T(test_late_replies),
		T(test_cancel_before_it_is_sent),
		T(test_cancel_after_it_is_sent),
		T(test_cancel_another_in_done),
		T(test_reset),
		T(test_reset_with_many),
		T(test_end_of_the_channel),
		T(test_replies_before_the_end),
		T(test_direct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
