/* An arena is a list of blocks, newest first; allocations are cut off the newest one. */
#include "util/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/memory.h"

#define FIRST_BLOCK_BYTES 2000u
#define KEEP_BLOCK_BYTES  8192u
#define MAX_GROWTH_BYTES  (1u << 18)
#define GROW_FIRST	  8u /* elements of an array of arena_grow() */

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *arg);
	void *arg;
};

struct arena {
	struct arena_block *blocks;
	struct deferred *deferred;
	size_t used;
};

struct arena *
arena_new(void)
{
	return memory_zalloc(sizeof(struct arena));
}

static void
call_deferred(struct arena *a)
{
	while (a->deferred != NULL) {
		struct deferred *d = a->deferred;

		a->deferred = d->next;
		d->fn(d->arg);
	}
}

static void
free_arena_blocks(struct arena_block *b)
{
	while (b != NULL) {
		struct arena_block *next = b->next;

		memory_free(b, sizeof(*b) + b->size);
		b = next;
	}
}

struct arena *
arena_free(struct arena *a)
{
	if (a == NULL)
		return NULL;
	call_deferred(a);
	free_arena_blocks(a->blocks);
	memory_free(a, sizeof(*a));
	return NULL;
}

void
arena_reset(struct arena *a)
{
	call_deferred(a);
	a->used = 0;
	if (a->blocks == NULL)
		return;
	free_arena_blocks(a->blocks->next);
	a->blocks->next = NULL;
	a->blocks->used = 0;
	if (a->blocks->size > KEEP_BLOCK_BYTES) {
		memory_free(a->blocks, sizeof(*a->blocks) + a->blocks->size);
		a->blocks = NULL;
	}
}

static struct arena_block *add_arena_block(struct arena *a, size_t n) __attribute__((noinline));

static size_t
count_block_bytes(const struct arena *a)
{
	size_t n = 0;

	for (const struct arena_block *b = a->blocks; b != NULL; b = b->next)
		n += b->size;
	return n > 0 ? n : FIRST_BLOCK_BYTES;
}

/* Each block is as large as all before together, so that the list stays short; a large
 * allocation gets a block of its own size. */
static struct arena_block *
add_arena_block(struct arena *a, size_t n)
{
	size_t size = count_block_bytes(a);
	struct arena_block *b;

	if (size > MAX_GROWTH_BYTES)
		size = MAX_GROWTH_BYTES;
	if (size < n)
		size = n;
	if (size > SIZE_MAX - sizeof(*b))
		abort();
	b = memory_alloc(sizeof(*b) + size);
	b->size = size;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t rounded = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *b = a->blocks;
	void *p;

	if (rounded < n)
		abort();
	if (b == NULL || b->size - b->used < rounded)
		b = add_arena_block(a, rounded);
	p = b->data + b->used;
	b->used += rounded;
	a->used += n;
	return p;
}

void *
arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

void *
arena_dup(struct arena *a, const void *p, size_t n)
{
	unsigned char *copy = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s));
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	return arena_dup(a, s, strnlen(s, n));
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		abort();
	s = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void *
arena_grow(struct arena *a, void *array, size_t n, size_t *cap, size_t size)
{
	void *p;

	if (n < *cap)
		return array;
	*cap = *cap == 0 ? GROW_FIRST : *cap * 2;
	p = arena_alloc(a, *cap * size);
	if (n > 0)
		memcpy(p, array, n * size);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *arg), void *arg)
{
	struct deferred *d = arena_alloc(a, sizeof(*d));

	d->fn = fn;
	d->arg = arg;
	d->next = a->deferred;
	a->deferred = d;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
