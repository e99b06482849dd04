/* src/master/log_intake: records of workers at the pace of the log's reader, which is a socket
 * that takes max_dgram_qlen records, and which the test reads one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "master/log_intake.h"
#include "scratch.h"
#include "util/log.h"
#include "util/record.h"

#define WORKERS 2u
#define RECORDS 6000u /* of each: more than all buffers hold */

static struct log_intake intake;
static struct sd_event *loop;
static struct worker_log *logs[WORKERS];
static struct worker_shared *counters;
static int pipes[WORKERS]; /* the workers' ends; -1: closed */
static int reader;
static unsigned written[WORKERS], received[WORKERS];
static char last[256]; /* the last line that was not of a worker */

static void
open_reader(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_scratch("log"));
	reader = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(reader, (struct sockaddr *)&at, sizeof(at)), 0);
}

static int
set_up(void **state)
{
	int ends[2], fd;

	(void)state;
	make_scratch();
	open_reader();
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", in_scratch("log")), 0);
	assert_true(sd_event_new(&loop) >= 0);
	counters = worker_shared_new((struct worker_shared_size){0}, &fd);
	assert_non_null(counters);
	close(fd);
	last[0] = '\0';
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
		assert_int_equal(worker_log_open(&intake, loop, ends[0], 1, &logs[i]), 0);
		worker_log_set_pid(logs[i], (pid_t)(100 + i));
		pipes[i] = ends[1];
		written[i] = received[i] = 0;
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WORKERS; i++)
		if (pipes[i] >= 0)
			close(pipes[i]);
	log_close();
	log_set_level(LOG_EMERG);
	log_intake_finish(&intake, 0);
	assert_null(intake.logs);
	log_set_level(LOG_INFO);
	intake = (struct log_intake){0};
	worker_shared_free(counters, (struct worker_shared_size){0});
	sd_event_unref(loop);
	close(reader);
	remove_scratch();
	return 0;
}

/* As many records as the worker's pipe takes, up to n altogether. */
static void
write_records(unsigned worker, unsigned n)
{
	char text[128];
	struct log_record record = {.level = LOG_INFO, .text = text};
	struct buf packed = {0};
	bool taken = true;

	while (written[worker] < n && taken) {
		(void)snprintf(text, sizeof(text),
			       "record of worker %u with the number %u gen=1", worker,
			       written[worker]);
		buf_reset(&packed);
		log_record_pack(&packed, &record);
		taken = write(pipes[worker], packed.data, packed.len) == (ssize_t)packed.len;
		written[worker] += taken;
	}
	buf_free(&packed);
}

/* Reads one line, if there is one; those of a worker must come in their order. */
static bool
receive_line(void)
{
	unsigned worker, number;
	const char *text;
	char line[512];
	ssize_t n = recv(reader, line, sizeof(line) - 1, 0);

	if (n < 0)
		return false;
	line[n] = '\0';
	text = strstr(line, "]: ");
	assert_non_null(text);
	if (sscanf(text, "]: record of worker %u with the number %u", &worker, &number) != 2) {
		(void)snprintf(last, sizeof(last), "%s", text + 3);
		return true;
	}
	assert_true(worker < WORKERS);
	assert_int_equal(number, received[worker]);
	received[worker]++;
	return true;
}

static void
run_loop(void)
{
	while (sd_event_run(loop, 0) > 0)
		;
}

/* Nobody reads for a while: the pipes become full. Then one line is read at a time, and the
 * loop runs without a tick. */
static void
test_no_record_is_lost(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WORKERS; i++) {
		write_records(i, RECORDS);
		run_loop();
	}
	assert_in_range(log_pending(), LOG_RING_RECORDS / 2, LOG_RING_RECORDS - 1);
	assert_true(written[0] < RECORDS && written[1] < RECORDS);
	while (received[0] + received[1] < WORKERS * RECORDS) {
		assert_true(receive_line());
		for (unsigned i = 0; i < WORKERS; i++)
			write_records(i, RECORDS);
		run_loop();
	}
	assert_int_equal(log_pending(), 0);
	assert_int_equal(log_lost(), 0);
	assert_null(intake.writable);
	assert_false(receive_line());
}

/* The master's lines have room meanwhile. */
static void
test_room_for_the_master(void **state)
{
	uint64_t lost = log_lost();

	(void)state;
	write_records(0, RECORDS);
	run_loop();
	for (int i = 0; i < 4; i++)
		log_write(LOG_ERR, "the master's");
	assert_int_equal(log_lost(), lost);
}

/* What a worker has left is read later, and its other lines are told. */
static void
test_ended_worker(void **state)
{
	(void)state;
	write_records(1, RECORDS);
	run_loop();
	write_records(0, 1000);
	assert_int_equal(written[0], 1000);
	close(pipes[0]);
	pipes[0] = -1;
	counter_add(&counters->count[STAT_LOG_LINES], 1003);
	worker_log_end(logs[0], counters);
	assert_int_equal(intake.n_ended, 1);
	while (received[0] < 1000 || last[0] == '\0') {
		assert_true(receive_line());
		run_loop();
	}
	assert_string_equal(last, "worker 100 has ended: 3 of its log lines lost gen=1");
	assert_int_equal(intake.n_ended, 0);
	assert_int_equal(intake.lines_lost, 3);
}

/* The loop has ended; a child is the reader. */
static void
test_finish(void **state)
{
	pid_t child;
	int status;

	(void)state;
	write_records(0, 1000);
	close(pipes[0]);
	pipes[0] = -1;
	counter_add(&counters->count[STAT_LOG_LINES], 1000);
	worker_log_end(logs[0], counters);
	run_loop();
	assert_in_range(log_pending(), 1, LOG_RING_RECORDS - 1);
	child = fork();
	if (child == 0) {
		assert_int_equal(fcntl(reader, F_SETFL, 0), 0);
		while (received[0] < 1000)
			(void)receive_line();
		_exit(0);
	}
	assert_true(child > 0);
	log_intake_finish(&intake, 600000);
	assert_int_equal(log_pending(), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Nobody reads, or nobody is there. */
static void
test_finish_without_reader(void **state)
{
	(void)state;
	write_records(0, RECORDS);
	run_loop();
	log_intake_finish(&intake, 100);
	assert_null(intake.logs);
	assert_true(log_pending() > 0);
}

/* The socket is another one afterwards. */
static void
test_reader_is_replaced(void **state)
{
	(void)state;
	write_records(0, 100);
	run_loop();
	assert_non_null(intake.writable);
	close(reader);
	assert_int_equal(unlink(in_scratch("log")), 0);
	received[0] = 100 - (unsigned)log_pending(); /* the others went with the socket */
	run_loop();
	assert_null(intake.writable); /* and no loop without an end */
	assert_int_equal(log_socket(), -1);
	open_reader();
	log_flush(); /* the tick */
	log_intake_update(&intake, loop);
	while (received[0] < 100) {
		assert_true(receive_line());
		run_loop();
	}
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_no_record_is_lost),	  TEST(test_room_for_the_master),
		TEST(test_ended_worker),	  TEST(test_finish),
		TEST(test_finish_without_reader), TEST(test_reader_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
