/* Where log records go. Layer 0.
 *
 * Nothing here blocks. A process has one sink. Master and tools write to the journal, syslog
 * or standard error; a worker's sink packs records (record.h) into a buffer that its loop
 * hands to the master; tests catch records and compare. */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

#include "util/record.h"

/* A sink takes a record at once, or drops it and counts; it never blocks and never calls
 * log functions. */
typedef void log_sink_fn(void *ctx, const struct log_record *record);

enum log_target { LOG_TARGET_AUTO, LOG_TARGET_JOURNAL, LOG_TARGET_SYSLOG, LOG_TARGET_STDERR };

/* Opens the target (auto: as configuration.md says) with ident and facility mail, and makes
 * it the sink. 0 or a negative errno; the sink then stays what it was. Journal and syslog
 * sockets are non-blocking, keep a ring of 1,000 records while nobody reads, reconnect, and
 * say "n lines lost" afterwards. A socket without a reader counts as open. Standard error has
 * no ring; what it does not take when it is written is lost. */
int log_open(enum log_target target, const char *ident);
void log_set_sink(log_sink_fn *sink, void *ctx); /* NULL: standard error, plain */
void log_set_level(int level);			 /* records above it are not made; LOG_INFO */
bool log_wants(int level);

/* Drops what is pending: flush before at exit, and not in a fork. The sink is then standard
 * error, plain. */
void log_close(void);

/* Tries again what could not be written. The owner's loop calls it about once a second while
 * log_pending() is not 0. */
void log_flush(void);
size_t log_pending(void);

/* Does anybody read a record's fields there? Only the journal does. */
bool log_takes_fields(enum log_target target);

void log_write(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_record(const struct log_record *record);

/* The same for one of many in a row: it may wait for log_flush(), which writes them together.
 */
void log_queue(const struct log_record *record);

/* For tests: the parts of log_open(). What auto means for a process with this standard error;
 * and any target but auto at another path. */
enum log_target log_choose(int stderr_fd, const char *syslog_path);
int log_open_at(enum log_target target, const char *ident, const char *path);

#endif
