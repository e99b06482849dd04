/* polymilterctl check: prints all errors and warnings that a start would meet (as polymilter -t
 * does), or what the configuration comes to; as lines or as JSON. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config/config.h"
#include "config/dump.h"
#include "config/paths.h"
#include "ctl/check.h"
#include "ctl/command.h"
#include "ctl/json.h"
#include "master/start_check.h"
#include "util/buf.h"

enum { OPT_CONFIG, OPT_DUMP, OPT_LISTENER, OPT_JSON };

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE", "configuration file (default: " CONFIG_FILE ")", 'c'},
	[OPT_DUMP] = {"dump", NULL, "print the effective configuration, with all defaults", 0},
	[OPT_LISTENER] = {"listener", "NAME", "print its chain, with what each policy needs",
			  0},
	[OPT_JSON] = {"json", NULL, "print the result as a JSON object", 0},
	{0},
};

struct check_result {
	json_t *mistakes;
	unsigned errors, warnings;
};

static void
add_json_mistake(void *ctx, enum config_severity severity, const char *file, unsigned line,
		 const char *text)
{
	struct check_result *result = ctx;
	json_t *mistake = json_add_object(result->mistakes);

	json_put_text(mistake, "kind", severity == CONFIG_ERROR ? "error" : "warning");
	json_put_text(mistake, "file", file);
	json_put_number(mistake, "line", line);
	json_put_text(mistake, "text", text);
	if (severity == CONFIG_ERROR)
		result->errors++;
	else
		result->warnings++;
}

static int
print_json_check(const char *path, struct config **ret)
{
	json_t *object = json_new_object();
	struct check_result result = {0};
	int r;

	json_put_text(object, "file", path);
	result.mistakes = json_put_list(object, "mistakes");
	r = start_check(path, NULL, add_json_mistake, &result, ret);
	json_put_number(object, "errors", result.errors);
	json_put_number(object, "warnings", result.warnings);
	json_print(stdout, object, JSON_INDENT(2));
	return r;
}

/* Loads the configuration without a look at this host, so that it can be shown on another one.
 * The mistakes go to standard error. */
static int
load_to_show(const char *path, struct config **ret)
{
	return config_load(path, config_report_to_file, stderr, ret);
}

static int
show_dump(const struct config *cfg, bool json)
{
	struct buf text = {0};

	if (json) {
		check_dump_json(cfg);
		return EX_OK;
	}
	config_dump(cfg, &text);
	buf_write(&text, stdout);
	buf_free(&text);
	return EX_OK;
}

static int
show_listener(const struct command *c, const struct config *cfg, const char *name, bool json)
{
	for (size_t i = 0; i < cfg->n_listeners; i++) {
		if (strcmp(cfg->listeners[i].name, name) != 0)
			continue;
		check_chain_print(cfg, &cfg->listeners[i], json);
		return EX_OK;
	}
	return command_fail(c, EX_USAGE, "there is no listener \"%s\" in %s", name, cfg->path);
}

static int
map_exit_status(int r)
{
	if (r == 0)
		return EX_OK;
	return r == -EINVAL || r == -EPERM ? EX_CONFIG : EX_NOINPUT;
}

/* --dump or --listener. */
static int
show_configuration(const struct command *c, const struct command_args *args, const char *path)
{
	const char *listener = args->values[OPT_LISTENER];
	bool json = args->values[OPT_JSON] != NULL;
	struct config *cfg = NULL;
	int r;

	if (listener != NULL && args->values[OPT_DUMP] != NULL)
		return command_usage(c, "--dump or --listener, not both");
	r = load_to_show(path, &cfg);
	if (r < 0)
		return map_exit_status(r);
	r = listener != NULL ? show_listener(c, cfg, listener, json) : show_dump(cfg, json);
	config_free(cfg);
	return r;
}

static int
check_run(const struct command *c, const struct command_args *args)
{
	const char *path = args->values[OPT_CONFIG];
	struct config *cfg = NULL;
	int r;

	if (!path)
		path = CONFIG_FILE;
	if (!*path)
		return command_usage(c, "--config: the file name is empty");
	if (args->values[OPT_DUMP] != NULL || args->values[OPT_LISTENER] != NULL)
		return show_configuration(c, args, path);
	r = args->values[OPT_JSON] != NULL
		    ? print_json_check(path, &cfg)
		    : start_check_print(path, NULL, stdout, stdout, &cfg);
	config_free(cfg);
	return map_exit_status(r);
}

const struct command command_check = {
	.name = "check",
	.operands = "",
	.summary = "Check a configuration and print all errors and warnings",
	.options = options,
	.run = check_run,
};
