/* src/worker/handover: a worker's sessions, and where they come from. The worker is real but
 * for its process; the test is the master, with the other end of the channel, and the MTAs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "caught_log.h"
#include "session/transaction.h"
#include "worker/claim.h"
#include "worker/session_count.h"
#include "worker/worker_private.h"

#define CLIENTS 16u
#define MAX	3u
#define OTHER	1u /* slot of another worker */

static const char conf[] = "workers { count = 2  max_sessions = 3 }\n"
			   "listener \"mx\" { socket = \"unix:/mx.sock\"  chain = {} }\n";

struct fixture {
	struct worker w;
	struct worker_setup setup;
	struct config *cfg;
	int master;   /* its end of the channel */
	int listener; /* as the master has it */
	struct addr at;
	int clients[CLIENTS];
	size_t n_clients;
};

/* As worker.c does it. */
static void
make_worker(struct fixture *t)
{
	struct worker *w = &t->w;

	w->setup = &t->setup;
	assert_int_equal(loop_new(&w->loop), 0);
	assert_int_equal(timers_new(loop_sd_event(w->loop), &w->timers), 0);
	timers_set_clock(w->timers, loop_now_ms, w->loop);
	w->env = (struct conn_env){
		.cfg = t->cfg,
		.generation = 1,
		.loop = w->loop,
		.timers = w->timers,
		.shared = t->setup.shared,
		.transactions = transaction_pool_new(body_pool_new(1000, NULL, 0)),
		.session_ended = on_session_ended,
		.message_ended = on_message_ended,
		.owner = w,
	};
	conn_env_init(&w->env);
	w->max_sessions = MAX;
	init_listeners(w);
	assert_int_equal(
		loop_add(w->loop, &w->channel, t->setup.channel, EPOLLIN, on_master_channel, w),
		0);
	publish_load(w);
}

/* At an address that the kernel chooses: no file. */
static void
make_listener(struct fixture *t)
{
	struct addr *at = &t->at;

	*at = (struct addr){.un = {.sun_family = AF_UNIX}, .len = sizeof(at->un)};
	t->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(t->listener, &at->sa, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(t->listener, CLIENTS), 0);
	assert_int_equal(getsockname(t->listener, &at->sa, &at->len), 0);
}

static void
turn(struct fixture *t)
{
	for (unsigned i = 0; i < 16; i++)
		assert_true(loop_run_once(t->w.loop, 0) >= 0);
}

static void
send_listener(struct fixture *t)
{
	const struct worker_listener_record record = {.max_sessions = MAX};

	assert_int_equal(
		channel_send(t->master, WORKER_LISTENER, &record, sizeof(record), t->listener),
		0);
	turn(t);
}

static int
set_up(void **state)
{
	static struct fixture t;
	int ends[2], fds[2];

	t = (struct fixture){0};
	catch_log();
	assert_int_equal(config_load_text("test", conf, config_report_to_file, stderr, &t.cfg),
			 0);
	assert_int_equal(channel_pair(ends), 0);
	t.master = ends[0];
	t.setup = (struct worker_setup){
		.cfg = t.cfg,
		.generation = 1,
		.shared =
			worker_shared_new((struct worker_shared_size){.listeners = 1}, &fds[0]),
		.loads = loads_new(2, &fds[1]),
		.channel = ends[1],
		.log = -1,
	};
	assert_non_null(t.setup.shared);
	assert_non_null(t.setup.loads);
	close(fds[0]);
	close(fds[1]);
	make_worker(&t);
	make_listener(&t);
	send_listener(&t);
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;
	struct worker *w = &t->w;

	conn_env_free(&w->env);
	listeners_free(&w->listeners);
	transaction_pool_free(w->env.transactions);
	if (w->channel.loop != NULL)
		loop_remove(&w->channel, t->setup.channel);
	timers_free(w->timers);
	loop_free(w->loop);
	for (size_t i = 0; i < t->n_clients; i++)
		close(t->clients[i]);
	close(t->listener);
	close(t->master);
	close(t->setup.channel);
	worker_shared_free(t->setup.shared, (struct worker_shared_size){.listeners = 1});
	loads_free(t->setup.loads);
	config_free(t->cfg);
	release_log();
	return 0;
}

static void
connect_client(struct fixture *t)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && t->n_clients < CLIENTS);
	assert_int_equal(connect(fd, &t->at.sa, t->at.len), 0);
	t->clients[t->n_clients++] = fd;
}

/* As the master assigns a connection; it has counted it before. */
static void
send_connection(struct fixture *t)
{
	const uint32_t listener = 0;
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	assert_true(t->n_clients < CLIENTS);
	t->clients[t->n_clients++] = pair[0];
	assert_int_equal(channel_send(t->master, WORKER_CONNECTION, &listener, sizeof(listener),
				      pair[1]),
			 0);
	close(pair[1]);
}

static bool
assign(struct fixture *t)
{
	if (!session_count_add(&t->setup.shared->sessions, MAX))
		return false;
	send_connection(t);
	return true;
}

static void
expect_sessions(struct fixture *t, uint64_t counted, size_t n)
{
	assert_int_equal(atomic_load(&t->setup.shared->sessions), counted);
	assert_int_equal(t->w.env.n_conns, n);
}

static void
close_client(struct fixture *t, size_t i)
{
	close(t->clients[i]);
	t->clients[i] = t->clients[--t->n_clients];
}

static void
wait_for_sessions(struct fixture *t, size_t n)
{
	while (t->w.env.n_conns != n)
		assert_true(loop_run_once(t->w.loop, -1) >= 0);
}

static void
test_accepts_up_to_max(void **state)
{
	struct fixture *t = *state;

	for (unsigned i = 0; i < 5; i++)
		connect_client(t);
	turn(t);
	expect_sessions(t, 3, 3);
	assert_false(assign(t));
	close_client(t, 0);
	turn(t);
	expect_sessions(t, 3, 3);
}

/* The worker is woken for a connection while another one, its last, is on its way to it. */
static void
test_a_connection_on_its_way_counts(void **state)
{
	struct fixture *t = *state;

	assert_true(assign(t));
	assert_true(assign(t));
	turn(t);
	expect_sessions(t, 2, 2);
	connect_client(t); /* first: the loop serves what was ready first */
	assert_true(assign(t));
	turn(t);
	expect_sessions(t, 3, 3);
	close_client(t, 0);
	wait_for_sessions(t, 3); /* the one that waited */
	expect_sessions(t, 3, 3);
}

/* The same, but the connection on its way becomes another worker's. */
static void
test_a_connection_that_is_revoked_counts_no_more(void **state)
{
	struct fixture *t = *state;
	struct worker_shared *shared = t->setup.shared;

	assert_true(assign(t) && assign(t));
	turn(t);
	connect_client(t);
	assert_true(assign(t));
	assert_int_equal(claim_revoke(&shared->claim), 2);
	turn(t);
	expect_sessions(t, 3, 2);
	assert_false(claim_is_revoked(&shared->claim));
	session_count_remove(&shared->sessions); /* the master was slow */
	wait_for_sessions(t, 3);
	expect_sessions(t, 3, 3);
}

/* What it passes on it does not count. */
static void
test_passed_on(void **state)
{
	struct fixture *t = *state;
	static struct channel_msg msg;

	loads_set(t->setup.loads, OTHER, 1);
	for (unsigned i = 0; i < 3; i++)
		connect_client(t);
	turn(t);
	expect_sessions(t, 2, 2);
	assert_int_equal(channel_recv(t->master, &msg), 1);
	assert_int_equal(msg.type, WORKER_CONNECTION);
	close(msg.fd);
}

/* The master receives nothing. Time in which the worker did not run does not count. */
static void
test_deferred(void **state)
{
	struct fixture *t = *state;

	loads_set(t->setup.loads, OTHER, 1);
	for (unsigned i = 0; i < 5; i++)
		connect_client(t);
	turn(t);
	expect_sessions(t, 2, 2); /* two are passed on, one is deferred */
	assert_true(t->w.listeners.paused);
	t->w.deferral_ms -= 3600000;
	resume_accepting(&t->w);
	turn(t);
	expect_sessions(t, 2, 2);
	t->w.deferred_ms = t->cfg->hang_timeout_ms / 2;
	resume_accepting(&t->w);
	turn(t);
	expect_sessions(t, 3, 3);
}

/* At the stop it accepts what waits, as far as it may. */
static void
test_stop_with_a_backlog(void **state)
{
	struct fixture *t = *state;

	assert_true(assign(t) && assign(t));
	turn(t);
	connect_client(t);
	connect_client(t);
	atomic_store(&t->setup.shared->stopping, true);
	enter_worker_state(&t->w, WORKER_STOPPING);
	expect_sessions(t, 3, 3);
}

/* At its replacement a full one accepts none: the channel may not take it. */
static void
test_replaced_while_full(void **state)
{
	struct fixture *t = *state;
	static struct channel_msg msg;

	assert_true(assign(t) && assign(t) && assign(t));
	turn(t);
	while (channel_recv(t->master, &msg) == 1)
		assert_int_equal(msg.type, WORKER_TAKEN);
	connect_client(t);
	atomic_store(&t->setup.shared->replaced, true);
	enter_worker_state(&t->w, WORKER_DRAINING);
	expect_sessions(t, 3, 3);
	assert_true(channel_recv(t->master, &msg) < 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_accepts_up_to_max),
		TEST(test_a_connection_on_its_way_counts),
		TEST(test_a_connection_that_is_revoked_counts_no_more),
		TEST(test_passed_on),
		TEST(test_deferred),
		TEST(test_stop_with_a_backlog),
		TEST(test_replaced_while_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
