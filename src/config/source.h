/* The files of a configuration, divided into statements and checked against the option tables
 * before libconfuse reads them (the pre-pass).
 *
 * Input: the path of polymilter.conf, or its text, and the option table of the top level.
 * Output: a tree of struct source_node, one for each section and for each option that is set,
 * with its line; and the text of each file, ready for libconfuse.
 *
 * Why there is a pre-pass: libconfuse stops at the first error, counts lines wrongly after
 * comments, lets a second section of the same title replace the first, lets the last of two
 * equal options win, expands ${X}, and drops '*' outside quotes, all but the first silently.
 * So names, places, duplicates, braces and quotes are checked here. A statement with an error
 * is reported and erased: its bytes in the text become spaces, as do those of comments. What
 * is left has no error for libconfuse to find. Line ends are never erased and the text keeps
 * its length, so lines and offsets stay valid. Example:
 *
 *     size "caps" {                               size "caps" {
 *         mesage = "25M"  # per message    ->
 *         recipients = 100                            recipients = 100
 *     }                                           }
 *
 *     FILE:2: unknown option 'mesage' in size; did you mean 'message'?
 *
 * One error, one report: an error that may only be the consequence of another one is not
 * reported. Example: `heder "tag" { }` is an unknown section; that the policy "tag" of a chain
 * does not exist is a consequence (source_may_define("tag") is true). Likewise a section with
 * an error inside is not reported as incomplete: see has_error. */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "option/option.h"

struct arena;
struct diagnostics;
struct read_files;

#define SOURCE_MAX_BYTES    (16u << 20)	 /* of one file */
#define SOURCE_MAX_LINE	    (256u << 10) /* bytes: libconfuse is slow with longer lines */
#define SOURCE_MAX_FILES    1000u
#define SOURCE_MAX_DEPTH    10u	   /* levels of includes, the first file included */
#define SOURCE_MAX_SECTIONS 10000u /* of all files together */

#define SOURCE_MAX_REFUSED_TITLES 1000u

/* A section, or an option that is set. */
struct source_node {
	const struct option *option; /* its row; NULL: the root, which is the top level */
	const char *name;	     /* as it is written: that of the row, or its alias */
	const char *title;	     /* "" where the section takes none, and for options */
	const struct source_file *file;
	unsigned line;
	size_t start;				     /* offset of its name in the file's text */
	struct source_node *parent;		     /* NULL: the root */
	struct source_node *next;		     /* section or setting of the same parent */
	struct source_node *sections, *last_section; /* inside it, in the files' order */
	struct source_node *settings, *last_setting; /* options that are set in it */
	unsigned *lines;			     /* of each value of an option */
	size_t n_values;
	bool has_error; /* in itself or in something inside it, reported already */
	bool is_erased; /* has_error, and it and all inside is hidden from libconfuse */
};

/* The title of a section that was refused. Where another section names it, that is no error. */
struct refused_title {
	const char *title;
	struct refused_title *next;
};

struct source_file {
	const char *name;		  /* path: as given, or made from the include */
	const struct source_file *parent; /* the file that includes it; NULL: the first */
	unsigned parent_line;		  /* where the parent includes it */
	unsigned depth;			  /* 1: the first file */
	dev_t dev;
	ino_t ino;
	char *text; /* what was not erased; braces that were missing are added at its end */
	size_t len;
};

struct source {
	struct arena *arena; /* owns everything here */
	struct diagnostics *diagnostics;
	const struct option *options; /* of the top level */
	/* Whether an option's titles must be unique over all kinds for which this is true: the
	 * policies. May be NULL. */
	bool (*shares_titles)(const struct option *o);
	bool early;	      /* see source_new() */
	bool refuse_writable; /* a file that others can write is an error, not a warning */
	struct read_files *read_files; /* all files, also those that sections name */
	struct source_file *files[SOURCE_MAX_FILES];
	size_t n_files;
	struct source_node *root;
	size_t n_sections;
	struct refused_title *refused_titles;
	size_t n_refused_titles;
	bool has_unchecked_text; /* in it anything that seems missing may be defined */
};

/* Everything is allocated in the arena. early: the reading before privileges are dropped
 * (config_load_early()). Then sections whose table is NULL and unknown statements at the top
 * level are skipped without a report, and a file that others can write is an error. */
struct source *source_new(struct arena *arena, struct diagnostics *diagnostics,
			  const struct option *options,
			  bool (*shares_titles)(const struct option *o), bool early);

/* Reads and checks a file and the files that it includes. 0; or a negative errno when the
 * first file cannot be read, which is reported. Errors in the files are reported and do not
 * change the result: see source.diagnostics->n_errors. To be called once. */
int source_read(struct source *src, const char *path);
/* Does the same with a text; name is used as the name of the file, in diagnostics and
 * for relative includes. Always 0. */
int source_read_text(struct source *src, const char *name, const char *text);

/* Adds the files that include("pattern") at that line of a file means, or reports why not. A
 * pattern with '*', '?' or '[' may match no file; a plain name must exist. */
void source_add_include(struct source *src, const struct source_file *from, unsigned line,
			const char *pattern);

/* Checks the statements of one file: adds them to the tree below root, erases those with an
 * error. In check_statement.c. */
void source_check_file(struct source *src, struct source_file *file);

/* Keeps the title of a section that was refused, for source_may_define(). title is not
 * copied. */
void source_add_refused_title(struct source *src, const char *title);
/* Whether what was refused or not checked may contain a section with this title. If so, a title
 * that is not found must not be reported. */
bool source_may_define(const struct source *src, const char *title);

/* The name of a section in messages: 'size "caps"', 'log', 'the top level'. */
const char *source_node_name(const struct source *src, const struct source_node *n);

#endif
