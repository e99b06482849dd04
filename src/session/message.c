/* The message as a whole: its beginning, and the log of its changes. Its parts are in
 * envelope.c, headers.c and message_body.c. */
#include "session/message.h"

#include <assert.h>

#include "session/undo.h"
#include "util/arena.h"

void
message_begin(struct message *m, struct arena *arena)
{
	body_release(&m->kept);
	*m = (struct message){.arena = arena, .kept = m->kept};
}

void
message_free(struct message *m)
{
	message_end(m);
	body_free(&m->kept);
	*m = (struct message){0};
}

void
message_use_files(struct message *m, struct body_pool *pool)
{
	m->kept.pool = pool;
}

uint64_t
message_size(const struct message *m)
{
	return m->header_bytes + 2 + m->body_size;
}

void
message_quarantine(struct message *m, const char *reason)
{
	undo_push(m, UNDO_QUARANTINE, 0)->text = m->quarantine;
	m->quarantine = arena_strdup(m->arena, reason);
}

static void
count_change(struct message *m, enum undo_kind kind)
{
	switch (kind) {
	case UNDO_SENDER:
	case UNDO_ADD_RCPT:
	case UNDO_DELETE_RCPT:
		m->changes.envelope++;
		break;
	case UNDO_INSERT_HEADER:
	case UNDO_CHANGE_HEADER:
	case UNDO_DELETE_HEADER:
		m->changes.headers++;
		break;
	case UNDO_BODY:
		m->changes.body++;
		break;
	case UNDO_QUARANTINE:
		break;
	}
}

struct undo *
undo_push(struct message *m, enum undo_kind kind, size_t index)
{
	struct undo *u;

	count_change(m, kind);
	m->undo = arena_grow(m->arena, m->undo, m->n_undo, &m->cap_undo, sizeof(*m->undo));
	u = &m->undo[m->n_undo++];
	*u = (struct undo){.kind = kind, .index = index};
	return u;
}

static void
undo_change(struct message *m, const struct undo *u)
{
	count_change(m, u->kind);
	switch (u->kind) {
	case UNDO_SENDER:
	case UNDO_ADD_RCPT:
	case UNDO_DELETE_RCPT:
		undo_envelope_change(m, u);
		break;
	case UNDO_INSERT_HEADER:
	case UNDO_CHANGE_HEADER:
	case UNDO_DELETE_HEADER:
		undo_header_change(m, u);
		break;
	case UNDO_BODY:
		undo_body_change(m, u);
		break;
	case UNDO_QUARANTINE:
		m->quarantine = u->text;
		break;
	}
}

size_t
message_mark(const struct message *m)
{
	return m->n_undo;
}

void
message_restore(struct message *m, size_t mark)
{
	assert(mark <= m->n_undo);
	while (m->n_undo > mark)
		undo_change(m, &m->undo[--m->n_undo]);
}
