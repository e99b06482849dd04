/* Log records: level, text, fields; and where they go. Layer 0.
 *
 * Nothing here blocks. A process has one sink. Master and tools write to the journal, syslog
 * or standard error; a worker's sink is a buffer that its loop hands to the master; tests
 * catch records and compare. Levels are syslog(3)'s: LOG_ERR to LOG_DEBUG. */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

/* What a record may carry beside its text; the journal gets them as POLYMILTER_<name>.
 * Values are untrusted bytes; NULL is left out. */
struct log_field {
	const char *name; /* "QUEUE_ID", "POLICY", ...: capitals, digits, underscores */
	const char *value;
};

struct log_record {
	int level;
	const char *text; /* one line, already printable */
	const struct log_field *fields;
	size_t n_fields;
};

/* A sink takes a record at once, or drops it and counts; it never blocks and never calls
 * log functions. */
typedef void log_sink_fn(void *ctx, const struct log_record *record);

enum log_target { LOG_TARGET_AUTO, LOG_TARGET_JOURNAL, LOG_TARGET_SYSLOG, LOG_TARGET_STDERR };

/* Opens the target (auto: as configuration.md says) with ident and facility mail, and makes
 * it the sink. 0 or a negative errno; the sink then stays what it was. Journal and syslog
 * sockets are non-blocking, keep a ring of 1,000 records while nobody reads, reconnect, and
 * say "n lines lost" afterwards. */
int log_open(enum log_target target, const char *ident);
void log_set_sink(log_sink_fn *sink, void *ctx); /* NULL: standard error, plain */
void log_set_level(int level);			 /* records above it are not made */
bool log_wants(int level);
void log_close(void);

/* Tries again what could not be written. The owner's loop calls it about once a second while
 * log_pending() is not 0. */
void log_flush(void);
size_t log_pending(void);

void log_write(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_record(const struct log_record *record);

#endif
