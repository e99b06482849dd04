/* A section as the reader of the configuration leaves it. Layer 3; for option.c and for who
 * makes sections: src/config and tests. Policies see only option.h. */
#ifndef OPTION_SECTION_H
#define OPTION_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "option/option.h"

/* Where mistakes go. */
struct section_diagnostics {
	void (*note)(void *ctx, bool warning, const char *file, unsigned line,
		     const char *text);
	void *ctx;
};

struct section_value { /* one option that was written, and whose text is of its type */
	const struct option *option;
	const char *file;
	unsigned line;
	const char *const *text; /* n of them; a scalar has one */
	const unsigned *lines;	 /* of each text */
	size_t n;
};

struct section_group { /* the sections inside of one kind */
	const struct option *option;
	const struct section *const *sections;
	size_t n;
};

struct section {
	const char *kind, *title;
	const char *place;     /* "FILE:LINE" */
	const char *directory; /* of file; NULL: the working directory */
	const char *file;
	unsigned line;
	const struct section *parent;
	const struct option *options;
	const struct section_value *values;
	size_t n_values;
	const struct section_group *groups;
	size_t n_groups;
	const struct section_diagnostics *notes;
	/* Something in it was refused and is missing here: mistakes that are told of the
	 * section as a whole, or of what is not there, would be that one's echo and are
	 * swallowed. */
	bool faulty;
	bool incomplete; /* a required option is missing: nobody should look into it */
};

#endif
