/* The forms of a log record: writing all of them, and reading the packed one. */
#include "util/record.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>

#include "util/buf.h"
#include "util/str.h"

#define PACK_HEAD_BYTES	     6u	 /* length of all, level, number of fields */
#define FIELD_NAME_MAX_BYTES 48u /* the journal allows 64, the prefix included */

size_t
log_cut_length(const char *s, size_t len, size_t max)
{
	size_t n = max;

	if (len <= max)
		return len;
	while (n > 0 && max - n < 3 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
append_clean_text(struct buf *b, const char *s, size_t max)
{
	size_t n = log_cut_length(s, strlen(s), max);

	while (n > 0) {
		size_t run = str_clean_run(s, n);

		buf_append(b, s, run);
		if (run == n)
			return;
		buf_putc(b, '?');
		s += run + 1;
		n -= run + 1;
	}
}

/* Name, newline, length (64 bits, little-endian), value, newline: a value with a newline in it
 * cannot begin another field. */
static void
append_journal_field(struct buf *b, const char *prefix, const char *name, const char *value,
		     size_t n)
{
	buf_puts(b, prefix);
	buf_puts(b, name);
	buf_putc(b, '\n');
	for (unsigned shift = 0; shift < 64; shift += 8)
		buf_putc(b, (unsigned char)((uint64_t)n >> shift));
	buf_append(b, value, n);
	buf_putc(b, '\n');
}

void
log_format_journal(struct buf *b, const struct log_record *r, const char *ident)
{
	size_t n = log_cut_length(r->text, strlen(r->text), LOG_TEXT_MAX_BYTES);

	buf_printf(b, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\n", r->level,
		   LOG_MAIL >> 3, ident);
	append_journal_field(b, "", "MESSAGE", r->text, n);
	for (size_t i = 0; i < r->n_fields; i++) {
		const struct log_field *f = &r->fields[i];

		if (f->value != NULL)
			append_journal_field(b, "POLYMILTER_", f->name, f->value,
					     strlen(f->value));
	}
}

void
log_format_syslog(struct buf *b, const struct log_record *r, const char *ident, pid_t pid,
		  const struct tm *when)
{
	/* strftime() depends on the locale */
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	buf_printf(b, "<%d>%s %2d %02d:%02d:%02d %s[%ld]: ", LOG_MAIL | r->level,
		   months[when->tm_mon], when->tm_mday, when->tm_hour, when->tm_min,
		   when->tm_sec, ident, (long)pid);
	append_clean_text(b, r->text, LOG_TEXT_MAX_BYTES);
}

void
log_format_line(struct buf *b, const struct log_record *r, const char *ident, size_t max)
{
	size_t start = b->len, head;

	if (ident != NULL)
		buf_printf(b, "%s: ", ident);
	else
		buf_printf(b, "<%d>", r->level);
	head = b->len - start;
	append_clean_text(b, r->text, max > head ? max - head - 1 : 0);
	buf_putc(b, '\n');
}

static void
pack_string(struct buf *b, const char *s, size_t n)
{
	buf_append(b, s, n);
	buf_putc(b, '\0');
}

/* Appends a field if space bytes are enough for it; whether it did. */
static bool
pack_field(struct buf *b, const struct log_field *f, size_t space)
{
	size_t name_len = strlen(f->name), value_len;

	if (f->value == NULL)
		return false;
	value_len = strlen(f->value);
	if (name_len > FIELD_NAME_MAX_BYTES || value_len > space ||
	    name_len + value_len + 2 > space)
		return false;
	pack_string(b, f->name, name_len);
	pack_string(b, f->value, value_len);
	return true;
}

void
log_record_pack(struct buf *b, const struct log_record *r)
{
	size_t start = b->len, len;
	unsigned char n_fields = 0;

	buf_put_u32(b, 0);
	buf_putc(b, (unsigned char)r->level);
	buf_putc(b, 0);
	pack_string(b, r->text, log_cut_length(r->text, strlen(r->text), LOG_TEXT_MAX_BYTES));
	for (size_t i = 0; i < r->n_fields && n_fields < LOG_MAX_FIELDS; i++)
		n_fields +=
			pack_field(b, &r->fields[i], LOG_RECORD_MAX_BYTES - (b->len - start));
	len = b->len - start;
	b->data[start + 2] = (unsigned char)(len >> 8);
	b->data[start + 3] = (unsigned char)len;
	b->data[start + 5] = n_fields;
}

/* The string at *at, which moves behind it; NULL when it has no NUL before end. */
static const char *
unpack_string(const char **at, const char *end)
{
	const char *s = *at, *nul = memchr(s, '\0', (size_t)(end - s));

	if (nul != NULL)
		*at = nul + 1;
	return nul == NULL ? NULL : s;
}

static bool
is_field_name(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n > 0 && n <= FIELD_NAME_MAX_BYTES && s[n] == '\0';
}

/* Reads all strings of a record. The last one must end where the record ends. */
static int
unpack_strings(const char *at, const char *end, struct log_record *r, struct log_field *fields)
{
	r->text = unpack_string(&at, end);
	for (size_t i = 0; r->text != NULL && i < r->n_fields; i++) {
		fields[i].name = unpack_string(&at, end);
		fields[i].value = unpack_string(&at, end);
		if (fields[i].value == NULL || !is_field_name(fields[i].name))
			return -EBADMSG;
	}
	return r->text == NULL || at != end ? -EBADMSG : 0;
}

int
log_record_unpack(const void *data, size_t len, struct log_record *ret,
		  struct log_field *fields, size_t max_fields)
{
	const unsigned char *p = data;
	struct log_record r = {.fields = fields};
	size_t all;

	if (len < PACK_HEAD_BYTES)
		return 0;
	all = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (all < PACK_HEAD_BYTES || all > LOG_RECORD_MAX_BYTES)
		return -EBADMSG;
	if (len < all)
		return 0;
	r.level = p[4];
	r.n_fields = p[5];
	if (r.level > LOG_DEBUG || r.n_fields > max_fields)
		return -EBADMSG;
	if (unpack_strings((const char *)p + PACK_HEAD_BYTES, (const char *)p + all, &r,
			   fields) < 0)
		return -EBADMSG;
	*ret = r;
	return (int)all;
}
