/* src/worker/logpipe.c, the master's end of it (src/worker/log_relay.c), and the names of
 * counters: batches, a pipe that is not read, records that arrive in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/timers.h"
#include "util/log.h"
#include "worker/log_relay.h"
#include "worker/logpipe.h"

#define LINE_BYTES 100u

struct fixture {
	int ends[2];
	sd_event *loop;
	struct timers *timers;
	uint64_t now_ms;
	struct worker_shared *shared;
	struct log_relay relay;
};

struct caught {
	size_t n, fields;
	char last[256];
};

static uint64_t
fake_clock(void *ctx)
{
	return ((struct fixture *)ctx)->now_ms;
}

static void catch (void *ctx, const struct log_record *record)
{
	struct caught *c = ctx;

	c->n++;
	c->fields += record->n_fields;
	(void)snprintf(c->last, sizeof(c->last), "%s", record->text);
}

static int
open_pipe(void **state)
{
	static struct fixture f;
	int shared_fd;

	f = (struct fixture){.now_ms = 1000};
	assert_int_equal(pipe2(f.ends, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(fcntl(f.ends[1], F_SETPIPE_SZ, 65536), 65536);
	assert_true(sd_event_new(&f.loop) >= 0);
	assert_int_equal(timers_new(f.loop, &f.timers), 0);
	timers_set_clock(f.timers, fake_clock, &f);
	f.shared = worker_shared_new((struct worker_shared_size){.listeners = 1}, &shared_fd);
	assert_non_null(f.shared);
	close(shared_fd);
	logpipe_open(f.ends[1], true, f.timers, f.shared);
	*state = &f;
	return 0;
}

static int
close_pipe(void **state)
{
	struct fixture *f = *state;

	logpipe_close(0);
	timers_free(f->timers);
	sd_event_unref(f->loop);
	worker_shared_free(f->shared, (struct worker_shared_size){.listeners = 1});
	buf_free(&f->relay.rest);
	close(f->ends[0]);
	close(f->ends[1]);
	return 0;
}

static void
write_lines(size_t n)
{
	for (size_t i = 0; i < n; i++)
		log_write(LOG_INFO, "%0*zu", (int)LINE_BYTES, i);
}

static void
pass_time(struct fixture *f, uint64_t ms)
{
	f->now_ms += ms;
	timers_run(f->timers);
}

/* All that is in the pipe; relay_log_records() would write it to this process's log. */
static struct caught
drain(struct fixture *f)
{
	struct log_field fields[LOG_MAX_FIELDS];
	struct log_record record;
	struct caught c = {0};
	size_t done = 0;
	ssize_t n;
	int used;

	while ((n = read(f->ends[0], buf_reserve(&f->relay.rest, 65536), 65536)) > 0)
		f->relay.rest.len += (size_t)n;
	while ((used = log_record_unpack(f->relay.rest.data + done, f->relay.rest.len - done,
					 &record, fields, LOG_MAX_FIELDS)) > 0) {
		done += (size_t)used;
		catch (&c, &record);
	}
	assert_int_equal(used, 0);
	buf_consume(&f->relay.rest, done);
	return c;
}

static void
test_one_line_is_written_after_50_ms(void **state)
{
	struct fixture *f = *state;
	char byte;

	write_lines(1);
	assert_int_equal(read(f->ends[0], &byte, 1), -1);
	pass_time(f, 49);
	assert_int_equal(read(f->ends[0], &byte, 1), -1);
	pass_time(f, 1);
	assert_int_equal(drain(f).n, 1);
}

static void
test_a_full_batch_is_written_at_once(void **state)
{
	struct fixture *f = *state;
	struct caught c;

	write_lines(200);
	c = drain(f);
	assert_true(c.n > 100 && c.n < 200);
}

static void
test_flush_writes_at_once(void **state)
{
	struct fixture *f = *state;
	struct caught c;

	write_lines(3);
	logpipe_flush();
	c = drain(f);
	assert_int_equal(c.n, 3);
	assert_int_equal(strlen(c.last), LINE_BYTES);
}

static void
test_fields_where_they_are_read(void **state)
{
	struct fixture *f = *state;
	struct log_field field = {"POLICY", "x"};
	struct log_record r = {.level = LOG_INFO, .text = "x", .fields = &field, .n_fields = 1};

	log_record(&r);
	logpipe_flush();
	assert_int_equal(drain(f).fields, 1);
	logpipe_close(0);
	logpipe_open(f->ends[1], false, f->timers, f->shared);
	log_record(&r);
	logpipe_flush();
	assert_int_equal(drain(f).fields, 0);
}

/* The pipe (64 KiB) and the buffer (256 KiB) hold about 3,000 lines. The others are lost and
 * counted; no line is cut. */
static void
test_pipe_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct caught c = {0};
	size_t got = 0;
	uint64_t lost;

	write_lines(10000);
	lost = counter_get(&f->shared->count[STAT_LOG_DROPPED]);
	assert_true(lost > 5000 && lost < 9000);
	for (unsigned i = 0; i < 20 && strstr(c.last, "lines lost") == NULL; i++) {
		c = drain(f);
		got += c.n;
		pass_time(f, 50);
	}
	assert_int_equal(got - 1, 10000 - lost);
	assert_int_equal(strtoul(c.last, NULL, 10), lost);
	assert_int_equal(counter_get(&f->shared->count[STAT_LOG_LINES]), 10001);
	assert_int_equal(counter_get(&f->shared->count[STAT_LOG_TOLD]), lost);
}

/* A record that arrives byte by byte, and bytes that are no record. */
static void
test_log_relay_of_pieces(void **state)
{
	struct fixture *f = *state;
	struct log_record r = {.level = LOG_INFO, .text = "whole"};
	struct caught c = {0};
	struct buf packed = {0};

	log_set_sink(catch, &c);
	log_record_pack(&packed, &r);
	for (size_t i = 0; i < packed.len; i++) {
		assert_int_equal(c.n, 0);
		assert_int_equal(write(f->ends[1], packed.data + i, 1), 1);
		assert_true(relay_log_records(f->ends[0], &f->relay));
	}
	assert_int_equal(c.n, 1);
	assert_string_equal(c.last, "whole");
	memset(packed.data, 0xff, packed.len);
	assert_int_equal(write(f->ends[1], packed.data, packed.len), (ssize_t)packed.len);
	assert_true(relay_log_records(f->ends[0], &f->relay));
	assert_non_null(strstr(c.last, "broken"));
	assert_int_equal(f->relay.rest.len, 0);
	buf_free(&packed);
}

/* The master reads until the worker has written its last line. */
static void *
read_slowly(void *ctx)
{
	struct fixture *f = ctx;
	size_t got = 0;

	while (got < 2000) {
		got += drain(f).n;
		(void)poll(NULL, 0, 1);
	}
	return NULL;
}

static void
test_last_lines_are_waited_for(void **state)
{
	struct fixture *f = *state;
	pthread_t reader;

	write_lines(2000); /* more than the pipe holds */
	assert_int_equal(counter_get(&f->shared->count[STAT_LOG_DROPPED]), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_slowly, f), 0);
	logpipe_close(60000);
	assert_int_equal(pthread_join(reader, NULL), 0);
	assert_int_equal(counter_get(&f->shared->count[STAT_LOG_LINES]), 2000);
	logpipe_open(f->ends[1], true, f->timers, f->shared);
}

static void
test_nobody_reads_the_last_lines(void **state)
{
	struct fixture *f = *state;

	write_lines(2000);
	logpipe_close(1);
	assert_true(drain(f).n < 2000);
	logpipe_open(f->ends[1], true, f->timers, f->shared);
}

static void
test_verdicts_have_counters(void **state)
{
	(void)state;
	assert_int_equal(verdict_count_of(NULL), VERDICT_COUNT_ABORTED);
	assert_int_equal(verdict_count_of("tempfail"), VERDICT_COUNT_TEMPFAIL);
	assert_int_equal(verdict_count_of("accept"), VERDICT_COUNT_ACCEPT);
	assert_int_equal(stat_of_verdict(VERDICT_COUNT_ABORTED), STAT_MESSAGES_ABORTED);
	assert_int_equal(stat_of_verdict(VERDICT_COUNT_CUT), STAT_MESSAGES_ABORTED);
	assert_int_equal(stat_of_verdict(VERDICT_COUNT_ACCEPT), STAT_MESSAGES_ACCEPT);
	assert_string_equal(stat_name(STAT_CLOSED_EOF), "closed_eof");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_line_is_written_after_50_ms, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(test_a_full_batch_is_written_at_once, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(test_flush_writes_at_once, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(test_fields_where_they_are_read, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(test_pipe_is_not_read, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(test_last_lines_are_waited_for, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(test_nobody_reads_the_last_lines, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(test_log_relay_of_pieces, open_pipe,
						close_pipe),
		cmocka_unit_test(test_verdicts_have_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
