/* polymilterctl check: prints all errors and warnings that a start would meet (as polymilter -t
 * does), as lines or as a JSON object. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	bool json;
	unsigned errors, warnings;
};

static void
print_check_json(const struct check_result *result, enum config_severity severity,
		 const char *file, unsigned line, const char *text)
{
	printf("%s\n  {\"kind\": \"%s\", \"file\": ",
	       result->errors + result->warnings > 1 ? "," : "",
	       severity == CONFIG_ERROR ? "error" : "warning");
	json_string(stdout, file);
	printf(", \"line\": %u, \"text\": ", line);
	json_string(stdout, text);
	printf("}");
}

static void
on_check_report(void *ctx, enum config_severity severity, const char *file, unsigned line,
		const char *text)
{
	struct check_result *result = ctx;

	if (severity == CONFIG_ERROR)
		result->errors++;
	else
		result->warnings++;
	if (result->json)
		print_check_json(result, severity, file, line, text);
	else
		config_report_to_file(stdout, severity, file, line, text);
}

static void
print_check_summary(const struct check_result *result, const char *path,
		    const struct config *cfg)
{
	if (result->json) {
		printf("%s], \"errors\": %u, \"warnings\": %u}\n",
		       result->errors + result->warnings > 0 ? "\n" : "", result->errors,
		       result->warnings);
		return;
	}
	if (result->errors > 0)
		printf("%s: %u error%s\n", path, result->errors,
		       result->errors == 1 ? "" : "s");
	else if (cfg != NULL)
		start_check_print_good(stdout, cfg);
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
	struct check_result result = {.json = args->values[OPT_JSON] != NULL};
	struct config *cfg = NULL;

	if (!path)
		path = CONFIG_FILE;
	if (!*path)
		return command_usage(c, "--config: the file name is empty");
	if (result.json) {
		printf("{\"file\": ");
		json_string(stdout, path);
		printf(", \"mistakes\": [");
	}

	int r = start_check(path, NULL, on_check_report, &result, &cfg);

	print_check_summary(&result, path, cfg);
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
