/* polymilterctl check: all mistakes of a configuration, as lines or as JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/config.h"
#include "ctl/command.h"
#include "ctl/json.h"

#define DEFAULT_FILE SYSCONFDIR "/polymilter/polymilter.conf"

enum { OPT_CONFIG, OPT_JSON };

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE", "default: " DEFAULT_FILE, 'c'},
	[OPT_JSON] = {"json", NULL, "the result as a JSON object", 0},
	{0},
};

struct findings {
	bool json;
	unsigned errors, warnings;
};

static void
print_json(const struct findings *f, enum config_severity kind, const char *file, unsigned line,
	   const char *text)
{
	printf("%s\n  {\"kind\": \"%s\", \"file\": ", f->errors + f->warnings > 1 ? "," : "",
	       kind == CONFIG_ERROR ? "error" : "warning");
	json_string(stdout, file);
	printf(", \"line\": %u, \"text\": ", line);
	json_string(stdout, text);
	printf("}");
}

static void
note(void *ctx, enum config_severity kind, const char *file, unsigned line, const char *text)
{
	struct findings *f = ctx;

	if (kind == CONFIG_ERROR)
		f->errors++;
	else
		f->warnings++;
	if (f->json)
		print_json(f, kind, file, line, text);
	else
		config_report_to_file(stdout, kind, file, line, text);
}

static void
print_end(const struct findings *f, const char *path, const struct config *cfg)
{
	if (f->json) {
		printf("%s], \"errors\": %u, \"warnings\": %u}\n",
		       f->errors + f->warnings > 0 ? "\n" : "", f->errors, f->warnings);
		return;
	}
	if (f->errors > 0)
		printf("%s: %u error%s\n", path, f->errors, f->errors == 1 ? "" : "s");
	else
		printf("%s: good, %zu listener%s\n", path, cfg->n_listeners,
		       cfg->n_listeners == 1 ? "" : "s");
}

static int
exit_status(int r)
{
	if (r == 0)
		return EX_OK;
	return r == -EINVAL ? EX_CONFIG : EX_NOINPUT;
}

static int
check_run(const struct command *c, const struct command_args *args)
{
	const char *path = args->values[OPT_CONFIG];
	struct findings f = {.json = args->values[OPT_JSON] != NULL};
	struct config *cfg = NULL;

	if (!path)
		path = DEFAULT_FILE;
	if (!*path)
		return command_usage(c, "the file's name is empty");
	if (f.json) {
		printf("{\"file\": ");
		json_string(stdout, path);
		printf(", \"mistakes\": [");
	}

	int r = config_load(path, note, &f, &cfg);

	print_end(&f, path, cfg);
	config_free(cfg);
	return exit_status(r);
}

const struct command command_check = {
	.name = "check",
	.operands = "",
	.summary = "Reads a configuration and tells all its mistakes",
	.options = options,
	.run = check_run,
};
