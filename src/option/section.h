/* The form of a section in memory, for the reader of the configuration (and for tests), which
 * makes it, and for section.c, which implements the section_ functions of option.h. A policy
 * uses only those functions. */
#ifndef OPTION_SECTION_H
#define OPTION_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "option/option.h"

struct read_files;

/* Takes the errors and warnings of section_error() and section_warning(). line: 0 when it is
 * not known. text: one sentence, without FILE:LINE. */
struct section_diagnostics {
	void (*report)(void *ctx, bool warning, const char *file, unsigned line,
		       const char *text);
	void *ctx;
};

/* An option that is written, and whose texts have passed option_check(). */
struct section_value {
	const struct option *option;
	const char *file;
	unsigned line;		 /* of its name */
	const char *const *text; /* n of them; one, unless it is a list */
	const unsigned *lines;	 /* the line of each text */
	size_t n;
};

/* The sections of one kind in a section. */
struct section_group {
	const struct option *option;
	const struct section *const *sections;
	size_t n;
};

struct section {
	const char *kind, *title; /* see section_kind(), section_title() */
	const char *place;	  /* "FILE:LINE" */
	const char *directory;	  /* of file; NULL: the working directory */
	const char *file;
	unsigned line;
	const struct section *parent;
	const struct option *options; /* the table of its kind */
	/* What is written in it counts before the defaults of the table: `defaults` of a
	 * policy; NULL: there is none. */
	const struct section *defaults;
	const struct section_value *values;
	size_t n_values;
	const struct section_group *groups;
	size_t n_groups;
	const struct section_diagnostics *diagnostics;
	struct read_files *files; /* where its readers note files; NULL: nowhere */
	/* Something in the section was refused, which was reported, and is missing here. An
	 * error about the whole section, or about an option that is not written, is then a
	 * consequence of that one and is not reported. */
	bool faulty;
	bool incomplete; /* a required option is missing: no policy may read the section */
};

#endif
