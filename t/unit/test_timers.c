/* Unit tests of io/timers, with a fake clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-event.h>

#include "io/timers.h"

#define MANY 200u

struct fixture {
	struct sd_event *loop;
	struct timers *ts;
	uint64_t now;
	char log[64]; /* a letter for each call */
};

struct probe {
	struct timer timer;
	struct fixture *f;
	char letter;
	uint64_t again_ms;    /* arms itself */
	struct probe *victim; /* is disarmed and freed */
	uint64_t fired_ms;
};

static uint64_t
fake_clock(void *ctx)
{
	return *(uint64_t *)ctx;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || sd_event_new(&f->loop) < 0 || timers_new(f->loop, &f->ts) < 0)
		return -1;
	f->now = 1000;
	timers_set_clock(f->ts, fake_clock, &f->now);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	f->ts = timers_free(f->ts);
	sd_event_unref(f->loop);
	free(f);
	return 0;
}

static void
fire(void *ctx)
{
	struct probe *p = ctx;

	assert_false(timer_is_armed(&p->timer));
	p->fired_ms = p->f->now;
	if (strlen(p->f->log) < sizeof(p->f->log) - 1)
		p->f->log[strlen(p->f->log)] = p->letter;
	if (p->again_ms > 0)
		timer_arm(p->f->ts, &p->timer, p->again_ms);
	if (p->victim != NULL) {
		timer_disarm(p->f->ts, &p->victim->timer);
		free(p->victim);
		p->victim = NULL;
	}
}

static void
probe_init(struct probe *p, struct fixture *f, char letter)
{
	*p = (struct probe){.timer = {.fn = fire, .ctx = p}, .f = f, .letter = letter};
}

static void
run_at(struct fixture *f, uint64_t now)
{
	f->now = now;
	timers_run(f->ts);
}

static void
test_order_and_time(void **state)
{
	struct fixture *f = *state;
	struct probe a, b, c;

	probe_init(&a, f, 'a');
	probe_init(&b, f, 'b');
	probe_init(&c, f, 'c');
	timer_arm(f->ts, &c.timer, 300);
	timer_arm(f->ts, &a.timer, 100);
	timer_arm(f->ts, &b.timer, 200);
	run_at(f, 1099);
	assert_string_equal(f->log, "");
	run_at(f, 1100);
	assert_string_equal(f->log, "a");
	run_at(f, 1100);
	run_at(f, 5000);
	assert_string_equal(f->log, "abc");
	assert_false(timer_is_armed(&c.timer));
}

static void
test_postpone_and_bring_forward(void **state)
{
	struct fixture *f = *state;
	struct probe a, b;

	probe_init(&a, f, 'a');
	probe_init(&b, f, 'b');
	timer_arm(f->ts, &a.timer, 100);
	timer_arm(f->ts, &b.timer, 150);
	timer_arm(f->ts, &a.timer,
		  200); /* due after b now, though it stands before it in the heap */
	run_at(f, 1100);
	assert_string_equal(f->log, "");
	run_at(f, 1150);
	assert_string_equal(f->log, "b");
	timer_arm(f->ts, &b.timer, 1000);
	timer_arm(f->ts, &b.timer, 10);
	run_at(f, 1160);
	assert_string_equal(f->log, "bb");
	run_at(f, 1200);
	assert_string_equal(f->log, "bba");
	/* postponed, then brought forward to before the first time */
	timer_arm(f->ts, &a.timer, 100);
	timer_arm(f->ts, &a.timer, 500);
	timer_arm(f->ts, &a.timer, 50);
	run_at(f, 1250);
	assert_string_equal(f->log, "bbaa");
	run_at(f, 9000);
	assert_string_equal(f->log, "bbaa");
}

static void
test_disarm(void **state)
{
	struct fixture *f = *state;
	struct probe a, b;

	probe_init(&a, f, 'a');
	probe_init(&b, f, 'b');
	timer_disarm(f->ts, &a.timer);
	timer_arm(f->ts, &a.timer, 100);
	timer_arm(f->ts, &b.timer, 100);
	assert_true(timer_is_armed(&a.timer));
	timer_disarm(f->ts, &a.timer);
	assert_false(timer_is_armed(&a.timer));
	timer_disarm(f->ts, &a.timer);
	run_at(f, 2000);
	assert_string_equal(f->log, "b");
}

static void
test_callbacks_may_do_anything(void **state)
{
	struct fixture *f = *state;
	struct probe a, *b = malloc(sizeof(*b));

	assert_non_null(b);
	probe_init(&a, f, 'a');
	probe_init(b, f, 'b');
	a.again_ms = 10;
	a.victim = b; /* due at the same time, must not fire any more */
	timer_arm(f->ts, &a.timer, 100);
	timer_arm(f->ts, &b->timer, 100);
	run_at(f, 1100);
	assert_string_equal(f->log, "a");
	run_at(f, 1109);
	run_at(f, 1110);
	assert_string_equal(f->log, "aa");
	timer_disarm(f->ts, &a.timer);
}

static void
test_zero_does_not_spin(void **state)
{
	struct fixture *f = *state;
	struct probe a;

	probe_init(&a, f, 'a');
	a.again_ms = 1;
	timer_arm(f->ts, &a.timer, 0);
	run_at(f, 1000);
	assert_string_equal(f->log, "");
	run_at(f, 1001);
	assert_string_equal(f->log, "a");
	timer_disarm(f->ts, &a.timer);
	timer_arm(f->ts, &a.timer, UINT64_MAX); /* nor wrap around */
	run_at(f, 1ull << 40);
	assert_string_equal(f->log, "a");
	timer_disarm(f->ts, &a.timer);
}

/* Many timers against a list that is searched: each fires once, in order, at the first run at
 * or after the last time it was armed for. */
static void
test_many(void **state)
{
	struct fixture *f = *state;
	struct probe *p = calloc(MANY, sizeof(*p));
	uint64_t due[MANY] = {0};
	uint32_t seed = 1;

	assert_non_null(p);
	for (unsigned i = 0; i < MANY; i++)
		probe_init(&p[i], f, 'x');
	for (unsigned step = 0; step < 5000; step++) {
		unsigned i, ms;

		seed = seed * 1664525u + 1013904223u;
		i = seed >> 8 & 0xff;
		ms = 1 + (seed >> 16 & 0x3ff);
		if (i >= MANY) {
			run_at(f, f->now + ms / 64);
		} else if (ms % 5 == 0) {
			timer_disarm(f->ts, &p[i].timer);
			due[i] = 0;
		} else {
			timer_arm(f->ts, &p[i].timer, ms);
			due[i] = f->now + ms;
		}
		for (unsigned k = 0; i >= MANY && k < MANY; k++) {
			bool fires = due[k] != 0 && due[k] <= f->now;

			assert_int_equal(p[k].fired_ms, fires ? f->now : 0);
			p[k].fired_ms = 0;
			due[k] = fires ? 0 : due[k];
			assert_int_equal(timer_is_armed(&p[k].timer), due[k] != 0);
		}
	}
	f->ts = timers_free(f->ts);
	for (unsigned k = 0; k < MANY; k++)
		assert_false(timer_is_armed(&p[k].timer));
	free(p);
}

static void
wait_for_calls(struct fixture *f, size_t n)
{
	for (int i = 0; i < 20 && strlen(f->log) < n; i++)
		assert_true(sd_event_run(f->loop, 2000000) >= 0);
	assert_int_equal(strlen(f->log), n);
}

static void
test_driven_by_the_loop(void **state)
{
	struct fixture *f = *state;
	struct timers *ts = NULL;
	struct probe a, later;
	uint64_t before, after;

	probe_init(&a, f, 'a');
	probe_init(&later, f, 'z');
	assert_int_equal(timers_new(f->loop, &ts), 0);
	before = timers_now(ts);
	timer_arm(ts, &later.timer, 3600000);
	timer_arm(ts, &a.timer, 5); /* the earlier one moves the source */
	wait_for_calls(f, 1);
	after = timers_now(ts);
	assert_string_equal(f->log, "a");
	assert_true(after - before >= 5);
	assert_int_equal(sd_event_run(f->loop, 0), 0);
	timer_arm(ts, &a.timer, 1); /* and again */
	wait_for_calls(f, 2);
	assert_true(timer_is_armed(&later.timer));
	timers_free(ts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order_and_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_postpone_and_bring_forward, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_disarm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_callbacks_may_do_anything, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_zero_does_not_spin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_driven_by_the_loop, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
