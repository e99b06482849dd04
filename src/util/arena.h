/* Memory that is freed all at once: the allocations of one message, or of one configuration.
 *
 * There is no failure to handle: without memory the process aborts. The amount is bounded
 * before it is requested (limits {} of the configuration), so this only happens to a worker
 * that is broken, and the master replaces it. */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena is a few bytes; blocks come with the first allocation. */
struct arena *arena_new(void);

/* Calls the deferred functions, then frees everything. NULL is fine; returns NULL. */
struct arena *arena_free(struct arena *a);

/* Calls the deferred functions, newest first, and drops all allocations. One block of up to 8
 * KiB is kept for the next use. */
void arena_reset(struct arena *a);

/* n bytes, aligned for any type; arena_alloc() does not clear them. n may be 0: the pointer is
 * valid then too. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc));
void *arena_zalloc(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc));

/* Copies. arena_dup() copies n bytes and puts a NUL behind them; arena_strndup() copies at most
 * n bytes of the string s, and a NUL. */
void *arena_dup(struct arena *a, const void *p, size_t n) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *a, const char *s) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0), returns_nonnull));

/* Makes room for one more element in an array of n elements, size bytes each: returns the array
 * itself when *cap elements fit into it, else a copy of twice the capacity (8 at first). *cap
 * is updated. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t *cap, size_t size);

/* arena_reset() or arena_free() will call fn(arg): for what is not memory of the arena. */
void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

/* Bytes requested since the last reset. */
size_t arena_used(const struct arena *a);

#endif
