/* The sinks of a process: one datagram socket with a ring before it, or standard error. */
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

#define LOST_BYTES    48u /* "n lines lost" */
#define RING_RECORDS  1000u
#define BATCH_RECORDS 64u

/* poll() promises room for so much in a pipe, so that the write after it does not block. */
#define LINE_MAX_BYTES PIPE_BUF

static const char journal_path[] = "/run/systemd/journal/socket";
static const char syslog_path[] = "/dev/log";

static log_sink_fn sink_stderr, sink_socket;

static struct {
	log_sink_fn *sink;
	void *ctx;
	int level;
	char ident[32];	 /* empty: the program's name */
	bool prefixed;	 /* standard error goes to the journal */
	bool is_journal; /* the socket does; else to syslog */
	int fd;		 /* -1 while nobody listens */
	struct sockaddr_un peer;
	struct buf ring[RING_RECORDS]; /* datagrams, oldest at first */
	size_t first, n;
	struct buf lines; /* for standard error; at most LINE_MAX_BYTES between two calls */
	size_t n_lines;
	uint64_t told; /* of lost: the first of the lines says so */
	uint64_t lost;
} the = {.sink = sink_stderr, .level = LOG_INFO, .fd = -1};

static const char *
ident(void)
{
	return the.ident[0] != '\0' ? the.ident : program_invocation_short_name;
}

/* "3 lines lost" */
static void
count_lost(char text[static LOST_BYTES])
{
	(void)snprintf(text, LOST_BYTES, "%" PRIu64 " lines lost", the.lost);
}

static bool
write_stderr(size_t len)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		return false;
	return write(STDERR_FILENO, the.lines.data, len) >= 0;
}

/* The first n lines, len bytes, and what was lost before them. */
static void
flush_lines(size_t n, size_t len)
{
	if (len == 0)
		return;
	if (write_stderr(len))
		the.lost -= the.told;
	else
		the.lost += n;
	the.told = 0;
	buf_consume(&the.lines, len);
	the.n_lines -= n;
}

static void
queue_line(const struct log_record *r)
{
	const char *who = the.prefixed ? NULL : ident();
	char text[LOST_BYTES];
	struct log_record lost = {.level = LOG_WARNING, .text = text};
	size_t before;

	if (the.lines.len == 0 && the.lost > 0) {
		count_lost(text);
		log_format_line(&the.lines, &lost, who, LINE_MAX_BYTES);
		the.told = the.lost;
	}
	before = the.lines.len;
	log_format_line(&the.lines, r, who, LINE_MAX_BYTES);
	the.n_lines++;
	if (the.lines.len > LINE_MAX_BYTES)
		flush_lines(the.n_lines - 1, before);
}

static void
sink_stderr(void *ctx, const struct log_record *r)
{
	assert(ctx == NULL);
	queue_line(r);
	flush_lines(the.n_lines, the.lines.len);
}

static struct buf *
ring_at(size_t i)
{
	return &the.ring[(the.first + i) % RING_RECORDS];
}

static void
ring_pop(size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_free(ring_at(i));
	the.first = (the.first + n) % RING_RECORDS;
	the.n -= n;
}

static bool
put_ring(const struct log_record *r)
{
	time_t now = time(NULL);
	struct tm when;

	if (the.n == RING_RECORDS)
		return false;
	if (the.is_journal)
		log_format_journal(ring_at(the.n), r, ident());
	else
		log_format_syslog(ring_at(the.n), r, ident(), getpid(),
				  localtime_r(&now, &when));
	the.n++;
	return true;
}

/* A non-blocking socket, or a negative errno. */
static int
connect_to(const struct sockaddr_un *peer)
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
disconnect(void)
{
	if (the.fd >= 0)
		close(the.fd);
	the.fd = -1;
}

/* Sends the oldest of the ring; whether another try makes sense now. */
static bool
send_some(void)
{
	struct mmsghdr msgs[BATCH_RECORDS] = {0};
	struct iovec parts[BATCH_RECORDS];
	unsigned n = the.n < BATCH_RECORDS ? (unsigned)the.n : BATCH_RECORDS;
	int sent;

	for (unsigned i = 0; i < n; i++) {
		parts[i] = (struct iovec){ring_at(i)->data, ring_at(i)->len};
		msgs[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	sent = sendmmsg(the.fd, msgs, n, MSG_NOSIGNAL);
	if (sent >= 0) {
		ring_pop((size_t)sent);
		return true;
	}
	if (errno == EMSGSIZE) {
		ring_pop(1);
		the.lost++;
		return true;
	}
	if (errno != EAGAIN && errno != ENOBUFS)
		disconnect(); /* log_flush() connects again */
	return false;
}

/* Whether something was lost, which is told now. */
static bool
tell_lost(void)
{
	char text[LOST_BYTES];
	struct log_record r = {.level = LOG_WARNING, .text = text};

	if (the.lost == 0)
		return false;
	count_lost(text);
	the.lost = 0;
	return put_ring(&r);
}

static void
drain(void)
{
	while (the.fd >= 0 && the.n > 0 && send_some())
		;
	if (the.n == 0 && tell_lost() && the.fd >= 0)
		(void)send_some();
}

static void
queue(const struct log_record *r)
{
	if (the.n == RING_RECORDS)
		drain();
	if (!put_ring(r))
		the.lost++;
}

static void
sink_socket(void *ctx, const struct log_record *r)
{
	assert(ctx == NULL);
	queue(r);
	drain();
}

/* Whether systemd made this descriptor for the journal: "device:inode" is in our environment.
 */
static bool
is_journal_stream(int fd)
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

enum log_target
log_choose(int stderr_fd, const char *path)
{
	if (is_journal_stream(stderr_fd))
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
		fd = connect_to(&peer);
		if (fd < 0 && fd != -ECONNREFUSED)
			return fd;
	}
	log_flush();
	lost = the.lost + the.n;
	log_close();
	(void)snprintf(the.ident, sizeof(the.ident), "%s", name);
	the.lost = lost;
	the.peer = peer;
	the.fd = fd < 0 ? -1 : fd;
	the.is_journal = target == LOG_TARGET_JOURNAL;
	the.prefixed = is_journal_stream(STDERR_FILENO);
	the.sink = target == LOG_TARGET_STDERR ? sink_stderr : sink_socket;
	return 0;
}

/* What auto means for us. */
static enum log_target
resolve(enum log_target target)
{
	return target == LOG_TARGET_AUTO ? log_choose(STDERR_FILENO, syslog_path) : target;
}

int
log_open(enum log_target target, const char *name)
{
	target = resolve(target);
	return log_open_at(target, name,
			   target == LOG_TARGET_JOURNAL ? journal_path : syslog_path);
}

void
log_set_sink(log_sink_fn *sink, void *ctx)
{
	the.sink = sink != NULL ? sink : sink_stderr;
	the.ctx = sink != NULL ? ctx : NULL;
	the.prefixed = false;
}

void
log_set_level(int level)
{
	the.level = level;
}

bool
log_wants(int level)
{
	return level <= the.level;
}

void
log_close(void)
{
	disconnect();
	ring_pop(the.n);
	buf_free(&the.lines);
	the.n_lines = 0;
	the.first = 0;
	the.lost = the.told = 0;
	the.ident[0] = '\0';
	log_set_sink(NULL, NULL);
}

void
log_flush(void)
{
	int fd;

	flush_lines(the.n_lines, the.lines.len);
	if (the.sink != sink_socket)
		return;
	if (the.fd < 0) {
		fd = connect_to(&the.peer);
		the.fd = fd < 0 ? -1 : fd;
	}
	drain();
}

size_t
log_pending(void)
{
	return the.n;
}

void
log_record(const struct log_record *record)
{
	if (log_wants(record->level))
		the.sink(the.ctx, record);
}

void
log_queue(const struct log_record *record)
{
	if (!log_wants(record->level))
		return;
	if (the.sink == sink_socket)
		queue(record);
	else if (the.sink == sink_stderr)
		queue_line(record);
	else
		the.sink(the.ctx, record);
}

bool
log_takes_fields(enum log_target target)
{
	return resolve(target) == LOG_TARGET_JOURNAL;
}

void
log_write(int level, const char *fmt, ...)
{
	char text[LOG_TEXT_MAX_BYTES + 2];
	struct log_record r = {.level = level, .text = text};
	va_list ap;
	int n;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	text[log_cut(text, strlen(text), LOG_TEXT_MAX_BYTES)] = '\0';
	log_record(&r);
}
