/* One shared mapping for a generation: an array by slot. Input: the number of workers; output:
 * the loads. The array's length and address are the process's own, so no worker can change
 * them. */
#include "worker/load.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "io/shared.h"

static struct worker_loads *
wrap_memory(_Atomic uint32_t *memory, size_t n)
{
	struct worker_loads *loads;

	if (memory == NULL)
		return NULL;
	loads = calloc(1, sizeof(*loads));
	if (loads == NULL)
		abort();
	*loads = (struct worker_loads){.n = n, .load = memory};
	return loads;
}

struct worker_loads *
loads_new(size_t n, int *ret_fd)
{
	return wrap_memory(shared_new(n * sizeof(_Atomic uint32_t), ret_fd), n);
}

struct worker_loads *
loads_map(int fd, size_t n)
{
	return wrap_memory(shared_map(fd, n * sizeof(_Atomic uint32_t)), n);
}

struct worker_loads *
loads_free(struct worker_loads *loads)
{
	if (loads != NULL)
		munmap(loads->load, loads->n * sizeof(*loads->load));
	free(loads);
	return NULL;
}

size_t
loads_least(const struct worker_loads *loads)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < loads->n; i++) {
		size_t load = atomic_load_explicit(&loads->load[i], memory_order_relaxed);

		if (load > 0 && load - 1 < least)
			least = load - 1;
	}
	return least;
}
