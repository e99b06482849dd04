/* ctl/proc: CPU time of a tree of processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl/proc.h"

#define WORK_NS 20000000u

static void
work(void)
{
	struct timespec t;

	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	} while (t.tv_sec == 0 && t.tv_nsec < WORK_NS);
}

/* A child that works, tells, and waits to be killed; as does its own child when deep. */
static pid_t
start(int told, bool deep)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (deep && start(told, false) < 0)
		_exit(1);
	work();
	if (write(told, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static bool
has(const struct proc_times *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->of[i].pid == pid)
			return true;
	return false;
}

static void
test_descendants_count(void **state)
{
	static struct proc_times before, after;
	uint64_t ns = 0;
	char told[2];
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(proc_times(getpid(), &before), 0);

	pid_t child = start(pipes[1], true);

	assert_int_equal(read(pipes[0], told, 1), 1);
	assert_int_equal(read(pipes[0], told, 1), 1);
	assert_int_equal(proc_times(getpid(), &after), 0);
	assert_int_equal(after.n, before.n + 2);
	assert_true(has(&after, child));
	assert_int_equal(proc_used(&before, &after, &ns), 0);
	assert_true(ns >= 2 * (uint64_t)WORK_NS);
	assert_int_equal(proc_times(child, &before), 0);
	assert_int_equal(before.n, 2);
	assert_false(has(&before, getpid()));

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(proc_times(getpid(), &before), 0);
	assert_int_equal(proc_used(&after, &before, &ns), -ECHILD);
	assert_int_equal(proc_times(child, &before), -ESRCH);
	close(pipes[0]);
	close(pipes[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descendants_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
