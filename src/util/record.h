/* A log record and its forms: for the journal, for syslog, for a terminal, and packed for the
 * way from a worker to the master. Pure. Layer 0. */
#ifndef UTIL_RECORD_H
#define UTIL_RECORD_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct buf;

#define LOG_TEXT_MAX_BYTES 8192u /* of a record's text, longer is cut */
#define LOG_RECORD_MAX_BYTES                                                                   \
	16384u		   /* of a packed record; fields that do not fit are left out */
#define LOG_MAX_FIELDS 32u /* of one record, likewise */

/* What a record may carry beside its text; the journal gets them as POLYMILTER_<name>.
 * Values are untrusted bytes; NULL is left out. */
struct log_field {
	const char *name; /* "QUEUE_ID", "POLICY", ...: capitals, digits, underscores */
	const char *value;
};

struct log_record {
	int level;	  /* LOG_EMERG to LOG_DEBUG of syslog(3) */
	const char *text; /* one line, already printable */
	const struct log_field *fields;
	size_t n_fields;
};

/* Each appends one datagram or line. Control characters that should not be in a text become
 * '?', but in the journal's form, which keeps every byte. */
void log_format_journal(struct buf *b, const struct log_record *r, const char *ident);
void log_format_syslog(struct buf *b, const struct log_record *r, const char *ident, pid_t pid,
		       const struct tm *when);
/* At most max bytes, with the newline; ident NULL: "<level>text", as systemd reads it. */
void log_format_line(struct buf *b, const struct log_record *r, const char *ident, size_t max);

void log_record_pack(struct buf *b, const struct log_record *r);

/* Takes one record from the front of data; its strings and fields (room for max_fields) point
 * into data and fields. Bytes consumed, 0: not all of it is there yet, -EBADMSG. Nothing in
 * data is trusted. */
int log_record_unpack(const void *data, size_t len, struct log_record *ret,
		      struct log_field *fields, size_t max_fields);

/* The longest length up to max at which s (of len bytes) may be cut without splitting a
 * UTF-8 character. */
size_t log_cut(const char *s, size_t len, size_t max);

#endif
