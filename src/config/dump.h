/* The effective configuration: what stands in all files and, where nothing is written, the
 * defaults. Input: a configuration. Output: calls of a writer, one for each section and option,
 * in the order of the option tables; or a text, which is a configuration in one file that means
 * the same:
 *
 *	size "caps" {                           # /etc/polymilter/conf.d/a.conf:3
 *	    message = "25M"                     # /etc/polymilter/conf.d/a.conf:4
 *	    declared = yes                      # default
 *	}
 *
 * Defaults that are an empty list are left out. A default stands in a comment where writing it
 * would mean something else or be refused (option.unwritten), such as "# position = 1  #
 * default" of a rule that inserts nothing. Names of files are absolute. */
#ifndef CONFIG_DUMP_H
#define CONFIG_DUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "option/option.h"

struct arena;
struct buf;
struct config;

/* An option, with the value that is written or its default. */
struct dump_value {
	const struct option *option;
	const char *const *text; /* n of them; one, unless it is a list */
	size_t n;
	const char *file;      /* NULL: it is the default */
	unsigned line;	       /* of its name */
	const unsigned *lines; /* of each text */
};

/* A section, or the top level, for which neither function is called. */
struct dump_section {
	const char *kind, *title; /* title: "" of a group */
	const char *file;	  /* NULL: a group that is not written */
	unsigned line;
};

struct dump_writer {
	void (*begin_section)(void *ctx, const struct dump_section *s);
	void (*value)(void *ctx, const struct dump_value *v);
	/* The options of the section are over, and the sections inside it begin. */
	void (*begin_inner)(void *ctx);
	void (*end_section)(void *ctx);
};

/* Memory of the arena is used for names of files. */
void config_dump_walk(const struct config *cfg, struct arena *arena,
		      const struct dump_writer *writer, void *ctx);

/* Appends the text. */
void config_dump(const struct config *cfg, struct buf *out);
/* Writes the text to a file, piece by piece. 0, or the negative errno of write(2). */
int config_dump_write(const struct config *cfg, int fd);

/* The path from the root directory on. The arena's, or path. */
const char *dump_absolute_path(struct arena *arena, const char *path);

#endif
