/* Goes over the effective configuration, option by option: see dump.h. */
#include "config/dump.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "option/file.h"
#include "option/section.h"
#include "util/arena.h"

struct dump_walk {
	const struct dump_writer *writer;
	void *ctx;
	struct arena *arena;
};

/* In the section, or else in defaults { }, if that counts for it. */
static const struct section_value *
find_written(const struct section *s, const struct option *o)
{
	for (; s != NULL; s = s->defaults)
		for (size_t i = 0; i < s->n_values; i++)
			if (strcmp(s->values[i].option->name, o->name) == 0)
				return &s->values[i];
	return NULL;
}

const char *
dump_absolute_path(struct arena *arena, const char *path)
{
	const char *absolute;
	char *here;

	if (*path == '/')
		return path;
	here = realpath(".", NULL);
	absolute = arena_printf(arena, "%s/%s", here != NULL ? here : ".",
				strncmp(path, "./", 2) == 0 ? path + 2 : path);
	free(here);
	return absolute;
}

/* s NULL: a group that is not written. */
static void
walk_value(struct dump_walk *w, const struct section *s, const struct option *o)
{
	const struct section_value *written = find_written(s, o);
	struct dump_value v = {.option = o, .text = &o->value, .n = 1};
	const char *path;

	if (written != NULL) {
		v.text = written->text;
		v.n = written->n;
		v.file = written->file;
		v.line = written->line;
		v.lines = written->lines;
	} else if (o->value == NULL || o->planned || strcmp(o->value, "{}") == 0) {
		return;
	}
	if (written != NULL && o->is_path) {
		path = dump_absolute_path(w->arena, section_file_path(s, o->name, w->arena));
		v.text = &path;
	}
	w->writer->value(w->ctx, &v);
}

static void walk_options(struct dump_walk *w, const struct section *s,
			 const struct option *table);

static void
walk_section(struct dump_walk *w, const struct section *s, const struct option *kind)
{
	const struct dump_section head = {kind->name, s != NULL ? s->title : "",
					  s != NULL ? s->file : NULL, s != NULL ? s->line : 0};

	w->writer->begin_section(w->ctx, &head);
	walk_options(w, s, kind->options);
	w->writer->end_section(w->ctx);
}

static bool
has_defaults(const struct option *table)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		if (!option_is_section(o) && o->value != NULL)
			return true;
	return false;
}

static void
walk_sections_of_kind(struct dump_walk *w, const struct section *s, const struct option *o)
{
	const struct section *const *list = NULL;
	size_t n = s != NULL ? section_sections(s, o->name, &list) : 0;

	for (size_t i = 0; i < n; i++)
		walk_section(w, list[i], o);
	if (n == 0 && o->type == OPTION_GROUP && !o->planned && has_defaults(o->options))
		walk_section(w, NULL, o);
}

/* Recursion is as deep as the option tables are nested. */
static void
walk_options(struct dump_walk *w, const struct section *s, const struct option *table)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		if (!option_is_section(o))
			walk_value(w, s, o);
	w->writer->begin_inner(w->ctx);
	for (size_t i = 0; (o = option_at(table, i)) != NULL; i++)
		if (option_is_section(o))
			walk_sections_of_kind(w, s, o);
}

void
config_dump_walk(const struct config *cfg, struct arena *arena,
		 const struct dump_writer *writer, void *ctx)
{
	struct dump_walk w = {writer, ctx, arena};

	walk_options(&w, cfg->section, cfg->section->options);
}
