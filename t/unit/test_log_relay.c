/* src/master/relay: records that come whole, in pieces, or broken. test_logpipe.c has both ends
 * of a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "caught_log.h"
#include "worker/log_relay.h"

static int ends[2];
static struct buf packed;
static struct log_relay relay;

static int
set_up(void **state)
{
	(void)state;
	catch_log();
	return pipe2(ends, O_NONBLOCK | O_CLOEXEC);
}

static int
tear_down(void **state)
{
	(void)state;
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	buf_free(&packed);
	buf_free(&relay.rest);
	relay = (struct log_relay){{0}, 0};
	release_log();
	return 0;
}

static void
pack(const char *text)
{
	struct log_record record = {.level = LOG_NOTICE, .text = text};

	log_record_pack(&packed, &record);
}

static void
send_bytes(const void *data, size_t len)
{
	assert_int_equal(write(ends[1], data, len), (ssize_t)len);
}

static void
test_whole_records(void **state)
{
	(void)state;
	pack("one");
	pack("two");
	send_bytes(packed.data, packed.len);
	assert_true(relay_log_records(ends[0], &relay));
	assert_string_equal(lines(), "one\ntwo\n");
	assert_int_equal(relay.rest.len, 0);
	assert_null(relay.rest.data);			 /* an idle worker costs no memory */
	assert_true(relay_log_records(ends[0], &relay)); /* nothing there */
	assert_string_equal(lines(), "one\ntwo\n");
}

static void
test_byte_by_byte(void **state)
{
	size_t first;

	(void)state;
	pack("one");
	first = packed.len;
	pack("two");
	for (size_t i = 0; i < packed.len; i++) {
		send_bytes(packed.data + i, 1);
		assert_true(relay_log_records(ends[0], &relay));
		assert_string_equal(lines(), i + 1 < first	  ? ""
					     : i + 1 < packed.len ? "one\n"
								  : "one\ntwo\n");
	}
}

static void
test_end_of_the_pipe(void **state)
{
	(void)state;
	pack("last");
	send_bytes(packed.data, packed.len);
	close(ends[1]);
	ends[1] = -1;
	assert_true(relay_log_records(ends[0], &relay));
	assert_string_equal(lines(), "last\n");
	assert_false(relay_log_records(ends[0], &relay));
}

/* What follows is lost with it, but not what comes later. */
static void
test_broken_record(void **state)
{
	static const unsigned char noise[40] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	(void)state;
	pack("good");
	send_bytes(packed.data, packed.len);
	send_bytes(noise, sizeof(noise));
	assert_true(relay_log_records(ends[0], &relay));
	assert_string_equal(lines(),
			    "good\na worker's log records are broken: 40 bytes lost\n");
	assert_int_equal(relay.rest.len, 0);
	send_bytes(packed.data, packed.len);
	assert_true(relay_log_records(ends[0], &relay));
	assert_true(is_logged("lost\ngood\n"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_whole_records),
		TEST(test_byte_by_byte),
		TEST(test_end_of_the_pipe),
		TEST(test_broken_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
