/* src/master/heartbeat: when a worker hangs, and what is done about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "caught_log.h"
#include "fake_generation.h"
#include "master/heartbeat.h"
#include "util/process_state.h"
#include "worker/claim.h"

#define LIMIT 8000u

static void
test_interval(void **state)
{
	static const uint64_t pairs[][2] = {{8000, 250}, {2000, 250}, {1600, 200},
					    {400, 50},	 {300, 50},   {1, 50}};
	struct config cfg = {0};
	struct generation g = {.cfg = &cfg};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		cfg.hang_timeout_ms = pairs[i][0];
		assert_int_equal(heartbeat_interval_ms(&g), pairs[i][1]);
	}
}

static void
test_late(void **state)
{
	(void)state;
	assert_false(heartbeat_is_late(1000, LIMIT, 2000));
	assert_true(heartbeat_is_late(1000, LIMIT, 2001));
	assert_false(heartbeat_is_late(6000, LIMIT, 5001)); /* written after the loop's time */
	assert_false(heartbeat_is_late(1000, 400, 1200));   /* a short hang_timeout */
	assert_true(heartbeat_is_late(1000, 400, 1201));
}

/* The example of the header. */
static void
test_abort_then_kill(void **state)
{
	struct heartbeat_check check = {0};
	const uint64_t beat = 1000;

	(void)state;
	assert_int_equal(heartbeat_next_action(&check, beat, LIMIT, 9000), HEARTBEAT_NOTHING);
	assert_int_equal(check.since_ms, 0);
	assert_int_equal(heartbeat_next_action(&check, beat, LIMIT, 9001), HEARTBEAT_NOTHING);
	assert_int_equal(check.since_ms, 9001);
	assert_int_equal(heartbeat_next_action(&check, beat, LIMIT, 9251), HEARTBEAT_ABORT);
	assert_int_equal(heartbeat_next_action(&check, beat, LIMIT, 9450), HEARTBEAT_NOTHING);
	assert_int_equal(heartbeat_next_action(&check, beat, LIMIT, 9451), HEARTBEAT_KILL);
	assert_int_equal(heartbeat_next_action(&check, beat, LIMIT, 9500), HEARTBEAT_KILL);
}

/* It was the master that had not run. */
static void
test_heartbeat_at_the_second_look(void **state)
{
	struct heartbeat_check check = {0};

	(void)state;
	heartbeat_next_action(&check, 1000, LIMIT, 20000);
	assert_int_equal(heartbeat_next_action(&check, 20100, LIMIT, 20050), HEARTBEAT_NOTHING);
	assert_int_equal(heartbeat_next_action(&check, 20100, LIMIT, 28101), HEARTBEAT_NOTHING);
	assert_int_equal(heartbeat_next_action(&check, 20100, LIMIT, 28351), HEARTBEAT_ABORT);
}

/* A child that stops itself, and so takes no SIGABRT. */
static pid_t
fork_stopped_child(void)
{
	siginfo_t stop;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitid(P_PID, (id_t)pid, &stop, WSTOPPED), 0);
	return pid;
}

static void
test_hung_worker(void **state)
{
	struct generation_host host = {0};
	struct fake_generation f;
	struct worker_process *w;
	siginfo_t end;
	char line[128];

	(void)state;
	catch_log();
	assert_true(sd_event_new(&host.loop) >= 0);
	make_fake_generation(&f, &host, 3, 2);
	w = fake_worker(&f, 1);
	w->pid = fork_stopped_child();
	atomic_store(&fake_worker(&f, 0)->shared->heartbeat_ms, FAKE_TIME_MS + 9000);
	f.g.last_look_ms = FAKE_TIME_MS + FAKE_TIMEOUT_MS - 249;
	heartbeat_check_generation(&f.g, FAKE_TIME_MS + FAKE_TIMEOUT_MS + 1);
	assert_string_equal(lines(), "");
	heartbeat_check_generation(&f.g, FAKE_TIME_MS + FAKE_TIMEOUT_MS + 251);
	(void)snprintf(line, sizeof(line),
		       "worker %d made no progress for 8251 ms: killed gen=3\n", (int)w->pid);
	assert_string_equal(lines(), line);
	assert_int_equal(host.hangs, 1);
	assert_true(w->heartbeat.aborted);
	assert_false(fake_worker(&f, 0)->heartbeat.aborted);
	heartbeat_check_generation(&f.g, FAKE_TIME_MS + FAKE_TIMEOUT_MS + 501);
	assert_int_equal(waitid(P_PID, (id_t)w->pid, &end, WEXITED), 0);
	assert_int_equal(end.si_status, SIGKILL);
	assert_int_equal(host.hangs, 1);
	free_fake_generation(&f);
	sd_event_unref(host.loop);
	release_log();
}

static int given_fds[4];
static size_t n_given;

static void
give_connection(struct worker_process *w, uint32_t listener, int fd)
{
	assert_true(w->revoked); /* so that it does not get it again */
	assert_int_equal(listener, n_given);
	given_fds[n_given++] = fd;
}

/* What it has taken stays its own; the next ones are others'. */
static void
test_late_worker_loses_connections(void **state)
{
	static const struct worker_process_ops ops = {.on_connection = give_connection};
	struct generation_host host = {0};
	struct fake_generation f;
	struct worker_process *w;

	(void)state;
	catch_log();
	assert_true(sd_event_new(&host.loop) >= 0);
	make_fake_generation(&f, &host, 3, 1);
	w = fake_worker(&f, 0);
	w->ops = &ops;
	set_fake_sessions(&f, 0, 2);
	for (uint32_t i = 0; i < 2; i++) {
		w->assigned_at[i] = 1;
		sent_add(&w->sent, dup(STDERR_FILENO), i);
	}
	f.g.last_look_ms = FAKE_TIME_MS;
	heartbeat_check_generation(&f.g, FAKE_TIME_MS + 1000);
	assert_int_equal(n_given, 0);
	heartbeat_check_generation(&f.g, FAKE_TIME_MS + 1001);
	assert_int_equal(n_given, 2);
	assert_true(is_logged("2 connections go to others gen=3"));
	assert_int_equal(worker_process_sessions(w), 0);
	assert_int_equal(w->assigned_at[0] + w->assigned_at[1], 0);
	assert_false(claim_take(&w->shared->claim));
	claim_restore(&w->shared->claim, 2);
	atomic_store(&w->shared->heartbeat_ms, FAKE_TIME_MS + 1200);
	heartbeat_check_generation(&f.g, FAKE_TIME_MS + 1251);
	assert_false(w->revoked);
	for (size_t i = 0; i < n_given; i++)
		close(given_fds[i]);
	free_fake_generation(&f);
	sd_event_unref(host.loop);
	release_log();
}

/* A worker that hangs from its start on has a heartbeat that is not late, too, at first. */
static void
test_worker_answers(void **state)
{
	struct generation_host host = {0};
	struct fake_generation f;
	struct worker_process *w;

	(void)state;
	assert_true(sd_event_new(&host.loop) >= 0);
	make_fake_generation(&f, &host, 3, 1);
	w = fake_worker(&f, 0);
	w->forked_ms = FAKE_TIME_MS;
	assert_false(heartbeat_worker_answers(w, FAKE_TIME_MS + 10));
	atomic_store(&w->shared->heartbeat_ms, FAKE_TIME_MS + 999);
	assert_false(heartbeat_worker_answers(w, FAKE_TIME_MS + 1100));
	atomic_store(&w->shared->heartbeat_ms, FAKE_TIME_MS + 1000);
	assert_true(heartbeat_worker_answers(w, FAKE_TIME_MS + 1100));
	w->heartbeat.is_late = true; /* at the last look */
	assert_true(heartbeat_worker_answers(w, FAKE_TIME_MS + 2000));
	assert_false(heartbeat_worker_answers(w, FAKE_TIME_MS + 2001));
	free_fake_generation(&f);
	sd_event_unref(host.loop);
}

/* A child that never sleeps. */
static pid_t
fork_looping_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (volatile unsigned n = 0;; n++)
			;
	}
	return pid;
}

static uint64_t
cpu_ms(pid_t pid)
{
	struct process_state s;

	assert_int_equal(process_state_read(pid, &s), 0);
	return s.cpu_ms;
}

/* Without a heartbeat, but it may lack CPU time: only one that has had some is late. */
static void
test_worker_without_cpu_is_not_late(void **state)
{
	struct generation_host host = {0};
	struct fake_generation f;
	struct worker_process *w;
	uint64_t before, after, now_ms = FAKE_TIME_MS + 1250;

	(void)state;
	catch_log();
	assert_true(sd_event_new(&host.loop) >= 0);
	make_fake_generation(&f, &host, 3, 1);
	w = fake_worker(&f, 0);
	w->pid = fork_looping_child();
	f.cfg.hang_timeout_ms = 1000; /* but it does not hang */
	f.g.last_look_ms = now_ms;
	while ((before = cpu_ms(w->pid)) < 200)
		;
	heartbeat_check_generation(&f.g, now_ms);
	assert_false(heartbeat_worker_is_late(w, now_ms));
	after = cpu_ms(w->pid);
	heartbeat_check_generation(&f.g, now_ms + 250);
	if (cpu_ms(w->pid) < before + 100) {
		assert_false(heartbeat_worker_is_late(w, now_ms + 250));
		assert_int_equal(w->heartbeat.since_ms, 0);
	}
	while (cpu_ms(w->pid) < after + 100)
		;
	heartbeat_check_generation(&f.g, now_ms + 500);
	assert_true(heartbeat_worker_is_late(w, now_ms + 500));
	atomic_store(&w->shared->heartbeat_ms, now_ms); /* since the look */
	assert_false(heartbeat_worker_is_late(w, now_ms + 500));
	assert_int_equal(kill(w->pid, SIGKILL), 0);
	assert_int_equal(waitpid(w->pid, NULL, 0), w->pid);
	free_fake_generation(&f);
	sd_event_unref(host.loop);
	release_log();
}

/* Heartbeats are too old because the machine was suspended: hang_timeout begins anew. */
static void
test_master_did_not_run(void **state)
{
	const uint64_t resumed_ms = FAKE_TIME_MS + 3600000;
	struct generation_host host = {0};
	struct fake_generation f;

	(void)state;
	catch_log();
	assert_true(sd_event_new(&host.loop) >= 0);
	make_fake_generation(&f, &host, 3, 1);
	f.g.last_look_ms = FAKE_TIME_MS;
	for (uint64_t ms = 0; ms <= FAKE_TIMEOUT_MS; ms += 250)
		heartbeat_check_generation(&f.g, resumed_ms + ms);
	assert_string_equal(lines(), "");
	assert_false(fake_worker(&f, 0)->heartbeat.aborted);
	assert_int_equal(host.hangs, 0);
	free_fake_generation(&f);
	sd_event_unref(host.loop);
	release_log();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_worker_answers),
		cmocka_unit_test(test_abort_then_kill),
		cmocka_unit_test(test_heartbeat_at_the_second_look),
		cmocka_unit_test(test_hung_worker),
		cmocka_unit_test(test_late_worker_loses_connections),
		cmocka_unit_test(test_worker_without_cpu_is_not_late),
		cmocka_unit_test(test_master_did_not_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
