/* Where log records go.
 *
 * A process has one sink, and no sink blocks. The master and the tools write to the journal, to
 * syslog or to standard error; the sink of a worker packs records (record.h) into a buffer that
 * its loop sends to the master; a test has a sink that compares. */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <syslog.h>

#include "util/record.h"

#define LOG_RING_RECORDS 1000u /* that are kept while they cannot be sent */

/* Takes a record at once, or drops and counts it. Must not block and must not log. */
typedef void log_sink_fn(void *ctx, const struct log_record *record);

enum log_target { LOG_TARGET_AUTO, LOG_TARGET_JOURNAL, LOG_TARGET_SYSLOG, LOG_TARGET_STDERR };

/* Opens a target, with an identifier and facility mail, and makes it the sink. AUTO is the
 * journal when standard error is connected to it, standard error when that is a terminal or
 * there is no syslog socket, else syslog. 0; or a negative errno, and the sink stays what it
 * was.
 *
 * The sockets of journal and syslog are non-blocking. While their reader does not read, or is
 * not there (which is no error here), up to 1,000 records are kept; then records are lost, and
 * "N lines lost" is logged afterwards. Standard error keeps nothing. */
int log_open(enum log_target target, const char *ident);
/* Whether log_open() would succeed now: 0, or a negative errno. */
int log_try(enum log_target target);
/* What AUTO is for this process; each other target is itself. */
enum log_target log_resolve(enum log_target target);
/* The path of its socket; NULL: STDERR, or AUTO. */
const char *log_socket_path(enum log_target target);
void log_set_sink(log_sink_fn *sink, void *ctx); /* NULL: standard error */
/* Records with a level above this one are dropped. LOG_INFO at first. */
void log_set_level(int level);
bool log_is_enabled(int level);

/* Closes the target and drops pending records: at exit call log_flush() before, in a forked
 * process do not. The sink is standard error then. */
void log_close(void);

/* Tries again to send what is pending, and to connect. While log_pending(), the number of
 * pending records, is not 0 the owner's loop calls it about once a second, and when the socket
 * is writable. */
void log_flush(void);
size_t log_pending(void);
/* The socket; -1 while nothing listens there, and for standard error. The next call of another
 * function here may close it. */
int log_socket(void);
/* Waits until something that is pending can be sent, at most limit_ms, and then does as
 * log_flush(). Whether anything was sent. */
bool log_wait(unsigned limit_ms);
uint64_t log_lost(void); /* records, since the process began */

/* Whether the fields of records are of use there: only the journal has them. */
bool log_target_has_fields(enum log_target target);

void log_write(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_record(const struct log_record *record);

/* Like log_record(), for one of many records in a row: it may be kept until log_flush(), which
 * sends them together. */
void log_queue(const struct log_record *record);

/* Whether systemd has connected this descriptor to the journal, which takes a line's level from
 * "<3>" before it: its "device:inode" is in the environment then (systemd.exec(5)). */
bool log_is_journal_stream(int fd);

/* The parts of log_open(), for tests: what AUTO is for a process with this standard error and
 * this path of the syslog socket; and any target but AUTO, with the path of its socket. */
enum log_target log_choose_target(int stderr_fd, const char *syslog_path);
int log_open_at(enum log_target target, const char *ident, const char *path);

#endif
