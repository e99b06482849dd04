/* The errors and warnings of one reading of the configuration, with their files and lines.
 *
 * Input: what the passes over the files find, in any order (statements first, then the types of
 * values, then titles that other sections name). Output: one report() call for each of them,
 * sorted by the order in which the files were read and by line, so that the administrator can
 * read them beside the files. A text that was added twice for one line is reported once. */
#ifndef CONFIG_DIAGNOSTICS_H
#define CONFIG_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "option/section.h"

struct arena;

#define DIAGNOSTICS_MAX 1000u /* of those after them only the fact is reported */

struct diagnostics {
	struct section_diagnostics sink; /* adds to this list; for struct section */
	struct arena *arena;		 /* of all memory here */
	const char **files;		 /* their names, in the order in which they were read */
	size_t n_files, files_capacity;
	struct diagnostic *list;
	size_t n;
	size_t n_errors; /* those that did not fit in the list included */
	bool is_full;	 /* there were more than DIAGNOSTICS_MAX */
};

/* d must not move afterwards: its sink points to it. */
void diagnostics_init(struct diagnostics *d, struct arena *arena);

/* Adds a file: its diagnostics are reported after those of the files that were added before it.
 * name is not copied; it must live as long as the arena. */
void diagnostics_add_file(struct diagnostics *d, const char *name);

/* Adds an error or a warning, line 0 when it is about the file as a whole. file need not have
 * been added; its diagnostics are then reported last. All strings are copied. */
void diagnostics_error(struct diagnostics *d, const char *file, unsigned line, const char *fmt,
		       ...) __attribute__((format(printf, 4, 5)));
void diagnostics_warning(struct diagnostics *d, const char *file, unsigned line,
			 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Sorts the list and calls report(ctx, ...) for each. */
void diagnostics_report(struct diagnostics *d, config_report_fn *report, void *ctx);

#endif
