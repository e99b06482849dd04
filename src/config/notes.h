/* The mistakes of one reading: gathered, then told in the order of the files and lines.
 * Layer 6. */
#ifndef CONFIG_NOTES_H
#define CONFIG_NOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "option/section.h"

struct arena;

#define NOTES_MAX 1000u /* what is more is not told, only that there is more */

struct notes {
	struct section_diagnostics sink; /* for struct section */
	struct arena *arena;
	const char **files; /* in the order of their reading */
	size_t n_files, cap_files;
	struct note *list;
	size_t n;
	size_t n_errors;
	bool too_many;
};

void notes_init(struct notes *n, struct arena *arena);

/* A file's mistakes are told behind those of the files added before. The name is the
 * arena's. */
void notes_file(struct notes *n, const char *name);

void notes_error(struct notes *n, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void notes_warning(struct notes *n, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Tells all of them, each once. */
void notes_tell(struct notes *n, config_report_fn *report, void *ctx);

#endif
