/* master/sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "master/sent.h"

static int
open_any(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void
test_settle(void **state)
{
	struct sent_connections s = {0};
	struct sent_connection c;
	int fds[5];

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		fds[i] = open_any();
		sent_add(&s, fds[i], i);
	}
	sent_settle(&s, 0);
	assert_int_equal(s.n, 4);
	sent_settle(&s, 2);
	assert_false(is_open(fds[0]) || is_open(fds[1]));
	assert_true(is_open(fds[2]) && is_open(fds[3]));
	sent_settle(&s, 1); /* a count never goes back, but that of a worker may be anything */
	assert_int_equal(s.n, 2);
	assert_true(sent_take(&s, &c));
	assert_int_equal(c.fd, fds[2]);
	assert_int_equal(c.listener, 2);
	close(c.fd);
	fds[4] = open_any();
	sent_add(&s, fds[4], 4);
	sent_settle(&s, 4);
	assert_false(is_open(fds[3]));
	assert_int_equal(s.n, 1);
	sent_settle(&s, UINT64_MAX);
	assert_int_equal(s.settled, 5);
	assert_false(sent_take(&s, &c));
	sent_free(&s);
}

static void
test_free_closes(void **state)
{
	struct sent_connections s = {0};
	int fd = open_any();

	(void)state;
	sent_add(&s, fd, 0);
	sent_free(&s);
	assert_false(is_open(fd));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_free_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
