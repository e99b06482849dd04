/* worker/claim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "worker/claim.h"

#define CONNECTIONS 64u
#define STEPS_MAX   100000u

/* Both processes, one step at a time, in any order: each step has one access to the word. */
struct two_processes {
	_Atomic uint64_t word;
	unsigned served[CONNECTIONS + 1]; /* by the worker or by others */
	uint64_t sent, received;
	uint64_t settled; /* the master has no descriptor of these */
	bool master_revoked, seen, has_one;
};

static void
step_master(struct two_processes *p, bool revoke)
{
	uint64_t taken;

	p->master_revoked = p->master_revoked && claim_is_revoked(&p->word);
	if (!revoke) {
		if (!p->master_revoked && p->sent < CONNECTIONS)
			p->sent++;
		return;
	}
	p->master_revoked = true;
	taken = claim_revoke(&p->word);
	if (taken > p->settled)
		p->settled = taken;
	while (p->settled < p->sent)
		p->served[++p->settled]++;
}

/* A call for its channel: it looks at the word, receives until the channel is empty, restores.
 */
static void
step_worker(struct two_processes *p)
{
	if (p->has_one) {
		p->has_one = false;
		if (claim_take(&p->word))
			p->served[p->received]++;
		else
			p->seen = true;
	} else if (p->received < p->sent) {
		p->has_one = true;
		p->received++;
	} else if (p->seen) {
		p->seen = false;
		claim_restore(&p->word, p->received);
	} else {
		p->seen = claim_is_revoked(&p->word);
	}
}

static void
test_each_connection_is_served_once(void **state)
{
	(void)state;
	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		struct two_processes p = {0};

		for (unsigned n = 0; p.received < CONNECTIONS || p.has_one; n++) {
			int which = rand() % 8;

			assert_true(n < STEPS_MAX); /* else neither goes on */

			if (which < 4)
				step_worker(&p);
			else
				step_master(&p, which == 7);
		}
		for (size_t i = 1; i <= CONNECTIONS; i++)
			assert_int_equal(p.served[i], 1);
	}
}

/* The example of the header. */
static void
test_example(void **state)
{
	_Atomic uint64_t word = 0;

	(void)state;
	assert_true(claim_take(&word));
	assert_int_equal(claim_taken(&word), 1);
	assert_int_equal(claim_revoke(&word), 1);
	assert_true(claim_is_revoked(&word));
	assert_false(claim_take(&word));
	assert_int_equal(claim_taken(&word), 1);
	claim_restore(&word, 3);
	assert_false(claim_is_revoked(&word));
	assert_int_equal(claim_taken(&word), 3);
	assert_true(claim_take(&word));
	assert_int_equal(claim_taken(&word), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_connection_is_served_once),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
