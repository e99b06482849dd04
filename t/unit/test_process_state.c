/* src/util/process_state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/process_state.h"

static pid_t child;

/* A child that loops, under a name with a parenthesis. */
static int
set_up(void **state)
{
	(void)state;
	child = fork();
	if (child != 0)
		return child < 0 ? -1 : 0;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)prctl(PR_SET_NAME, "a) S 1", 0, 0, 0);
	for (volatile unsigned n = 0;; n++)
		;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)kill(child, SIGKILL);
	return waitpid(child, NULL, 0) == child ? 0 : -1;
}

static void
test_states(void **state)
{
	struct process_state s = {0};
	uint64_t before;

	(void)state;
	while (s.letter != 'R' || s.cpu_ms < 30)
		assert_int_equal(process_state_read(child, &s), 0);
	before = s.cpu_ms;
	assert_int_equal(kill(child, SIGSTOP), 0);
	while (s.letter != 'T')
		assert_int_equal(process_state_read(child, &s), 0);
	assert_true(s.cpu_ms >= before);
}

static void
test_no_process(void **state)
{
	struct process_state s;

	(void)state;
	assert_int_equal(process_state_read(-1, &s), -ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
		cmocka_unit_test(test_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
