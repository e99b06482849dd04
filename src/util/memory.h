/* All memory of a process that grows with mail comes from here, is counted, and is compared
 * with a budget (max_memory of workers { }).
 *
 * There is no failure to handle: when malloc() itself fails the process aborts. An allocation
 * over the budget succeeds, too, but from then on memory_is_over() is true. Whoever works on a
 * message for long, or allocates as much as a message is long, asks that and stops: then what
 * was allocated beyond the budget is one piece, not a message. In the end the session refuses
 * the message at work, and frees it (src/session/session.h). Of 10 MB, with 9 MB in use:
 *
 *	memory_recheck()		an event: 9 MB are in use, memory_is_over() is false
 *	buf_reserve(&text, 2 MB)	11 MB are in use: memory_is_over() is true
 *	buf_free(&text)			9 MB again; it stays true: the work on this event was
 * cut short, so its outcome does not count memory_recheck()		before other work: false
 *
 * Counted is what is requested here; malloc() takes a little more. What libraries allocate for
 * themselves is not counted: PCRE2 has limits of its own. Not for use by several threads. */
#ifndef UTIL_MEMORY_H
#define UTIL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* private to the functions below */
extern struct memory_count {
	size_t used, budget; /* bytes */
	bool over;
} memory_count;

static inline void *
memory_note(void *p, size_t n)
{
	memory_count.used += n;
	if (__builtin_expect(p == NULL, 0))
		abort();
	if (__builtin_expect(memory_count.used > memory_count.budget, 0))
		memory_count.over = true;
	return p;
}

/* n bytes, not 0. memory_zalloc() clears them. */
static inline void *
memory_alloc(size_t n)
{
	return memory_note(malloc(n), n);
}

static inline void *
memory_zalloc(size_t n)
{
	return memory_note(calloc(1, n), n);
}

/* Frees n bytes, as many as p was allocated with; NULL and 0 are fine. */
static inline void
memory_free(void *p, size_t n)
{
	memory_count.used -= n;
	free(p);
}

/* Resizes p, which has old bytes (NULL and 0 are fine), to n bytes, not 0, and keeps their
 * content. */
static inline void *
memory_resize(void *p, size_t old, size_t n)
{
	memory_count.used -= old;
	return memory_note(realloc(p, n), n);
}

/* What is in use may from now on be so many bytes more than now; UINT64_MAX: no limit, as at
 * the start of a process. For a worker, which has inherited the configuration. */
void memory_set_budget(uint64_t bytes);

/* Bytes in use. */
static inline size_t
memory_used(void)
{
	return memory_count.used;
}

/* Was the budget exceeded since the last memory_recheck(), or is it now? */
static inline bool
memory_is_over(void)
{
	return __builtin_expect(memory_count.over, 0);
}

/* Would so many bytes more exceed it? Then memory_is_over() is true, too. */
bool memory_lacks_room(size_t bytes);

/* Before other work begins: what was exceeded for a time does not matter any more. */
static inline void
memory_recheck(void)
{
	memory_count.over = memory_count.used > memory_count.budget;
}

/* Gives the system back what was freed; takes time. */
void memory_return(void);

#endif
