/* Fuzzes the reader of the records of messages, which a worker has written that may have been
 * made to write anything. What it reads has the counts it says, and strings that end.
 * Input: a record. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "chain/history.h"
#include "fuzz.h"
#include "util/arena.h"

static size_t
length_of(const char *s)
{
	return s != NULL ? strlen(s) : 0;
}

/* All that stands in it, so that AddressSanitizer sees each byte. */
static size_t
walk(const struct history_message *m)
{
	const char *const strings[] = {m->queue_id,    m->session,	  m->listener,
				       m->client_name, m->client_address, m->helo,
				       m->sender,      m->message_id,	  m->verdict,
				       m->by,	       m->limit,	  m->reply};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		n += length_of(strings[i]);
	for (size_t i = 0; i < m->head.n_named; i++)
		n += length_of(m->rcpts[i]);
	for (size_t i = 0; i < m->head.n_policies; i++) {
		const struct history_policy *p = &m->policies[i];

		n += length_of(p->title) + length_of(p->result) + length_of(p->skip_reason) +
		     length_of(p->error) + length_of(p->reply) + length_of(p->found) +
		     length_of(p->detail);
	}
	for (size_t i = 0; i < m->head.n_findings; i++) {
		const struct history_finding *f = &m->findings[i];

		n += length_of(f->name) + length_of(f->before) + length_of(f->after);
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct history_message m;

	if (history_read(data, size, arena, &m) == 0)
		assert(walk(&m) <= size);
	arena_free(arena);
	return 0;
}
