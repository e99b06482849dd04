/* worker/session_count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "worker/session_count.h"

#define SESSIONS 3u
#define ROUNDS	 200000u

static _Atomic uint64_t count;
static _Atomic uint64_t running, begun, too_many;

/* One of two processes: sessions begin and end as fast as they can. */
static void *
run_sessions(void *unused)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned n = 0;

		while (n < SESSIONS && session_count_add(&count, SESSIONS)) {
			if (atomic_fetch_add(&running, 1) >= SESSIONS)
				atomic_fetch_add(&too_many, 1);
			n++;
		}
		atomic_fetch_add(&begun, n);
		for (; n > 0; n--) {
			atomic_fetch_sub(&running, 1);
			session_count_remove(&count);
		}
	}
	return unused;
}

static void
test_never_more_than_max(void **state)
{
	pthread_t other;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, run_sessions, NULL), 0);
	(void)run_sessions(NULL);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(atomic_load(&too_many), 0);
	assert_int_equal(atomic_load(&count), 0);
	assert_true(atomic_load(&begun) >= SESSIONS);
}

/* The example of the header. */
static void
test_example(void **state)
{
	_Atomic uint64_t sessions = 2;

	(void)state;
	assert_true(session_count_add(&sessions, 3));
	assert_false(session_count_add(&sessions, 3));
	assert_int_equal(atomic_load(&sessions), 3);
	session_count_remove(&sessions);
	assert_int_equal(atomic_load(&sessions), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_more_than_max),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
