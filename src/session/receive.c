/* What a command carries, stored in the session's peer and message. A message that exceeds a
 * limit of limits {} is marked, and no more of it is kept; the handler acts on it. */
#include <errno.h>
#include <string.h>

#include "session/state.h"
#include "util/memory.h"
#include "util/str.h"

/* Most of their life connections are idle: one allocation for the three strings. */
void
store_peer(struct session *s, const char *host, const char *addr, const char *helo)
{
	size_t host_len = strlen(host) + 1, addr_len = strlen(addr) + 1;
	size_t helo_len = strlen(helo) + 1, len = host_len + addr_len + helo_len;
	char *strings = memory_alloc(len);

	s->peer.host = memcpy(strings, host, host_len);
	s->peer.addr = memcpy(strings + host_len, addr, addr_len);
	s->peer.helo = memcpy(strings + host_len + addr_len, helo, helo_len);
	memory_free(s->strings, s->strings_len);
	s->strings = strings;
	s->strings_len = len;
}

void
receive_connect(struct session *s, const struct milter_event *ev)
{
	store_peer(s, ev->connect.host, ev->connect.addr, "");
	s->peer.family = ev->connect.family;
	s->peer.port = ev->connect.port;
}

void
receive_helo(struct session *s, const struct milter_event *ev)
{
	store_peer(s, s->peer.host, s->peer.addr, ev->helo);
}

/* What the MTA says of the address of this command, unless it is the mailbox itself; NULL:
 * nothing, or why it was refused. Macros that were sent for an earlier recipient say nothing of
 * this one. */
static const char *
find_address_macro(struct session *s, unsigned char command, const char *name,
		   const char *mailer_name, const char *mailbox)
{
	const char *value = NULL, *mailer;

	if (s->macro_command == command)
		value = macros_get_of_command(&s->macros, command, name);
	s->macro_command = 0;
	if (value == NULL || *value == '\0' || str_case_equal(value, mailbox))
		return NULL;
	mailer = macros_get_of_command(&s->macros, command, mailer_name);
	return mailer != NULL && strcmp(mailer, "error") == 0 ? NULL : value;
}

static void
receive_sender(struct session *s, const char *addr, const char *args, size_t args_len)
{
	struct message *m = &s->transaction->message;
	const char *macro;

	message_receive_sender(m, addr, args, args_len);
	macro = find_address_macro(s, CMD_ENVFROM, "{mail_addr}", "{mail_mailer}",
				   m->senders[0].mailbox);
	if (macro != NULL)
		message_receive_sender_macro(m, macro);
}

static void
receive_rcpt(struct session *s, const char *addr, const char *args, size_t args_len)
{
	struct message *m = &s->transaction->message;
	const char *macro;

	if (m->over_memory)
		drop_message_content(s); /* the recipient before this one, which was refused */
	s->transaction->n_rcpts_before = m->n_rcpts;
	if (s->limits->recipients > 0 && m->n_sent_rcpts >= s->limits->recipients)
		m->over_limit = "recipients";
	message_receive_rcpt(m, addr, args, args_len);
	macro = find_address_macro(s, CMD_ENVRCPT, "{rcpt_addr}", "{rcpt_mailer}",
				   m->rcpts[m->n_rcpts - 1].mailbox);
	if (macro != NULL)
		message_receive_rcpt_macro(m, macro);
}

void
receive_envelope(struct session *s, const struct milter_event *ev)
{
	const char *addr = ev->envelope.argv;
	size_t addr_len = strlen(addr) + 1, args_len = ev->envelope.len - addr_len;

	if (ev->command == CMD_ENVFROM)
		receive_sender(s, addr, addr + addr_len, args_len);
	else
		receive_rcpt(s, addr, addr + addr_len, args_len);
}

void
receive_header(struct session *s, const struct milter_event *ev)
{
	struct message *m = &s->transaction->message;
	const struct session_limits *l = s->limits;
	bool keep =
		s->keep_headers && m->over_limit == NULL && !m->headers_dropped && !m->settled;
	const char *over = NULL;

	message_receive_header_n(m, ev->header.name, ev->header.name_len, ev->header.value,
				 ev->header.value_len, keep);
	if (l->headers > 0 && m->header_lines > l->headers)
		over = "headers";
	else if (l->header_bytes > 0 && m->header_bytes > l->header_bytes)
		over = "header_bytes";
	if (over != NULL && s->headers_optional)
		m->headers_dropped = true;
	else if (over != NULL)
		m->over_limit = over;
}

/* The body cannot be kept. */
static void
set_body_over_limit(const struct session *s, struct message *m, const char *limit)
{
	if (m->body_size > s->required_body)
		m->body_dropped = true;
	else
		m->over_limit = limit;
	message_drop_body(m);
}

/* No file was left, or a file could not be written. */
static const char *
find_file_limit(int error)
{
	return error == -EMFILE ? "spool_files" : "spool_dir";
}

void
receive_body(struct session *s, const struct milter_event *ev)
{
	struct message *m = &s->transaction->message;
	uint64_t size = m->body_size + ev->body.len;
	bool fits = size <= s->max_body;
	bool keep = s->keep_body && m->over_limit == NULL && !m->body_dropped && !m->settled &&
		    fits;
	bool over = keep && s->limits->body_bytes > 0 && size > s->limits->body_bytes;
	int r;

	keep = keep && !over;
	m->kept.optional = size > s->required_body;
	r = message_receive_body(m, ev->body.data, ev->body.len, keep);
	if (r < 0 || over)
		set_body_over_limit(s, m, over ? "body_bytes" : find_file_limit(r));
	else if (!keep)
		message_drop_body(m);
}

void
receive_eom(struct session *s, const struct milter_event *ev)
{
	int r;

	if (ev->body.len > 0) /* Postfix 2.3 sends the last chunk with it */
		receive_body(s, ev);
	r = message_finish_body(&s->transaction->message);
	if (r < 0)
		set_body_over_limit(s, &s->transaction->message, find_file_limit(r));
}

void
receive_nothing(struct session *s, const struct milter_event *ev)
{
	(void)s;
	(void)ev;
}
