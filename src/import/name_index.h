/* What belongs to a name: lists by the hash of the name, for files with many names. */
#ifndef IMPORT_NAME_INDEX_H
#define IMPORT_NAME_INDEX_H

#include <stddef.h>

struct arena;

#define NAME_INDEX_LISTS 4096u

/* {0} at its start. */
struct name_index {
	const struct indexed_name *lists[NAME_INDEX_LISTS];
};

/* The value of a name of len bytes, the one that was added last; NULL: there is none. Case
 * counts. */
void *name_index_find(const struct name_index *index, const char *name, size_t len);
/* Adds a name, which must live as long as the index; the arena owns what the index needs. */
void name_index_add(struct name_index *index, struct arena *arena, const char *name,
		    void *value);

#endif
