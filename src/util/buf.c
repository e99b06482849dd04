/* A growing byte buffer: its capacity doubles, and from 16 MiB on grows by a quarter. */
#include "util/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/arena.h"
#include "util/memory.h"

#define FIRST_BYTES 256u
#define LARGE_BYTES (16u << 20)

void
buf_free(struct buf *b)
{
	memory_free(b->data, b->cap);
	*b = (struct buf){0};
}

unsigned char *
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? FIRST_BYTES : b->cap;

	if (n > SIZE_MAX / 2 - b->len)
		abort();
	while (cap < b->len + n)
		cap += cap < LARGE_BYTES ? cap : cap / 4;
	if (cap != b->cap) {
		b->data = memory_resize(b->data, b->cap, cap);
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_put_u32(struct buf *b, uint32_t v)
{
	unsigned char *p = buf_reserve(b, 4);

	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
	b->len += 4;
}

void
buf_put_number(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	buf_append(b, digits + at, sizeof(digits) - at);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	(void)vsnprintf((char *)buf_reserve(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
	va_end(again);
	b->len += (size_t)n;
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

const char *
buf_string(struct buf *b)
{
	*buf_reserve(b, 1) = '\0';
	return (const char *)b->data;
}

void
buf_write(const struct buf *b, FILE *f)
{
	if (b->len > 0)
		(void)fwrite(b->data, 1, b->len, f);
}

int
buf_write_to(const struct buf *b, int fd)
{
	for (size_t at = 0; at < b->len;) {
		ssize_t n = write(fd, b->data + at, b->len - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			at += (size_t)n;
	}
	return 0;
}

static void
free_moved_buf(void *moved)
{
	buf_free(moved);
}

const char *
buf_move_to_arena(struct buf *b, struct arena *arena)
{
	const char *s = buf_string(b);

	arena_defer(arena, free_moved_buf, arena_dup(arena, b, sizeof(*b)));
	*b = (struct buf){0};
	return s;
}
