/* Unit tests of util/log: sinks, with a socket or a pipe in place of the system's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/log.h"

static char dir[] = "/tmp/polymilter-log-XXXXXX";
static char path[sizeof(dir) + 8];

static int
group_setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int
teardown(void **state)
{
	(void)state;
	log_close();
	log_set_level(LOG_INFO);
	unlink(path);
	return 0;
}

/* The reader of the log. */
static int
listen_at_path(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	memcpy(sun.sun_path, path, sizeof(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

/* The text of the next line, behind "ident[pid]: "; NULL when there is none. */
static const char *
next_line(int fd)
{
	static char line[20000];
	ssize_t n = recv(fd, line, sizeof(line) - 1, 0);
	const char *text;

	if (n < 0)
		return NULL;
	line[n] = '\0';
	text = strstr(line, "]: ");
	return text != NULL ? text + 3 : line;
}

static void
catch_record(void *ctx, const struct log_record *r)
{
	buf_printf(ctx, "%d %s|", r->level, r->text);
}

static void
test_levels_and_sink(void **state)
{
	struct buf seen = {0};
	struct log_record r = {.level = LOG_DEBUG, .text = "record"};

	(void)state;
	log_set_sink(catch_record, &seen);
	assert_true(log_is_enabled(LOG_INFO));
	assert_false(log_is_enabled(LOG_DEBUG));
	log_write(LOG_INFO, "%s %d", "one", 1);
	log_write(LOG_DEBUG, "two");
	log_record(&r);
	log_queue(&r);
	log_set_level(LOG_DEBUG);
	log_record(&r);
	log_queue(&r);
	log_set_level(LOG_ERR);
	log_write(LOG_WARNING, "three");
	log_write(LOG_ERR, "%s", "%n");
	assert_string_equal(buf_string(&seen), "6 one 1|7 record|7 record|3 %n|");
	buf_free(&seen);
}

static void
test_long_text_is_cut(void **state)
{
	char *text = calloc(1, 40001);
	struct buf seen = {0};

	(void)state;
	assert_non_null(text);
	for (size_t i = 1; i < 39999; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[0] = 'x';
	log_set_sink(catch_record, &seen);
	log_write(LOG_INFO, "%s", text);
	assert_int_equal(seen.len, 2 + LOG_TEXT_MAX_BYTES - 1 + 1);
	assert_memory_equal(seen.data + seen.len - 3, "\xc3\xa9|", 3);
	free(text);
	buf_free(&seen);
}

static void
test_syslog(void **state)
{
	char line[200], expected[100];
	ssize_t n;
	int fd = listen_at_path();

	(void)state;
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", path), 0);
	log_write(LOG_NOTICE, "started");
	n = recv(fd, line, sizeof(line) - 1, 0);
	assert_true(n > 0);
	line[n] = '\0';
	(void)snprintf(expected, sizeof(expected), " pm[%ld]: started", (long)getpid());
	assert_memory_equal(line, "<21>", 4);
	assert_int_equal(strlen(line), 4 + 15 + strlen(expected));
	assert_string_equal(line + 4 + 15, expected);
	close(fd);
}

static void
test_journal(void **state)
{
	int fd = listen_at_path();

	(void)state;
	assert_int_equal(log_open_at(LOG_TARGET_JOURNAL, "pm", path), 0);
	log_write(LOG_ERR, "broken");
	assert_string_equal(next_line(fd),
			    "PRIORITY=3\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=pm\nMESSAGE\n\6");
	close(fd);
}

static void
test_open_fails_and_changes_nothing(void **state)
{
	char too_long[200];
	struct buf seen = {0};

	(void)state;
	memset(too_long, 'x', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	log_set_sink(catch_record, &seen);
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", path), -ENOENT);
	assert_int_equal(log_open_at(LOG_TARGET_JOURNAL, "pm", too_long), -ENAMETOOLONG);
	log_write(LOG_INFO, "here");
	assert_string_equal(buf_string(&seen), "6 here|");
	buf_free(&seen);
}

/* Writes lines 0 to n - 1 while there is no reader; returns how many are pending then. */
static size_t
write_lines(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		log_write(LOG_INFO, "line %u", i);
	return log_pending();
}

static void
assert_lines(int fd, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char expected[32];
		const char *line = next_line(fd);

		if (line == NULL) {
			log_flush();
			line = next_line(fd);
		}
		(void)snprintf(expected, sizeof(expected), "line %u", i);
		assert_non_null(line);
		assert_string_equal(line, expected);
	}
}

static void
test_ring_keeps_order(void **state)
{
	int fd = listen_at_path();
	size_t pending;

	(void)state;
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", path), 0);
	pending = write_lines(900);
	assert_in_range(pending, 1, 900);
	assert_lines(fd, 0, 10); /* makes room; new lines come after those of the ring */
	log_write(LOG_INFO, "line 900");
	assert_lines(fd, 10, 901);
	assert_null(next_line(fd));
	assert_int_equal(log_pending(), 0);
	close(fd);
}

static void
test_full_ring_counts(void **state)
{
	int fd = listen_at_path();
	char expected[32];
	const char *line;
	unsigned taken;

	(void)state;
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", path), 0);
	for (taken = 0; write_lines(1) == 0; taken++)
		assert_true(taken < 5000);
	while (log_pending() < 1000)
		log_write(LOG_INFO, "more");
	write_lines(7);
	assert_int_equal(log_pending(), 1000);
	for (unsigned i = 0; i < taken + 1000; i++) {
		line = next_line(fd);
		if (line == NULL) {
			log_flush();
			line = next_line(fd);
		}
		assert_non_null(line);
		assert_null(strstr(line, "lost"));
	}
	log_flush();
	(void)snprintf(expected, sizeof(expected), "7 lines lost");
	line = next_line(fd);
	assert_non_null(line);
	assert_string_equal(line, expected);
	log_flush();
	assert_null(next_line(fd)); /* reported once */
	close(fd);
}

static void
test_reconnects(void **state)
{
	int fd = listen_at_path();

	(void)state;
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", path), 0);
	close(fd);
	assert_int_equal(write_lines(3), 3);
	log_flush();
	assert_int_equal(log_pending(), 3);
	unlink(path);
	log_flush();
	assert_int_equal(log_pending(), 3);
	fd = listen_at_path();
	log_flush();
	assert_int_equal(log_pending(), 0);
	assert_lines(fd, 0, 3);
	close(fd);
}

static void
test_open_without_reader(void **state)
{
	int fd = listen_at_path();

	(void)state;
	close(fd);
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", path), 0);
	assert_int_equal(write_lines(2), 2);
	unlink(path);
	fd = listen_at_path();
	log_flush();
	assert_lines(fd, 0, 2);
	close(fd);
}

static void
test_queue_waits_for_flush(void **state)
{
	int fd = listen_at_path();
	struct log_record r = {.level = LOG_INFO, .text = "line 0"};

	(void)state;
	assert_int_equal(log_open_at(LOG_TARGET_SYSLOG, "pm", path), 0);
	log_queue(&r);
	r.text = "line 1";
	log_queue(&r);
	assert_null(next_line(fd));
	assert_int_equal(log_pending(), 2);
	log_flush();
	assert_lines(fd, 0, 2);
	close(fd);
}

static void
test_a_too_large_record_does_not_block_others(void **state)
{
	int fd = listen_at_path();
	size_t size = 4u << 20;
	char *value = calloc(1, size);
	struct log_field f = {"BIG", value};
	struct log_record r = {.level = LOG_INFO, .text = "big", .fields = &f, .n_fields = 1};

	(void)state;
	assert_non_null(value);
	memset(value, 'x', size - 1);
	assert_int_equal(log_open_at(LOG_TARGET_JOURNAL, "pm", path), 0);
	log_record(&r);
	assert_int_equal(log_pending(), 0);
	assert_non_null(next_line(fd)); /* "1 lines lost" */
	assert_null(next_line(fd));
	log_write(LOG_INFO, "small");
	assert_non_null(next_line(fd));
	free(value);
	close(fd);
}

/* Standard error is a pipe in the tests that follow. */
struct stderr_pipe {
	int saved, in;
};

static struct stderr_pipe
stderr_replace(void)
{
	struct stderr_pipe s;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	s.saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	s.in = fds[0];
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
	return s;
}

static void
stderr_restore(struct stderr_pipe *s)
{
	log_close();
	assert_int_equal(dup2(s->saved, STDERR_FILENO), STDERR_FILENO);
	close(s->saved);
	close(s->in);
}

static size_t
stderr_read(struct stderr_pipe *s, char *text, size_t size)
{
	ssize_t n = read(s->in, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

static void
test_stderr_plain(void **state)
{
	struct stderr_pipe s = stderr_replace();
	char text[8000], *big = calloc(1, 8001);
	size_t n;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 8000);
	unsetenv("JOURNAL_STREAM");
	log_write(LOG_INFO, "before open");
	assert_int_equal(log_open(LOG_TARGET_STDERR, "pm"), 0);
	log_write(LOG_ERR, "x\ny");
	n = stderr_read(&s, text, sizeof(text));
	log_write(LOG_INFO, "%s", big);
	assert_int_equal(stderr_read(&s, text + n, sizeof(text) - n), 4096);
	stderr_restore(&s);
	text[n] = '\0';
	assert_non_null(strstr(text, "test_log: before open\npm: x?y\n"));
	free(big);
}

/* Sets the environment that systemd sets when standard error goes to the journal. */
static void
set_journal_stream(void)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
}

static void
test_stderr_of_the_journal(void **state)
{
	struct stderr_pipe s = stderr_replace();
	char text[200];
	enum log_target chosen;

	(void)state;
	set_journal_stream();
	log_write(LOG_ERR, "before open");
	chosen = log_choose_target(STDERR_FILENO, path);
	assert_int_equal(log_open(LOG_TARGET_STDERR, "pm"), 0);
	log_write(LOG_NOTICE, "hello");
	stderr_read(&s, text, sizeof(text));
	stderr_restore(&s);
	assert_string_equal(text, "<3>before open\n<5>hello\n");
	assert_int_equal(chosen, LOG_TARGET_JOURNAL);
	unsetenv("JOURNAL_STREAM");
}

static void
test_stderr_never_blocks(void **state)
{
	struct stderr_pipe s = stderr_replace();
	char *text = calloc(1, 1 << 20), *line = calloc(1, 3001);
	size_t n;

	(void)state;
	assert_non_null(text);
	assert_non_null(line);
	memset(line, 'x', 3000);
	assert_int_equal(log_open(LOG_TARGET_STDERR, "pm"), 0);
	for (int i = 0; i < 100; i++) /* 300 KB into a pipe of 64 */
		log_write(LOG_INFO, "%s", line);
	n = stderr_read(&s, text, 1 << 20);
	log_write(LOG_INFO, "after");
	stderr_read(&s, text + n, (1 << 20) - n);
	stderr_restore(&s);
	assert_in_range(n, 4096, 1 << 16);
	assert_int_equal(n % (4 + 3000 + 1), 0); /* whole lines only */
	n = 100 - n / 3005;
	(void)snprintf(line, 3000, "pm: %zu lines lost\npm: after\n", n);
	assert_non_null(strstr(text, line));
	free(text);
	free(line);
}

/* One write takes as many whole lines as a pipe is sure to take. */
static void
test_stderr_in_batches(void **state)
{
	struct stderr_pipe s = stderr_replace();
	char text[8000], line[1001];
	struct log_record r = {.level = LOG_INFO, .text = line};

	(void)state;
	memset(line, 'x', 1000);
	line[1000] = '\0';
	assert_int_equal(log_open(LOG_TARGET_STDERR, "pm"), 0);
	for (int i = 0; i < 4; i++)
		log_queue(&r);
	assert_int_equal(stderr_read(&s, text, sizeof(text)), 0);
	log_queue(&r);
	assert_int_equal(stderr_read(&s, text, sizeof(text)), 4 * (4 + 1000 + 1));
	log_flush();
	log_flush();
	assert_int_equal(stderr_read(&s, text, sizeof(text)), 4 + 1000 + 1);
	log_queue(&r);
	log_write(LOG_INFO, "now");
	assert_int_equal(stderr_read(&s, text, sizeof(text)), 4 + 1000 + 1 + 8);
	stderr_restore(&s);
}

/* A batch that is lost is reported although another line follows it. */
static void
test_lost_batch_is_reported(void **state)
{
	struct stderr_pipe s = stderr_replace();
	int size = fcntl(STDERR_FILENO, F_GETPIPE_SZ);
	char *text = calloc(1, (size_t)size + 1), line[1001];
	struct log_record r = {.level = LOG_INFO, .text = line};

	(void)state;
	assert_non_null(text);
	memset(line, 'x', 1000);
	line[1000] = '\0';
	assert_int_equal(log_open(LOG_TARGET_STDERR, "pm"), 0);
	assert_int_equal(write(STDERR_FILENO, text, (size_t)size), size);
	for (int i = 0; i < 5; i++)
		log_queue(&r);
	assert_int_equal(stderr_read(&s, text, (size_t)size + 1), size);
	log_flush();
	assert_int_equal(stderr_read(&s, text, (size_t)size), 4 + 1000 + 1);
	log_write(LOG_INFO, "after");
	log_write(LOG_INFO, "once");
	stderr_read(&s, text, (size_t)size);
	stderr_restore(&s);
	assert_string_equal(text, "pm: 4 lines lost\npm: after\npm: once\n");
	free(text);
}

static void
test_fields_only_for_the_journal(void **state)
{
	struct stderr_pipe s = stderr_replace();
	bool here, elsewhere;

	(void)state;
	assert_true(log_target_has_fields(LOG_TARGET_JOURNAL));
	assert_false(log_target_has_fields(LOG_TARGET_SYSLOG));
	assert_false(log_target_has_fields(LOG_TARGET_STDERR));
	set_journal_stream();
	here = log_target_has_fields(LOG_TARGET_AUTO);
	unsetenv("JOURNAL_STREAM");
	elsewhere = log_target_has_fields(LOG_TARGET_AUTO);
	stderr_restore(&s);
	assert_true(here);
	assert_false(elsewhere);
}

static void
test_stderr_without_reader(void **state)
{
	struct stderr_pipe s = stderr_replace();

	(void)state;
	close(s.in);
	s.in = -1;
	log_write(LOG_INFO, "nobody"); /* no SIGPIPE */
	stderr_restore(&s);
}

static void
test_choose_target(void **state)
{
	int fds[2];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(log_choose_target(fds[1], path), LOG_TARGET_STDERR);
	assert_int_equal(log_choose_target(fds[1], dir), LOG_TARGET_SYSLOG);
	setenv("JOURNAL_STREAM", "1:1", 1); /* inherited, but not this descriptor */
	assert_int_equal(log_choose_target(fds[1], dir), LOG_TARGET_SYSLOG);
	unsetenv("JOURNAL_STREAM");
	close(fds[0]);
	close(fds[1]);
	fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fds[0] < 0)
		skip();
	assert_int_equal(log_choose_target(fds[0], dir), LOG_TARGET_STDERR);
	close(fds[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_levels_and_sink, teardown),
		cmocka_unit_test_teardown(test_long_text_is_cut, teardown),
		cmocka_unit_test_teardown(test_syslog, teardown),
		cmocka_unit_test_teardown(test_journal, teardown),
		cmocka_unit_test_teardown(test_open_fails_and_changes_nothing, teardown),
		cmocka_unit_test_teardown(test_ring_keeps_order, teardown),
		cmocka_unit_test_teardown(test_full_ring_counts, teardown),
		cmocka_unit_test_teardown(test_reconnects, teardown),
		cmocka_unit_test_teardown(test_open_without_reader, teardown),
		cmocka_unit_test_teardown(test_queue_waits_for_flush, teardown),
		cmocka_unit_test_teardown(test_a_too_large_record_does_not_block_others,
					  teardown),
		cmocka_unit_test_teardown(test_stderr_plain, teardown),
		cmocka_unit_test_teardown(test_stderr_of_the_journal, teardown),
		cmocka_unit_test_teardown(test_stderr_never_blocks, teardown),
		cmocka_unit_test_teardown(test_stderr_in_batches, teardown),
		cmocka_unit_test_teardown(test_lost_batch_is_reported, teardown),
		cmocka_unit_test_teardown(test_fields_only_for_the_journal, teardown),
		cmocka_unit_test_teardown(test_stderr_without_reader, teardown),
		cmocka_unit_test_teardown(test_choose_target, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
