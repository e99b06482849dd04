/* Maps the shared memory, and adds up its rows. */
#include "service/state.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "io/shared.h"

static size_t
count_state_bytes(size_t n_servers, size_t n_rows)
{
	size_t n =
		n_servers * (sizeof(struct server_state) + n_rows * sizeof(struct server_use));

	return n > 0 ? n : 1; /* no memory has no bytes */
}

static struct service_state *
make_state(void *memory, size_t n_servers, size_t n_rows)
{
	struct service_state *s = memory != NULL ? calloc(1, sizeof(*s)) : NULL;

	if (s == NULL)
		return NULL;
	*s = (struct service_state){.n_servers = n_servers, .n_rows = n_rows, .memory = memory};
	s->servers = memory;
	s->uses = (struct server_use *)(s->servers + n_servers);
	return s;
}

struct service_state *
service_state_new(size_t n_servers, size_t n_rows, int *ret_fd)
{
	void *memory = shared_new(count_state_bytes(n_servers, n_rows), ret_fd);

	return make_state(memory, n_servers, n_rows);
}

struct service_state *
service_state_map(int fd, size_t n_servers, size_t n_rows)
{
	return make_state(shared_map(fd, count_state_bytes(n_servers, n_rows)), n_servers,
			  n_rows);
}

struct service_state *
service_state_free(struct service_state *s)
{
	if (s == NULL)
		return NULL;
	munmap(s->memory, count_state_bytes(s->n_servers, s->n_rows));
	free(s);
	return NULL;
}

uint32_t
service_state_in_flight(const struct service_state *s, size_t server)
{
	uint32_t n = 0;

	for (size_t row = 0; row < s->n_rows; row++)
		n += atomic_load_explicit(&service_use(s, row, server)->in_flight,
					  memory_order_relaxed);
	return n;
}

uint32_t
service_state_queued(const struct service_state *s, size_t server)
{
	uint32_t n = 0;

	for (size_t row = 0; row < s->n_rows; row++)
		n += atomic_load_explicit(&service_use(s, row, server)->queued,
					  memory_order_relaxed);
	return n;
}

void
service_state_clear_row(struct service_state *s, size_t row)
{
	for (size_t i = 0; i < s->n_servers; i++) {
		atomic_store(&service_use(s, row, i)->in_flight, 0);
		atomic_store(&service_use(s, row, i)->queued, 0);
	}
}
