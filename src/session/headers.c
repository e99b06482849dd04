/* Header fields: an array in the message's order, and an index by name.
 *
 * The index has NAME_SLOTS lists; a field is in the list that its key leads to, in the array's
 * order, so a search by name passes over the few fields whose keys share a slot. Lists hold
 * array indices plus 1 (0 ends a list). A field that is inserted moves those behind it, and
 * then the index is made anew; fields of the MTA are only appended. */
#include "session/headers.h"

#include <assert.h>
#include <string.h>

#include "session/undo.h"
#include "util/arena.h"
#include "util/str.h"

#define NAME_SLOTS 32u

struct name_index {
	uint32_t first[NAME_SLOTS], last[NAME_SLOTS];
};

static size_t
slot_of_key(uint32_t key)
{
	return (key ^ key >> 8 ^ key >> 16) % NAME_SLOTS;
}

/* Takes the header at i into the index; all before it are there. */
static void
index_header(struct message *m, size_t i)
{
	size_t slot = slot_of_key(m->headers[i].key);
	uint32_t last = m->names->last[slot], this = (uint32_t)i + 1;

	m->headers[i].next = 0;
	if (last == 0)
		m->names->first[slot] = this;
	else
		m->headers[last - 1].next = this;
	m->names->last[slot] = this;
}

static void
index_all_headers(struct message *m)
{
	*m->names = (struct name_index){0};
	for (size_t i = 0; i < m->n_headers; i++)
		index_header(m, i);
}

struct header *
message_find_header(const struct message *m, const char *name, uint32_t key,
		    const struct header *after)
{
	uint32_t i = after != NULL	? after->next
		     : m->names != NULL ? m->names->first[slot_of_key(key)]
					: 0;

	for (; i != 0; i = m->headers[i - 1].next) {
		struct header *h = &m->headers[i - 1];

		if (!h->deleted && header_is_named(h, name, key))
			return h;
	}
	return NULL;
}

struct header *
message_nth_header(const struct message *m, const char *name, size_t nth)
{
	uint32_t key = header_key(name);
	struct header *h = message_find_header(m, name, key, NULL);

	while (h != NULL && --nth > 0)
		h = message_find_header(m, name, key, h);
	return h;
}

size_t
message_header_count(const struct message *m, const char *name)
{
	uint32_t key = header_key(name);
	struct header *h = NULL;
	size_t n = 0;

	while ((h = message_find_header(m, name, key, h)) != NULL)
		n++;
	return n;
}

/* Bytes of "Name: value" with line ends of CRLF, where the value has LF. */
static uint32_t
count_header_bytes(size_t name_len, const char *value, size_t value_len)
{
	size_t bytes = name_len + 2 + value_len + 2;
	const char *end = value + value_len;

	for (const char *p = value; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		bytes++;
	return (uint32_t)bytes;
}

static void
add_to_totals(struct message *m, const struct header *h)
{
	m->header_bytes += h->bytes;
	m->header_lines++;
}

static void
subtract_from_totals(struct message *m, const struct header *h)
{
	m->header_bytes -= h->bytes;
	m->header_lines--;
}

/* A place for one more header at the end of the array. */
static struct header *
append_header(struct message *m)
{
	if (m->n_headers == m->cap_headers)
		m->headers = arena_grow(m->arena, m->headers, m->n_headers, &m->cap_headers,
					sizeof(*m->headers));
	if (m->names == NULL)
		m->names = arena_zalloc(m->arena, sizeof(*m->names));
	return &m->headers[m->n_headers++];
}

/* Makes h a header with copies of both strings. */
static void
init_header(struct header *h, struct arena *arena, const char *name, size_t name_len,
	    const char *value, size_t value_len)
{
	char *copy = arena_alloc(arena, name_len + 1 + value_len + 1);

	memcpy(copy, name, name_len + 1);
	memcpy(copy + name_len + 1, value, value_len + 1);
	*h = (struct header){
		.name = copy,
		.value = copy + name_len + 1,
		.key = header_key_n(name, name_len),
		.bytes = count_header_bytes(name_len, value, value_len),
	};
}

void
message_receive_header_n(struct message *m, const char *name, size_t name_len,
			 const char *value, size_t value_len, bool keep)
{
	struct header *h;

	if (!keep) {
		m->header_bytes += count_header_bytes(name_len, value, value_len);
		m->header_lines++;
		return;
	}
	h = append_header(m);
	init_header(h, m->arena, name, name_len, value, value_len);
	h->sent = h->value;
	h->place = HEADER_SENT;
	add_to_totals(m, h);
	index_header(m, m->n_headers - 1);
}

void
message_receive_header(struct message *m, const char *name, const char *value, bool keep)
{
	message_receive_header_n(m, name, strlen(name), value, strlen(value), keep);
}

/* The array is sorted by place. A new header at TOP or BELOW goes behind so many of its place,
 * one at the END behind all. */
static size_t
index_for_place(const struct message *m, enum header_place place, size_t behind)
{
	size_t i = 0;

	if (place == HEADER_END)
		return m->n_headers;
	while (i < m->n_headers && m->headers[i].place < place)
		i++;
	for (; behind > 0 && i < m->n_headers && m->headers[i].place == place; i++)
		behind -= !m->headers[i].deleted;
	return i;
}

static void
insert_header(struct message *m, enum header_place place, size_t behind, const char *name,
	      const char *value)
{
	size_t at = index_for_place(m, place, behind);
	struct header h;

	init_header(&h, m->arena, name, strlen(name), value, strlen(value));
	h.place = place;
	(void)append_header(m);
	memmove(&m->headers[at + 1], &m->headers[at], (m->n_headers - 1 - at) * sizeof(h));
	m->headers[at] = h;
	index_all_headers(m);
	add_to_totals(m, &h);
	undo_push(m, UNDO_INSERT_HEADER, at);
}

void
message_add_header(struct message *m, const char *name, const char *value)
{
	insert_header(m, HEADER_END, 0, name, value);
}

void
message_insert_header(struct message *m, enum header_place place, const char *name,
		      const char *value)
{
	message_insert_header_behind(m, place, 0, name, value);
}

void
message_insert_header_behind(struct message *m, enum header_place place, size_t behind,
			     const char *name, const char *value)
{
	assert(place == HEADER_TOP || place == HEADER_BELOW);
	insert_header(m, place, behind, name, value);
}

/* The value is the arena's. */
static void
set_header_value(struct message *m, struct header *h, const char *value)
{
	subtract_from_totals(m, h);
	h->value = value;
	h->forms = NULL;
	h->bytes = count_header_bytes(strlen(h->name), value, strlen(value));
	add_to_totals(m, h);
}

void
message_change_header(struct message *m, struct header *h, const char *value)
{
	undo_push(m, UNDO_CHANGE_HEADER, (size_t)(h - m->headers))->text = h->value;
	set_header_value(m, h, arena_strdup(m->arena, value));
}

void
message_delete_header(struct message *m, struct header *h)
{
	assert(!h->deleted);
	undo_push(m, UNDO_DELETE_HEADER, (size_t)(h - m->headers));
	subtract_from_totals(m, h);
	h->deleted = true;
}

void
undo_header_change(struct message *m, const struct undo *u)
{
	struct header *h = &m->headers[u->index];

	if (u->kind == UNDO_DELETE_HEADER) {
		h->deleted = false;
		add_to_totals(m, h);
		return;
	}
	if (u->kind == UNDO_CHANGE_HEADER) {
		set_header_value(m, h, u->text);
		return;
	}
	subtract_from_totals(m, h);
	m->n_headers--;
	memmove(h, h + 1, (m->n_headers - u->index) * sizeof(*h));
	index_all_headers(m);
}
