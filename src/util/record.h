/* A log record, and its forms: a datagram for the journal, one for syslog, a line for standard
 * error, and a packed one for the way from a worker to the master. Pure; log.h sends them. */
#ifndef UTIL_RECORD_H
#define UTIL_RECORD_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct buf;

#define LOG_TEXT_MAX_BYTES 8192u /* of a record's text; the rest is cut */
#define LOG_RECORD_MAX_BYTES                                                                   \
	16384u		   /* of a packed record; fields that do not fit are left out */
#define LOG_MAX_FIELDS 32u /* of one record, likewise */

/* A value beside the text, for the journal: POLYMILTER_NAME=value. */
struct log_field {
	const char *name;  /* "QUEUE_ID", "POLICY", ...: capitals, digits, underscores */
	const char *value; /* untrusted bytes; NULL: the field is left out */
};

struct log_record {
	int level;	  /* LOG_EMERG to LOG_DEBUG, as in syslog(3) */
	const char *text; /* one line */
	const struct log_field *fields;
	size_t n_fields;
};

/* Each appends one datagram or line to b. Control characters in the text become '?', except in
 * the journal's form, which has lengths and keeps every byte.
 * Journal: https://systemd.io/JOURNAL_NATIVE_PROTOCOL; syslog: RFC 3164. */
void log_format_journal(struct buf *b, const struct log_record *r, const char *ident);
void log_format_syslog(struct buf *b, const struct log_record *r, const char *ident, pid_t pid,
		       const struct tm *when);
/* "ident: text\n", or with ident NULL "<level>text\n", as systemd reads a service's standard
 * error (sd-daemon(3)). At most max bytes, the newline included. */
void log_format_line(struct buf *b, const struct log_record *r, const char *ident, size_t max);

/* Appends the packed form: length of all (u32, big-endian), level and number of fields (a byte
 * each), then strings with their NUL: the text, and of each field its name and its value. */
void log_record_pack(struct buf *b, const struct log_record *r);

/* Reads one packed record at the front of data. Nothing in data is trusted. Returns the bytes
 * it takes, and *ret with fields in the caller's array of max_fields; its strings point into
 * data. 0: the record is not complete. -EBADMSG: it is not a record. */
int log_record_unpack(const void *data, size_t len, struct log_record *ret,
		      struct log_field *fields, size_t max_fields);

/* The largest length up to max at which s (len bytes) can be cut without splitting a UTF-8
 * character. */
size_t log_cut_length(const char *s, size_t len, size_t max);

#endif
