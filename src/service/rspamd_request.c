/* Writes the head of a question to rspamd: the request line, and a header field for each fact.
 * Values come from an SMTP client: none of them ends a line or the head. */
#include "service/rspamd_private.h"
#include "util/str.h"

/* Appends s, each character that may not stand there as '?', and max bytes at most. */
static void
append_request_text(struct buf *out, const char *s, bool utf8, size_t max)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len = strlen(s);

	while (len > 0) {
		size_t n = str_utf8_length(p, len);
		bool is_c1 = n == 2 && p[0] == 0xc2 && p[1] < 0xa0;
		bool good = n > 1 ? utf8 && !is_c1 : *p >= ' ' && *p <= '~';

		n = n > 0 ? n : 1;
		if ((good ? n : 1) > max)
			return;
		max -= good ? n : 1;
		if (good)
			buf_append(out, p, n);
		else
			buf_putc(out, '?');
		p += n;
		len -= n;
	}
}

static void
append_field(struct buf *out, const char *name, const char *value)
{
	if (str_nonblank(value) == NULL)
		return;
	buf_puts(out, name);
	buf_puts(out, ": ");
	append_request_text(out, value, false, RSPAMD_VALUE_BYTES);
	buf_puts(out, "\r\n");
}

static void
append_address(struct buf *out, const char *name, const char *address)
{
	if (str_nonblank(address) == NULL)
		return;
	buf_puts(out, name);
	buf_puts(out, ": ");
	append_request_text(out, address, true, RSPAMD_ADDRESS_BYTES);
	buf_puts(out, "\r\n");
}

/* Appends as many as there is room for. Returns the number of the others. */
static size_t
append_recipients(struct buf *out, size_t max, const struct rspamd_request *r)
{
	for (size_t i = 0; i < r->n_rcpts; i++) {
		size_t before = out->len;

		append_address(out, "Rcpt", r->rcpts[i]);
		if (out->len > max) {
			out->len = before;
			return r->n_rcpts - i;
		}
	}
	return 0;
}

size_t
rspamd_write_head(struct buf *out, const struct rspamd_request *r, uint64_t size)
{
	size_t begin = out->len, left_out;

	/* Flags: lines of values then end with LF; and it is asked for no new body. */
	buf_printf(out,
		   "POST /checkv2 HTTP/1.1\r\nHost: rspamd\r\nUser-Agent: polymilter\r\n"
		   "Flags: milter\r\nContent-Length: %llu\r\n",
		   (unsigned long long)size);
	append_field(out, "IP", r->ip);
	append_field(out, "Helo", r->helo);
	append_field(out, "Hostname", r->hostname);
	append_field(out, "User", r->user);
	append_field(out, "Queue-ID", r->queue_id);
	append_field(out, "MTA-Name", r->mta_name);
	append_field(out, "Mailer", r->mailer);
	append_field(out, "TLS-Version", r->tls_version);
	append_field(out, "TLS-Cipher", r->tls_cipher);
	append_field(out, "TLS-Cert-Issuer", r->tls_issuer);
	append_field(out, "Settings-ID", r->settings_id);
	append_field(out, "MTA-Tag", r->mta_tag);
	append_address(out, "From", r->from);
	left_out = append_recipients(out, begin + RSPAMD_HEAD_BYTES - 2, r);
	buf_puts(out, "\r\n");
	return left_out;
}
