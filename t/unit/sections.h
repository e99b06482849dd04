/* Sections of polymilter.conf made by function calls, for tests of modules that read sections
 * but do not parse the file. The first option of a section stands at line 1, each further one a
 * line below. */
#ifndef UNIT_SECTIONS_H
#define UNIT_SECTIONS_H

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "option/section.h"
#include "util/arena.h"
#include "util/buf.h"

#define SECTIONS_MAX 40

static inline void
sections_note(void *ctx, bool warning, const char *file, unsigned line, const char *text)
{
	buf_printf(ctx, "%s:%u:%s %s\n", file, line, warning ? " warning:" : "", text);
}

/* A section without options. Errors and warnings are appended to out: "FILE:LINE: text\n". */
static inline struct section *
section_make(struct arena *a, const char *kind, const char *title, const struct option *options,
	     struct buf *out)
{
	struct section_diagnostics *notes = arena_zalloc(a, sizeof(*notes));
	struct section *s = arena_zalloc(a, sizeof(*s));

	*notes = (struct section_diagnostics){sections_note, out};
	*s = (struct section){
		.kind = kind,
		.title = title,
		.place = "test.conf:1",
		.file = "test.conf",
		.line = 1,
		.options = options,
		.values = arena_zalloc(a, SECTIONS_MAX * sizeof(struct section_value)),
		.groups = arena_zalloc(a, SECTIONS_MAX * sizeof(struct section_group)),
		.notes = notes,
	};
	return s;
}

static inline const struct option *
section_row(const struct section *s, const char *name)
{
	const struct option *o = option_find(s->options, name);

	assert(o != NULL);
	return o;
}

/* Adds an option; its values end with NULL. */
static inline void
section_set(struct arena *a, struct section *s, const char *name, ...)
{
	const char **texts = arena_alloc(a, SECTIONS_MAX * sizeof(*texts));
	unsigned *lines = arena_alloc(a, SECTIONS_MAX * sizeof(*lines));
	unsigned line = s->n_values == 0 ? 1 : 1 + s->values[s->n_values - 1].line;
	struct section_value v = {section_row(s, name), s->file, line, texts, lines, 0};
	va_list ap;

	va_start(ap, name);
	for (const char *t; (t = va_arg(ap, const char *)) != NULL; v.n++) {
		assert(v.n < SECTIONS_MAX);
		texts[v.n] = t;
		lines[v.n] = line;
	}
	va_end(ap);
	assert(s->n_values < SECTIONS_MAX);

	struct section_value *values = arena_zalloc(a, SECTIONS_MAX * sizeof(*values));

	memcpy(values, s->values, s->n_values * sizeof(*values));
	values[s->n_values++] = v;
	s->values = values;
}

/* Adds a section inside of parent. All sections of one kind must be added in a row. */
static inline struct section *
section_inside(struct arena *a, struct section *parent, const char *kind, const char *title)
{
	const struct option *row = section_row(parent, kind);
	struct section_group *groups = arena_zalloc(a, SECTIONS_MAX * sizeof(*groups));
	struct section *s = section_make(a, kind, title, row->options, parent->notes->ctx);
	size_t last = parent->n_groups;

	memcpy(groups, parent->groups, parent->n_groups * sizeof(*groups));
	if (last > 0 && groups[last - 1].option == row)
		last--;
	else
		parent->n_groups++;

	const struct section **list = arena_zalloc(a, SECTIONS_MAX * sizeof(*list));

	assert(last < SECTIONS_MAX && groups[last].n < SECTIONS_MAX);
	for (size_t i = 0; i < groups[last].n; i++)
		list[i] = groups[last].sections[i];
	list[groups[last].n] = s;
	groups[last] = (struct section_group){row, list, groups[last].n + 1};
	parent->groups = groups;
	s->parent = parent;
	return s;
}

#endif
