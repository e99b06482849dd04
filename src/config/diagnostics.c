/* Collects errors and warnings in one array of DIAGNOSTICS_MAX elements, and sorts it when they
 * are reported. The order of the files is that of diagnostics_add_file(), not of the names. */
#include "config/diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

struct diagnostic {
	size_t file;	  /* index in diagnostics.files; n_files when it is not there */
	unsigned line;	  /* 0: of the file as a whole */
	size_t nth;	  /* index before sorting: keeps the order within a line */
	bool is_warning;  /* not an error */
	const char *name; /* of the file */
	const char *text;
};

static size_t
find_file_index(const struct diagnostics *d, const char *file)
{
	size_t i = 0;

	while (i < d->n_files && strcmp(d->files[i], file) != 0)
		i++;
	return i;
}

static void
add_diagnostic(struct diagnostics *d, bool is_warning, const char *file, unsigned line,
	       const char *text)
{
	if (!is_warning)
		d->n_errors++;
	if (d->n == DIAGNOSTICS_MAX) {
		d->is_full = true;
		return;
	}
	if (d->list == NULL)
		d->list = arena_alloc(d->arena, DIAGNOSTICS_MAX * sizeof(*d->list));
	d->list[d->n] = (struct diagnostic){.file = find_file_index(d, file),
					    .line = line,
					    .nth = d->n,
					    .is_warning = is_warning,
					    .name = arena_strdup(d->arena, file),
					    .text = arena_strdup(d->arena, text)};
	d->n++;
}

static void
add_section_diagnostic(void *ctx, bool is_warning, const char *file, unsigned line,
		       const char *text)
{
	add_diagnostic(ctx, is_warning, file, line, text);
}

void
diagnostics_init(struct diagnostics *d, struct arena *arena)
{
	*d = (struct diagnostics){.sink = {add_section_diagnostic, d}, .arena = arena};
}

void
diagnostics_add_file(struct diagnostics *d, const char *name)
{
	if (d->n_files == d->files_capacity) {
		const char **more;

		d->files_capacity = d->files_capacity == 0 ? 16 : 2 * d->files_capacity;
		more = arena_alloc(d->arena, d->files_capacity * sizeof(*more));
		if (d->n_files > 0)
			memcpy(more, d->files, d->n_files * sizeof(*more));
		d->files = more;
	}
	d->files[d->n_files++] = name;
}

void
diagnostics_error(struct diagnostics *d, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_diagnostic(d, false, file, line, arena_vprintf(d->arena, fmt, ap));
	va_end(ap);
}

void
diagnostics_warning(struct diagnostics *d, const char *file, unsigned line, const char *fmt,
		    ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_diagnostic(d, true, file, line, arena_vprintf(d->arena, fmt, ap));
	va_end(ap);
}

static int
compare_diagnostics(const void *x, const void *y)
{
	const struct diagnostic *a = x, *b = y;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

/* Whether the sorted list has the same text for the same line before index i: two passes may
 * find one error. */
static bool
is_repeated_diagnostic(const struct diagnostic *list, size_t i)
{
	for (size_t k = i;
	     k > 0 && list[k - 1].file == list[i].file && list[k - 1].line == list[i].line;
	     k--) {
		if (strcmp(list[k - 1].text, list[i].text) == 0)
			return true;
	}
	return false;
}

void
diagnostics_report(struct diagnostics *d, config_report_fn *report, void *ctx)
{
	if (d->n > 0)
		qsort(d->list, d->n, sizeof(*d->list), compare_diagnostics);
	for (size_t i = 0; i < d->n; i++) {
		const struct diagnostic *e = d->list + i;

		if (!is_repeated_diagnostic(d->list, i))
			report(ctx, e->is_warning ? CONFIG_WARNING : CONFIG_ERROR, e->name,
			       e->line, e->text);
	}
	if (d->is_full)
		report(ctx, CONFIG_ERROR, d->n_files > 0 ? d->files[0] : "", 0,
		       "too many errors; the rest is not reported");
}
