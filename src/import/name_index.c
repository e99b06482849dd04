#include "import/name_index.h"

#include <string.h>

#include "util/arena.h"
#include "util/hash.h"

struct indexed_name {
	const char *name;
	size_t len;
	void *value;
	const struct indexed_name *next;
};

static size_t
find_list(const char *name, size_t len)
{
	return hash_bytes(0, name, len) % NAME_INDEX_LISTS;
}

void *
name_index_find(const struct name_index *index, const char *name, size_t len)
{
	const struct indexed_name *n = index->lists[find_list(name, len)];

	while (n != NULL && (n->len != len || memcmp(n->name, name, len) != 0))
		n = n->next;
	return n != NULL ? n->value : NULL;
}

void
name_index_add(struct name_index *index, struct arena *arena, const char *name, void *value)
{
	size_t len = strlen(name);
	const struct indexed_name **list = &index->lists[find_list(name, len)];
	struct indexed_name *n = arena_alloc(arena, sizeof(*n));

	*n = (struct indexed_name){name, len, value, *list};
	*list = n;
}
