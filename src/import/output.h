/* The configuration that is written: polymilter.conf and the files of its tables, as texts.
 * They are written to a new directory, or printed. */
#ifndef IMPORT_OUTPUT_H
#define IMPORT_OUTPUT_H

#include <stddef.h>
#include <stdio.h>

#include "import/name_index.h"
#include "import/report.h"
#include "util/buf.h"

struct arena;

struct output_file {
	const char *name; /* "header_checks.table" */
	struct buf text;
};

struct output {
	struct arena *arena;
	struct report report;
	struct output_file **files; /* in the order in which they were begun */
	size_t n_files, cap_files;
	struct buf conf;    /* tables and policies, without the listener */
	const char **chain; /* titles of the policies */
	size_t n_chain, cap_chain;
	struct name_index tables, policies; /* by their names in lower case */
};

void output_init(struct output *o, struct arena *arena);
void output_free(struct output *o);

/* Takes a name for a table like the one wanted, made of letters, digits, '_', '-', '.', that no
 * other has, in upper or lower case. */
const char *output_table_name(struct output *o, const char *wanted);
/* Begins the file of a table, NAME.table. */
struct output_file *output_add_file(struct output *o, const char *table);
/* Takes back the file that was begun last. */
void output_drop_file(struct output *o);
/* A table section that reads that file. options: further ones, with a blank in front. */
void output_add_table(struct output *o, const char *table, const char *type,
		      const char *options);
/* Notes that a policy of this title is in the chain. The title is made like a table's. */
const char *output_add_policy(struct output *o, const char *wanted);

/* Comments, in a file or in conf: where a row or a rule comes from; what is not carried over,
 * and why. indent stands in front. */
void output_put_origin(struct buf *out, const char *indent, const char *path, unsigned line);
void output_put_reason(struct buf *out, const char *indent, enum outcome outcome,
		       const char *path, unsigned line, const char *reason,
		       const char *written);
/* A string of the configuration, in double quotes; a pattern, in single ones. */
void output_put_string(struct buf *out, const char *s);
void output_put_pattern(struct buf *out, const char *s);

/* A text without what the configuration or a placeholder begins with ("${", "%{") or a reply
 * cannot have; '%' is doubled. */
const char *output_plain_text(struct arena *arena, const char *text);

/* Puts the listener behind it all: polymilter.conf becomes the first of the files. */
void output_finish(struct output *o);
/* Prints all files, each below a line with its name. */
void output_print(const struct output *o, FILE *f);
/* Makes the directory, and the files in it. Nothing that is there is overwritten. 0, or a
 * negative errno with a sentence in why. */
int output_write(const struct output *o, const char *directory, char *why, size_t why_size);

#endif
