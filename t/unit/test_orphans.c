/* src/master/orphans.c: which children are waited for, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "master/orphans.h"

/* One that has ended. */
static pid_t
make_zombie(void)
{
	pid_t pid = fork();
	siginfo_t status;

	if (pid == 0)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &status, WEXITED | WNOWAIT), 0);
	return pid;
}

/* It does not exist any more. */
static int
is_reaped(pid_t pid)
{
	return kill(pid, 0) < 0;
}

static void
test_no_children(void **state)
{
	struct orphans o = {0};

	(void)state;
	for (uint64_t ms = 1; ms < 10000; ms += 1000)
		orphans_reap(&o, ms);
	assert_int_equal(o.pid, 0);
}

static void
test_unknown_child(void **state)
{
	struct orphans o = {0};
	pid_t first = make_zombie(), second = make_zombie();

	(void)state;
	orphans_reap(&o, 1000);
	orphans_reap(&o, 2999);
	assert_false(is_reaped(first) || is_reaped(second));
	orphans_reap(&o, 3000);
	assert_true(is_reaped(first) != is_reaped(second));
	orphans_reap(&o, 4000);
	orphans_reap(&o, 5999);
	assert_true(is_reaped(first) != is_reaped(second));
	orphans_reap(&o, 6000);
	assert_true(is_reaped(first) && is_reaped(second));
}

/* The loop waits for its own in time; another one that follows has its time, too. */
static void
test_known_child(void **state)
{
	struct orphans o = {0};
	pid_t known = make_zombie(), other;

	(void)state;
	orphans_reap(&o, 1000);
	assert_int_equal(waitpid(known, NULL, 0), known);
	other = make_zombie();
	orphans_reap(&o, 3000);
	assert_false(is_reaped(other));
	assert_int_equal(waitpid(other, NULL, 0), other);
}

static void
test_running_child(void **state)
{
	struct orphans o = {0};
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		for (;;)
			(void)pause();
	for (uint64_t ms = 1000; ms < 10000; ms += 1000)
		orphans_reap(&o, ms);
	assert_false(is_reaped(pid));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_children),
		cmocka_unit_test(test_unknown_child),
		cmocka_unit_test(test_known_child),
		cmocka_unit_test(test_running_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
