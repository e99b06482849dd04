/* The files that were read while a configuration was loaded, each with its size and the hash of
 * its content: so it can be told later whether one of them is still the same. */
#ifndef OPTION_READ_FILES_H
#define OPTION_READ_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct read_file {
	const char *path; /* as it was opened */
	/* A file of the configuration itself, such as one that is included; else one that a
	 * section names: a table, a text. */
	bool is_configuration;
	uint64_t size, hash;
	const struct read_file *next;
};

struct read_files {
	struct arena *arena; /* of the list and the paths */
	const struct read_file *first, **end;
};

struct read_files *read_files_new(struct arena *arena);

/* Adds a file, of which data is the whole content. files NULL: it is not noted. */
void read_files_add(struct read_files *files, const char *path, bool is_configuration,
		    const void *data, size_t size);

/* Adds one whose size and hash are known. The path is not copied. */
void read_files_put(struct read_files *files, const char *path, bool is_configuration,
		    uint64_t size, uint64_t hash);

/* The hash of a file's content. The records of a daemon that runs have it: with another hash
 * config/dump_file.c needs other words. */
uint64_t read_file_hash(const void *data, size_t size);

#endif
