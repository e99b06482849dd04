/* What the master reads of a worker that has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "master/worker_end.h"
#include "milter/proto.h"
#include "util/buf.h"

static struct worker_shared shared;
static struct buf text;

static int
setup(void **state)
{
	(void)state;
	memset(&shared, 0, sizeof(shared));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_free(&text);
	return 0;
}

static void
set(const char *message, const char *policy, uint32_t stage)
{
	(void)snprintf(shared.at_work.message, AT_WORK_BYTES, "%s", message);
	shared.at_work.stage = stage;
	shared.at_work.in_policy = policy != NULL;
	if (policy != NULL)
		(void)snprintf(shared.at_work.policy, AT_WORK_BYTES, "%s", policy);
}

static void
expect(const char *expected)
{
	struct worker_end end = worker_end_read(&shared);

	buf_reset(&text);
	worker_end_append(&end, &text);
	assert_string_equal(buf_string(&text), expected);
}

/* The examples of worker_end.h. */
static void
test_text(void **state)
{
	(void)state;
	expect("");
	set("4XyZab", "legal", STAGE_EOM);
	expect(" at message 4XyZab in policy \"legal\" at end of message");
	set("1f2a-3", "moved", STAGE_ENVRCPT);
	expect(" at message 1f2a-3 in policy \"moved\" at RCPT");
	set("4XyZab", NULL, STAGE_ENVRCPT);
	expect(" at message 4XyZab after RCPT");
	set("", NULL, STAGE_EOM);
	expect("");
	for (uint32_t i = 0; i < STAGE_COUNT; i++) {
		set("1", NULL, i);
		assert_true(*worker_end_read(&shared).stage != '\0');
	}
}

static void
test_values(void **state)
{
	struct worker_end end;

	(void)state;
	set("4XyZab", "legal", STAGE_DATA);
	shared.at_work.key = (struct message_key){7, 8};
	end = worker_end_read(&shared);
	assert_true(end.in_policy);
	assert_string_equal(end.message, "4XyZab");
	assert_string_equal(end.policy, "legal");
	assert_string_equal(end.title, "legal");
	assert_string_equal(end.stage, "DATA");
	assert_int_equal(end.key.id, 7);
	assert_int_equal(end.key.rcpts, 8);
	shared.at_work.in_policy = false; /* what stands there is of the last time */
	assert_string_equal(worker_end_read(&shared).policy, "");
}

/* A worker may write anything: no text without an end, no control character, no such stage. */
static void
test_corrupted(void **state)
{
	struct worker_end end;

	(void)state;
	memset(&shared.at_work, 0xff, sizeof(shared.at_work));
	atomic_store(&shared.at_work.in_policy, true);
	end = worker_end_read(&shared);
	assert_int_equal(strlen(end.message), AT_WORK_BYTES);
	assert_int_equal(strlen(end.policy), AT_WORK_BYTES);
	assert_string_equal(end.stage, "");
	set("4Xy\nZ", "a\"\x1b[1m", STAGE_COUNT);
	expect(" at message 4Xy\\x0aZ in policy \"a\\\"\\x1b[1m\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_corrupted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
