/* A directory for a test's files. Included by one C file each. */
#ifndef T_SCRATCH_H
#define T_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_dir[64];

static inline void
make_scratch(void)
{
	(void)snprintf(scratch_dir, sizeof(scratch_dir), "/tmp/polymilter-unit.XXXXXX");
	assert_non_null(mkdtemp(scratch_dir));
}

static inline int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
remove_scratch(void)
{
	(void)nftw(scratch_dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file there; good until the next four calls. */
static inline const char *
in_scratch(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", scratch_dir, name);
	return path;
}

static inline void
write_scratch_bytes(const char *name, const char *data, size_t len)
{
	FILE *f = fopen(in_scratch(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void
write_scratch(const char *name, const char *text)
{
	write_scratch_bytes(name, text, strlen(text));
}

static inline bool
exists_in_scratch(const char *name)
{
	struct stat st;

	return lstat(in_scratch(name), &st) == 0;
}

#endif
