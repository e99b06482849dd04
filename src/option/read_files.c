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
read_files_add(struct read_files *files, const char *path, bool is_configuration,
	       const void *data, size_t size)
{
	struct read_file *f;

	if (files == NULL)
		return;
	f = arena_zalloc(files->arena, sizeof(*f));
	f->path = arena_strdup(files->arena, path);
	f->is_configuration = is_configuration;
	f->size = size;
	f->hash = read_file_hash(data, size);
	*files->end = f;
	files->end = &f->next;
}
