/* Unit tests of io/channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/channel.h"

static struct channel_msg msg; /* large for a stack */

static unsigned
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static void
test_records(void **state)
{
	unsigned char big[CHANNEL_MAX_BYTES + 1];
	int ends[2];

	(void)state;
	memset(big, 0xa5, sizeof(big));
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(channel_recv(ends[1], &msg), -EAGAIN);
	assert_int_equal(channel_send(ends[0], 7, "abc", 3, -1), 0);
	assert_int_equal(channel_send(ends[0], 0xdeadbeef, NULL, 0, -1), 0);
	assert_int_equal(channel_send(ends[0], 9, big, CHANNEL_MAX_BYTES, -1), 0);
	assert_int_equal(channel_send(ends[0], 9, big, sizeof(big), -1), -EMSGSIZE);
	assert_int_equal(channel_send(ends[1], 1, "back", 4, -1), 0);

	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_int_equal(msg.type, 7);
	assert_int_equal(msg.fd, -1);
	assert_int_equal(msg.len, 3);
	assert_memory_equal(msg.data, "abc", 3);
	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_int_equal(msg.type, 0xdeadbeef);
	assert_int_equal(msg.len, 0);
	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_int_equal(msg.len, CHANNEL_MAX_BYTES);
	assert_memory_equal(msg.data, big, CHANNEL_MAX_BYTES);
	assert_int_equal(channel_recv(ends[1], &msg), -EAGAIN);
	assert_int_equal(channel_recv(ends[0], &msg), 1);
	assert_memory_equal(msg.data, "back", 4);
	close_both(ends);
}

static void
test_a_descriptor_goes_with_it(void **state)
{
	int ends[2], pipes[2];
	char c;

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(channel_send(ends[0], 1, "x", 1, pipes[1]), 0);
	close(pipes[1]);
	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_true(msg.fd >= 0);
	assert_int_equal(fcntl(msg.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(msg.fd, "!", 1), 1);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	close(msg.fd);
	assert_int_equal(read(pipes[0], &c, 1), 0); /* no other copy is left */
	close(pipes[0]);
	assert_int_equal(channel_send(ends[0], 1, "x", 1, pipes[0]), -EBADF);
	close_both(ends);
}

static void
test_other_end_closed(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(channel_send(ends[0], 1, "last", 4, -1), 0);
	close(ends[0]);
	assert_int_equal(channel_send(ends[1], 1, "x", 1, -1), -EPIPE); /* and no signal */
	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_memory_equal(msg.data, "last", 4);
	assert_int_equal(channel_recv(ends[1], &msg), 0);
	close(ends[1]);
}

/* A worker that died before it read what the master sent. */
static void
test_closed_with_unread_records(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(channel_send(ends[1], 1, "unread", 6, -1), 0);
	assert_int_equal(channel_send(ends[0], 1, "last", 4, -1), 0);
	close(ends[0]);
	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_memory_equal(msg.data, "last", 4);
	assert_int_equal(channel_recv(ends[1], &msg), 0);
	close(ends[1]);

	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(channel_send(ends[1], 1, "unread", 6, -1), 0);
	close(ends[0]);
	assert_int_equal(channel_send(ends[1], 1, "x", 1, -1), -EPIPE);
	assert_int_equal(channel_send(ends[1], 1, "x", 1, -1), -EPIPE);
	close(ends[1]);
}

static void
test_full_and_nothing_leaked(void **state)
{
	unsigned before = open_descriptors(), sent = 0;
	int ends[2], pipes[2], bytes = 106496, r = 0; /* the kernel's default, halved */
	char c;

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	while (sent < 2000 && (r = channel_send(ends[0], 1, "conn", 4, pipes[1])) == 0)
		sent++;
	assert_int_equal(r, -EAGAIN);
	assert_in_range(sent, 100, 300);
	assert_int_equal(channel_send(ends[0], 1, "conn", 4, pipes[1]), -EAGAIN);

	for (unsigned i = 0; i < 40; i++) { /* some are received: there is room again */
		assert_int_equal(channel_recv(ends[1], &msg), 1);
		assert_true(msg.fd >= 0);
		close(msg.fd);
	}
	assert_int_equal(channel_send(ends[0], 1, "conn", 4, pipes[1]), 0);
	close(pipes[1]);
	close_both(ends); /* with hundreds of descriptors in the queue */
	assert_int_equal(read(pipes[0], &c, 1), 0);
	close(pipes[0]);
	assert_int_equal(open_descriptors(), before);
}

static void
test_no_room_for_a_descriptor(void **state)
{
	struct rlimit old, none;
	int ends[2];

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(channel_send(ends[0], 1, "x", 1, ends[0]), 0);
	assert_int_equal(channel_send(ends[0], 2, "y", 1, -1), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){.rlim_cur = 3, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(channel_recv(ends[1], &msg), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(msg.type, 1);
	assert_int_equal(msg.fd, -1);
	assert_int_equal(msg.len, 1);
	assert_memory_equal(msg.data, "x", 1);
	assert_int_equal(channel_recv(ends[1], &msg), 1);
	assert_int_equal(msg.type, 2);
	assert_int_equal(msg.fd, -1);
	close_both(ends);
}

static void
test_foreign_records(void **state)
{
	static char huge[CHANNEL_MAX_BYTES + 5];
	unsigned before = open_descriptors();
	int ends[2], two[2];
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(two))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(two)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {huge, 8};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	assert_int_equal(send(ends[0], "abc", 3, 0), 3);
	assert_int_equal(channel_recv(ends[1], &msg), -EBADMSG);
	assert_int_equal(send(ends[0], huge, sizeof(huge), 0), sizeof(huge));
	assert_int_equal(channel_recv(ends[1], &msg), -EBADMSG);
	two[0] = ends[0];
	two[1] = ends[1];
	memcpy(CMSG_DATA(&control.head), two, sizeof(two));
	assert_int_equal(sendmsg(ends[0], &m, 0), 8);
	assert_int_equal(channel_recv(ends[1], &msg), -EMFILE);
	close_both(ends);
	assert_int_equal(open_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_a_descriptor_goes_with_it),
		cmocka_unit_test(test_other_end_closed),
		cmocka_unit_test(test_closed_with_unread_records),
		cmocka_unit_test(test_full_and_nothing_leaked),
		cmocka_unit_test(test_no_room_for_a_descriptor),
		cmocka_unit_test(test_foreign_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
