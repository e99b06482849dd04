/* polymilterctl check: prints all errors and warnings that a start would meet (as polymilter -t
 * does), as lines or as a JSON object. */
#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

#include "config/config.h"
#include "config/paths.h"
#include "ctl/command.h"
#include "ctl/json.h"
#include "master/start_check.h"

enum { OPT_CONFIG, OPT_JSON };

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE", "configuration file (default: " CONFIG_FILE ")", 'c'},
	[OPT_JSON] = {"json", NULL, "print the result as a JSON object", 0},
	{0},
};

struct check_result {
	unsigned errors, warnings;
};

static void
print_json_mistake(void *ctx, enum config_severity severity, const char *file, unsigned line,
		   const char *text)
{
	struct check_result *result = ctx;

	printf("%s\n  {\"kind\": \"%s\", \"file\": ",
	       result->errors + result->warnings > 0 ? "," : "",
	       severity == CONFIG_ERROR ? "error" : "warning");
	json_string(stdout, file);
	printf(", \"line\": %u, \"text\": ", line);
	json_string(stdout, text);
	printf("}");
	if (severity == CONFIG_ERROR)
		result->errors++;
	else
		result->warnings++;
}

static int
print_json_check(const char *path, struct config **ret)
{
	struct check_result result = {0};
	int r;

	printf("{\"file\": ");
	json_string(stdout, path);
	printf(", \"mistakes\": [");
	r = start_check(path, NULL, print_json_mistake, &result, ret);
	printf("%s], \"errors\": %u, \"warnings\": %u}\n",
	       result.errors + result.warnings > 0 ? "\n" : "", result.errors, result.warnings);
	return r;
}

static int
map_exit_status(int r)
{
	if (r == 0)
		return EX_OK;
	return r == -EINVAL || r == -EPERM ? EX_CONFIG : EX_NOINPUT;
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
	r = args->values[OPT_JSON] ? print_json_check(path, &cfg)
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
