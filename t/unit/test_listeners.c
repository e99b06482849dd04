/* src/worker/listeners.c, accept.c and load.c: accepting in a worker. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/loop.h"
#include "io/timers.h"
#include "util/log.h"
#include "worker/listeners.h"
#include "worker/load.h"

#define LISTENERS 2u
#define CLIENTS	  8u

struct fixture {
	struct loop *loop;
	struct timers *timers;
	struct listeners listeners;
	struct listener_conf conf[LISTENERS];
	struct config cfg;
	int fd[LISTENERS]; /* of the listeners, as the master has them */
	struct addr at[LISTENERS];
	int client[CLIENTS];
	size_t n_clients;
	unsigned accepted[LISTENERS], reserved, retries;
	bool may_not_accept, must_defer;
};

static bool
may_accept(void *owner, uint32_t listener)
{
	const struct fixture *f = owner;

	assert_true(listener < LISTENERS);
	return !f->may_not_accept;
}

static bool
reserve(void *owner)
{
	struct fixture *f = owner;

	f->reserved += !f->must_defer;
	return !f->must_defer;
}

static void
cancel(void *owner)
{
	struct fixture *f = owner;

	f->reserved--;
}

static void
on_accepted(void *owner, int fd, uint32_t listener)
{
	struct fixture *f = owner;

	assert_true(fd >= 0);
	close(fd);
	f->accepted[listener]++;
}

static void
on_retry(void *owner)
{
	struct fixture *f = owner;

	f->retries++;
	listeners_resume(&f->listeners);
}

/* An address that the kernel has chosen: no file. */
static void
make_listener(struct fixture *f, size_t i)
{
	struct addr *at = &f->at[i];

	*at = (struct addr){.un = {.sun_family = AF_UNIX}, .len = sizeof(at->un)};
	f->fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(f->fd[i] >= 0);
	assert_int_equal(bind(f->fd[i], &at->sa, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(f->fd[i], 16), 0);
	assert_int_equal(getsockname(f->fd[i], &at->sa, &at->len), 0);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || loop_new(&f->loop) < 0 ||
	    timers_new(loop_sd_event(f->loop), &f->timers) < 0)
		return -1;
	timers_set_clock(f->timers, loop_now_ms, f->loop);
	for (size_t i = 0; i < LISTENERS; i++) {
		f->conf[i].name = "mx";
		make_listener(f, i);
	}
	f->cfg = (struct config){.listeners = f->conf, .n_listeners = LISTENERS};
	f->listeners = (struct listeners){
		.loop = f->loop,
		.timers = f->timers,
		.cfg = &f->cfg,
		.may_accept = may_accept,
		.reserve = reserve,
		.cancel = cancel,
		.accepted = on_accepted,
		.retry = on_retry,
		.owner = f,
	};
	listeners_init(&f->listeners);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	listeners_free(&f->listeners);
	timers_free(f->timers);
	loop_free(f->loop);
	for (size_t i = 0; i < f->n_clients; i++)
		close(f->client[i]);
	for (size_t i = 0; i < LISTENERS; i++)
		close(f->fd[i]);
	free(f);
	return 0;
}

static void
add_listener(struct fixture *f, uint32_t i)
{
	int fd = dup(f->fd[i]);

	assert_true(fd >= 0);
	listeners_add(&f->listeners, i, fd);
}

static void
connect_client(struct fixture *f, size_t i)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && f->n_clients < CLIENTS);
	assert_int_equal(connect(fd, &f->at[i].sa, f->at[i].len), 0);
	f->client[f->n_clients++] = fd;
}

static void
expect(struct fixture *f, unsigned first, unsigned second)
{
	for (unsigned i = 0; i < 8; i++)
		assert_true(loop_run_once(f->loop, 0) >= 0);
	assert_int_equal(f->accepted[0], first);
	assert_int_equal(f->accepted[1], second);
	assert_int_equal(f->reserved, first + second);
}

static void
test_accepts_at_added_listeners(void **state)
{
	struct fixture *f = *state;

	add_listener(f, 1);
	connect_client(f, 0);
	connect_client(f, 1);
	connect_client(f, 1);
	expect(f, 0, 2);
	add_listener(f, 0); /* a connection waits there already */
	expect(f, 1, 2);
	add_listener(f, 0); /* again, with another descriptor */
	connect_client(f, 0);
	expect(f, 2, 2);
}

static void
test_pause_and_resume(void **state)
{
	struct fixture *f = *state;

	add_listener(f, 0);
	listeners_pause(&f->listeners);
	listeners_pause(&f->listeners);
	add_listener(f, 1);
	connect_client(f, 0);
	connect_client(f, 1);
	expect(f, 0, 0);
	listeners_resume(&f->listeners);
	listeners_resume(&f->listeners);
	expect(f, 1, 1);
}

static void
test_give_up_accepts_all_that_wait(void **state)
{
	struct fixture *f = *state;

	add_listener(f, 0);
	connect_client(f, 0);
	connect_client(f, 0);
	listeners_give_up(&f->listeners, true);
	expect(f, 2, 0);
	connect_client(f, 0); /* for another process */
	listeners_resume(&f->listeners);
	expect(f, 2, 0);
}

static void
test_may_not_accept(void **state)
{
	struct fixture *f = *state;

	add_listener(f, 0);
	connect_client(f, 0);
	f->may_not_accept = true;
	expect(f, 0, 0);
	f->may_not_accept = false; /* the listener is closed here */
	expect(f, 0, 0);
	add_listener(f, 1);
	connect_client(f, 1);
	f->may_not_accept = true;
	listeners_give_up(&f->listeners, true);
	expect(f, 0, 0);
}

/* The connection stays in the backlog, and is accepted some time later. */
static void
test_deferred(void **state)
{
	struct fixture *f = *state;

	add_listener(f, 0);
	connect_client(f, 0);
	f->must_defer = true;
	expect(f, 0, 0);
	f->must_defer = false;
	while (f->accepted[0] == 0)
		assert_true(loop_run_once(f->loop, -1) >= 0);
	assert_true(f->retries > 0);
}

/* Other processes accept there: only one connection may have woken this one alone. */
static void
test_give_up_accepts_one(void **state)
{
	struct fixture *f = *state;

	add_listener(f, 0);
	add_listener(f, 1);
	connect_client(f, 0);
	connect_client(f, 0);
	listeners_give_up(&f->listeners, false);
	expect(f, 1, 0);
}

/* Shut by the master: the descriptor is not ready in each turn. */
static void
test_shut(void **state)
{
	struct fixture *f = *state;

	add_listener(f, 0);
	assert_int_equal(shutdown(f->fd[0], SHUT_RDWR), 0);
	expect(f, 0, 0);
	assert_int_equal(loop_run_once(f->loop, 0), 0);
}

static void
test_no_descriptor(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, few = {3, 0};

	add_listener(f, 0);
	connect_client(f, 0);
	log_set_level(LOG_CRIT);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	expect(f, 0, 0);
	assert_true(f->listeners.paused);
	assert_true(timer_is_armed(&f->listeners.retry_timer));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	listeners_resume(&f->listeners);
	expect(f, 1, 0);
	assert_false(timer_is_armed(&f->listeners.retry_timer));
}

static void
test_loads(void **state)
{
	int fd;
	struct worker_loads *loads = loads_new(3, &fd), *same;

	(void)state;
	assert_non_null(loads);
	assert_null(loads_map(fd, 4)); /* of another size */
	same = loads_map(fd, 3);
	assert_non_null(same);
	close(fd);
	assert_true(loads_least(loads) == SIZE_MAX);
	loads_set(loads, 1, 1 + 7);
	assert_int_equal(loads_least(loads), 7);
	assert_int_equal(loads_least(same), 7);
	loads_free(same);
	loads_set(loads, 2, 1 + 0);
	loads_set(loads, 0, SIZE_MAX);
	assert_int_equal(loads_least(loads), 0);
	loads_set(loads, 2, 0);
	assert_int_equal(loads_least(loads), 7);
	assert_null(loads_free(loads));
	assert_null(loads_free(NULL));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_accepts_at_added_listeners),
		TEST(test_pause_and_resume),
		TEST(test_give_up_accepts_all_that_wait),
		TEST(test_give_up_accepts_one),
		TEST(test_may_not_accept),
		TEST(test_deferred),
		TEST(test_shut),
		TEST(test_no_descriptor),
		cmocka_unit_test(test_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
