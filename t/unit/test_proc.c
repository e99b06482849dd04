/* ctl/proc: CPU time and memory of a tree of processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl/proc.h"

#define WORK_NS	    250000000u /* many ticks, so that chance hardly counts */
#define TICK_NS	    10000000u
#define BLOCK_BYTES (16u * 1024 * 1024) /* far more than libraries that are shared */
/* The kernel rounds two figures of each of three processes down, before and after; and it may
 * be a tick behind with what runs. */
#define ROUNDED	    8u

/* Most of it in user space. */
static void
work(void)
{
	volatile unsigned n = 0;
	struct timespec t;

	do {
		while (++n % 10000)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	} while (t.tv_sec == 0 && t.tv_nsec < WORK_NS);
}

/* A child that works, writes a byte to the pipe, and waits for a signal; with deep its own
 * child does the same. */
static pid_t
start(int fd, bool deep)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (deep && start(fd, false) < 0)
		_exit(1);
	work();
	if (write(fd, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static bool
has(const struct proc_times *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->processes[i].pid == pid)
			return true;
	return false;
}

static void
test_descendants_count(void **state)
{
	static struct proc_times before, after;
	struct proc_cpu used;
	char byte[2];
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(proc_read_times(getpid(), &before), 0);

	pid_t child = start(pipes[1], true);

	assert_int_equal(read(pipes[0], byte, 1), 1);
	assert_int_equal(read(pipes[0], byte, 1), 1);
	assert_int_equal(proc_read_times(getpid(), &after), 0);
	assert_int_equal(after.n, before.n + 2);
	assert_true(has(&after, child));
	assert_int_equal(proc_compute_usage(&before, &after, &used), 0);
	assert_true(used.ns >= 2 * (uint64_t)WORK_NS);
	assert_in_range(used.system, 0, used.user);
	assert_in_range(used.user + used.system, used.ns / TICK_NS - ROUNDED,
			used.ns / TICK_NS + ROUNDED);
	assert_true(after.busy); /* we are */
	do
		assert_int_equal(proc_read_times(child, &before), 0);
	while (before.busy); /* on its way from write() to pause() */
	assert_int_equal(before.n, 2);
	assert_false(has(&before, getpid()));

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(proc_read_times(getpid(), &before), 0);
	assert_int_equal(proc_compute_usage(&after, &before, &used), -ECHILD);
	assert_int_equal(proc_read_times(child, &before), -ESRCH);
	close(pipes[0]);
	close(pipes[1]);
}

/* A page that a child shares with us counts once in all, and is a child's own when written. */
static void
test_memory_of_descendants(void **state)
{
	struct proc_memory alone, shared, written;
	char *block = malloc(BLOCK_BYTES);
	char byte = 'x';
	int go[2], done[2];

	(void)state;
	assert_non_null(block);
	memset(block, 1, BLOCK_BYTES);
	assert_true(pipe(go) == 0 && pipe(done) == 0);
	assert_int_equal(proc_read_memory(getpid(), &alone), 0);
	assert_true(alone.pss >= BLOCK_BYTES && alone.anonymous >= BLOCK_BYTES);

	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (write(done[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1)
			memset(block, byte, BLOCK_BYTES);
		_exit(0);
	}
	assert_int_equal(read(done[0], &byte, 1), 1);
	assert_int_equal(proc_read_memory(getpid(), &shared), 0);
	assert_true(shared.pss < alone.pss + BLOCK_BYTES / 2);
	assert_true(shared.anonymous >= alone.anonymous + BLOCK_BYTES / 2);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(read(done[0], &byte, 1), 1);
	assert_int_equal(proc_read_memory(getpid(), &written), 0);
	assert_true(written.pss >= shared.pss + BLOCK_BYTES - BLOCK_BYTES / 8);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(proc_read_memory(child, &written), -ESRCH);
	free(block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descendants_count),
		cmocka_unit_test(test_memory_of_descendants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
