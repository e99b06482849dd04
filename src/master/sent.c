/* A short list: a worker that turns takes a connection at once. */
#include "master/sent.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
sent_add(struct sent_connections *s, int fd, uint32_t listener)
{
	s->list = realloc(s->list, (s->n + 1) * sizeof(*s->list));
	if (s->list == NULL)
		abort();
	s->list[s->n++] = (struct sent_connection){fd, listener};
}

static void
drop_oldest(struct sent_connections *s, size_t n)
{
	s->n -= n;
	s->settled += n;
	memmove(s->list, s->list + n, s->n * sizeof(*s->list));
}

void
sent_settle(struct sent_connections *s, uint64_t taken)
{
	uint64_t n = taken > s->settled ? taken - s->settled : 0;

	if (n > s->n)
		n = s->n;
	for (size_t i = 0; i < n; i++)
		close(s->list[i].fd);
	if (n > 0)
		drop_oldest(s, (size_t)n);
}

bool
sent_take(struct sent_connections *s, struct sent_connection *ret)
{
	if (s->n == 0)
		return false;
	*ret = s->list[0];
	drop_oldest(s, 1);
	return true;
}

void
sent_free(struct sent_connections *s)
{
	sent_settle(s, UINT64_MAX);
	free(s->list);
	s->list = NULL;
}
