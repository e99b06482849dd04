/* What a daemon keeps of the configuration that it has loaded: the effective configuration as a
 * text (dump.h), the path of its file, and each file that was read, with the hash of its
 * content (option/read_files.h). The loader writes it to a file in memory, the master passes
 * its descriptor on, and polymilterctl reads it. Texts and tables of other files are not in it.
 */
#ifndef CONFIG_DUMP_FILE_H
#define CONFIG_DUMP_FILE_H

#include <stddef.h>

#include "option/read_files.h"

struct arena;
struct config;

/* Writes it to an empty file: piece by piece, so that little memory is used beside the file.
 * 0, or the negative errno of write(2). */
int dump_file_write(const struct config *cfg, int fd);

struct dump_file {
	const char *text;
	const char *path;	       /* of the configuration, absolute */
	const struct read_file *files; /* in the order of reading; paths are absolute */
};

/* Reads it; what is not known to this version of the program is skipped. 0 and *ret, which is
 * the arena's; -EBADMSG: it is something else; or the negative errno of read(2). */
int dump_file_read(int fd, struct arena *arena, struct dump_file *ret);

#endif
