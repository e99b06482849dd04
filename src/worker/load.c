/* One shared mapping for a generation; how long it is, is nobody else's to change. */
#include "worker/load.h"

#include <stdlib.h>
#include <sys/mman.h>

struct worker_loads *
loads_new(size_t n)
{
	struct worker_loads *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->n = n;
	s->load = mmap(NULL, n * sizeof(*s->load), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->load == MAP_FAILED) {
		free(s);
		return NULL;
	}
	return s;
}

struct worker_loads *
loads_free(struct worker_loads *s)
{
	if (s != NULL)
		munmap(s->load, s->n * sizeof(*s->load));
	free(s);
	return NULL;
}

size_t
loads_least(const struct worker_loads *s)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < s->n; i++) {
		size_t load = atomic_load_explicit(&s->load[i], memory_order_relaxed);

		if (load > 0 && load - 1 < least)
			least = load - 1;
	}
	return least;
}
