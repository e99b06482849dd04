/* Reads the checked text with libconfuse and makes sections from the result.
 *
 * Input: the tree of nodes and the texts of struct source. Output: struct section, with values
 * whose text is of the option's type. The texts of the values come from libconfuse, the lines
 * from the nodes; both have the same values, because every statement that libconfuse would
 * reject was erased. */
#include "config/reader.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/diagnostics.h"
#include "config/schema.h"
#include "config/source.h"
#include "option/section.h"
#include "util/arena.h"

#define REASON_BYTES 512u

/* libconfuse's messages are not used: the pre-pass reports every error. */
static void
ignore_libconfuse_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	assert(cfg != NULL && fmt != NULL);
	(void)ap;
}

static bool
is_empty_file(const struct source_file *f)
{
	for (size_t i = 0; i < f->len; i++) {
		if (strchr(" \t\n", f->text[i]) == NULL)
			return false;
	}
	return true;
}

static int
parse_with_libconfuse(cfg_t *cfg, const struct source *src, const struct source_file *f)
{
	FILE *fp;
	int r;

	if (is_empty_file(f))
		return 0;
	fp = fmemopen(f->text, f->len, "r");
	if (fp == NULL) {
		diagnostics_error(src->diagnostics, f->name, 0, "%s", strerror(errno));
		return -EIO;
	}
	free(cfg->filename);
	cfg->filename = strdup(f->name);
	r = cfg_parse_fp(cfg, fp);
	if (r != CFG_SUCCESS)
		diagnostics_error(
			src->diagnostics, f->name, (unsigned)cfg->line,
			"internal error: libconfuse rejects what polymilter's check accepts; "
			"please report this as a bug");
	fclose(fp);
	return r == CFG_SUCCESS ? 0 : -EINVAL;
}

/* The line ends of a string of several lines are LF in each file. The only CR that a string may
 * have is that of CRLF: see lex_check_value(). */
static char *
copy_value(struct arena *arena, const char *value)
{
	char *copy = arena_strdup(arena, value), *to = copy;

	for (const char *p = copy; *p != '\0'; p++) {
		if (*p != '\r')
			*to++ = *p;
	}
	*to = '\0';
	return copy;
}

static void
read_setting(struct source *src, const struct source_node *n, cfg_t *cfg,
	     struct section_value *ret, struct section *s)
{
	cfg_opt_t *opt = cfg_getopt(cfg, n->name);
	const char **text = arena_alloc(src->arena, (n->n_values + 1) * sizeof(*text));
	unsigned *lines = arena_alloc(src->arena, n->n_values * sizeof(*lines));
	char reason[REASON_BYTES];
	bool faulty = false;

	assert(opt != NULL && cfg_opt_size(opt) == n->n_values);
	for (size_t i = 0; i < n->n_values; i++) {
		text[i] = copy_value(src->arena, cfg_opt_getnstr(opt, (unsigned)i));
		lines[i] = n->lines[i];
		if (option_check(n->option, text[i], reason, sizeof(reason)) == 0)
			continue;
		diagnostics_error(src->diagnostics, n->file->name, lines[i], "%s", reason);
		faulty = true;
	}
	text[n->n_values] = NULL;
	if (faulty) {
		s->faulty = true;
		return;
	}
	*ret = (struct section_value){.option = n->option,
				      .file = n->file->name,
				      .line = n->line,
				      .text = text,
				      .lines = lines,
				      .n = n->n_values};
	s->n_values++;
}

static void
read_settings(struct source *src, const struct source_node *n, cfg_t *cfg, struct section *s)
{
	struct section_value *values;
	size_t count = 0;

	for (const struct source_node *v = n->settings; v != NULL; v = v->next)
		count++;
	values = arena_alloc(src->arena, count * sizeof(*values));
	s->values = values;
	for (const struct source_node *v = n->settings; v != NULL; v = v->next) {
		if (!v->has_error)
			read_setting(src, v, cfg, values + s->n_values, s);
	}
}

static bool
is_option_written(const struct source_node *n, const struct option *o)
{
	for (const struct source_node *v = n->settings; v != NULL; v = v->next) {
		if (v->option == o)
			return true;
	}
	return false;
}

static bool
has_valid_value(const struct section *s, const struct option *o)
{
	for (size_t i = 0; i < s->n_values; i++) {
		if (s->values[i].option == o)
			return true;
	}
	return false;
}

/* A required option that was set but refused is not reported as missing. */
static void
check_required(struct source *src, const struct source_node *n, struct section *s)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(s->options, i)) != NULL; i++) {
		if (!o->required || has_valid_value(s, o))
			continue;
		s->incomplete = true;
		if (!is_option_written(n, o) && !s->faulty)
			diagnostics_error(src->diagnostics, n->file->name, n->line,
					  "%s: the required option '%s' is missing",
					  source_node_name(src, n), o->name);
	}
	if (s->incomplete)
		s->faulty = true;
}

static struct section *read_section(struct source *src, const struct source_node *n,
				    const struct section *parent, cfg_t *cfg);

/* The group `defaults`, which counts for policies; its row is before theirs. NULL: none. */
static const struct section *
find_policy_defaults(const struct section *root, const struct option *kind)
{
	for (size_t i = 0; schema_is_policy(kind) && i < root->n_groups; i++) {
		if (root->groups[i].option->options == schema_defaults_options)
			return root->groups[i].sections[0];
	}
	return NULL;
}

/* Makes the sections of one kind inside n. One that lacks a required option is listed only
 * at the top level, where its other parts are checked further. */
static void
read_sections_of_kind(struct source *src, const struct source_node *n, struct section *s,
		      cfg_t *cfg, struct section_group *g)
{
	const struct section **list;
	size_t count = 0;

	for (const struct source_node *in = n->sections; in != NULL; in = in->next)
		count += in->option == g->option && !in->is_erased;
	list = arena_alloc(src->arena, count * sizeof(*list));
	for (const struct source_node *in = n->sections; in != NULL; in = in->next) {
		struct section *inner;
		cfg_t *inner_cfg;

		if (in->option != g->option || in->is_erased)
			continue;
		inner_cfg = g->option->type == OPTION_SECTION
				    ? cfg_gettsec(cfg, in->name, in->title)
				    : cfg_getsec(cfg, in->name);
		inner = read_section(src, in, s, inner_cfg);
		if (n->option == NULL)
			inner->defaults = find_policy_defaults(s, g->option);
		s->faulty = s->faulty || inner->faulty;
		if (n->option == NULL || !inner->incomplete)
			list[g->n++] = inner;
	}
	g->sections = list;
}

static void
read_inner_sections(struct source *src, const struct source_node *n, struct section *s,
		    cfg_t *cfg)
{
	struct section_group *groups;
	const struct option *o;
	size_t count = 0;

	while ((o = option_at(s->options, count)) != NULL)
		count++;
	groups = arena_zalloc(src->arena, count * sizeof(*groups));
	s->groups = groups;
	for (size_t i = 0; n->sections != NULL && i < count; i++) {
		o = option_at(s->options, i);
		if (!option_is_section(o))
			continue;
		groups[s->n_groups].option = o;
		read_sections_of_kind(src, n, s, cfg, groups + s->n_groups);
		s->n_groups += groups[s->n_groups].n > 0;
	}
}

static const char *
make_directory_name(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return NULL;
	return slash == file ? "/" : arena_strndup(arena, file, (size_t)(slash - file));
}

/* Recursion is as deep as the option tables are nested. */
static struct section *
read_section(struct source *src, const struct source_node *n, const struct section *parent,
	     cfg_t *cfg)
{
	struct section *s = arena_zalloc(src->arena, sizeof(*s));

	assert(cfg != NULL);
	s->kind = n->option != NULL ? n->option->name : "";
	s->title = n->title;
	s->file = n->file != NULL ? n->file->name : src->files[0]->name;
	s->directory = make_directory_name(src->arena, s->file);
	s->line = n->line;
	s->place = arena_printf(src->arena, "%s:%u", s->file, s->line);
	s->parent = parent;
	s->options = n->option != NULL ? n->option->options : src->options;
	s->diagnostics = &src->diagnostics->sink;
	s->files = src->read_files;
	s->faulty = n->has_error;
	read_settings(src, n, cfg, s);
	read_inner_sections(src, n, s, cfg);
	check_required(src, n, s);
	return s;
}

const struct section *
reader_read_sections(struct source *src)
{
	cfg_t *cfg = cfg_init(schema_make_confuse_options(src->arena, src->options), CFGF_NONE);
	const struct section *root = NULL;
	int r = 0;

	assert(cfg != NULL);
	cfg_set_error_function(cfg, ignore_libconfuse_error);
	for (size_t i = 0; r == 0 && i < src->n_files; i++)
		r = parse_with_libconfuse(cfg, src, src->files[i]);
	if (r == 0)
		root = read_section(src, src->root, NULL, cfg);
	cfg_free(cfg);
	return root;
}
