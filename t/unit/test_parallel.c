/* ctl/parallel: the order of results, processes that end, jobs and results of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/parallel.h"
#include "util/buf.h"

#define LIMIT_MS 60000u

struct trial {
	unsigned n_jobs, next, done;
	unsigned lost, last_lost;
	char how[64];
	size_t bytes;	      /* of each job */
	unsigned crash_every; /* 0: none */
	unsigned hangs;	      /* number of the job that does; 0: none */
	unsigned number;
	size_t answer_bytes;
};

static int
next_number(void *ctx, struct buf *job)
{
	struct trial *t = ctx;

	if (t->next == t->n_jobs)
		return 0;
	t->next++;
	buf_append(job, &t->next, sizeof(t->next));
	memset(buf_reserve(job, t->bytes), 'x', t->bytes);
	job->len += t->bytes;
	return 1;
}

static void
begin_trial(void *ctx, unsigned number)
{
	struct trial *t = ctx;

	t->number = number;
	(void)signal(SIGSEGV, SIG_DFL);
}

static void
square(void *ctx, const void *job, size_t len, struct buf *result)
{
	struct trial *t = ctx;
	unsigned n;

	memcpy(&n, job, sizeof(n));
	if (len != sizeof(n) + t->bytes)
		_exit(9);
	if (t->crash_every > 0 && n % t->crash_every == 0)
		(void)raise(SIGSEGV);
	while (t->hangs == n)
		pause();
	n *= n;
	buf_append(result, &n, sizeof(n));
	memset(buf_reserve(result, t->answer_bytes), 'y', t->answer_bytes);
	result->len += t->answer_bytes;
}

static void
note_loss(void *ctx, unsigned number, const void *job, size_t len, const char *how,
	  struct buf *result)
{
	struct trial *t = ctx;
	unsigned n;

	(void)number;
	assert_int_equal(len, sizeof(n) + t->bytes);
	memcpy(&n, job, sizeof(n));
	t->lost++;
	t->last_lost = n;
	(void)strncpy(t->how, how, sizeof(t->how) - 1);
	n *= n;
	buf_append(result, &n, sizeof(n));
}

static void
check_square(void *ctx, const void *result, size_t len)
{
	struct trial *t = ctx;
	unsigned n;

	assert_true(len >= sizeof(n));
	memcpy(&n, result, sizeof(n));
	t->done++;
	assert_int_equal(n, t->done * t->done);
}

static const struct parallel_ops ops = {
	.next = next_number,
	.begin = begin_trial,
	.work = square,
	.lost = note_loss,
	.done = check_square,
};

static void
run(struct trial *t, unsigned processes, uint64_t limit_ms)
{
	assert_int_equal(parallel_run(&ops, t, processes, limit_ms), 0);
	assert_int_equal(t->done, t->n_jobs);
}

static void
test_order(void **state)
{
	(void)state;
	for (unsigned processes = 1; processes <= 5; processes++) {
		struct trial t = {.n_jobs = 500};

		run(&t, processes, LIMIT_MS);
		assert_int_equal(t.lost, 0);
	}
}

static void
test_no_jobs(void **state)
{
	struct trial t = {0};

	(void)state;
	run(&t, 3, LIMIT_MS);
}

/* More than the sockets hold, in both directions. */
static void
test_large(void **state)
{
	struct trial t = {.n_jobs = 12, .bytes = 3000000, .answer_bytes = 1000000};

	(void)state;
	run(&t, 2, LIMIT_MS);
	assert_int_equal(t.lost, 0);
}

static void
test_crashes(void **state)
{
	struct trial t = {.n_jobs = 100, .crash_every = 10};

	(void)state;
	run(&t, 3, LIMIT_MS);
	assert_int_equal(t.lost, 10);
	assert_string_equal(t.how, "killed by signal 11 (SIGSEGV)");
}

static void
test_every_job_crashes(void **state)
{
	struct trial t = {.n_jobs = 20, .crash_every = 1};

	(void)state;
	run(&t, 2, LIMIT_MS);
	assert_int_equal(t.lost, 20);
}

static void
test_hang(void **state)
{
	struct trial t = {.n_jobs = 10, .hangs = 4};

	(void)state;
	run(&t, 2, 2000);
	assert_int_equal(t.lost, 1);
	assert_int_equal(t.last_lost, 4);
	assert_string_equal(t.how, "it took too long");
}

static void
test_result_too_large(void **state)
{
	struct trial t = {.n_jobs = 3, .answer_bytes = PARALLEL_RESULT_MAX};

	(void)state;
	run(&t, 2, LIMIT_MS);
	assert_int_equal(t.lost, 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_jobs),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_every_job_crashes),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_result_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
