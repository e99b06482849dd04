/* src/stats/snapshot: what a reader takes of the shared memory, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/shared.h"
#include "stats/snapshot.h"

struct fixture {
	struct snapshot *s;
	const struct snapshot *shared;
	struct snapshot *copy;
	int fd;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->copy = calloc(1, sizeof(*f->copy));
	f->s = snapshot_new(&f->fd);
	assert_non_null(f->s);
	assert_int_equal(snapshot_open(f->fd, &f->shared), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	snapshot_close(f->shared);
	snapshot_free(f->s);
	close(f->fd);
	free(f->copy);
	free(f);
	return 0;
}

static void
write_lists(struct fixture *f)
{
	struct snapshot *s = f->copy;

	s->n_workers = SNAPSHOT_WORKERS_MAX;
	s->workers[SNAPSHOT_WORKERS_MAX - 1].pid = 7;
	s->n_listeners = COUNTED_LISTENERS_MAX + 1;
	strcpy(s->listeners[0].name, "mx");
	s->n_policies = COUNTED_POLICIES_MAX + 1;
	strcpy(s->policies[COUNTED_POLICIES_MAX - 1].name, "words");
	s->policies[COUNTED_POLICIES_MAX].n[POLICY_RUNS] = 9;
	s->n_rules = COUNTED_RULES_MAX + 1;
	s->rules[COUNTED_RULES_MAX].policy = COUNTED_POLICIES_MAX;
	snapshot_write(f->s, s);
	memset(s, 0, sizeof(*s));
}

static void
test_full_lists(void **state)
{
	struct fixture *f = *state;

	write_lists(f);
	assert_int_equal(snapshot_read(f->shared, f->copy), 0);
	assert_int_equal(f->copy->workers[SNAPSHOT_WORKERS_MAX - 1].pid, 7);
	assert_string_equal(f->copy->listeners[0].name, "mx");
	assert_string_equal(f->copy->policies[COUNTED_POLICIES_MAX - 1].name, "words");
	assert_int_equal(f->copy->policies[COUNTED_POLICIES_MAX].n[POLICY_RUNS], 9);
	assert_int_equal(f->copy->rules[COUNTED_RULES_MAX].policy, COUNTED_POLICIES_MAX);
}

static void
test_bad_values(void **state)
{
	struct fixture *f = *state;

	f->s->n_policies = COUNTED_POLICIES_MAX + 2;
	assert_int_equal(snapshot_read(f->shared, f->copy), -EBADMSG);
	f->s->n_policies = 1;
	f->s->n_rules = 1;
	f->s->rules[0].policy = 1;
	assert_int_equal(snapshot_read(f->shared, f->copy), -EBADMSG);
	f->s->rules[0].policy = 0;
	f->s->n_workers = 1;
	f->s->workers[0].state = SNAPSHOT_WORKER_STATES;
	assert_int_equal(snapshot_read(f->shared, f->copy), -EBADMSG);
	f->s->workers[0].state = 0;
	f->s->reload = SNAPSHOT_RELOADS;
	assert_int_equal(snapshot_read(f->shared, f->copy), -EBADMSG);
	f->s->reload = SNAPSHOT_RELOAD_NONE;
	memset(f->s->policies[0].name, 'x', sizeof(f->s->policies[0].name));
	assert_int_equal(snapshot_read(f->shared, f->copy), 0);
	assert_int_equal(strlen(f->copy->policies[0].name), SNAPSHOT_NAME_BYTES - 1);
}

static void
test_other_memory(void **state)
{
	struct fixture *f = *state;
	const struct snapshot *other;
	int fd;
	void *memory = shared_new(4096, &fd);

	assert_int_equal(snapshot_open(fd, &other), -EINVAL);
	munmap(memory, 4096);
	close(fd);
	f->s->version++;
	assert_int_equal(snapshot_open(f->fd, &other), -EINVAL);
	f->s->version--;
	f->s->magic[0] = 'x';
	assert_int_equal(snapshot_open(f->fd, &other), -EINVAL);
}

/* The master has died within a write. */
static void
test_never_finished(void **state)
{
	struct fixture *f = *state;

	f->s->sequence++;
	assert_int_equal(snapshot_read(f->shared, f->copy), -EAGAIN);
}

/* Nobody else can write, and a child has no memory to write to. */
static void
test_read_only(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	int status;

	assert_null(shared_map(f->fd, sizeof(*f->s)));
	assert_true(write(f->fd, "x", 1) < 0);
	pid = fork();
	if (pid == 0) {
		unsigned char resident;

		_exit(mincore(f->s, 1, &resident) < 0 && errno == ENOMEM ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Two numbers that are always equal in a whole snapshot. */
struct writer {
	struct snapshot *s;
	struct snapshot values;
	_Atomic bool ends;
};

static void *
write_on_and_on(void *ctx)
{
	struct writer *w = ctx;

	for (uint64_t i = 1; !w->ends; i++) {
		w->values.written_ms = i;
		w->values.n_rules = COUNTED_RULES_MAX + 1;
		w->values.n_policies = 1;
		w->values.rules[COUNTED_RULES_MAX].n[RULE_HITS] = i;
		snapshot_write(w->s, &w->values);
	}
	return NULL;
}

static void
test_torn(void **state)
{
	struct fixture *f = *state;
	struct writer *w = calloc(1, sizeof(*w));
	pthread_t thread;
	int r;

	w->s = f->s;
	assert_int_equal(pthread_create(&thread, NULL, write_on_and_on, w), 0);
	for (int i = 0; i < 200; i++) {
		r = snapshot_read(f->shared, f->copy);
		assert_true(r == 0 || r == -EAGAIN);
		if (r == 0 && f->copy->n_rules > 0)
			assert_int_equal(f->copy->rules[COUNTED_RULES_MAX].n[RULE_HITS],
					 f->copy->written_ms);
	}
	w->ends = true;
	assert_int_equal(pthread_join(thread, NULL), 0);
	free(w);
	assert_int_equal(snapshot_read(f->shared, f->copy), 0);
	assert_int_equal(f->copy->rules[COUNTED_RULES_MAX].n[RULE_HITS], f->copy->written_ms);
}

static void
test_buckets(void **state)
{
	(void)state;
	assert_int_equal(time_bucket(0), 0);
	assert_int_equal(time_bucket(999), 0);
	assert_int_equal(time_bucket(1000), 1);
	assert_int_equal(time_bucket(3999), 2);
	assert_int_equal(time_bucket(4000), 3);
	assert_int_equal(time_bucket(UINT64_MAX), TIME_BUCKETS - 1);
	assert_int_equal(duration_bucket(0), 0);
	assert_int_equal(duration_bucket(1000000), 0);
	assert_int_equal(duration_bucket(1000001), 1);
	assert_int_equal(duration_bucket(30000000000), DURATION_BUCKETS - 2);
	assert_int_equal(duration_bucket(UINT64_MAX), DURATION_BUCKETS - 1);
	assert_string_equal(duration_bound(0), "0.001");
	assert_string_equal(duration_bound(DURATION_BUCKETS - 1), "+Inf");
	assert_string_equal(verdict_count_name(VERDICT_COUNT_CUT), "cut");
	assert_string_equal(edit_count_name(EDIT_REPLBODY), "replbody");
	assert_int_equal(counter_place(999, 1000), 999);
	assert_int_equal(counter_place(70000, 1000), 1000);
	assert_int_equal(counter_places(1000, 1000), 1000);
	assert_int_equal(counter_places(1001, 1000), 1001);
	assert_int_equal(counter_places(70000, 1000), 1001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_full_lists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_never_finished, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_torn, set_up, tear_down),
		cmocka_unit_test(test_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
