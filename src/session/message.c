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

static void
find_quarantine_reason(struct message *m)
{
	unsigned position = 0;

	m->quarantine = NULL;
	for (size_t i = 0; i < m->n_holds; i++) {
		if (m->holds[i].position < position)
			continue;
		position = m->holds[i].position;
		m->quarantine = m->holds[i].reason;
	}
}

void
message_quarantine(struct message *m, unsigned position, const char *reason)
{
	undo_push(m, UNDO_QUARANTINE, 0);
	m->holds = arena_grow(m->arena, m->holds, m->n_holds, &m->cap_holds, sizeof(*m->holds));
	m->holds[m->n_holds++] = (struct hold){arena_strdup(m->arena, reason), position};
	find_quarantine_reason(m);
}

static bool
drop_holds(struct message *m, unsigned first, unsigned last)
{
	size_t n = 0, before = m->n_holds;

	for (size_t i = 0; i < before; i++)
		if (m->holds[i].position < first || m->holds[i].position > last)
			m->holds[n++] = m->holds[i];
	m->n_holds = n;
	find_quarantine_reason(m);
	return n < before;
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
		m->n_holds--;
		find_quarantine_reason(m);
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

/* From position first to position last. */
static bool
drop_changes_between(struct message *m, unsigned first, unsigned last)
{
	bool envelope = drop_envelope_changes(m, first, last);
	bool holds = drop_holds(m, first, last);

	m->changes.envelope += envelope;
	return envelope || holds;
}

bool
message_drop_changes_of(struct message *m, unsigned position)
{
	return drop_changes_between(m, position, position);
}

void
message_drop_changes_after(struct message *m, unsigned position)
{
	(void)drop_changes_between(m, position + 1, POSITION_END);
}

void
message_drop_all_changes(struct message *m)
{
	while (m->n_undo > 0) {
		const struct undo *u = &m->undo[--m->n_undo];

		if (u->kind == UNDO_INSERT_HEADER || u->kind == UNDO_CHANGE_HEADER ||
		    u->kind == UNDO_DELETE_HEADER || u->kind == UNDO_BODY)
			undo_change(m, u);
	}
	message_drop_changes_after(m, POSITION_MTA);
}
