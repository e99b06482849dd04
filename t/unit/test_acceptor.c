/* src/master/acceptor: which connections the master accepts, and when. The workers are
 * fake_generation.h's; the listeners are real, at addresses that the kernel chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "caught_log.h"
#include "fake_generation.h"
#include "master/acceptor.h"
#include "master/listen.h"
#include "worker/session_count.h"

#define SHARED	 0u /* numbers of listeners in the configuration */
#define LIMITED	 1u /* with max_sessions = 2 */
#define SYSTEMDS 2u
#define CLIENTS	 20u
#define WORKERS	 2u
#define MAX	 10u /* sessions of a worker */

struct fixture {
	sd_event *loop;
	struct generation_host host;
	struct fake_generation f, older;
	struct acceptor a;
	struct listener listeners[FAKE_LISTENERS];
	struct addr at[FAKE_LISTENERS];
	int clients[CLIENTS];
	size_t n_clients;
};

static struct channel_msg msg; /* large for a stack */

static void
make_listener(struct fixture *t, size_t i, const char *name)
{
	struct listener *l = &t->listeners[i];
	struct addr *at = &t->at[i];

	*at = (struct addr){.un = {.sun_family = AF_UNIX}, .len = sizeof(at->un)};
	*l = (struct listener){
		.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
		.lock_fd = -1,
		.configured = true,
		.index = i};
	assert_int_equal(bind(l->fd, &at->sa, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(l->fd, CLIENTS), 0);
	assert_int_equal(getsockname(l->fd, &at->sa, &at->len), 0);
	l->name = strdup(name);
	if (i != SYSTEMDS)
		l->addr = *at;
	l->next = t->a.listeners;
	t->a.listeners = l;
	t->f.listeners[i] = (struct listener_conf){.name = l->name, .addr = l->addr};
}

static int
set_up(void **state)
{
	static struct fixture t;

	t = (struct fixture){0};
	fake_now_ms = FAKE_TIME_MS;
	catch_log();
	assert_true(sd_event_new(&t.loop) >= 0);
	t.host.loop = t.loop;
	assert_int_equal(timers_new(t.loop, &t.host.timers), 0);
	timers_set_clock(t.host.timers, fake_clock, NULL);
	make_fake_generation(&t.f, &t.host, 2, WORKERS);
	acceptor_init(&t.a, t.loop, t.host.timers);
	make_listener(&t, SHARED, "shared");
	make_listener(&t, LIMITED, "limited");
	make_listener(&t, SYSTEMDS, "systemds");
	t.f.listeners[LIMITED].max_sessions = 2;
	*state = &t;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *t = *state;

	acceptor_free(&t->a);
	free_fake_generation(&t->f);
	free_fake_generation(&t->older);
	for (size_t i = 0; i < t->n_clients; i++)
		close(t->clients[i]);
	for (size_t i = 0; i < FAKE_LISTENERS; i++) {
		close(t->listeners[i].fd);
		free(t->listeners[i].name);
	}
	timers_free(t->host.timers);
	sd_event_unref(t->loop);
	release_log();
	return 0;
}

static int
connect_to(struct fixture *t, size_t i)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0 && t->n_clients < CLIENTS);
	assert_int_equal(connect(fd, &t->at[i].sa, t->at[i].len), 0);
	t->clients[t->n_clients++] = fd;
	return fd;
}

static bool
is_closed(int client)
{
	char c;

	return recv(client, &c, 1, 0) == 0;
}

/* Runs what is ready in the loop. */
static void
turn(struct fixture *t)
{
	while (sd_event_run(t->loop, 0) > 0)
		;
}

/* The connections at this listener that workers have got since the last call. */
static unsigned
assigned(struct fixture *t, uint32_t listener)
{
	unsigned n = 0;
	uint32_t at;

	for (size_t i = 0; i < WORKERS; i++)
		while (next_record(&t->f, i, &msg) != 0) {
			if (msg.type != WORKER_CONNECTION)
				continue;
			memcpy(&at, msg.data, sizeof(at));
			assert_int_equal(at, listener);
			n++;
		}
	return n;
}

static void
expect_listener(struct fixture *t, size_t slot, uint32_t listener)
{
	struct worker_listener_record at;

	assert_int_equal(next_record(&t->f, slot, &msg), WORKER_LISTENER);
	memcpy(&at, msg.data, sizeof(at));
	assert_int_equal(at.listener, listener);
	assert_int_equal(at.max_sessions, MAX);
}

/* Each worker gets the listeners without a max_sessions. */
static void
expect_listeners(struct fixture *t)
{
	for (size_t i = 0; i < WORKERS; i++) {
		expect_listener(t, i, SYSTEMDS);
		expect_listener(t, i, SHARED);
		assert_int_equal(next_record(&t->f, i, &msg), 0);
	}
}

static void
serve(struct fixture *t)
{
	acceptor_serve(&t->a, &t->f.g, MAX);
	expect_listeners(t);
}

static bool
is_recalled(const struct fixture *t)
{
	return atomic_load(&fake_worker(&t->f, 0)->shared->return_listeners);
}

static bool
reports_capacity(const struct fake_generation *f)
{
	return atomic_load(&fake_worker(f, 0)->shared->report_capacity);
}

static void
fill_workers(struct fixture *t, uint64_t sessions)
{
	for (size_t i = 0; i < WORKERS; i++)
		set_fake_sessions(&t->f, i, sessions);
}

static void
test_who_accepts(void **state)
{
	struct fixture *t = *state;

	connect_to(t, SHARED);
	connect_to(t, LIMITED);
	connect_to(t, SYSTEMDS);
	turn(t);
	assert_int_equal(assigned(t, 0), 0); /* no generation serves yet */
	serve(t);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 1);
	assert_null(t->listeners[SHARED].source);
	assert_null(t->listeners[SYSTEMDS].source);
	assert_int_equal(t->a.pauses, 0);
}

/* A socket of systemd that the configuration does not name, and one that could not be opened.
 */
static void
test_listeners_that_are_not_open(void **state)
{
	struct fixture *t = *state;

	t->listeners[SYSTEMDS].configured = false;
	close(t->listeners[SHARED].fd);
	t->listeners[SHARED].fd = -1;
	acceptor_serve(&t->a, &t->f.g, MAX);
	assert_int_equal(next_record(&t->f, 0, &msg), 0);
	connect_to(t, SYSTEMDS);
	acceptor_accept_overdue(&t->a);
	acceptor_accept_overdue(&t->a);
	acceptor_accept_backlogs(&t->a);
	assert_int_equal(assigned(t, 0), 0);
}

static void
test_listener_is_full(void **state)
{
	struct fixture *t = *state;
	struct worker_shared *shared;

	serve(t);
	for (unsigned i = 0; i < 3; i++)
		connect_to(t, LIMITED);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 2);
	assert_true(reports_capacity(&t->f));
	assert_false(t->a.paused);
	assert_false(is_recalled(t)); /* the other listeners go on */
	acceptor_resume(&t->a);	      /* for nothing */
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 0);
	assert_true(reports_capacity(&t->f));
	shared = fake_worker(&t->f, 0)->shared;
	session_count_remove(&shared->sessions);
	atomic_store(&shared->per_listener[LIMITED].sessions_ended, 1);
	acceptor_resume(&t->a);
	assert_false(reports_capacity(&t->f));
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 1);
}

/* Sessions of a draining generation count, whatever the listener's number there. */
static void
test_sessions_of_an_older_generation(void **state)
{
	struct fixture *t = *state;
	struct worker_shared *shared;

	make_fake_generation(&t->older, &t->host, 1, 1);
	t->older.listeners[0] = (struct listener_conf){.name = "x", .addr = t->at[LIMITED]};
	t->older.listeners[1] = (struct listener_conf){.name = "y", .addr = t->at[SHARED]};
	t->older.listeners[2] = (struct listener_conf){.name = "z"};
	t->older.g.state = GENERATION_DRAINING;
	t->f.g.older = &t->older.g;
	shared = fake_worker(&t->older, 0)->shared;
	atomic_store(&shared->per_listener[0].sessions_accepted, 1);
	atomic_store(&shared->per_listener[1].sessions_accepted, 5);
	serve(t);
	connect_to(t, LIMITED);
	connect_to(t, LIMITED);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 1);
	assert_true(reports_capacity(&t->older));
	atomic_store(&shared->per_listener[0].sessions_ended, 1);
	acceptor_resume(&t->a);
	assert_false(reports_capacity(&t->older));
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 1);
}

/* Nothing is accepted, and after 100 ms it is tried again. */
static void
test_workers_are_full(void **state)
{
	struct fixture *t = *state;

	serve(t);
	fill_workers(t, MAX);
	connect_to(t, LIMITED);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 0);
	assert_true(t->a.paused);
	assert_int_equal(t->a.pauses, 1);
	assert_true(is_recalled(t));
	assert_true(reports_capacity(&t->f));
	acceptor_accept_overdue(&t->a);
	turn(t);
	assert_int_equal(t->a.pauses, 1);
	fake_now_ms += 99;
	timers_run(t->host.timers);
	assert_true(t->a.paused);
	fake_now_ms++;
	timers_run(t->host.timers);
	assert_false(t->a.paused);
	assert_false(reports_capacity(&t->f));
	expect_listeners(t);
	fill_workers(t, MAX - 1);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 1);
}

/* What a worker has passed on, when no worker can take it. */
static void
test_connections_wait(void **state)
{
	struct fixture *t = *state;
	int second = connect_to(t, SYSTEMDS), fds[2];

	connect_to(t, SHARED);
	fds[0] = accept(t->listeners[SHARED].fd, NULL, NULL);
	fds[1] = accept(t->listeners[SYSTEMDS].fd, NULL, NULL);
	serve(t);
	fill_workers(t, MAX);
	acceptor_assign(&t->a, &t->listeners[SHARED], fds[0]);
	acceptor_assign(&t->a, &t->listeners[SYSTEMDS], fds[1]);
	assert_true(t->a.paused);
	assert_int_equal(t->a.pauses, 1);
	assert_int_equal(t->a.n_waiting, 2);
	assert_true(is_recalled(t));
	set_fake_sessions(&t->f, 0, MAX - 1); /* there is room for one */
	acceptor_resume(&t->a);
	assert_int_equal(assigned(t, SHARED), 1);
	assert_true(t->a.paused);
	assert_int_equal(t->a.n_waiting, 1);
	assert_false(is_closed(second));
	acceptor_forget(&t->a, &t->listeners[SHARED]); /* none of it waits */
	assert_int_equal(t->a.n_waiting, 1);
	acceptor_forget(&t->a, &t->listeners[SYSTEMDS]);
	assert_int_equal(t->a.n_waiting, 0);
	assert_true(is_closed(second));
}

static void
test_overdue(void **state)
{
	struct fixture *t = *state;

	serve(t);
	connect_to(t, SHARED);
	connect_to(t, LIMITED);
	acceptor_accept_overdue(&t->a);
	assert_int_equal(assigned(t, 0), 0);
	acceptor_accept_overdue(&t->a); /* it is still there; the other listener is watched */
	assert_int_equal(assigned(t, SHARED), 1);
	acceptor_accept_overdue(&t->a);
	connect_to(t, SHARED); /* another one, of which nothing was seen before */
	acceptor_accept_overdue(&t->a);
	assert_int_equal(assigned(t, SHARED), 0);
	close(accept(t->listeners[SHARED].fd, NULL, NULL)); /* a worker takes it */
	acceptor_accept_overdue(&t->a);
	connect_to(t, SHARED);
	acceptor_accept_overdue(&t->a);
	assert_int_equal(assigned(t, SHARED), 0);
}

/* All of them, but where systemd keeps the socket. */
static void
test_backlogs_at_a_stop(void **state)
{
	struct fixture *t = *state;
	int client;

	serve(t);
	for (unsigned i = 0; i < 5; i++)
		connect_to(t, SHARED);
	client = connect_to(t, SYSTEMDS);
	acceptor_accept_backlogs(&t->a);
	assert_int_equal(assigned(t, SHARED), 5);
	acceptor_serve(&t->a, NULL, 0);
	connect_to(t, LIMITED);
	turn(t);
	assert_int_equal(assigned(t, 0), 0);
	assert_false(is_closed(client));
	acceptor_resume(&t->a); /* not after the stop */
	assert_true(t->a.paused);
}

static void
test_no_generation_serves(void **state)
{
	struct fixture *t = *state;
	int client = connect_to(t, SHARED);

	serve(t);
	acceptor_serve(&t->a, NULL, 0);
	acceptor_accept_overdue(&t->a);
	acceptor_assign(&t->a, &t->listeners[SHARED],
			accept(t->listeners[SHARED].fd, NULL, NULL));
	assert_true(is_closed(client));
	assert_int_equal(t->a.n_waiting, 0);
}

/* A pause of a second, and one line in the log. */
static void
test_no_descriptor(void **state)
{
	struct fixture *t = *state;
	struct rlimit before, few;

	serve(t);
	connect_to(t, LIMITED);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){3, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	turn(t);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(t->a.paused);
	assert_true(is_logged("listener limited: accept: Too many open files"));
	assert_int_equal(assigned(t, LIMITED), 0);
	fake_now_ms += 999;
	timers_run(t->host.timers);
	assert_true(t->a.paused);
	fake_now_ms++;
	timers_run(t->host.timers);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 1);
}

/* A listener whose descriptor changes is shared anew, and one that is limited watched anew. */
static void
test_unwatch(void **state)
{
	struct fixture *t = *state;

	serve(t);
	assert_non_null(t->listeners[LIMITED].source);
	acceptor_unwatch(&t->a, &t->listeners[LIMITED]);
	assert_null(t->listeners[LIMITED].source);
	acceptor_resume(&t->a);
	expect_listeners(t);
	connect_to(t, LIMITED);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), 1);
}

/* A new configuration has taken away the limit. */
static void
test_limit_is_gone(void **state)
{
	struct fixture *t = *state;

	serve(t);
	t->f.listeners[LIMITED].max_sessions = 0;
	acceptor_unwatch(&t->a, &t->listeners[SHARED]);
	acceptor_resume(&t->a);
	connect_to(t, LIMITED);
	turn(t);
	expect_listener(t, 0, SYSTEMDS);
	expect_listener(t, 0, LIMITED);
	expect_listener(t, 0, SHARED);
	assert_int_equal(next_record(&t->f, 0, &msg), 0);
}

/* Many at once do not hold up other events: 16 in a turn of the loop. */
static void
test_accepts_per_turn(void **state)
{
	struct fixture *t = *state;

	t->f.listeners[LIMITED].max_sessions = 100;
	serve(t);
	for (unsigned i = 0; i < CLIENTS; i++)
		connect_to(t, LIMITED);
	assert_int_equal(sd_event_run(t->loop, 0), 1);
	assert_int_equal(assigned(t, LIMITED), 16);
	turn(t);
	assert_int_equal(assigned(t, LIMITED), CLIENTS - 16);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_who_accepts),
		TEST(test_listeners_that_are_not_open),
		TEST(test_listener_is_full),
		TEST(test_sessions_of_an_older_generation),
		TEST(test_workers_are_full),
		TEST(test_connections_wait),
		TEST(test_overdue),
		TEST(test_backlogs_at_a_stop),
		TEST(test_no_generation_serves),
		TEST(test_no_descriptor),
		TEST(test_unwatch),
		TEST(test_limit_is_gone),
		TEST(test_accepts_per_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
