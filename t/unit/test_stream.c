/* Unit tests of io/stream, on a pair of unix sockets and on loopback TCP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/stream.h"

#define BIG_BYTES (4u << 20)

struct fixture {
	struct loop *loop;
	struct stream s;
	int peer;
	unsigned events; /* all that were reported */
	unsigned calls;
	bool close_at_once;
};

static void
note(void *ctx, unsigned events)
{
	struct fixture *f = ctx;

	f->events |= events;
	f->calls++;
	if (f->close_at_once)
		stream_close(&f->s);
}

static void
open_on(struct fixture *f, int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(stream_open(&f->s, f->loop, fd, note, f), 0);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	if (f == NULL || loop_new(&f->loop) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	f->peer = fds[1];
	open_on(f, fds[0]);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	stream_close(&f->s);
	stream_close(&f->s);
	if (f->peer >= 0)
		close(f->peer);
	loop_free(f->loop);
	free(f);
	return 0;
}

/* A TCP connection over loopback in place of the unix pair. */
static void
use_tcp(struct fixture *f)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	stream_close(&f->s);
	close(f->peer);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(connect(f->peer, (struct sockaddr *)&in, sizeof(in)), 0);
	open_on(f, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	close(listener);
}

/* Runs the loop until it has nothing to do; what was reported since the last time. */
static unsigned
turn(struct fixture *f)
{
	unsigned turns = 0;

	f->events = 0;
	f->calls = 0;
	while (loop_run_once(f->loop, 0) > 0)
		assert_true(++turns < 100); /* no spinning */
	return f->events;
}

/* Like turn(), but waits for the wanted events first: loopback TCP may take a moment. */
static unsigned
turn_until(struct fixture *f, unsigned wanted)
{
	unsigned seen = turn(f);

	for (int i = 0; i < 50 && (seen & wanted) != wanted; i++) {
		assert_true(loop_run_once(f->loop, 100) >= 0);
		seen |= f->events;
	}
	return seen;
}

static void
peer_writes(struct fixture *f, const char *text)
{
	assert_int_equal(send(f->peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void
test_reads_by_edges(void **state)
{
	struct fixture *f = *state;
	char b[16];

	turn(f);
	peer_writes(f, "hello");
	assert_int_equal(turn(f), STREAM_IN);
	assert_int_equal(f->calls, 1);
	assert_int_equal(turn(f), 0); /* not read, but reported once */
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 5);
	assert_memory_equal(b, "hello", 5);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), -EAGAIN);
	peer_writes(f, "more");
	assert_int_equal(turn(f), STREAM_IN);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 4);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), -EAGAIN);
	assert_int_equal(turn(f), 0);
}

static void
test_a_full_buffer(void **state)
{
	struct fixture *f = *state;
	char b[4];

	peer_writes(f, "0123456789ab");
	assert_int_equal(turn(f), STREAM_IN);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 4);
	assert_int_equal(turn(f), 0);
	stream_resume(&f->s); /* the owner had no more room: a new edge */
	assert_int_equal(turn(f), STREAM_IN);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 4);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 4);
	assert_memory_equal(b, "89ab", 4);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), -EAGAIN);
}

/* Bytes and end in one edge: the end has none of its own, a short read must not hide it. */
static void
test_end_with_the_last_bytes(void **state)
{
	struct fixture *f = *state;
	char b[16];

	peer_writes(f, "quit");
	close(f->peer);
	f->peer = -1;
	assert_int_equal(turn(f), STREAM_IN | STREAM_END | STREAM_GONE);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 4);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 0);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 0);
	assert_int_equal(turn(f), 0);
}

static void
test_end_after_the_last_bytes(void **state)
{
	struct fixture *f = *state;
	char b[16];

	peer_writes(f, "quit");
	assert_int_equal(turn(f), STREAM_IN);
	close(f->peer); /* between the event and the reading */
	f->peer = -1;
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 4);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), -EAGAIN);
	assert_int_equal(turn(f), STREAM_IN | STREAM_END | STREAM_GONE);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 0);
}

static void
half_close(struct fixture *f)
{
	struct buf out = {0};
	char b[16];

	peer_writes(f, "question");
	assert_int_equal(shutdown(f->peer, SHUT_WR), 0);
	assert_int_equal(turn_until(f, STREAM_IN | STREAM_END), STREAM_IN | STREAM_END);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 8);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 0);
	assert_int_equal(turn(f), 0); /* no spinning on the end */
	buf_puts(&out, "answer");
	assert_int_equal(stream_write(&f->s, &out), 0);
	assert_int_equal(stream_unsent(&f->s), 0);
	stream_close(&f->s);
	assert_int_equal(recv(f->peer, b, sizeof(b), 0), 6);
	assert_int_equal(recv(f->peer, b, sizeof(b), 0), 0);
	buf_free(&out);
}

static void
test_half_close(void **state)
{
	half_close(*state);
}

static void
test_half_close_tcp(void **state)
{
	use_tcp(*state);
	half_close(*state);
}

static void
test_pause(void **state)
{
	struct fixture *f = *state;
	char b[16];

	peer_writes(f, "one");
	assert_int_equal(turn(f), STREAM_IN);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 3);
	stream_pause(&f->s);
	peer_writes(f, "two");
	assert_int_equal(turn(f), 0);
	stream_resume(&f->s);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 3); /* may be read at once */
	assert_memory_equal(b, "two", 3);
	turn(f);
	stream_pause(&f->s);
	peer_writes(f, "three");
	stream_resume(&f->s);
	assert_int_equal(turn(f), STREAM_IN); /* or after the event */
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 5);
}

static void
test_hangup_while_paused(void **state)
{
	struct fixture *f = *state;
	char b[16];

	turn(f);
	stream_pause(&f->s);
	peer_writes(f, "abort");
	close(f->peer);
	f->peer = -1;
	assert_int_equal(turn(f), STREAM_END | STREAM_GONE);
	stream_resume(&f->s);
	assert_true((turn(f) & STREAM_IN) != 0);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 5);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 0);
}

/* Reads at the peer: the byte at place n of the stream is n % 251. */
static size_t
peer_reads(struct fixture *f, size_t from, size_t max)
{
	unsigned char *b = malloc(max);
	ssize_t n = recv(f->peer, b, max, MSG_DONTWAIT);

	assert_non_null(b);
	for (ssize_t i = 0; i < n; i++) {
		if (b[i] != (from + (size_t)i) % 251)
			fail_msg("byte %zu is wrong", from + (size_t)i);
	}
	free(b);
	return n < 0 ? 0 : (size_t)n;
}

static void
make_bytes(struct buf *b, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		buf_putc(b, (unsigned char)(i % 251));
}

static void
write_more_than_fits(struct fixture *f)
{
	struct buf out = {0};
	size_t got = 0, unsent;

	turn(f);
	make_bytes(&out, 0, BIG_BYTES);
	assert_int_equal(stream_write(&f->s, &out), 0);
	assert_int_equal(out.len, 0);
	unsent = stream_unsent(&f->s);
	assert_in_range(unsent, 1, BIG_BYTES - 1);
	got = peer_reads(f, 0, 300000); /* there is room, but not for the later bytes */
	make_bytes(&out, BIG_BYTES, 1000);
	assert_int_equal(stream_write(&f->s, &out), 0);
	assert_int_equal(stream_unsent(&f->s), unsent + 1000);
	for (int i = 0; i < 10000 && got < BIG_BYTES + 1000; i++) {
		size_t n = peer_reads(f, got, 300000), left = stream_unsent(&f->s);

		got += n;
		assert_int_equal(turn(f) | STREAM_OUT, STREAM_OUT);
		if (n == 0)
			loop_run_once(f->loop, 10);
		assert_true((f->events & STREAM_OUT) != 0 || stream_unsent(&f->s) == left);
	}
	assert_int_equal(got, BIG_BYTES + 1000);
	assert_int_equal(stream_unsent(&f->s), 0);
	assert_null(f->s.unsent.data); /* an idle stream holds no memory */
	turn(f);
	assert_int_equal(turn(f), 0);
	make_bytes(&out, 0, 5); /* and works as before */
	assert_int_equal(stream_write(&f->s, &out), 0);
	assert_int_equal(stream_unsent(&f->s), 0);
	buf_free(&out);
}

static void
test_write_more_than_fits(void **state)
{
	write_more_than_fits(*state);
}

static void
test_write_more_than_fits_tcp(void **state)
{
	use_tcp(*state);
	write_more_than_fits(*state);
}

static void
test_write_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf out = {0};

	assert_int_equal(stream_write(&f->s, &out), 0);
	assert_int_equal(stream_unsent(&f->s), 0);
}

static void
test_write_after_the_peer_closed(void **state)
{
	struct fixture *f = *state;
	struct buf out = {0};

	close(f->peer);
	f->peer = -1;
	buf_puts(&out, "x");
	assert_int_equal(stream_write(&f->s, &out), -EPIPE); /* and no signal */
	assert_int_equal(out.len, 0);
	assert_int_equal(stream_unsent(&f->s), 0);
	buf_free(&out);
}

static void
test_gone_with_unsent(void **state)
{
	struct fixture *f = *state;
	struct buf out = {0};

	make_bytes(&out, 0, BIG_BYTES);
	assert_int_equal(stream_write(&f->s, &out), 0);
	assert_true(stream_unsent(&f->s) > 0);
	turn(f);
	close(f->peer);
	f->peer = -1;
	assert_true((turn(f) & STREAM_GONE) != 0);
	assert_int_equal(stream_unsent(&f->s), 0);
	assert_int_equal(turn(f), 0);
	buf_free(&out);
}

static void
test_reset(void **state)
{
	struct fixture *f = *state;
	struct linger now = {.l_onoff = 1};
	char b[4];

	use_tcp(f);
	turn(f);
	stream_pause(&f->s);
	assert_int_equal(setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(f->peer);
	f->peer = -1;
	assert_true((turn_until(f, STREAM_GONE) & STREAM_GONE) != 0);
	assert_true(stream_read(&f->s, b, sizeof(b)) == -ECONNRESET);
}

static void
test_close_in_its_own_callback(void **state)
{
	struct fixture *f = *state;
	char b[4];

	f->close_at_once = true;
	peer_writes(f, "x");
	assert_int_equal(turn(f), STREAM_IN);
	assert_int_equal(f->calls, 1);
	assert_null(f->s.watch.loop);
	assert_int_equal(recv(f->peer, b, sizeof(b), 0), -1); /* unread bytes: a reset */
	assert_int_equal(recv(f->peer, b, sizeof(b), 0), 0);
}

/* A peer that writes in small pieces holds the second back until the first is acknowledged.
 * After some rounds of command and reply the kernel relies on a reply to acknowledge it. */
static void
test_quick_ack(void **state)
{
	struct fixture *f = *state;
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);
	char b[16];

	use_tcp(f);
	for (unsigned i = 0; i < 20; i++) {
		peer_writes(f, "question");
		assert_int_equal(recv(f->s.fd, b, sizeof(b), 0), 8);
		assert_int_equal(send(f->s.fd, "answer", 6, 0), 6);
		assert_int_equal(recv(f->peer, b, sizeof(b), 0), 6);
	}
	peer_writes(f, "half a question");
	assert_true(turn_until(f, STREAM_IN) & STREAM_IN);
	assert_int_equal(stream_read(&f->s, b, sizeof(b)), 15);
	assert_true(stream_quick_ack(&f->s));
	assert_int_equal(getsockopt(f->peer, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(info.tcpi_unacked, 0);
}

static void
test_quick_ack_unix(void **state)
{
	struct fixture *f = *state;

	assert_false(stream_quick_ack(&f->s)); /* no TCP */
	peer_writes(f, "x");
	assert_int_equal(turn(f), STREAM_IN);
}

static void
test_open_fails(void **state)
{
	struct fixture *f = *state;
	struct stream s = {0};

	assert_int_equal(stream_open(&s, f->loop, -1, note, f), -EBADF);
	assert_int_equal(stream_open(&s, f->loop, f->s.fd, note, f), -EEXIST);
	assert_null(s.watch.loop);
	assert_true(fcntl(f->s.fd, F_GETFD) >= 0); /* still the caller's */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_by_edges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_full_buffer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end_with_the_last_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end_after_the_last_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_half_close, setup, teardown),
		cmocka_unit_test_setup_teardown(test_half_close_tcp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pause, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hangup_while_paused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_more_than_fits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_more_than_fits_tcp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_after_the_peer_closed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_gone_with_unsent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close_in_its_own_callback, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_quick_ack, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quick_ack_unix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open_fails, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
