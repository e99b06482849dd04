#include "util/counts.h"

#include <string.h>

#include "util/arena.h"
#include "util/str.h"

void
counts_init(struct counts *c, struct arena *arena, size_t n_keys, bool case_blind)
{
	size_t size = 16;

	while (size < 2 * n_keys)
		size *= 2;
	*c = (struct counts){.mask = size - 1, .case_blind = case_blind};
	c->slot = arena_zalloc(arena, size * sizeof(*c->slot));
}

static uint32_t
hash_key(const struct counts *c, const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key != '\0'; key++) {
		unsigned char byte = (unsigned char)*key;

		if (c->case_blind && byte >= 'A' && byte <= 'Z')
			byte |= 0x20;
		h = (h ^ byte) * 16777619u;
	}
	return h;
}

static struct count *
find_count(const struct counts *c, const char *key)
{
	size_t at = hash_key(c, key) & c->mask;

	while (c->slot[at].key != NULL && !(c->case_blind ? str_case_equal(c->slot[at].key, key)
							  : strcmp(c->slot[at].key, key) == 0))
		at = (at + 1) & c->mask;
	return &c->slot[at];
}

uint32_t
counts_add(struct counts *c, const char *key)
{
	struct count *count = find_count(c, key);

	count->key = key;
	return ++count->n;
}

uint32_t
counts_get(const struct counts *c, const char *key)
{
	return find_count(c, key)->n;
}
