/* A growing byte buffer. {0} is an empty one; its owner frees it with buf_free(). Without
 * memory the process aborts, as arena.h explains. The small functions are inline: the reply to
 * a message is written with them. */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct arena;

struct buf {
	unsigned char *data; /* NULL only while cap is 0 */
	size_t len, cap;     /* bytes in use, bytes allocated */
};

void buf_free(struct buf *b); /* frees the memory: b is {0} again */
static inline void
buf_reset(struct buf *b) /* empties it and keeps the memory */
{
	b->len = 0;
}

/* Makes room for n more bytes behind the content and returns where they go. The caller writes
 * them and adds to len. buf_grow() is the slow part of buf_reserve(). */
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

void buf_put_u32(struct buf *b, uint32_t v);	/* four bytes, big-endian */
void buf_put_number(struct buf *b, uint64_t v); /* decimal digits */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Removes n bytes, at most len, from the front. */
void buf_consume(struct buf *b, size_t n);

/* The content as a string: a NUL is written behind it, which does not count. Valid until b
 * changes. */
const char *buf_string(struct buf *b) __attribute__((returns_nonnull));

/* Writes the content to a stream; errors are the stream's. An empty buffer may have no data,
 * which fwrite() must not be given. */
void buf_write(const struct buf *b, FILE *f);
/* The same for a descriptor that blocks. 0, or the negative errno of write(2). */
int buf_write_to(const struct buf *b, int fd);

/* Passes the content to the arena, without copying it, and returns it as a string; b is {0}
 * then. */
const char *buf_move_to_arena(struct buf *b, struct arena *arena)
	__attribute__((returns_nonnull));

#endif
