/* The table of messages that ended a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain/fatal_message.h"
#include "util/hash.h"

#define HOUR_MS FATAL_MESSAGE_AGE_MS

static struct fatal_messages *table;
static uint64_t age_ms;

static int
setup(void **state)
{
	(void)state;
	table = fatal_messages_new();
	return table != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	table = fatal_messages_free(table);
	return 0;
}

static const char *
title(const char *text)
{
	static char padded[AT_WORK_BYTES];

	memset(padded, 0, sizeof(padded));
	memcpy(padded, text, strnlen(text, AT_WORK_BYTES));
	return padded;
}

static struct message_key
key(uint64_t id, uint64_t rcpts)
{
	return (struct message_key){id, rcpts};
}

static void
record(uint64_t id, uint64_t rcpts, const char *policy, uint64_t now_ms)
{
	struct message_key k = key(id, rcpts);

	fatal_messages_record(table, &k, title(policy), now_ms);
}

static bool
is_found(uint64_t id, uint64_t rcpts, const char *policy, uint64_t now_ms)
{
	struct message_key k = key(id, rcpts);

	return fatal_messages_find(table, &k, title(policy), now_ms, &age_ms);
}

static void
test_message_and_policy(void **state)
{
	(void)state;
	assert_false(fatal_messages_exist(table));
	assert_false(is_found(0, 0, "", 0));
	record(7, 3, "legal", 1000);
	assert_true(fatal_messages_exist(table));
	assert_true(is_found(7, 3, "legal", 3500));
	assert_int_equal(age_ms, 2500);
	assert_false(is_found(8, 3, "legal", 3500));
	assert_false(is_found(7, 3, "Legal", 3500));
	assert_false(is_found(7, 3, "legal2", 3500));
}

static void
test_title_of_full_length(void **state)
{
	char longest[AT_WORK_BYTES + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[AT_WORK_BYTES] = '\0';
	record(1, 0, longest, 1000);
	assert_true(is_found(1, 0, longest, 1000));
	longest[AT_WORK_BYTES - 1] = 'b';
	assert_false(is_found(1, 0, longest, 1000));
}

/* One recipient in common is enough; a key without recipients is one of another stage. */
static void
test_recipients(void **state)
{
	(void)state;
	record(7, 6, "legal", 1000);
	assert_true(is_found(7, 2, "legal", 1000));
	assert_true(is_found(7, 12, "legal", 1000));
	assert_false(is_found(7, 9, "legal", 1000));
	assert_false(is_found(7, 0, "legal", 1000));
	record(8, 0, "legal", 1000);
	assert_true(is_found(8, 0, "legal", 1000));
	assert_false(is_found(8, 1, "legal", 1000));
}

static void
test_an_hour(void **state)
{
	(void)state;
	record(7, 1, "legal", 1000);
	assert_true(is_found(7, 1, "legal", 1000 + HOUR_MS - 1));
	assert_false(is_found(7, 1, "legal", 1000 + HOUR_MS));
	fatal_messages_expire(table, 1000 + HOUR_MS - 1);
	assert_true(fatal_messages_exist(table));
	fatal_messages_expire(table, 1000 + HOUR_MS);
	assert_false(fatal_messages_exist(table));
	record(8, 1, "legal", 2000 + HOUR_MS);
	assert_true(is_found(8, 1, "legal", 2000 + HOUR_MS));
	assert_false(is_found(7, 1, "legal", 2000 + HOUR_MS));
}

/* A reader's clock may be a little behind the writer's. */
static void
test_time_before_it(void **state)
{
	(void)state;
	record(7, 1, "legal", 1000);
	assert_true(is_found(7, 1, "legal", 999));
	assert_int_equal(age_ms, 0);
}

/* Another end by the same message begins its hour anew, and is no further entry. */
static void
test_again(void **state)
{
	(void)state;
	record(7, 1, "legal", 1000);
	for (unsigned i = 0; i < 3 * FATAL_MESSAGES_MAX; i++)
		record(9, 1, "legal", 1000 + i);
	assert_true(is_found(7, 1, "legal", 2000));
	assert_true(is_found(9, 1, "legal", 1000 + HOUR_MS));
	assert_false(is_found(7, 1, "legal", 1000 + HOUR_MS));
}

static void
test_full(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FATAL_MESSAGES_MAX + 2; i++)
		record(100 + i, 1, "legal", 1000 + i);
	assert_false(is_found(100, 1, "legal", 2000));
	assert_false(is_found(101, 1, "legal", 2000));
	for (unsigned i = 2; i < FATAL_MESSAGES_MAX + 2; i++)
		assert_true(is_found(100 + i, 1, "legal", 2000));
	record(100, 1, "legal", 3000); /* it ended one more worker */
	assert_true(is_found(100, 1, "legal", 3000));
	assert_false(is_found(102, 1, "legal", 3000));
}

/* Values that a corrupted worker may have left. */
static void
test_any_values(void **state)
{
	char bytes[AT_WORK_BYTES];
	struct message_key k = key(UINT64_MAX, UINT64_MAX);

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	fatal_messages_record(table, &k, bytes, UINT64_MAX);
	assert_true(fatal_messages_find(table, &k, bytes, UINT64_MAX, &age_ms));
	table->n = UINT32_MAX;
	assert_false(is_found(7, 1, "legal", 1000));
}

/* Children see what is recorded after their fork, and cannot write. */
static void
test_child_reads_only(void **state)
{
	int status, go[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		if (fatal_messages_protect(table) < 0 || read(go[0], &c, 1) != 1)
			_exit(1);
		_exit(is_found(7, 1, "legal", 1000) ? 0 : 2);
	}
	record(7, 1, "legal", 1000);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL); /* no report of a sanitizer */
		(void)fatal_messages_protect(table);
		table->n = 0;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(is_found(7, 1, "legal", 1000));
	close(go[0]);
	close(go[1]);
}

/* One writer, many readers. Each entry is of message i and policy "p i": a reader that found
 * message i in another policy would have read half of an entry. */

#define WRITES	 200000u
#define READERS	 3u
#define MESSAGES (3 * FATAL_MESSAGES_MAX + 7) /* the ring has other ones each time */

static atomic_bool written;

static struct message_key
key_of(unsigned i, char policy[static AT_WORK_BYTES])
{
	memset(policy, 0, AT_WORK_BYTES);
	(void)snprintf(policy, AT_WORK_BYTES, "p %u", i);
	return key(i, UINT64_C(1) << i % 64);
}

static void *
read_entries(void *arg)
{
	size_t *n_found = arg, n_wrong = 0;
	char policy[AT_WORK_BYTES], other[AT_WORK_BYTES];
	uint64_t age;

	for (unsigned i = 0; !atomic_load(&written) || *n_found == 0; i = (i + 1) % MESSAGES) {
		struct message_key k = key_of(i, policy);

		*n_found += fatal_messages_find(table, &k, policy, 1000, &age);
		k.rcpts = ~k.rcpts;
		n_wrong += fatal_messages_find(table, &k, policy, 1000, &age);
		k.rcpts = UINT64_MAX;
		(void)key_of((i + FATAL_MESSAGES_MAX) % MESSAGES, other);
		n_wrong += fatal_messages_find(table, &k, other, 1000, &age);
		(void)key_of((i + MESSAGES - FATAL_MESSAGES_MAX) % MESSAGES, other);
		n_wrong += fatal_messages_find(table, &k, other, 1000, &age);
	}
	return n_wrong == 0 ? NULL : arg;
}

static void
test_readers_while_it_is_written(void **state)
{
	pthread_t threads[READERS];
	size_t n_found[READERS] = {0};
	char policy[AT_WORK_BYTES];
	void *wrong;

	(void)state;
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_entries, &n_found[i]),
				 0);
	for (unsigned i = 0; i < WRITES; i++) {
		struct message_key k = key_of(i % MESSAGES, policy);

		fatal_messages_record(table, &k, policy, 1000);
	}
	atomic_store(&written, true);
	for (size_t i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
}

/* All lengths, each byte counts, and so does what came before. */
static void
test_hash(void **state)
{
	unsigned char data[70] = {0};
	uint64_t seen[70 * 2];
	size_t n = 0;

	(void)state;
	for (size_t len = 1; len <= sizeof(data); len++) {
		seen[n++] = hash_bytes(1, data, len);
		data[len - 1] = 1;
		seen[n++] = hash_bytes(1, data, len);
		data[len - 1] = 0;
		assert_int_not_equal(hash_bytes(1, data, len), hash_bytes(2, data, len));
		for (size_t i = 0; i < len; i++) {
			uint64_t before = hash_bytes(1, data, len);

			data[i] ^= 0x80;
			assert_int_not_equal(hash_bytes(1, data, len), before);
			data[i] ^= 0x80;
		}
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_message_and_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_title_of_full_length, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recipients, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_hour, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_before_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_any_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_child_reads_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readers_while_it_is_written, setup,
						teardown),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
