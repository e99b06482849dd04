/* polymilterctl import: reads tables of Postfix, and milter-regex.conf, and writes a
 * configuration that means the same; what cannot be carried over is told on standard error. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/command.h"
#include "import/convert.h"
#include "import/output.h"
#include "import/setting.h"
#include "import/source.h"
#include "util/arena.h"
#include "util/str.h"

#define EXIT_NOT_ALL 1 /* something is not carried over, or differs */

enum { OPT_MAIN_CF, OPT_OUTPUT, OPT_QUIET };

static const struct command_option options[] = {
	[OPT_MAIN_CF] = {"main-cf", "FILE", "read the settings from it, as postconf -n prints",
			 0},
	[OPT_OUTPUT] = {"output", "DIRECTORY", "write into this new directory (else print)",
			'o'},
	[OPT_QUIET] = {"quiet", NULL, "tell only what is not carried over or differs", 'q'},
	{0},
};

struct setting_list {
	struct arena *arena;
	struct setting *settings;
	size_t n, cap;
};

static void
add_import_setting(struct setting_list *l, const struct setting *s)
{
	l->settings = arena_grow(l->arena, l->settings, l->n, &l->cap, sizeof(*l->settings));
	l->settings[l->n++] = *s;
}

static int
reject_import_setting(const struct command *c, const char *word, const struct setting *s)
{
	const char *meant = setting_suggest(s->name);

	return meant != NULL
		       ? command_usage(c, "'%s': there is no '%s'; did you mean '%s=%s'?", word,
				       s->name, meant, s->value)
		       : command_usage(c,
				       "'%s': '%s' is not imported; see polymilterctl(8) for "
				       "what is",
				       word, s->name);
}

static int
read_operand(const struct command *c, struct setting_list *l, const char *word)
{
	struct setting s;

	if (!setting_split(l->arena, word, &s))
		return command_usage(c,
				     "'%s': write what it is in front, as in "
				     "'header_checks=pcre:%s' or 'check_sender_access=hash:%s'",
				     word, word, word);
	if (setting_kind(s.name) == SETTING_UNKNOWN)
		return reject_import_setting(c, word, &s);
	if (*s.value == '\0')
		return command_usage(c, "'%s': the value is empty", word);
	add_import_setting(l, &s);
	return EX_OK;
}

static int
read_main_cf(const struct command *c, struct setting_list *l, const char *path)
{
	const struct setting *settings;
	struct source source;
	char why[256] = "";
	size_t n = 0;

	if (source_load(l->arena, path, &source, why, sizeof(why)) < 0)
		return command_fail(c, EX_NOINPUT, "%s: %s", path, why);
	settings = settings_read(l->arena, &source, &n);
	for (size_t i = 0; i < n; i++)
		if (setting_kind(settings[i].name) != SETTING_UNKNOWN)
			add_import_setting(l, &settings[i]);
	if (l->n == 0)
		return command_fail(c, EX_DATAERR,
				    "%s has no setting that is imported, such as header_checks",
				    path);
	return EX_OK;
}

static int
read_import_settings(const struct command *c, const struct command_args *args,
		     struct setting_list *l)
{
	const char *main_cf = args->values[OPT_MAIN_CF];
	int status = EX_OK;

	if (main_cf == NULL && args->n_operands == 0)
		return command_usage(
			c, "what to import is missing, such as header_checks=pcre:FILE");
	if (main_cf != NULL)
		status = read_main_cf(c, l, main_cf);
	for (int i = 0; i < args->n_operands && status == EX_OK; i++)
		status = read_operand(c, l, args->operands[i]);
	return status;
}

static void
print_notes(const struct report *r, bool quiet)
{
	struct buf line = {0};

	for (const struct note *n = r->first; n != NULL; n = n->next) {
		if (quiet && n->outcome == OUTCOME_NOTED)
			continue;
		buf_reset(&line);
		str_append_readable(&line, n->path, strlen(n->path));
		if (n->line > 0)
			buf_printf(&line, ":%u", n->line);
		buf_printf(&line, ": %s: ", outcome_text(n->outcome));
		str_append_readable(&line, n->text, strlen(n->text));
		fprintf(stderr, "%s\n", buf_string(&line));
	}
	buf_free(&line);
}

static bool
is_exact(const struct report *r)
{
	for (const struct note *n = r->first; n != NULL; n = n->next)
		if (n->outcome > OUTCOME_NOTED)
			return false;
	return true;
}

static void
print_import_summary(const struct report *r)
{
	size_t all = 0;

	for (size_t i = 0; i <= OUTCOME_LEFT_OUT; i++)
		all += r->n[i];
	fprintf(stderr,
		"%zu rows: %zu carried over exactly, %zu differ, %zu not carried over\n", all,
		r->n[OUTCOME_EXACT] + r->n[OUTCOME_NOTED], r->n[OUTCOME_DIFFERS],
		r->n[OUTCOME_LEFT_OUT]);
}

static int
write_result(const struct command *c, const struct output *o, const char *directory)
{
	char why[512] = "";

	if (directory == NULL) {
		output_print(o, stdout);
		return EX_OK;
	}
	if (output_write(o, directory, why, sizeof(why)) < 0)
		return command_fail(c, EX_CANTCREAT, "%s", why);
	return EX_OK;
}

static int
import_settings(const struct command *c, const struct command_args *args,
		const struct setting_list *l)
{
	struct output o;
	int status;

	output_init(&o, l->arena);
	status = convert_settings(&o, l->settings, l->n, stderr) < 0
			 ? EX_NOINPUT
			 : write_result(c, &o, args->values[OPT_OUTPUT]);
	if (status == EX_OK) {
		print_notes(&o.report, args->values[OPT_QUIET] != NULL);
		print_import_summary(&o.report);
		status = is_exact(&o.report) ? EX_OK : EXIT_NOT_ALL;
	}
	output_free(&o);
	return status;
}

static int
import_run(const struct command *c, const struct command_args *args)
{
	struct setting_list l = {.arena = arena_new()};
	int status = read_import_settings(c, args, &l);

	if (status == EX_OK)
		status = import_settings(c, args, &l);
	arena_free(l.arena);
	return status;
}

const struct command command_import = {
	.name = "import",
	.operands = "[NAME=TYPE:FILE ...]",
	.max_operands = 1000,
	.summary = "Write a configuration from tables of Postfix or from milter-regex.conf",
	.options = options,
	.run = import_run,
};
