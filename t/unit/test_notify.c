/* src/master/notify: the messages as systemd gets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "master/notify.h"
#include "scratch.h"

static int manager;
static char text[256];

static int
set_up(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	(void)state;
	make_scratch();
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_scratch("notify"));
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (manager < 0 || bind(manager, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	return setenv("NOTIFY_SOCKET", at.sun_path, 1);
}

static int
tear_down(void **state)
{
	(void)state;
	close(manager);
	(void)unsetenv("NOTIFY_SOCKET");
	remove_scratch();
	return 0;
}

static const char *
received(void)
{
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	assert_true(n > 0);
	text[n] = '\0';
	return text;
}

static void
test_ready(void **state)
{
	char expected[128];

	(void)state;
	notify_ready("generation 7 serves");
	(void)snprintf(expected, sizeof(expected),
		       "READY=1\nMAINPID=%d\nSTATUS=generation 7 serves", (int)getpid());
	assert_string_equal(received(), expected);
}

static void
test_reloading(void **state)
{
	struct timespec before, after;
	uint64_t us = 0;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	notify_reloading("reloading; generation 7 serves", 120000);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(sscanf(received(), "RELOADING=1\nMONOTONIC_USEC=%" SCNu64, &us), 1);
	assert_non_null(strstr(text, "\nSTATUS=reloading; generation 7 serves"));
	assert_in_range(us, (uint64_t)before.tv_sec * 1000000 + (uint64_t)before.tv_nsec / 1000,
			(uint64_t)after.tv_sec * 1000000 + (uint64_t)after.tv_nsec / 1000);
}

static void
test_stopping(void **state)
{
	(void)state;
	notify_stopping();
	assert_string_equal(received(), "STOPPING=1\nSTATUS=stopping");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_ready),
		TEST(test_reloading),
		TEST(test_stopping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
