/* Header values, decoded on demand and kept by the address of the value. */
#include "policy/values.h"

#include <stdint.h>
#include <string.h>

#include "mime/words.h"
#include "util/arena.h"

#define FIRST_SLOTS 16u /* a power of two */

static void
scratch_free(void *arg)
{
	buf_free(arg);
}

static size_t
slot_of(const struct values *v, const char *value)
{
	uint64_t h = (uint64_t)(uintptr_t)value * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32) & (v->cap - 1);
}

/* The slot where the value stands, or the free one where it would go. */
static struct value_entry **
slot_find(const struct values *v, const char *value)
{
	size_t i = slot_of(v, value);

	while (v->slots[i] && v->slots[i]->value != value)
		i = (i + 1) & (v->cap - 1);
	return &v->slots[i];
}

/* Never more than half full, so a search is short. */
static void
values_grow(struct values *v, struct arena *arena)
{
	struct value_entry **old = v->slots;
	size_t n = v->cap;

	v->cap = n == 0 ? FIRST_SLOTS : 2 * n;
	v->slots = arena_zalloc(arena, v->cap * sizeof(struct value_entry *));
	for (size_t i = 0; i < n; i++) {
		if (old[i])
			*slot_find(v, old[i]->value) = old[i];
	}
	if (n == 0)
		arena_defer(arena, scratch_free, &v->scratch);
}

static struct value_entry *
values_find(struct values *v, struct arena *arena, const char *value)
{
	if (2 * v->n >= v->cap)
		values_grow(v, arena);

	struct value_entry **slot = slot_find(v, value);

	if (!*slot) {
		*slot = arena_zalloc(arena, sizeof(**slot));
		(*slot)->value = value;
		v->n++;
	}
	return *slot;
}

static struct value_form
form_keep(const struct buf *b, struct arena *arena)
{
	return (struct value_form){arena_dup(arena, b->data, b->len), b->len};
}

static void
make_unfolded(struct values *v, struct arena *arena, struct value_entry *e)
{
	size_t len = strlen(e->value);

	if (mime_header_is_plain(e->value, len)) {
		e->unfolded = (struct value_form){e->value, len};
		return;
	}
	buf_reset(&v->scratch);
	mime_unfold_header(e->value, len, &v->scratch);
	e->unfolded = form_keep(&v->scratch, arena);
}

static void
make_decoded(struct values *v, struct arena *arena, struct value_entry *e)
{
	size_t len = strlen(e->value);

	if (mime_header_is_plain(e->value, len)) {
		e->decoded = (struct value_form){e->value, len};
		return;
	}
	buf_reset(&v->scratch);
	e->undecodable = !mime_decode_header(e->value, len, &v->scratch);
	e->decoded = form_keep(&v->scratch, arena);
}

struct value_entry *
values_get(struct values *v, struct arena *arena, const char *value, bool decode)
{
	struct value_entry *e = values_find(v, arena, value);

	if (decode && !e->decoded.text)
		make_decoded(v, arena, e);
	if ((!decode || e->undecodable) && !e->unfolded.text)
		make_unfolded(v, arena, e);
	return e;
}
