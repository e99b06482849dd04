/* src/master/generation and worker_process: forked workers, what they report, how they end. The
 * workers are fake_worker.h's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chain/fatal_message.h"
#include "generation_fixture.h"

static void
test_start(void **state)
{
	struct fixture *t = *state;

	begin(t);
	assert_int_equal(t->ready, 1);
	for (const struct worker_process *w = t->g->workers; w != NULL; w = w->next)
		/* a worker that has not begun yet does not hang */
		assert_int_equal(atomic_load(&w->shared->heartbeat_ms), t->now_ms);
	assert_int_not_equal(t->g->workers->slot, t->g->workers->next->slot);
	assert_int_equal(t->g->cfg->workers, WORKERS);
}

static void
test_worker_ends_before_it_is_ready(void **state)
{
	struct fixture *t = *state;

	fake_begins = FAKE_EXITS;
	assert_int_equal(make_generation(t, load(t)), 0);
	RUN_UNTIL(t->loop, t->failed > 0);
	assert_int_equal(t->ready, 0);
	assert_true(is_logged(" ended with status 3: 0 sessions lost gen=7"));
}

static void
test_one_is_not_ready(void **state)
{
	struct fixture *t = *state;

	fake_begins = FAKE_NOT_READY;
	assert_int_equal(make_generation(t, load(t)), 0);
	order_record(t->g->workers, FAKE_SEND, WORKER_READY, NULL, 0);
	RUN_UNTIL(t->loop, t->g->workers->ready);
	order_record(t->g->workers, FAKE_SEND, WORKER_READY, NULL, 0); /* once more */
	order_record(t->g->workers, FAKE_SEND, WORKER_CAPACITY, NULL, 0);
	order_number(t->g->workers, FAKE_LOG, 'x');
	RUN_UNTIL(t->loop, is_logged("x"));
	assert_int_equal(t->ready, 0);
	assert_int_equal(t->g->state, GENERATION_STARTING);
	order_record(t->g->workers->next, FAKE_SEND, WORKER_READY, NULL, 0);
	RUN_UNTIL(t->loop, t->ready > 0);
}

static void
test_cannot_fork(void **state)
{
	struct fixture *t = *state;
	struct config *cfg;
	char expected[256];

	make_spool_directory();
	cfg = load_with_spool(t, in_scratch("spool"));
	remove_spool_directory();
	assert_int_equal(make_generation(t, cfg), 0);
	RUN_UNTIL(t->loop, t->failed > 0);
	(void)snprintf(expected, sizeof(expected),
		       "spool_dir: 1 files in %s/spool: No such file or directory\n"
		       "cannot start a worker: No such file or directory gen=7\n",
		       scratch_dir);
	assert_true(is_logged(expected));
	assert_int_equal(t->g->fork_error, -ENOENT);
}

/* cfg and the loader are then still the caller's. */
static void
test_cannot_order(void **state)
{
	struct fixture *t = *state;
	struct config *cfg = load(t);
	struct rlimit before, few;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){3, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_not_equal(make_generation(t, cfg), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(t->g);
	config_free(cfg);
	loader_process_release(t->loader);
}

static void
test_crash(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;
	char expected[128];
	pid_t dead;

	begin(t);
	w = t->g->workers;
	dead = w->pid;
	atomic_store(&w->shared->sessions, 3);
	(void)snprintf(w->shared->at_work.message, sizeof(w->shared->at_work.message),
		       "4Xy\nZ");
	counter_add(&w->shared->count[STAT_SESSIONS], 5);
	loads_set(t->g->loads, w->slot, 4);
	loads_set(t->g->loads, w->next->slot, 9);
	order_number(w, FAKE_RAISE, SIGKILL);
	RUN_UNTIL(t->loop, t->host.crashes > 0);
	(void)snprintf(expected, sizeof(expected),
		       "worker %d killed by signal 9 (SIGKILL) at message 4Xy\\x0aZ "
		       "after connect: "
		       "3 sessions lost gen=7\n",
		       (int)dead);
	assert_string_equal(lines(), expected);
	assert_int_equal(t->host.crashes, 1);
	assert_int_equal(t->host.totals[STAT_SESSIONS], 5);
	assert_int_equal(loads_least(t->g->loads), 8); /* the free slot does not count */
	/* the next one was forked at once, for the same slot */
	assert_int_equal(t->g->n_workers, WORKERS);
	RUN_UNTIL(t->loop, all_ready(t));
	assert_int_not_equal(t->g->workers->slot, t->g->workers->next->slot);
	assert_int_equal(t->capacity, 1);
	assert_int_equal(t->ready, 1);
}

/* The message at work in a policy is recorded, any other is not. */
static void
test_fatal_message(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;
	struct at_work at = {.message = "4Xy", .policy = "legal", .key = {7, 1}};
	uint64_t age_ms = 0;

	t->host.fatal = fatal_messages_new();
	assert_non_null(t->host.fatal);
	begin(t);
	w = t->g->workers;
	w->shared->at_work = at;
	order_number(w, FAKE_RAISE, SIGKILL);
	RUN_UNTIL(t->loop, t->host.crashes > 0 && all_ready(t));
	assert_false(fatal_messages_exist(t->host.fatal));
	w = t->g->workers;
	w->shared->at_work = at;
	w->shared->at_work.in_policy = true;
	order_number(w, FAKE_RAISE, SIGKILL);
	RUN_UNTIL(t->loop, t->host.crashes > 1);
	assert_true(is_logged(" at message 4Xy in policy \"legal\" at connect: "));
	assert_true(fatal_messages_find(t->host.fatal, &at.key, at.policy, t->now_ms + 500,
					&age_ms));
	assert_int_equal(age_ms, 500);
	t->host.fatal = fatal_messages_free(t->host.fatal);
}

/* Status 0 is a crash, too, without an order to end. */
static void
test_exit_of_its_own_accord(void **state)
{
	struct fixture *t = *state;

	begin(t);
	order_number(t->g->workers, FAKE_EXIT, 0);
	RUN_UNTIL(t->loop, t->host.crashes > 0);
	assert_true(is_logged(" ended with status 0: 0 sessions lost gen=7\n"));
}

static void
test_delays(void **state)
{
	static const uint64_t expected[] = {0, 1000, 2000, 4000, 8000, 16000, 30000, 30000};

	(void)state;
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(backoff_delay_ms(i), expected[i]);
	assert_int_equal(backoff_delay_ms(1000), 30000);
}

static void
test_backoff(void **state)
{
	struct fixture *t = *state;

	begin(t);
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS);
	assert_false(is_logged("the next worker starts"));
	advance(t, 9999); /* it is still young */
	crash(t);
	assert_true(is_logged("the next worker starts in 1 s gen=7\n"));
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	advance(t, 999);
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	advance(t, 1);
	assert_int_equal(t->g->n_workers, WORKERS);
	crash(t);
	assert_true(is_logged("the next worker starts in 2 s gen=7\n"));
	advance(t, 2000);
	assert_int_equal(t->g->n_workers, WORKERS);
	advance(t, 58001); /* 60.001 s after the last young death: the next is a first one */
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS);
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS);
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	advance(t, 1000);
	assert_int_equal(t->g->n_workers, WORKERS);
}

/* Workers that crash every ten seconds are no loop. */
static void
test_no_backoff_of_old_workers(void **state)
{
	struct fixture *t = *state;

	begin(t);
	for (int i = 0; i < 20; i++) {
		advance(t, 10000);
		crash(t);
		assert_int_equal(t->g->n_workers, WORKERS);
	}
	assert_false(is_logged("the next worker starts"));
	crash(t); /* the first of the young */
	assert_int_equal(t->g->n_workers, WORKERS);
}

/* While a replacement waits, another one that died young is added to it. */
static void
test_backoff_of_two(void **state)
{
	struct fixture *t = *state;

	begin(t);
	crash(t);
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	forget_lines();
	advance(t, 500);
	crash(t);
	assert_int_equal(t->g->n_workers, 0);
	assert_false(is_logged("the next worker starts"));
	advance(t, 499);
	assert_int_equal(t->g->n_workers, 0);
	advance(t, 1);
	assert_int_equal(t->g->n_workers, WORKERS);
	RUN_UNTIL(t->loop, all_ready(t));
}

/* While a replacement waits, one that is due at once does not. */
static void
test_replaced_while_another_waits(void **state)
{
	struct fixture *t = *state;
	pid_t old;

	begin(t);
	advance(t, 9999);
	old = t->g->workers->next->pid;
	crash(t);
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	advance(t, 1);
	assert_int_equal(t->g->workers->pid, old);
	crash(t);
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	assert_int_not_equal(t->g->workers->pid, old);
	RUN_UNTIL(t->loop, t->g->workers->ready);
	old = t->g->workers->pid;
	order_record(t->g->workers, FAKE_SEND, WORKER_RETIRES, NULL, 0);
	RUN_UNTIL(t->loop, t->g->workers->pid != old && t->g->n_workers == WORKERS - 1);
	advance(t, 999);
	assert_int_equal(t->g->n_workers, WORKERS);
	RUN_UNTIL(t->loop, all_ready(t));
}

/* A fork that fails is tried again every second. */
static void
test_fork_fails_for_a_while(void **state)
{
	struct fixture *t = *state;
	static const char line[] = "cannot start a worker: No such file or directory gen=7\n";

	make_spool_directory();
	assert_int_equal(make_generation(t, load_with_spool(t, in_scratch("spool"))), 0);
	RUN_UNTIL(t->loop, t->ready > 0);
	remove_spool_directory();
	crash(t);
	RUN_UNTIL(t->loop, is_logged(line));
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	forget_lines();
	advance(t, 1000);
	RUN_UNTIL(t->loop, is_logged(line));
	make_spool_directory();
	advance(t, 999);
	assert_int_equal(t->g->n_workers, WORKERS - 1);
	advance(t, 1);
	assert_int_equal(t->g->n_workers, WORKERS);
	RUN_UNTIL(t->loop, all_ready(t));
}

static void
test_retires(void **state)
{
	struct fixture *t = *state;
	struct worker_process *old;
	pid_t pid;

	begin(t);
	old = t->g->workers;
	pid = old->pid;
	order_number(old, FAKE_STAY, 0);
	order_record(old, FAKE_SEND, WORKER_RETIRES, NULL, 0);
	order_record(old, FAKE_SEND, WORKER_RETIRES, NULL, 0);
	RUN_UNTIL(t->loop, t->g->n_workers == WORKERS + 1);
	assert_true(old->draining);
	assert_true(atomic_load(&old->shared->replaced));
	assert_false(atomic_load(&old->shared->stopping));
	assert_int_equal(t->g->workers->slot, old->slot); /* which is another worker's now */
	RUN_UNTIL(t->loop, t->g->workers->ready);
	loads_set(t->g->loads, old->slot, 3);
	loads_set(t->g->loads, 1 - old->slot, 0);
	assert_int_equal(kill(pid, WORKER_SIGNAL_END_DRAIN), 0);
	RUN_UNTIL(t->loop, t->g->n_workers == WORKERS);
	assert_int_equal(loads_least(t->g->loads), 2);
	assert_int_equal(t->host.crashes, 0);
	assert_false(is_logged("lost"));
	assert_true(is_logged(" retires gen=7\n"));
}

/* A retired worker that crashes is reported, but was replaced already. */
static void
test_crash_of_a_retired_worker(void **state)
{
	struct fixture *t = *state;
	struct worker_process *old;

	begin(t);
	old = t->g->workers;
	order_number(old, FAKE_STAY, 0);
	order_record(old, FAKE_SEND, WORKER_RETIRES, NULL, 0);
	RUN_UNTIL(t->loop, t->g->n_workers == WORKERS + 1);
	RUN_UNTIL(t->loop, t->g->workers->ready);
	assert_int_equal(kill(old->pid, SIGKILL), 0);
	RUN_UNTIL(t->loop, t->host.crashes > 0);
	assert_int_equal(t->g->n_workers, WORKERS);
	assert_false(timer_is_armed(&t->g->respawn));
}

static void
test_passed_connection(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;
	uint32_t second = 1, none = 2;

	begin(t);
	w = t->g->workers;
	order_record(w, FAKE_PASS, WORKER_CONNECTION, &second, sizeof(second));
	RUN_UNTIL(t->loop, t->connections > 0);
	assert_int_equal(t->listener, 1);
	assert_int_equal(atomic_load(&w->shared->passed_on_received), 1);
	/* what no worker would send */
	order_record(w, FAKE_PASS, WORKER_CONNECTION, &none, sizeof(none));
	order_record(w, FAKE_PASS, WORKER_CONNECTION, "abc", 3);
	order_record(w, FAKE_SEND, WORKER_CONNECTION, &second, sizeof(second));
	order_record(w, FAKE_PASS, WORKER_CAPACITY, NULL, 0);
	RUN_UNTIL(t->loop, t->capacity > 0);
	assert_int_equal(t->connections, 1);
	assert_int_equal(atomic_load(&w->shared->passed_on_received), 3);
}

/* Connections of a worker that has crashed are assigned to others; what else it sent, and its
 * last log lines, which come before the line of its end. */
static void
test_last_records_of_a_crashed_worker(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;
	uint32_t second = 1;
	siginfo_t end;
	pid_t pid;

	begin(t);
	w = t->g->workers;
	pid = w->pid;
	order_record(w, FAKE_SEND, WORKER_RETIRES, NULL, 0);
	order_record(w, FAKE_PASS, WORKER_CONNECTION, &second, sizeof(second));
	order_record(w, FAKE_SEND, WORKER_CAPACITY, NULL, 0);
	order_record(w, FAKE_PASS, WORKER_CONNECTION, &second, sizeof(second));
	order_number(w, FAKE_LOG, 'x');
	order_number(w, FAKE_EXIT, 1);
	assert_int_equal(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
	RUN_UNTIL(t->loop, t->host.crashes > 0);
	assert_int_equal(t->connections, 2);
	assert_memory_equal(lines(), "x\nworker ", 9);
	assert_true(is_logged(" ended with status 1: 0 sessions lost gen=7\n"));
	assert_false(is_logged("retires"));
	assert_int_equal(t->capacity, 0);
}

/* More of them than one read returns. */
static void
test_many_last_lines(void **state)
{
	struct fixture *t = *state;
	const char *end;
	siginfo_t status;

	begin(t);
	order_number(t->g->workers, FAKE_LOG_MANY, 200);
	order_number(t->g->workers, FAKE_EXIT, 1);
	assert_int_equal(waitid(P_PID, (id_t)t->g->workers->pid, &status, WEXITED | WNOWAIT),
			 0);
	RUN_UNTIL(t->loop, t->host.crashes > 0);
	end = strstr(lines(), "worker ");
	assert_non_null(end);
	assert_int_equal(end - lines(), 200 * 1001);
}

static void
test_channel_is_writable_again(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;

	begin(t);
	w = t->g->workers;
	w->channel_full = true;
	worker_process_watch_channel(w, EPOLLIN | EPOLLOUT);
	RUN_UNTIL(t->loop, t->capacity > 0);
	assert_false(w->channel_full);
	order_record(w, FAKE_SEND, WORKER_CAPACITY, NULL, 0);
	RUN_UNTIL(t->loop, t->capacity > 1);
	assert_int_equal(t->capacity, 2);
}

static void
test_drain(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;

	begin(t);
	w = t->g->workers;
	generation_report_capacity(t->g, true);
	order_number(w, FAKE_STAY, 0);
	order_record(w, FAKE_SEND, WORKER_CAPACITY, NULL, 0); /* of no interest any more */
	generation_drain(t->g);
	assert_int_equal(t->g->state, GENERATION_DRAINING);
	for (const struct worker_process *i = t->g->workers; i != NULL; i = i->next) {
		assert_true(i->draining);
		assert_true(atomic_load(&i->shared->replaced));
		assert_false(atomic_load(&i->shared->stopping));
		assert_false(atomic_load(&i->shared->report_capacity));
	}
	RUN_UNTIL(t->loop, t->g->n_workers == 1);
	assert_int_equal(t->ended, 0);
	assert_int_equal(kill(w->pid, WORKER_SIGNAL_END_DRAIN), 0);
	RUN_UNTIL(t->loop, t->ended > 0);
	assert_int_equal(t->capacity, 0);
}

/* Workers that do not end by themselves get the signal. */
static void
test_drain_is_expired(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;

	begin(t);
	for (w = t->g->workers; w != NULL; w = w->next)
		order_number(w, FAKE_STAY, 0);
	generation_drain(t->g);
	generation_expire_drain(t->g);
	RUN_UNTIL(t->loop, t->ended > 0);
	assert_int_equal(t->ended, 1);
	assert_int_equal(t->host.crashes, 0);
	assert_string_equal(lines(), "");
}

/* It is not replaced. */
static void
test_crash_while_draining(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;

	begin(t);
	w = t->g->workers;
	order_number(w, FAKE_STAY, 0);
	generation_drain(t->g);
	RUN_UNTIL(t->loop, t->g->n_workers == 1);
	assert_int_equal(kill(w->pid, SIGKILL), 0);
	RUN_UNTIL(t->loop, t->ended > 0);
	assert_int_equal(t->host.crashes, 1);
	assert_true(is_logged("killed by signal 9"));
}

/* A drain ends the wait for a replacement. */
static void
test_drain_while_one_is_missing(void **state)
{
	struct fixture *t = *state;

	begin(t);
	crash(t);
	crash(t);
	assert_true(timer_is_armed(&t->g->respawn));
	generation_drain(t->g);
	assert_false(timer_is_armed(&t->g->respawn));
	RUN_UNTIL(t->loop, t->ended > 0);
}

static void
test_stop(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;
	uint32_t second = 1;
	struct pollfd p;

	begin(t);
	w = t->g->workers;
	order_number(w, FAKE_STAY, 0);
	order_record(w, FAKE_PASS, WORKER_CONNECTION, &second, sizeof(second));
	p = (struct pollfd){.fd = w->channel, .events = POLLIN};
	assert_int_equal(poll(&p, 1, 20000), 1);
	generation_stop_passing(t->g);
	assert_int_equal(t->connections, 1);
	assert_true(atomic_load(&w->shared->stopping));
	assert_false(w->draining);
	generation_stop(t->g);
	assert_true(w->draining);
	assert_false(atomic_load(&w->shared->replaced));
	RUN_UNTIL(t->loop, t->ended > 0);
	assert_int_equal(t->host.crashes, 0);
}

static void
test_kill(void **state)
{
	struct fixture *t = *state;

	begin(t);
	counter_add(&t->g->workers->shared->count[STAT_MESSAGES_ACCEPT], 3);
	counter_add(&t->g->workers->next->shared->count[STAT_MESSAGES_ACCEPT], 4);
	generation_kill(t->g);
	RUN_UNTIL(t->loop, t->ended > 0);
	assert_int_equal(t->host.crashes, 0);
	assert_string_equal(lines(), "");
	assert_int_equal(t->host.totals[STAT_MESSAGES_ACCEPT], 7);
}

/* The counters and last log lines of workers that are killed with their generation. */
static void
test_free_kills(void **state)
{
	struct fixture *t = *state;
	struct worker_process *w;

	begin(t);
	w = t->g->workers;
	counter_add(&w->shared->count[STAT_MESSAGES_ACCEPT], 3);
	order_number(w, FAKE_STAY, 0);
	order_number(w, FAKE_LOG, 'x');
	order_record(w, FAKE_SEND, WORKER_CAPACITY, NULL, 0);
	RUN_UNTIL(t->loop, t->capacity > 0);
	t->g = generation_free(t->g);
	assert_string_equal(lines(), "x\n");
	assert_int_equal(t->host.totals[STAT_MESSAGES_ACCEPT], 3);
	assert_int_equal(t->host.crashes, 0);
	assert_null(generation_free(NULL));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_start),
		TEST(test_worker_ends_before_it_is_ready),
		TEST(test_one_is_not_ready),
		TEST(test_cannot_fork),
		TEST(test_cannot_order),
		TEST(test_crash),
		TEST(test_fatal_message),
		TEST(test_exit_of_its_own_accord),
		cmocka_unit_test(test_delays),
		TEST(test_backoff),
		TEST(test_no_backoff_of_old_workers),
		TEST(test_backoff_of_two),
		TEST(test_replaced_while_another_waits),
		TEST(test_fork_fails_for_a_while),
		TEST(test_retires),
		TEST(test_crash_of_a_retired_worker),
		TEST(test_passed_connection),
		TEST(test_last_records_of_a_crashed_worker),
		TEST(test_many_last_lines),
		TEST(test_channel_is_writable_again),
		TEST(test_drain),
		TEST(test_drain_is_expired),
		TEST(test_crash_while_draining),
		TEST(test_drain_while_one_is_missing),
		TEST(test_stop),
		TEST(test_kill),
		TEST(test_free_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
