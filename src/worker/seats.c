/* One shared mapping for a generation. */
#include "worker/seats.h"

#include <sys/mman.h>

static size_t
seats_size(size_t n)
{
	return sizeof(struct seats) + n * sizeof(_Atomic uint32_t);
}

struct seats *
seats_new(size_t n)
{
	struct seats *s = mmap(NULL, seats_size(n), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	s->n = n;
	return s;
}

struct seats *
seats_free(struct seats *s)
{
	if (s != NULL)
		munmap(s, seats_size(s->n));
	return NULL;
}

size_t
seats_least(const struct seats *s)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < s->n; i++) {
		size_t load = atomic_load_explicit(&s->load[i], memory_order_relaxed);

		if (load > 0 && load - 1 < least)
			least = load - 1;
	}
	return least;
}
