/* The list of files that were read. A hash is taken when the content was just read, and costs
 * little beside what is done with it: some 10 ms for 64 MiB. */
#include "option/read_files.h"

#include "util/arena.h"
#include "util/hash.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15)

struct read_files *
read_files_new(struct arena *arena)
{
	struct read_files *files = arena_zalloc(arena, sizeof(*files));

	files->arena = arena;
	files->end = &files->first;
	return files;
}

uint64_t
read_file_hash(const void *data, size_t size)
{
	return hash_bytes(SEED, data, size);
}

void
read_files_put(struct read_files *files, const char *path, bool is_configuration, uint64_t size,
	       uint64_t hash)
{
	struct read_file *f = arena_alloc(files->arena, sizeof(*f));

	*f = (struct read_file){path, is_configuration, size, hash, NULL};
	*files->end = f;
	files->end = &f->next;
}

void
read_files_add(struct read_files *files, const char *path, bool is_configuration,
	       const void *data, size_t size)
{
	if (files != NULL)
		read_files_put(files, arena_strdup(files->arena, path), is_configuration, size,
			       read_file_hash(data, size));
}
