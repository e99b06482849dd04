/* Memory that dies together. Layer 0.
 *
 * An arena hands out memory that is freed all at once. When the system has no more memory it
 * aborts: what may be taken is bounded before it is asked for (limits {} of the
 * configuration), so that only a worker that is broken gets here, and the master starts
 * another one. */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena takes no memory beyond its own few bytes until something is asked of it. */
struct arena *arena_new(void);

/* Runs what was deferred, then frees everything. NULL is fine; returns NULL. */
struct arena *arena_free(struct arena *a);

/* Runs what was deferred, newest first, and forgets all allocations. Keeps one block for the
 * next use, unless it grew beyond a page or two. */
void arena_reset(struct arena *a);

/* Aligned for any type; arena_alloc() does not clear. n may be 0: a valid pointer. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc));
void *arena_zalloc(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc));

/* Copies. arena_strndup() copies at most n bytes of s and ends them with NUL; arena_dup()
 * copies n bytes and adds a NUL that is not counted. */
void *arena_dup(struct arena *a, const void *p, size_t n) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *a, const char *s) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0), returns_nonnull));

/* Room for one more element in an array of n elements, size bytes each: the array itself when
 * *cap elements fit into it, else a copy of twice the capacity (8 at first), whose *cap is
 * updated. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t *cap, size_t size);

/* fn(arg) is called by arena_reset() or arena_free(): for what is not memory. */
void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

/* Bytes asked for since the last reset. */
size_t arena_used(const struct arena *a);

#endif
