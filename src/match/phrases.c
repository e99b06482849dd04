/* The states of the automaton are the begins of phrases, numbered by their length (breadth
 * first), so that those which follow a state stand in a row, and one number for each state
 * tells where they begin. The first states, where a search is most of the time, have a row with
 * the next state for each byte; of the others the state for the longest end that is a begin of
 * a phrase, too, is taken until one has a successor. */
#include "match/phrases.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "charset/word_bound.h"
#include "util/arena.h"
#include "util/memory.h"

#define ROOT	    0u
#define HAS_END	    0x80000000u /* in rows: a phrase ends in that state */
#define NO_PHRASE   UINT32_MAX
#define MAX_BYTES   (1u << 30)
#define ROW_ENTRIES (1u << 16) /* of all rows; more only for the states of one byte */

struct phrase_state {
	uint32_t child; /* the first successor; the last one stands in front of the next's */
	uint32_t fail;	/* the longest end that is a state */
	uint32_t end;	/* the same or this state, if a phrase ends there; ROOT: none does */
};

struct phrases {
	uint32_t n_states, n_rows;
	uint32_t row_shift; /* a row has 1 << row_shift entries, one for each class of bytes */
	uint16_t class_of[256];	    /* 0: in no phrase */
	struct phrase_state *state; /* one more than there are, for the end of the last */
	uint8_t *label;		    /* the byte that leads to each state */
	uint32_t *row;		    /* of the first n_rows states: the next one, with HAS_END */
	uint32_t *phrase;	    /* that ends in a state; NO_PHRASE */
	uint32_t *length;	    /* of that phrase, by its number */
	unsigned char *inside;	    /* is it wanted inside of words? by its number */
};

/* ---- building ---- */

struct sorted_phrase {
	const unsigned char *text;
	uint32_t len, number;
};

/* A state whose successors are not made yet: the phrases that begin with it. */
struct state_range {
	uint32_t from, to;
};

struct phrases_builder {
	struct phrases *p;
	struct sorted_phrase *list;
	uint32_t n;
	size_t bytes;		   /* of all phrases */
	struct state_range *range; /* of each state */
	uint32_t *parent;
};

static int
compare_phrases(const void *a, const void *b)
{
	const struct sorted_phrase *x = a, *y = b;
	uint32_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->text, y->text, n);

	if (r == 0 && x->len != y->len)
		r = x->len < y->len ? -1 : 1;
	return r != 0 ? r : (x->number > y->number) - (x->number < y->number);
}

static bool
sort_phrases(struct phrases_builder *b, const struct phrase *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert(list[i].len > 0);
		b->bytes += list[i].len < MAX_BYTES ? list[i].len : MAX_BYTES;
		if (b->bytes >= MAX_BYTES)
			return false;
	}
	b->n = (uint32_t)n;
	b->list = memory_alloc((n + 1) * sizeof(*b->list));
	for (uint32_t i = 0; i < b->n; i++)
		b->list[i] = (struct sorted_phrase){(const unsigned char *)list[i].text,
						    (uint32_t)list[i].len, i};
	qsort(b->list, n, sizeof(*b->list), compare_phrases);
	return true;
}

/* Adds the successors of a state of that length, in ascending order. */
static void
add_successors(struct phrases_builder *b, uint32_t state, uint32_t depth)
{
	struct phrases *p = b->p;
	struct state_range range = b->range[state];

	p->state[state].child = p->n_states;
	while (range.from < range.to && b->list[range.from].len == depth) {
		uint32_t number = b->list[range.from++].number;

		if (p->phrase[state] == NO_PHRASE) /* else it is there twice */
			p->phrase[state] = number;
		p->inside[p->phrase[state]] |= p->inside[number];
	}
	for (uint32_t i = range.from, next; i < range.to; i = next) {
		unsigned char c = b->list[i].text[depth];

		for (next = i + 1; next < range.to && b->list[next].text[depth] == c;)
			next++;
		p->label[p->n_states] = c;
		p->phrase[p->n_states] = NO_PHRASE;
		b->parent[p->n_states] = state;
		b->range[p->n_states++] = (struct state_range){i, next};
	}
}

static void
build_states(struct phrases_builder *b)
{
	struct phrases *p = b->p;
	uint32_t depth = 0, end_of_depth = 1;

	p->n_states = 1;
	p->phrase[ROOT] = NO_PHRASE;
	b->range[ROOT] = (struct state_range){0, b->n};
	for (uint32_t i = 0; i < p->n_states; i++) {
		if (i == end_of_depth) {
			depth++;
			end_of_depth = p->n_states;
		}
		add_successors(b, i, depth);
	}
	p->state[p->n_states].child = p->n_states;
}

/* The successor of a state by a byte; ROOT: there is none. */
static uint32_t
find_successor(const struct phrases *p, uint32_t state, unsigned char c)
{
	uint32_t from = p->state[state].child, n = p->state[state + 1].child - from;
	const uint8_t *at = n == 0 ? NULL : memchr(p->label + from, c, n);

	return at == NULL ? ROOT : (uint32_t)(at - p->label);
}

/* The longest end of a state's text, and of one byte more, that is a state. */
static uint32_t
follow_ends(const struct phrases *p, uint32_t state, unsigned char c)
{
	for (;;) {
		uint32_t next = find_successor(p, state, c);

		if (next != ROOT || state == ROOT)
			return next;
		state = p->state[state].fail;
	}
}

static void
link_ends(struct phrases_builder *b)
{
	struct phrases *p = b->p;

	p->state[ROOT].fail = p->state[ROOT].end = ROOT;
	for (uint32_t i = 1; i < p->n_states; i++) {
		uint32_t parent = b->parent[i];
		struct phrase_state *s = &p->state[i];

		s->fail = parent == ROOT ? ROOT
					 : follow_ends(p, p->state[parent].fail, p->label[i]);
		s->end = p->phrase[i] != NO_PHRASE ? i : p->state[s->fail].end;
	}
}

static uint32_t *
row_of(const struct phrases *p, uint32_t state)
{
	return p->row + ((size_t)state << p->row_shift);
}

/* The row of a state is that of its longest end, but where it has successors. */
static void
fill_state_row(struct phrases *p, uint32_t state)
{
	size_t size = sizeof(*p->row) << p->row_shift;

	if (state == ROOT)
		memset(row_of(p, state), 0, size);
	else
		memcpy(row_of(p, state), row_of(p, p->state[state].fail), size);
	for (uint32_t i = p->state[state].child; i < p->state[state + 1].child; i++)
		row_of(p, state)[p->class_of[p->label[i]]] =
			i | (p->state[i].end != ROOT ? HAS_END : 0);
}

static void
build_rows(struct phrases_builder *b, struct arena *arena)
{
	struct phrases *p = b->p;
	uint16_t n_classes = 1;
	uint32_t n;

	for (uint32_t i = 1; i < p->n_states; i++)
		if (p->class_of[p->label[i]] == 0)
			p->class_of[p->label[i]] = n_classes++;
	while (1u << p->row_shift < n_classes)
		p->row_shift++;
	n = ROW_ENTRIES >> p->row_shift;
	if (n < p->state[1].child) /* the root and the states of one byte */
		n = p->state[1].child;
	p->n_rows = n < p->n_states ? n : p->n_states;
	p->row = arena_alloc(arena, ((size_t)p->n_rows << p->row_shift) * sizeof(*p->row));
	for (uint32_t i = 0; i < p->n_rows; i++)
		fill_state_row(p, i);
}

static void *
shrunk(struct arena *arena, const void *array, size_t n, size_t size)
{
	return arena_dup(arena, array, n * size);
}

/* Builds in memory for as many states as there are bytes, and keeps what was needed. */
static void
build_automaton(struct phrases_builder *b, struct arena *arena)
{
	struct phrases *p = b->p;
	size_t most = b->bytes + 2;
	struct phrase_state *state = memory_alloc(most * sizeof(*state));
	uint32_t *phrase = memory_alloc(most * sizeof(*phrase));
	uint8_t *label = memory_zalloc(most);

	b->range = memory_alloc(most * sizeof(*b->range));
	b->parent = memory_alloc(most * sizeof(*b->parent));
	p->state = state;
	p->phrase = phrase;
	p->label = label;
	build_states(b);
	link_ends(b);
	p->state = shrunk(arena, state, p->n_states + 1, sizeof(*state));
	p->phrase = shrunk(arena, phrase, p->n_states, sizeof(*phrase));
	p->label = shrunk(arena, label, p->n_states, 1);
	build_rows(b, arena);
	memory_free(state, most * sizeof(*state));
	memory_free(phrase, most * sizeof(*phrase));
	memory_free(label, most);
	memory_free(b->range, most * sizeof(*b->range));
	memory_free(b->parent, most * sizeof(*b->parent));
}

struct phrases *
phrases_build(struct arena *arena, const struct phrase *list, size_t n)
{
	struct phrases_builder b = {.p = arena_zalloc(arena, sizeof(struct phrases))};

	if (!sort_phrases(&b, list, n))
		return NULL;
	b.p->length = arena_alloc(arena, n * sizeof(*b.p->length));
	b.p->inside = arena_alloc(arena, n);
	for (uint32_t i = 0; i < b.n; i++) {
		b.p->length[i] = (uint32_t)list[i].len;
		b.p->inside[i] = list[i].inside;
	}
	build_automaton(&b, arena);
	memory_free(b.list, (n + 1) * sizeof(*b.list));
	return b.p;
}

size_t
phrases_find(const struct phrases *p, const char *text, size_t len)
{
	uint32_t state = ROOT;

	for (size_t i = 0; i < len; i++) {
		state = find_successor(p, state, (unsigned char)text[i]);
		if (state == ROOT)
			return SIZE_MAX;
	}
	return p->phrase[state] == NO_PHRASE ? SIZE_MAX : p->phrase[state];
}

/* ---- searching ---- */

/* The text that is searched. */
struct searched {
	const char *s;
	size_t len;
	phrases_hit *hit;
	void *ctx;
};

/* Reports the phrases that end in front of s[to]. False: no more is wanted. */
static bool __attribute__((noinline))
report_ends(const struct phrases *p, uint32_t state, const struct searched *t, size_t to)
{
	bool bound = word_bound_at(t->s, t->len, to);

	for (state = p->state[state].end; state != ROOT;
	     state = p->state[p->state[state].fail].end) {
		uint32_t phrase = p->phrase[state];
		size_t from = to - p->length[phrase];
		bool whole = bound && word_bound_at(t->s, t->len, from);

		if ((whole || p->inside[phrase]) && !t->hit(t->ctx, phrase, from, to, whole))
			return false;
	}
	return true;
}

/* The next state of one without a row, as it stands in rows. */
static uint32_t __attribute__((noinline))
next_sparse_state(const struct phrases *p, uint32_t state, unsigned char c)
{
	while (state >= p->n_rows) {
		uint32_t next = find_successor(p, state, c);

		if (next != ROOT)
			return next | (p->state[next].end != ROOT ? HAS_END : 0);
		state = p->state[state].fail;
	}
	return p->row[((size_t)state << p->row_shift) + p->class_of[c]];
}

/* Of a state with HAS_END, which no row has, the bit is taken before the next byte is read. */
void
phrases_search(const struct phrases *p, const char *s, size_t len, phrases_hit *hit, void *ctx)
{
	const struct searched t = {s, len, hit, ctx};
	const uint16_t *class_of = p->class_of;
	const uint32_t *row = p->row;
	const uint32_t n_rows = p->n_rows, shift = p->row_shift;
	uint32_t state = ROOT;

	for (size_t i = 0; i < len || (state & HAS_END) != 0;) {
		if (state < n_rows) {
			state = row[((size_t)state << shift) + class_of[(unsigned char)s[i++]]];
			continue;
		}
		if ((state & HAS_END) == 0) {
			state = next_sparse_state(p, state, (unsigned char)s[i++]);
			continue;
		}
		state &= ~HAS_END;
		if (!report_ends(p, state, &t, i))
			return;
	}
}
