/* One message as a model, with a log of changes so that they can be undone. */
#include "session/message.h"

#include <assert.h>
#include <string.h>

#include "util/arena.h"
#include "util/str.h"

enum undo_kind {
	UNDO_SENDER,
	UNDO_ADD_RCPT,
	UNDO_DELETE_RCPT,
	UNDO_INSERT,
	UNDO_CHANGE,
	UNDO_DELETE,
	UNDO_BODY,
	UNDO_QUARANTINE
};

struct undo {
	enum undo_kind kind;
	size_t index;	  /* of the recipient or header */
	const char *text; /* what was there before */
	size_t len;
	const struct slice *parts;
	size_t n_parts;
	uint64_t size, longest;
	bool flag;
};

#define NAME_SLOTS 32u

/* Headers by name: lists in the message's order. Indices count from 1; 0 is none. */
struct name_index {
	uint32_t first[NAME_SLOTS], last[NAME_SLOTS];
};

/* Earlier parts stay: later ones may lead into them, and a change may be undone. */
struct joined_body {
	struct joined_body *next;
	struct body body;
};

/* Room for one more element of an arena's array. */
static void *
grow(struct arena *arena, void *old, size_t n, size_t *cap, size_t size)
{
	void *p;

	if (n < *cap)
		return old;
	*cap = *cap == 0 ? 8 : *cap * 2;
	p = arena_alloc(arena, *cap * size);
	if (n > 0)
		memcpy(p, old, n * size);
	return p;
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
	case UNDO_INSERT:
	case UNDO_CHANGE:
	case UNDO_DELETE:
		m->changes.headers++;
		break;
	case UNDO_BODY:
		m->changes.body++;
		break;
	case UNDO_QUARANTINE:
		break;
	}
}

static struct undo *
push_undo(struct message *m, enum undo_kind kind, size_t index)
{
	struct undo *u;

	count_change(m, kind);
	m->undo = grow(m->arena, m->undo, m->n_undo, &m->cap_undo, sizeof(*m->undo));
	u = &m->undo[m->n_undo++];
	*u = (struct undo){.kind = kind, .index = index};
	return u;
}

void
message_begin(struct message *m, struct arena *arena)
{
	body_release(&m->kept);
	*m = (struct message){.arena = arena, .kept = m->kept};
}

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

const char *
message_mailbox(struct arena *arena, const char *addr)
{
	size_t len = strlen(addr);

	if (len >= 2 && addr[0] == '<' && addr[len - 1] == '>') {
		addr++;
		len -= 2;
	}
	if (len > 0 && addr[0] == '@') { /* a source route: <@a,@b:user@host> */
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
add_sender(struct message *m, unsigned w, const char *addr, const char *args, size_t args_len)
{
	m->senders =
		grow(m->arena, m->senders, m->n_senders, &m->cap_senders, sizeof(*m->senders));
	m->senders[m->n_senders++] = (struct sender){
		.addr = arena_strdup(m->arena, addr),
		.mailbox = message_mailbox(m->arena, addr),
		.args = arena_dup(m->arena, args, args_len),
		.args_len = args_len,
		.added_by = (uint16_t)w,
	};
}

static void
add_rcpt(struct message *m, unsigned w, const char *addr, const char *args, size_t args_len)
{
	m->rcpts = grow(m->arena, m->rcpts, m->n_rcpts, &m->cap_rcpts, sizeof(*m->rcpts));
	m->rcpts[m->n_rcpts++] = (struct rcpt){
		.addr = arena_strdup(m->arena, addr),
		.mailbox = message_mailbox(m->arena, addr),
		.args = arena_dup(m->arena, args, args_len),
		.args_len = args_len,
		.added_by = (uint16_t)w,
		.removed_by = POSITION_NONE,
	};
}

void
message_sent_from(struct message *m, const char *addr, const char *args, size_t args_len)
{
	add_sender(m, POSITION_MTA, addr, args, args_len);
}

void
message_sent_rcpt(struct message *m, const char *addr, const char *args, size_t args_len)
{
	add_rcpt(m, POSITION_MTA, addr, args, args_len);
}

void
message_refused_rcpt(struct message *m, size_t n_rcpts)
{
	assert(n_rcpts <= m->n_rcpts);
	m->n_rcpts = n_rcpts;
}

static uint32_t
key_of(const char *name, size_t len)
{
	if (len == 0)
		return 0;
	return (uint32_t)len << 16 | (uint32_t)str_lower_char(name[0]) << 8 |
	       str_lower_char(name[len - 1]);
}

uint32_t
header_key(const char *name)
{
	return key_of(name, strlen(name));
}

/* Of "Name: value" with its line ends: LF becomes CRLF. */
static uint32_t
bytes_of(size_t name_len, const char *value, size_t value_len)
{
	size_t bytes = name_len + 2 + value_len + 2;
	const char *end = value + value_len;

	for (const char *p = value; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		bytes++;
	return (uint32_t)bytes;
}

static size_t
slot_of(uint32_t key)
{
	return (key ^ key >> 8 ^ key >> 16) % NAME_SLOTS;
}

/* Takes the header at i into the index; all before it are in. */
static void
index_header(struct message *m, size_t i)
{
	size_t slot = slot_of(m->headers[i].key);
	uint32_t last = m->names->last[slot], this = (uint32_t)i + 1;

	m->headers[i].next = 0;
	if (last == 0)
		m->names->first[slot] = this;
	else
		m->headers[last - 1].next = this;
	m->names->last[slot] = this;
}

/* After headers have moved. */
static void
index_all(struct message *m)
{
	*m->names = (struct name_index){0};
	for (size_t i = 0; i < m->n_headers; i++)
		index_header(m, i);
}

struct header *
message_named(const struct message *m, const char *name, uint32_t key,
	      const struct header *after)
{
	uint32_t i = after != NULL	? after->next
		     : m->names != NULL ? m->names->first[slot_of(key)]
					: 0;

	for (; i != 0; i = m->headers[i - 1].next) {
		struct header *h = &m->headers[i - 1];

		if (!h->deleted && header_is_named(h, name, key))
			return h;
	}
	return NULL;
}

static struct header *
add_room(struct message *m)
{
	if (m->n_headers == m->cap_headers)
		m->headers = grow(m->arena, m->headers, m->n_headers, &m->cap_headers,
				  sizeof(*m->headers));
	if (m->names == NULL)
		m->names = arena_zalloc(m->arena, sizeof(*m->names));
	return &m->headers[m->n_headers++];
}

/* A header with copies of both. */
static struct header
make_header(struct arena *arena, const char *name, size_t name_len, const char *value,
	    size_t value_len)
{
	char *copy = arena_alloc(arena, name_len + 1 + value_len + 1);

	memcpy(copy, name, name_len + 1);
	memcpy(copy + name_len + 1, value, value_len + 1);
	return (struct header){
		.name = copy,
		.value = copy + name_len + 1,
		.key = key_of(name, name_len),
		.bytes = bytes_of(name_len, value, value_len),
	};
}

static void
count_header(struct message *m, const struct header *h)
{
	m->header_bytes += h->bytes;
	m->header_lines++;
}

static void
discount_header(struct message *m, const struct header *h)
{
	m->header_bytes -= h->bytes;
	m->header_lines--;
}

void
message_sent_field(struct message *m, const char *name, size_t name_len, const char *value,
		   size_t value_len, bool keep)
{
	struct header *h;

	if (!keep) {
		m->header_bytes += bytes_of(name_len, value, value_len);
		m->header_lines++;
		return;
	}
	h = add_room(m);
	*h = make_header(m->arena, name, name_len, value, value_len);
	h->sent = h->value;
	h->place = HEADER_SENT;
	count_header(m, h);
	index_header(m, m->n_headers - 1);
}

void
message_sent_header(struct message *m, const char *name, const char *value, bool keep)
{
	message_sent_field(m, name, strlen(name), value, strlen(value), keep);
}

/* A line may come in several pieces, and its CR in another one than its LF. */
static void
count_lines(struct message *m, const char *data, size_t len)
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
message_sent_body(struct message *m, const void *data, size_t len, bool keep)
{
	m->body_size += len;
	count_lines(m, data, len);
	return keep ? body_append(&m->kept, data, len) : 0;
}

int
message_sent_all(struct message *m)
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

const struct sender *
message_sender(const struct message *m, unsigned w)
{
	const struct sender *found = NULL;

	for (size_t i = 0; i < m->n_senders; i++) {
		const struct sender *s = &m->senders[i];

		if (s->added_by < w || s->added_by == POSITION_MTA)
			if (found == NULL || s->added_by >= found->added_by)
				found = s;
	}
	return found;
}

size_t
message_rcpt_count(const struct message *m, unsigned w)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_rcpts; i++)
		n += rcpt_is_visible(&m->rcpts[i], w);
	return n;
}

struct header *
message_header(const struct message *m, const char *name, size_t nth)
{
	uint32_t key = header_key(name);
	struct header *h = message_named(m, name, key, NULL);

	while (h != NULL && --nth > 0)
		h = message_named(m, name, key, h);
	return h;
}

size_t
message_header_count(const struct message *m, const char *name)
{
	uint32_t key = header_key(name);
	struct header *h = NULL;
	size_t n = 0;

	while ((h = message_named(m, name, key, h)) != NULL)
		n++;
	return n;
}

uint64_t
message_size(const struct message *m)
{
	return m->header_bytes + 2 + m->body_size;
}

void
message_change_sender(struct message *m, unsigned w, const char *addr, const char *args,
		      size_t args_len)
{
	add_sender(m, w, addr, args, args_len);
	push_undo(m, UNDO_SENDER, 0);
}

void
message_add_rcpt(struct message *m, unsigned w, const char *addr, const char *args,
		 size_t args_len)
{
	add_rcpt(m, w, addr, args, args_len);
	push_undo(m, UNDO_ADD_RCPT, 0);
}

void
message_delete_rcpt(struct message *m, unsigned w, size_t index)
{
	assert(index < m->n_rcpts);
	push_undo(m, UNDO_DELETE_RCPT, index)->len = m->rcpts[index].removed_by;
	m->rcpts[index].removed_by = (uint16_t)w;
}

void
message_end_at(struct message *m, unsigned w)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_senders; i++)
		if (m->senders[i].added_by <= w)
			m->senders[n++] = m->senders[i];
	m->n_senders = n;
	for (size_t i = 0; i < m->n_rcpts; i++) {
		struct rcpt *r = &m->rcpts[i];

		if (r->added_by > w)
			r->removed_by = r->added_by;
		else if (r->removed_by > w)
			r->removed_by = POSITION_NONE;
	}
}

/* Where a new header of this place goes: those of one place stand together, and a new one at
 * the top or below comes before its like. */
static size_t
place_index(const struct message *m, enum header_place place)
{
	size_t i = 0;

	if (place == HEADER_END)
		return m->n_headers;
	while (i < m->n_headers && m->headers[i].place < place)
		i++;
	return i;
}

static void
insert_header(struct message *m, enum header_place place, const char *name, const char *value)
{
	size_t at = place_index(m, place);
	struct header h = make_header(m->arena, name, strlen(name), value, strlen(value));

	h.place = place;
	(void)add_room(m);
	memmove(&m->headers[at + 1], &m->headers[at], (m->n_headers - 1 - at) * sizeof(h));
	m->headers[at] = h;
	index_all(m);
	count_header(m, &h);
	push_undo(m, UNDO_INSERT, at);
}

void
message_add_header(struct message *m, const char *name, const char *value)
{
	insert_header(m, HEADER_END, name, value);
}

void
message_insert_header(struct message *m, enum header_place place, const char *name,
		      const char *value)
{
	assert(place == HEADER_TOP || place == HEADER_BELOW);
	insert_header(m, place, name, value);
}

/* value is the arena's. */
static void
set_value(struct message *m, struct header *h, const char *value)
{
	discount_header(m, h);
	h->value = value;
	h->forms = NULL;
	h->bytes = bytes_of(strlen(h->name), value, strlen(value));
	count_header(m, h);
}

void
message_change_header(struct message *m, struct header *h, const char *value)
{
	push_undo(m, UNDO_CHANGE, (size_t)(h - m->headers))->text = h->value;
	set_value(m, h, arena_strdup(m->arena, value));
}

void
message_delete_header(struct message *m, struct header *h)
{
	assert(!h->deleted);
	push_undo(m, UNDO_DELETE, (size_t)(h - m->headers));
	discount_header(m, h);
	h->deleted = true;
}

void
message_replace_body(struct message *m, const char *data, size_t len)
{
	message_replace_body_parts(m, &(struct slice){data, len}, 1);
}

void
message_replace_body_parts(struct message *m, const struct slice *parts, size_t n)
{
	struct undo *u = push_undo(m, UNDO_BODY, 0);

	u->text = m->body;
	u->len = m->body_len;
	u->parts = m->body_parts;
	u->n_parts = m->n_body_parts;
	u->size = m->body_size;
	u->longest = m->body_longest;
	u->flag = m->body_changed;
	m->body = n == 1 ? parts->data : NULL;
	m->body_len = 0;
	m->n_body_parts = n == 1 ? 0 : n;
	m->body_parts = arena_dup(m->arena, parts, m->n_body_parts * sizeof(*parts));
	m->body_changed = true;
	m->body_longest = m->line = 0;
	m->line_cr = false;
	for (size_t i = 0; i < n; i++) {
		m->body_len += parts[i].len;
		count_lines(m, parts[i].data, parts[i].len);
	}
	m->body_size = m->body_len;
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

void
message_quarantine(struct message *m, const char *reason)
{
	push_undo(m, UNDO_QUARANTINE, 0)->text = m->quarantine;
	m->quarantine = arena_strdup(m->arena, reason);
}

static void
undo_header(struct message *m, const struct undo *u)
{
	struct header *h = &m->headers[u->index];

	if (u->kind == UNDO_DELETE) {
		h->deleted = false;
		count_header(m, h);
		return;
	}
	if (u->kind == UNDO_CHANGE) {
		set_value(m, h, u->text);
		return;
	}
	discount_header(m, h);
	m->n_headers--;
	memmove(h, h + 1, (m->n_headers - u->index) * sizeof(*h));
	index_all(m);
}

static void
undo_one(struct message *m, const struct undo *u)
{
	count_change(m, u->kind);
	switch (u->kind) {
	case UNDO_SENDER:
		m->n_senders--;
		break;
	case UNDO_ADD_RCPT:
		m->n_rcpts--;
		break;
	case UNDO_DELETE_RCPT:
		m->rcpts[u->index].removed_by = (uint16_t)u->len;
		break;
	case UNDO_INSERT:
	case UNDO_CHANGE:
	case UNDO_DELETE:
		undo_header(m, u);
		break;
	case UNDO_BODY:
		m->body = u->text;
		m->body_len = u->len;
		m->body_parts = u->parts;
		m->n_body_parts = u->n_parts;
		m->body_size = u->size;
		m->body_longest = u->longest;
		m->body_changed = u->flag;
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
		undo_one(m, &m->undo[--m->n_undo]);
}
