/* src/master/generation and loader_process: what becomes of a generation when its loader ends
 * or hangs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "generation_fixture.h"

static void
kill_loader(struct fixture *t)
{
	assert_int_equal(kill(t->g->loader->pid, SIGKILL), 0);
	RUN_UNTIL(t->loop, t->g->loader == NULL);
	assert_true(is_logged(" killed by signal 9 (SIGKILL)\n"));
}

/* Its workers go on, and a crash is still reported. */
static void
test_loader_dies(void **state)
{
	struct fixture *t = *state;
	uint32_t second = 1;

	begin(t);
	kill_loader(t);
	assert_int_equal(t->lost_loader, 1);
	assert_int_equal(t->g->n_workers, WORKERS);
	order_record(t->g->workers, FAKE_PASS, WORKER_CONNECTION, &second, sizeof(second));
	RUN_UNTIL(t->loop, t->connections > 0);
	order_number(t->g->workers, FAKE_RAISE, SIGKILL);
	RUN_UNTIL(t->loop, t->host.crashes > 0);
	assert_true(is_logged(" killed by signal 9 (SIGKILL): 0 sessions lost gen=7\n"));
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	assert_int_equal(t->lost_loader, 1);
	advance(t, 30000);
	assert_int_equal(t->lost_loader, 2);
	generation_drain(t->g);
	RUN_UNTIL(t->loop, t->ended > 0);
}

static void
test_loader_dies_at_the_start(void **state)
{
	struct fixture *t = *state;

	fake_begins = FAKE_NOT_READY;
	assert_int_equal(make_generation(t, load(t)), 0);
	RUN_UNTIL(t->loop, t->g->workers->pid > 0);
	assert_int_equal(kill(t->g->loader->pid, SIGKILL), 0);
	RUN_UNTIL(t->loop, t->failed > 0);
}

/* A loader that hangs is killed, and a worker that it has not forked is not waited for. */
static void
test_loader_hangs(void **state)
{
	struct fixture *t = *state;

	begin(t);
	assert_int_equal(kill(t->g->loader->pid, SIGSTOP), 0);
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS);
	t->now_ms += 20000;
	heartbeat_check_generation(t->g, t->now_ms);
	assert_int_equal(t->lost_loader, 0);
	t->now_ms += 1;
	heartbeat_check_generation(t->g, t->now_ms);
	assert_true(is_logged("the loader has not started a worker in 20 s: killed gen=7\n"));
	RUN_UNTIL(t->loop, t->lost_loader > 0);
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	assert_int_equal(t->g->n_to_fork, 1);
}

/* The loader ends after its last worker. */
static void
test_loader_is_released(void **state)
{
	struct fixture *t = *state;

	begin(t);
	generation_drain(t->g);
	RUN_UNTIL(t->loop, t->ended > 0);
	assert_non_null(t->loaders.loaders);
	t->g = generation_free(t->g);
	RUN_UNTIL(t->loop, t->loaders.loaders == NULL);
	assert_string_equal(lines(), "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_loader_dies),
		TEST(test_loader_dies_at_the_start),
		TEST(test_loader_hangs),
		TEST(test_loader_is_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
