/* The files of a configuration, cut into statements and checked against the option tables,
 * before libconfuse sees them. Layer 6.
 *
 * libconfuse stops at the first mistake, loses lines behind comments, lets a second section of
 * the same title replace the first, and swallows much in silence. So everything about names,
 * places, repetitions, braces and quotes is judged here; a faulty statement is told and
 * blanked. What is left cannot fail. */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "option/option.h"

struct arena;
struct diagnostics;

#define SOURCE_MAX_BYTES    (16u << 20)	 /* of one file */
#define SOURCE_MAX_LINE	    (256u << 10) /* bytes: libconfuse's scanner is slow with more */
#define SOURCE_MAX_FILES    1000u
#define SOURCE_MAX_DEPTH    10u	   /* files that include each other */
#define SOURCE_MAX_SECTIONS 10000u /* of all files */

#define SOURCE_MAX_LOST 1000u /* titles kept of what was refused */

struct source_node {		     /* a section, or an option that is given a value */
	const struct option *option; /* NULL: the root */
	const char *title;	     /* "" but for titled sections */
	const struct source_file *file;
	unsigned line;
	struct source_node *parent, *next;
	struct source_node *sections, *last_section; /* inside, in order */
	struct source_node *settings, *last_setting;
	unsigned *lines; /* of each value */
	size_t n_values;
	bool faulty;  /* it, or something in it, was refused */
	bool blanked; /* and is not handed on; what is in it neither */
	size_t start; /* in its file */
};

struct source_lost { /* a title in a section that was refused: it may be named elsewhere */
	const char *title;
	struct source_lost *next;
};

struct source_file {
	const char *name;
	const struct source_file *parent; /* which includes it; NULL: the first */
	unsigned depth, parent_line;
	dev_t dev;
	ino_t ino;
	char *text; /* what is left of it, as long as it was, and braces that it lacked */
	size_t len;
};

struct source {
	struct arena *arena;
	struct diagnostics *diagnostics;
	const struct option *options; /* of the top level */
	/* Titles of these are unique over all kinds: the policies. */
	bool (*shares_titles)(const struct option *o);
	bool early; /* only what has a table is judged; all else is passed over */
	struct source_file *files[SOURCE_MAX_FILES];
	size_t n_files;
	struct source_node *root;
	size_t n_sections;
	struct source_lost *lost;
	size_t n_lost;
	bool incomplete; /* something was not judged: what seems missing may be there */
};

struct source *source_new(struct arena *arena, struct diagnostics *diagnostics,
			  const struct option *options,
			  bool (*shares_titles)(const struct option *o), bool early);

/* Reads a file and all that it includes. 0, or a negative errno when it cannot be read, told.
 * Mistakes in it are told and are no error here. */
int source_read(struct source *src, const char *path);
/* The same of a text; name is the file's, for messages and for what it includes. */
int source_read_text(struct source *src, const char *name, const char *text);

/* An include("pattern") at a line of a file: adds the files, or tells what is wrong. */
void source_include(struct source *src, const struct source_file *from, unsigned line,
		    const char *pattern);

/* Judges one file's statements: appends to the root, blanks what is faulty. statement.c. */
void source_judge(struct source *src, struct source_file *file);

/* May a name that nobody knows be the title of something that was refused? */
bool source_is_lost(const struct source *src, const char *title);

/* 'size "caps"', 'log': what a section is called in messages; the arena's. */
const char *source_name(const struct source *src, const struct source_node *n);

#endif
