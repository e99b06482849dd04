/* The mistakes of one reading, sorted before they are told: they are found in several passes,
 * and the administrator reads them beside the file. */
#include "config/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/arena.h"

struct note {
	size_t file; /* index in files; those without a file come last */
	unsigned line;
	size_t nth; /* in the order of being found */
	bool warning;
	const char *name, *text;
};

static size_t
file_index(const struct notes *n, const char *file)
{
	size_t i = 0;

	while (i < n->n_files && strcmp(n->files[i], file) != 0)
		i++;
	return i;
}

static void
add(struct notes *n, bool warning, const char *file, unsigned line, const char *text)
{
	struct note *note;

	if (!warning)
		n->n_errors++;
	if (n->n == NOTES_MAX) {
		n->too_many = true;
		return;
	}
	if (n->list == NULL)
		n->list = arena_alloc(n->arena, NOTES_MAX * sizeof(*n->list));
	note = n->list + n->n;
	*note = (struct note){.file = file_index(n, file),
			      .line = line,
			      .nth = n->n,
			      .warning = warning,
			      .name = arena_strdup(n->arena, file),
			      .text = arena_strdup(n->arena, text)};
	n->n++;
}

static void
sink(void *ctx, bool warning, const char *file, unsigned line, const char *text)
{
	add(ctx, warning, file, line, text);
}

void
notes_init(struct notes *n, struct arena *arena)
{
	*n = (struct notes){.sink = {sink, n}, .arena = arena};
}

void
notes_file(struct notes *n, const char *name)
{
	if (n->n_files == n->cap_files) {
		const char **more;

		n->cap_files = n->cap_files == 0 ? 16 : 2 * n->cap_files;
		more = arena_alloc(n->arena, n->cap_files * sizeof(*more));
		if (n->n_files > 0)
			memcpy(more, n->files, n->n_files * sizeof(*more));
		n->files = more;
	}
	n->files[n->n_files++] = name;
}

void
notes_error(struct notes *n, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(n, false, file, line, arena_vprintf(n->arena, fmt, ap));
	va_end(ap);
}

void
notes_warning(struct notes *n, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(n, true, file, line, arena_vprintf(n->arena, fmt, ap));
	va_end(ap);
}

static int
compare(const void *x, const void *y)
{
	const struct note *a = x, *b = y;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

/* The same was told of the same line: two passes may stumble over one thing. */
static bool
is_repeated(const struct note *list, size_t i)
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
notes_tell(struct notes *n, config_report_fn *report, void *ctx)
{
	if (n->n > 0)
		qsort(n->list, n->n, sizeof(*n->list), compare);
	for (size_t i = 0; i < n->n; i++) {
		const struct note *note = n->list + i;

		if (!is_repeated(n->list, i))
			report(ctx, note->warning ? CONFIG_WARNING : CONFIG_ERROR, note->name,
			       note->line, note->text);
	}
	if (n->too_many)
		report(ctx, CONFIG_ERROR, n->n_files > 0 ? n->files[0] : "", 0,
		       "too many mistakes; the rest is not told");
}
