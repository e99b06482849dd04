/* The message as a service gets it: header fields of our own, those of the message, the body.
 *
 * Above the fields of the message stands a Received line: scanners know by it that this is
 * mail, whatever field a sender puts first, and spam filters by which client it came; the MTA's
 * own is not there yet when a milter is asked. Its form is the one that Sendmail writes. */
#include <time.h>

#include "chain/run.h"
#include "util/buf.h"

#define VALUE_BYTES 256u /* of a macro, in the line */

/* Visible ASCII of what the client or the MTA has said; a blank would end the word. */
static void
append_word(struct buf *b, const char *value, const char *otherwise)
{
	size_t n = 0;

	if (value == NULL || *value == '\0')
		value = otherwise;
	for (; value[n] != '\0' && n < VALUE_BYTES; n++) {
		bool plain = value[n] > ' ' && value[n] <= '~' &&
			     strchr("()<>[]\\;", value[n]) == NULL;

		buf_putc(b, (unsigned char)(plain ? value[n] : '?'));
	}
}

/* RFC 5322, 3.3, whatever the locale is. */
static void
append_date(struct buf *b)
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;
	long zone;

	if (localtime_r(&now, &tm) == NULL)
		return;
	zone = tm.tm_gmtoff / 60;
	buf_printf(b, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday], tm.tm_mday,
		   months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
		   zone < 0 ? '-' : '+', labs(zone) / 60, labs(zone) % 60);
}

static void
append_protocol(struct policy_call *c, struct buf *b)
{
	const char *tls = policy_macro(c, "{tls_version}"),
		   *auth = policy_macro(c, "{auth_authen}");

	buf_puts(b, "ESMTP");
	if (tls != NULL && *tls != '\0')
		buf_putc(b, 'S');
	if (auth != NULL && *auth != '\0')
		buf_putc(b, 'A');
}

static void
append_received(struct policy_call *c, struct buf *b)
{
	const struct peer *peer = policy_peer(c);
	const char *auth = policy_macro(c, "{auth_authen}");
	bool is_v6 = peer->family == '6' && strncmp(peer->addr, "IPv6:", 5) != 0;

	buf_puts(b, "Received: from ");
	append_word(b, peer->helo, "unknown");
	buf_puts(b, " (");
	append_word(b, peer->host[0] == '[' ? "" : peer->host, "unknown");
	buf_puts(b, is_v6 ? " [IPv6:" : " [");
	append_word(b, peer->addr, "127.0.0.1");
	buf_puts(b, "])\r\n");
	if (auth != NULL && *auth != '\0')
		buf_puts(b, "\t(authenticated bits=0)\r\n");
	buf_puts(b, "\tby ");
	append_word(b, policy_macro(c, "j"), "localhost");
	buf_puts(b, " (polymilter) with ");
	append_protocol(c, b);
	buf_puts(b, " id ");
	append_word(b, policy_id(c), "unknown");
	buf_puts(b, ";\r\n\t");
	append_date(b);
	buf_puts(b, "\r\n");
}

/* "Name: value", with CRLF at the ends of lines: a value has LF, or CRLF if the MTA sends that.
 */
static void
append_sent_field(struct buf *b, const struct header *h)
{
	const char *from = h->value, *lf;

	buf_puts(b, h->name);
	buf_puts(b, ": ");
	for (; (lf = strchr(from, '\n')) != NULL; from = lf + 1) {
		buf_append(b, from, (size_t)(lf - from) - (lf > from && lf[-1] == '\r'));
		buf_puts(b, "\r\n");
	}
	buf_puts(b, from);
	buf_puts(b, "\r\n");
}

static const char *
make_header_block(struct policy_call *c, const char *before, size_t *ret_len)
{
	const struct message *m = policy_message(c);
	struct buf b = {0};

	(void)buf_reserve(&b, m->header_bytes + 512 + (before != NULL ? strlen(before) : 0));
	if (before != NULL)
		buf_puts(&b, before);
	append_received(c, &b);
	for (size_t i = 0; i < m->n_headers; i++)
		if (!m->headers[i].deleted)
			append_sent_field(&b, &m->headers[i]);
	buf_puts(&b, "\r\n");
	*ret_len = b.len;
	return buf_move_to_arena(&b, policy_arena(c));
}

const struct exchange_content *
policy_sent_content(struct policy_call *c, const char *before)
{
	const struct message *m = policy_message(c);
	size_t n_body = m->n_body_parts > 0 ? m->n_body_parts : 1;
	struct exchange_content *content = arena_alloc(policy_arena(c), sizeof(*content));
	struct slice *parts = arena_alloc(policy_arena(c), (n_body + 1) * sizeof(*parts));

	parts[0].data = make_header_block(c, before, &parts[0].len);
	if (m->n_body_parts > 0)
		memcpy(parts + 1, m->body_parts, n_body * sizeof(*parts));
	else
		parts[1] = (struct slice){m->body, m->body_len};
	*content = (struct exchange_content){.parts = parts, .n = n_body + 1};
	for (size_t i = 0; i < content->n; i++)
		content->size += parts[i].len;
	return content;
}
