/* A growing byte buffer; the owner frees it with buf_free(). Layer 0.
 *
 * {0} is an empty buffer. No memory: abort, as arena.h says. */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct buf {
	unsigned char *data; /* NULL only while cap is 0 */
	size_t len, cap;
};

void buf_free(struct buf *b); /* and is empty again, without memory */
static inline void
buf_reset(struct buf *b) /* empty, keeps its memory */
{
	b->len = 0;
}

/* Room for n more bytes after data + len; returns where they go. The caller adds to len. */
unsigned char *buf_grow(struct buf *b, size_t n) __attribute__((returns_nonnull));
static inline unsigned char *
buf_reserve(struct buf *b, size_t n)
{
	return n <= b->cap - b->len && b->data != NULL ? b->data + b->len : buf_grow(b, n);
}

static inline void
buf_append(struct buf *b, const void *p, size_t n) /* p may be NULL when n is 0 */
{
	if (n == 0)
		return;
	memcpy(buf_reserve(b, n), p, n);
	b->len += n;
}

static inline void
buf_puts(struct buf *b, const char *s) /* without the NUL */
{
	buf_append(b, s, strlen(s));
}

static inline void
buf_putc(struct buf *b, unsigned char c)
{
	*buf_reserve(b, 1) = c;
	b->len++;
}

void buf_put_u32(struct buf *b, uint32_t v);	/* big-endian */
void buf_put_number(struct buf *b, uint64_t v); /* its decimal digits */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Drops n bytes (at most len) from the front. */
void buf_consume(struct buf *b, size_t n);

/* The content as a string: writes a NUL behind it that is not counted. */
const char *buf_string(struct buf *b) __attribute__((returns_nonnull));

/* The content is the arena's from now on, where it is, as a string; b is an empty buffer. */
const char *buf_give(struct buf *b, struct arena *arena) __attribute__((returns_nonnull));

#endif
