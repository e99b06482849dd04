/* The body of a message: what the MTA sent, counted and perhaps kept (body.h stores it), and a
 * new body by a policy. A policy may hand in a body of many parts, most of which lead into the
 * old body; they are copied into one piece only when something reads the body after that. */
#include "session/message.h"

#include <string.h>

#include "session/undo.h"
#include "util/arena.h"

/* A body that was joined of parts. Those before it stay until the message ends: parts of later
 * bodies may lead into them, and a change may be undone. */
struct joined_body {
	struct joined_body *next;
	struct body body;
};

/* Measures the longest line. A line may come in several pieces, and its CR in another piece
 * than its LF. */
static void
measure_lines(struct message *m, const char *data, size_t len)
{
	const char *end = m->lines_wanted ? data + len : data;

	while (data < end) {
		const char *lf = memchr(data, '\n', (size_t)(end - data));
		const char *stop = lf != NULL ? lf : end;

		if (stop > data) {
			m->line += (uint64_t)(stop - data);
			m->line_cr = stop[-1] == '\r';
		}
		if (m->line - m->line_cr > m->body_longest)
			m->body_longest = m->line - m->line_cr;
		if (lf == NULL)
			return;
		m->line = 0;
		m->line_cr = false;
		data = lf + 1;
	}
}

int
message_receive_body(struct message *m, const void *data, size_t len, bool keep)
{
	m->body_size += len;
	measure_lines(m, data, len);
	return keep ? body_append(&m->kept, data, len) : 0;
}

int
message_finish_body(struct message *m)
{
	int r;

	if (m->kept.len == 0)
		return 0;
	r = body_finish(&m->kept, &m->body);
	if (r == 0)
		m->body_len = m->kept.len;
	return r;
}

void
message_drop_body(struct message *m)
{
	body_release(&m->kept);
	m->body = NULL;
	m->body_len = 0;
}

void
message_replace_body(struct message *m, const char *data, size_t len)
{
	message_replace_body_parts(m, &(struct slice){data, len}, 1);
}

void
message_replace_body_parts(struct message *m, const struct slice *parts, size_t n)
{
	struct undo *u = undo_push(m, UNDO_BODY, 0);

	u->text = m->body;
	u->len = m->body_len;
	u->parts = m->body_parts;
	u->n_parts = m->n_body_parts;
	u->size = m->body_size;
	u->longest = m->body_longest;
	u->changed = m->body_changed;
	m->body = n == 1 ? parts->data : NULL;
	m->body_len = 0;
	m->n_body_parts = n == 1 ? 0 : n;
	m->body_parts = arena_dup(m->arena, parts, m->n_body_parts * sizeof(*parts));
	m->body_changed = true;
	m->body_longest = m->line = 0;
	m->line_cr = false;
	for (size_t i = 0; i < n; i++) {
		m->body_len += parts[i].len;
		measure_lines(m, parts[i].data, parts[i].len);
	}
	m->body_size = m->body_len;
}

void
undo_body_change(struct message *m, const struct undo *u)
{
	m->body = u->text;
	m->body_len = u->len;
	m->body_parts = u->parts;
	m->n_body_parts = u->n_parts;
	m->body_size = u->size;
	m->body_longest = u->longest;
	m->body_changed = u->changed;
}

int
message_join_body(struct message *m)
{
	struct joined_body *j;
	const char *body;
	int r = 0;

	if (m->n_body_parts == 0)
		return 0;
	j = arena_zalloc(m->arena, sizeof(*j));
	j->body.pool = m->kept.pool;
	for (size_t i = 0; i < m->n_body_parts && r == 0; i++)
		r = body_append(&j->body, m->body_parts[i].data, m->body_parts[i].len);
	if (r == 0)
		r = body_finish(&j->body, &body);
	if (r < 0) {
		body_free(&j->body);
		return r;
	}
	j->next = m->joined;
	m->joined = j;
	m->body = body;
	m->body_parts = NULL;
	m->n_body_parts = 0;
	return 0;
}

/* Bodies are all that the arena does not own. */
void
message_end(struct message *m)
{
	for (struct joined_body *j = m->joined; j != NULL; j = j->next)
		body_free(&j->body);
	m->joined = NULL;
	m->body_parts = NULL;
	m->n_body_parts = 0;
	message_drop_body(m);
}
