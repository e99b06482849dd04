/* polymilterctl check: prints all errors and warnings that a start would meet (as polymilter -t
 * does), or what the configuration comes to; as lines or as JSON. */
#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

#include "config/config.h"
#include "config/dump.h"
#include "config/paths.h"
#include "ctl/check.h"
#include "ctl/command.h"
#include "ctl/json.h"
#include "master/start_check.h"
#include "util/buf.h"

enum { OPT_CONFIG, OPT_DUMP, OPT_JSON };

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE", "configuration file (default: " CONFIG_FILE ")", 'c'},
	[OPT_DUMP] = {"dump", NULL, "print the effective configuration, with all defaults", 0},
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
	(void)fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
	return EX_OK;
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
	bool json = args->values[OPT_JSON] != NULL, dump = args->values[OPT_DUMP] != NULL;
	struct config *cfg = NULL;
	int r;

	if (!path)
		path = CONFIG_FILE;
	if (!*path)
		return command_usage(c, "--config: the file name is empty");
	if (dump)
		r = load_to_show(path, &cfg);
	else
		r = json ? print_json_check(path, &cfg)
			 : start_check_print(path, NULL, stdout, stdout, &cfg);
	r = r == 0 && dump ? show_dump(cfg, json) : map_exit_status(r);
	config_free(cfg);
	return r;
}

const struct command command_check = {
	.name = "check",
	.operands = "",
	.summary = "Check a configuration and print all errors and warnings",
	.options = options,
	.run = check_run,
};
