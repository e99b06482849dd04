/* worker/listeners, worker/admit and worker/loads: accepting in a worker. */
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
	int there[LISTENERS]; /* our own descriptors of the listeners, as the master has them */
	struct addr at[LISTENERS];
	int client[CLIENTS];
	size_t n_clients;
	unsigned taken[LISTENERS], rooms;
	bool refuses;
};

static bool
takes(void *owner, uint32_t listener)
{
	const struct fixture *f = owner;

	assert_true(listener < LISTENERS);
	return !f->refuses;
}

static void
on_connection(void *owner, int fd, uint32_t listener)
{
	struct fixture *f = owner;

	assert_true(fd >= 0);
	close(fd);
	f->taken[listener]++;
}

static void
on_room(void *owner)
{
	struct fixture *f = owner;

	f->rooms++;
	listeners_resume(&f->listeners);
}

/* An address that the kernel has chosen: no file. */
static void
make_listener(struct fixture *f, size_t i)
{
	struct addr *at = &f->at[i];

	*at = (struct addr){.un = {.sun_family = AF_UNIX}, .len = sizeof(at->un)};
	f->there[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(f->there[i] >= 0);
	assert_int_equal(bind(f->there[i], &at->sa, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(f->there[i], 16), 0);
	assert_int_equal(getsockname(f->there[i], &at->sa, &at->len), 0);
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
		.takes = takes,
		.connection = on_connection,
		.room = on_room,
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
		close(f->there[i]);
	free(f);
	return 0;
}

static void
add(struct fixture *f, uint32_t i)
{
	int fd = dup(f->there[i]);

	assert_true(fd >= 0);
	listeners_add(&f->listeners, i, fd);
}

static void
come(struct fixture *f, size_t i)
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
	assert_int_equal(f->taken[0], first);
	assert_int_equal(f->taken[1], second);
}

static void
test_takes_where_it_was_lent(void **state)
{
	struct fixture *f = *state;

	add(f, 1);
	come(f, 0);
	come(f, 1);
	come(f, 1);
	expect(f, 0, 2);
	add(f, 0); /* who waits there already is seen */
	expect(f, 1, 2);
	add(f, 0); /* once more, as after a change */
	come(f, 0);
	expect(f, 2, 2);
}

static void
test_closed_and_open(void **state)
{
	struct fixture *f = *state;

	add(f, 0);
	listeners_pause(&f->listeners);
	listeners_pause(&f->listeners);
	add(f, 1);
	come(f, 0);
	come(f, 1);
	expect(f, 0, 0);
	listeners_resume(&f->listeners);
	listeners_resume(&f->listeners);
	expect(f, 1, 1);
}

static void
test_leaving_takes_who_waits(void **state)
{
	struct fixture *f = *state;

	add(f, 0);
	come(f, 0);
	come(f, 0);
	listeners_give_up(&f->listeners, true);
	expect(f, 2, 0);
	come(f, 0); /* another process's */
	listeners_resume(&f->listeners);
	expect(f, 2, 0);
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;

	add(f, 0);
	come(f, 0);
	f->refuses = true;
	expect(f, 0, 0);
	f->refuses = false; /* it was left for ever */
	expect(f, 0, 0);
	add(f, 1);
	come(f, 1);
	f->refuses = true;
	listeners_give_up(&f->listeners, true);
	expect(f, 0, 0);
}

/* Another process comes after us: one may be ours alone. */
static void
test_leaving_takes_one(void **state)
{
	struct fixture *f = *state;

	add(f, 0);
	add(f, 1);
	come(f, 0);
	come(f, 0);
	listeners_give_up(&f->listeners, false);
	expect(f, 1, 0);
}

/* Shut by the master: no turn after turn. */
static void
test_shut(void **state)
{
	struct fixture *f = *state;

	add(f, 0);
	assert_int_equal(shutdown(f->there[0], SHUT_RDWR), 0);
	expect(f, 0, 0);
	assert_int_equal(loop_run_once(f->loop, 0), 0);
}

static void
test_no_descriptor(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, few = {3, 0};

	add(f, 0);
	come(f, 0);
	log_set_level(LOG_CRIT);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	expect(f, 0, 0);
	assert_true(f->listeners.closed);
	assert_true(timer_is_armed(&f->listeners.retry));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	listeners_resume(&f->listeners);
	expect(f, 1, 0);
	assert_false(timer_is_armed(&f->listeners.retry));
}

static void
test_seats(void **state)
{
	struct worker_loads *s = loads_new(3);

	(void)state;
	assert_non_null(s);
	assert_true(loads_least(s) == SIZE_MAX);
	loads_set(s, 1, 1 + 7);
	assert_int_equal(loads_least(s), 7);
	loads_set(s, 2, 1 + 0);
	loads_set(s, 0, SIZE_MAX);
	assert_int_equal(loads_least(s), 0);
	loads_set(s, 2, 0);
	assert_int_equal(loads_least(s), 7);
	assert_null(loads_free(s));
	assert_null(loads_free(NULL));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_takes_where_it_was_lent),
		TEST(test_closed_and_open),
		TEST(test_leaving_takes_who_waits),
		TEST(test_leaving_takes_one),
		TEST(test_refused),
		TEST(test_shut),
		TEST(test_no_descriptor),
		cmocka_unit_test(test_seats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
