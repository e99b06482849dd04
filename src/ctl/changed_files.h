/* The files that have changed since the daemon loaded its configuration. Input: what the daemon
 * keeps of it, and the same configuration, loaded now; output: the files, each with a sentence
 * for people. A file counts as changed when its content is another one. */
#ifndef CTL_CHANGED_FILES_H
#define CTL_CHANGED_FILES_H

#include <stdbool.h>

#include "config/dump_file.h"

struct arena;
struct config;

struct changed_file {
	const char *path;
	/* `now` has the new content of it, so not what the daemon has: a table, a text. False:
	 * it is a file of the configuration itself, of which the daemon keeps the content. */
	bool is_new;
	/* "PATH changed since the daemon loaded it: the old side is judged with the new
	 * contents", or "... the old contents". */
	const char *text;
	const struct changed_file *next;
};

/* In the order in which the daemon read them, each once; NULL: none. All memory is the arena's.
 */
const struct changed_file *changed_files_find(struct arena *arena, const struct dump_file *dump,
					      const struct config *now);

#endif
