/* Senders and recipients: arrays that only grow, with the position of each author. A change of
 * the sender is one more sender; a deleted recipient is marked. A reader goes over
 * all and takes what is visible at its position: there are few, and messages with a change are
 * rare.
 */
#include "session/envelope.h"

#include <assert.h>
#include <string.h>

#include "session/undo.h"
#include "util/arena.h"
#include "util/str.h"

const char *
mailbox_from_path(struct arena *arena, const char *addr)
{
	size_t len = strlen(addr);

	if (len >= 2 && addr[0] == '<' && addr[len - 1] == '>') {
		addr++;
		len -= 2;
	}
	if (len > 0 && addr[0] == '@') { /* a source route */
		const char *colon = memchr(addr, ':', len);

		if (colon != NULL) {
			len -= (size_t)(colon + 1 - addr);
			addr = colon + 1;
		}
	}
	return arena_strndup(arena, addr, len);
}

const char *
mailbox_domain(const char *mailbox)
{
	const char *at = strrchr(mailbox, '@');

	return at == NULL ? "" : at + 1;
}

const char *
esmtp_arg(const char *args, size_t args_len, const char *name)
{
	size_t n = strlen(name);
	const char *end = args + args_len;

	for (const char *a = args; a < end; a += strlen(a) + 1) {
		if (!str_case_starts(a, name))
			continue;
		if (a[n] == '=')
			return a + n + 1;
		if (a[n] == '\0')
			return a + n;
	}
	return NULL;
}

static void
append_sender(struct message *m, unsigned position, const char *addr, const char *args,
	      size_t args_len)
{
	m->senders = arena_grow(m->arena, m->senders, m->n_senders, &m->cap_senders,
				sizeof(*m->senders));
	m->senders[m->n_senders++] = (struct sender){
		.addr = arena_strdup(m->arena, addr),
		.mailbox = mailbox_from_path(m->arena, addr),
		.args = arena_dup(m->arena, args, args_len),
		.args_len = args_len,
		.added_by = (uint16_t)position,
	};
}

static void
append_rcpt(struct message *m, unsigned position, const char *addr, const char *args,
	    size_t args_len)
{
	m->rcpts = arena_grow(m->arena, m->rcpts, m->n_rcpts, &m->cap_rcpts, sizeof(*m->rcpts));
	m->rcpts[m->n_rcpts++] = (struct rcpt){
		.addr = arena_strdup(m->arena, addr),
		.mailbox = mailbox_from_path(m->arena, addr),
		.args = arena_dup(m->arena, args, args_len),
		.args_len = args_len,
		.added_by = (uint16_t)position,
		.removed_by = POSITION_NONE,
	};
}

void
message_receive_sender(struct message *m, const char *addr, const char *args, size_t args_len)
{
	append_sender(m, POSITION_MTA, addr, args, args_len);
}

void
message_receive_rcpt(struct message *m, const char *addr, const char *args, size_t args_len)
{
	append_rcpt(m, POSITION_MTA, addr, args, args_len);
	m->n_sent_rcpts++;
}

void
message_drop_rcpts(struct message *m, size_t n)
{
	assert(n <= m->n_rcpts);
	for (size_t i = n; i < m->n_rcpts; i++)
		m->n_sent_rcpts -= m->rcpts[i].added_by == POSITION_MTA;
	m->n_rcpts = n;
}

void
message_change_sender(struct message *m, unsigned position, const char *addr, const char *args,
		      size_t args_len)
{
	append_sender(m, position, addr, args, args_len);
	undo_push(m, UNDO_SENDER, 0);
}

void
message_add_rcpt(struct message *m, unsigned position, const char *addr, const char *args,
		 size_t args_len)
{
	append_rcpt(m, position, addr, args, args_len);
	undo_push(m, UNDO_ADD_RCPT, 0);
}

void
message_delete_rcpt(struct message *m, unsigned position, size_t index)
{
	assert(index < m->n_rcpts);
	undo_push(m, UNDO_DELETE_RCPT, index)->len = m->rcpts[index].removed_by;
	m->rcpts[index].removed_by = (uint16_t)position;
}

static bool
drop_senders(struct message *m, unsigned first, unsigned last)
{
	size_t n = 0, before = m->n_senders;

	for (size_t i = 0; i < before; i++)
		if (m->senders[i].added_by < first || m->senders[i].added_by > last)
			m->senders[n++] = m->senders[i];
	m->n_senders = n;
	return n < before;
}

bool
drop_envelope_changes(struct message *m, unsigned first, unsigned last)
{
	bool found = drop_senders(m, first, last);

	for (size_t i = 0; i < m->n_rcpts; i++) {
		struct rcpt *r = &m->rcpts[i];

		if (r->added_by >= first && r->added_by <= last) {
			found |= r->removed_by != r->added_by;
			r->removed_by = r->added_by; /* stays, so that indices do */
		} else if (r->removed_by >= first && r->removed_by <= last) {
			found = true;
			r->removed_by = POSITION_NONE;
		}
	}
	return found;
}

void
undo_envelope_change(struct message *m, const struct undo *u)
{
	if (u->kind == UNDO_SENDER)
		m->n_senders--;
	else if (u->kind == UNDO_ADD_RCPT)
		m->n_rcpts--;
	else
		m->rcpts[u->index].removed_by = (uint16_t)u->len;
}

/* Of several changes before this position that of the last policy counts, and of its changes
 * the last one. */
const struct sender *
message_sender(const struct message *m, unsigned position)
{
	const struct sender *found = NULL;

	for (size_t i = 0; i < m->n_senders; i++) {
		const struct sender *s = &m->senders[i];

		if (s->added_by < position || s->added_by == POSITION_MTA)
			if (found == NULL || s->added_by >= found->added_by)
				found = s;
	}
	return found;
}

size_t
message_rcpt_count(const struct message *m, unsigned position)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_rcpts; i++)
		n += rcpt_is_visible(&m->rcpts[i], position);
	return n;
}

size_t
message_next_rcpt(const struct message *m, unsigned position, size_t from)
{
	for (size_t i = from; i < m->n_rcpts; i++)
		if (rcpt_is_visible(&m->rcpts[i], position))
			return i;
	return RCPT_NONE;
}

size_t
message_last_sent_rcpt(const struct message *m)
{
	size_t i = m->n_rcpts;

	while (i > 0 && m->rcpts[i - 1].added_by != POSITION_MTA)
		i--;
	return i == 0 ? RCPT_NONE : i - 1;
}
