/* The sinks of a process.
 *
 * Journal and syslog: each record becomes a datagram in a ring, and the ring is sent with
 * sendmmsg(); what the socket does not take stays in the ring. Standard error: lines are
 * written together, in pieces that poll() guarantees not to block; what it does not take is
 * lost. */
#include "util/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"

#define LOST_BYTES    48u /* of "N lines lost" */
#define BATCH_RECORDS 64u /* in one system call */

/* When poll() reports a pipe as writable, a write of up to PIPE_BUF bytes does not block. */
#define LINE_MAX_BYTES PIPE_BUF

static const char journal_path[] = "/run/systemd/journal/socket";
static const char syslog_path[] = "/dev/log";

static log_sink_fn sink_stderr, sink_socket;

static struct {
	log_sink_fn *sink;
	void *ctx;
	int level;
	char ident[32];	 /* empty: the program's name */
	bool prefixed;	 /* standard error is a stream to the journal: "<level>text" */
	bool is_journal; /* the socket is the journal's; else syslog's */
	int fd;		 /* of the socket; -1 while nothing listens there */
	struct sockaddr_un peer;
	struct buf ring[LOG_RING_RECORDS]; /* datagrams; the oldest is at first */
	size_t first, n;
	struct buf lines; /* for standard error; at most LINE_MAX_BYTES between two calls */
	size_t n_lines;
	uint64_t lost;	   /* records that no line has reported */
	uint64_t all_lost; /* since the process began */
	uint64_t reported; /* those of lost that the first of the lines reports */
} logger = {.sink = sink_stderr, .level = LOG_INFO, .fd = -1};

static const char *
program_ident(void)
{
	return logger.ident[0] != '\0' ? logger.ident : program_invocation_short_name;
}

/* "3 lines lost". */
static void
format_lost(char text[static LOST_BYTES])
{
	(void)snprintf(text, LOST_BYTES, "%" PRIu64 " lines lost", logger.lost);
}

static bool
write_lines(size_t len)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		return false;
	return write(STDERR_FILENO, logger.lines.data, len) >= 0;
}

static void
count_lost(uint64_t n)
{
	logger.lost += n;
	logger.all_lost += n;
}

uint64_t
log_lost(void)
{
	return logger.all_lost;
}

/* Writes the first n lines, len bytes. */
static void
flush_stderr_lines(size_t n, size_t len)
{
	if (len == 0)
		return;
	if (write_lines(len))
		logger.lost -= logger.reported;
	else
		count_lost(n);
	logger.reported = 0;
	buf_consume(&logger.lines, len);
	logger.n_lines -= n;
}

bool
log_is_journal_stream(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char here[48];
	struct stat st;

	if (stream == NULL || fstat(fd, &st) < 0)
		return false;
	(void)snprintf(here, sizeof(here), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	return strcmp(stream, here) == 0;
}

/* Before the log is open, too: a start may fail then. */
static bool
has_level_prefix(void)
{
	return logger.ident[0] != '\0' ? logger.prefixed : log_is_journal_stream(STDERR_FILENO);
}

static void
queue_stderr_line(const struct log_record *r)
{
	const char *ident = has_level_prefix() ? NULL : program_ident();
	char text[LOST_BYTES];
	struct log_record lost = {.level = LOG_WARNING, .text = text};
	size_t before;

	if (logger.lines.len == 0 && logger.lost > 0) {
		format_lost(text);
		log_format_line(&logger.lines, &lost, ident, LINE_MAX_BYTES);
		logger.reported = logger.lost;
	}
	before = logger.lines.len;
	log_format_line(&logger.lines, r, ident, LINE_MAX_BYTES);
	logger.n_lines++;
	if (logger.lines.len > LINE_MAX_BYTES)
		flush_stderr_lines(logger.n_lines - 1, before);
}

static void
sink_stderr(void *ctx, const struct log_record *r)
{
	assert(ctx == NULL);
	queue_stderr_line(r);
	flush_stderr_lines(logger.n_lines, logger.lines.len);
}

static struct buf *
ring_datagram(size_t i)
{
	return &logger.ring[(logger.first + i) % LOG_RING_RECORDS];
}

static void
drop_from_ring(size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_free(ring_datagram(i));
	logger.first = (logger.first + n) % LOG_RING_RECORDS;
	logger.n -= n;
}

static bool
add_to_ring(const struct log_record *r)
{
	time_t now = time(NULL);
	struct tm when;

	if (logger.n == LOG_RING_RECORDS)
		return false;
	if (logger.is_journal)
		log_format_journal(ring_datagram(logger.n), r, program_ident());
	else
		log_format_syslog(ring_datagram(logger.n), r, program_ident(), getpid(),
				  localtime_r(&now, &when));
	logger.n++;
	return true;
}

/* A non-blocking socket, or a negative errno. */
static int
connect_log_socket(const struct sockaddr_un *peer)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)peer, sizeof(*peer)) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static void
close_log_socket(void)
{
	if (logger.fd >= 0)
		close(logger.fd);
	logger.fd = -1;
}

/* Sends the oldest datagrams of the ring. Returns whether it makes sense to go on now. */
static bool
send_ring_batch(void)
{
	struct mmsghdr msgs[BATCH_RECORDS] = {0};
	struct iovec parts[BATCH_RECORDS];
	unsigned n = logger.n < BATCH_RECORDS ? (unsigned)logger.n : BATCH_RECORDS;
	int sent;

	for (unsigned i = 0; i < n; i++) {
		parts[i] = (struct iovec){ring_datagram(i)->data, ring_datagram(i)->len};
		msgs[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	sent = sendmmsg(logger.fd, msgs, n, MSG_NOSIGNAL);
	if (sent >= 0) {
		drop_from_ring((size_t)sent);
		return true;
	}
	if (errno == EMSGSIZE) {
		drop_from_ring(1);
		count_lost(1);
		return true;
	}
	if (errno != EAGAIN && errno != ENOBUFS)
		close_log_socket(); /* log_flush() connects again */
	return false;
}

/* Adds a record about lost ones to the ring, if there are any; whether it did. */
static bool
add_lost_notice(void)
{
	char text[LOST_BYTES];
	struct log_record r = {.level = LOG_WARNING, .text = text};

	if (logger.lost == 0)
		return false;
	format_lost(text);
	logger.lost = 0;
	return add_to_ring(&r);
}

static void
send_ring(void)
{
	while (logger.fd >= 0 && logger.n > 0 && send_ring_batch())
		;
	if (logger.n == 0 && add_lost_notice() && logger.fd >= 0)
		(void)send_ring_batch();
}

static void
queue_datagram(const struct log_record *r)
{
	if (logger.n == LOG_RING_RECORDS)
		send_ring();
	if (!add_to_ring(r))
		count_lost(1);
}

static void
sink_socket(void *ctx, const struct log_record *r)
{
	assert(ctx == NULL);
	queue_datagram(r);
	send_ring();
}

enum log_target
log_choose_target(int stderr_fd, const char *path)
{
	if (log_is_journal_stream(stderr_fd))
		return LOG_TARGET_JOURNAL;
	if (isatty(stderr_fd) || access(path, F_OK) < 0)
		return LOG_TARGET_STDERR;
	return LOG_TARGET_SYSLOG;
}

int
log_open_at(enum log_target target, const char *name, const char *path)
{
	struct sockaddr_un peer = {.sun_family = AF_UNIX};
	uint64_t lost;
	int fd = -1;

	assert(target != LOG_TARGET_AUTO);
	if (target != LOG_TARGET_STDERR) {
		if (strlen(path) >= sizeof(peer.sun_path))
			return -ENAMETOOLONG;
		memcpy(peer.sun_path, path, strlen(path));
		fd = connect_log_socket(&peer);
		if (fd < 0 && fd != -ECONNREFUSED)
			return fd;
	}
	log_flush();
	count_lost(logger.n);
	lost = logger.lost;
	log_close();
	(void)snprintf(logger.ident, sizeof(logger.ident), "%s", name);
	logger.lost = lost;
	logger.peer = peer;
	logger.fd = fd < 0 ? -1 : fd;
	logger.is_journal = target == LOG_TARGET_JOURNAL;
	logger.prefixed = log_is_journal_stream(STDERR_FILENO);
	logger.sink = target == LOG_TARGET_STDERR ? sink_stderr : sink_socket;
	return 0;
}

enum log_target
log_resolve(enum log_target target)
{
	return target == LOG_TARGET_AUTO ? log_choose_target(STDERR_FILENO, syslog_path)
					 : target;
}

const char *
log_socket_path(enum log_target target)
{
	if (target == LOG_TARGET_JOURNAL)
		return journal_path;
	return target == LOG_TARGET_SYSLOG ? syslog_path : NULL;
}

int
log_open(enum log_target target, const char *name)
{
	target = log_resolve(target);
	return log_open_at(target, name, log_socket_path(target));
}

int
log_try(enum log_target target)
{
	struct sockaddr_un peer = {.sun_family = AF_UNIX};
	const char *path = log_socket_path(log_resolve(target));
	int fd;

	if (path == NULL)
		return 0;
	memcpy(peer.sun_path, path, strlen(path));
	fd = connect_log_socket(&peer);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -ECONNREFUSED ? 0 : fd;
}

void
log_set_sink(log_sink_fn *sink, void *ctx)
{
	logger.sink = sink != NULL ? sink : sink_stderr;
	logger.ctx = sink != NULL ? ctx : NULL;
	logger.prefixed = false;
}

void
log_set_level(int level)
{
	logger.level = level;
}

bool
log_is_enabled(int level)
{
	return level <= logger.level;
}

void
log_close(void)
{
	close_log_socket();
	drop_from_ring(logger.n);
	buf_free(&logger.lines);
	logger.n_lines = 0;
	logger.first = 0;
	logger.lost = logger.reported = 0;
	logger.ident[0] = '\0';
	log_set_sink(NULL, NULL);
}

void
log_flush(void)
{
	int fd;

	flush_stderr_lines(logger.n_lines, logger.lines.len);
	if (logger.sink != sink_socket)
		return;
	if (logger.fd < 0) {
		fd = connect_log_socket(&logger.peer);
		logger.fd = fd < 0 ? -1 : fd;
	}
	send_ring();
}

size_t
log_pending(void)
{
	return logger.n;
}

int
log_socket(void)
{
	return logger.fd;
}

bool
log_wait(unsigned limit_ms)
{
	struct pollfd p = {.fd = logger.fd, .events = POLLOUT};
	size_t before = logger.n;

	(void)poll(&p, 1, (int)limit_ms);
	log_flush();
	return logger.n < before;
}

void
log_record(const struct log_record *record)
{
	if (log_is_enabled(record->level))
		logger.sink(logger.ctx, record);
}

void
log_queue(const struct log_record *record)
{
	if (!log_is_enabled(record->level))
		return;
	if (logger.sink == sink_socket)
		queue_datagram(record);
	else if (logger.sink == sink_stderr)
		queue_stderr_line(record);
	else
		logger.sink(logger.ctx, record);
}

bool
log_target_has_fields(enum log_target target)
{
	return log_resolve(target) == LOG_TARGET_JOURNAL;
}

void
log_write(int level, const char *fmt, ...)
{
	char text[LOG_TEXT_MAX_BYTES + 2];
	struct log_record r = {.level = level, .text = text};
	va_list ap;
	int n;

	if (!log_is_enabled(level))
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	text[log_cut_length(text, strlen(text), LOG_TEXT_MAX_BYTES)] = '\0';
	log_record(&r);
}
