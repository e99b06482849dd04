/* polymilterctl compare: sends messages through two configurations in this process and its
 * children, and prints what comes out differently. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "charset/charset.h"
#include "config/config.h"
#include "config/paths.h"
#include "ctl/command.h"
#include "ctl/compare_print.h"
#include "ctl/compare_run.h"
#include "ctl/parallel.h"

#define EXIT_DIFFERENCES 1   /* exit status */
#define UNREAD_TOLD	 20u /* messages that cannot be read are told up to this one */

enum { OPT_CONFIG, OPT_LISTENER, OPT_ALL, OPT_JSON, OPT_HTML, OPT_PROCESSES };

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE",
			"the new one; a second is the old (default: " CONFIG_FILE ")", 'c'},
	[OPT_LISTENER] = {"listener", "NAME", "its chain (default: the first listener)", 0},
	[OPT_ALL] = {"all", NULL, "print all messages that differ, not three of each kind", 0},
	[OPT_JSON] = {"json", NULL, "print the result as a JSON object", 0},
	[OPT_HTML] = {"html", "FILE", "write a page with the messages beside each other", 0},
	[OPT_PROCESSES] = {"processes", "N", "at the same time (default: one a CPU)", 0},
	{0},
};

static const struct command *self;

/* The configurations. */

static const struct listener_conf *
find_listener_named(const struct config *cfg, const char *name)
{
	for (size_t i = 0; i < cfg->n_listeners; i++)
		if (name == NULL || strcmp(cfg->listeners[i].name, name) == 0)
			return &cfg->listeners[i];
	return NULL;
}

static void
report_side_error(void *ctx, enum config_severity severity, const char *file, unsigned line,
		  const char *text)
{
	if (severity == CONFIG_ERROR)
		config_report_to_file(ctx, severity, file, line, text);
}

static int
load_side(struct compare_side *side, const char *listener)
{
	int r = config_load(side->path, report_side_error, stderr, &side->cfg);

	if (r == -EINVAL || r == -EPERM)
		return EX_CONFIG;
	if (r < 0)
		return EX_NOINPUT;
	side->listener = find_listener_named(side->cfg, listener);
	if (side->listener == NULL)
		return command_fail(self, listener != NULL ? EX_USAGE : EX_CONFIG,
				    listener != NULL ? "%s: no listener '%s'"
						     : "%s: no listener",
				    side->path, listener);
	return EX_OK;
}

static int
read_paths(struct compare *c, const struct command_args *args)
{
	size_t at = 0;

	c->new.path = command_next_value(args, OPT_CONFIG, &at);
	if (c->new.path == NULL)
		return command_usage(self, "--config is missing: the new configuration");
	c->old.path = command_next_value(args, OPT_CONFIG, &at);
	if (c->old.path == NULL)
		c->old.path = CONFIG_FILE;
	else if (command_next_value(args, OPT_CONFIG, &at) != NULL)
		return command_usage(self, "--config: more than two");
	return EX_OK;
}

/* The run. */

static void
tell_unread(struct compare *c, const char *text)
{
	if (c->counts.unread <= UNREAD_TOLD)
		(void)command_fail(self, 0, "%s", text);
	if (c->counts.unread == UNREAD_TOLD)
		(void)command_fail(self, 0, "further ones are only counted");
}

static int
write_page(struct compare *c, size_t n, const char *path)
{
	FILE *f = fopen(path, "we");
	bool failed;

	if (f == NULL)
		return command_fail(self, EX_CANTCREAT, "%s: %s", path, strerror(errno));
	compare_write_html(c, n, f);
	failed = ferror(f) != 0;
	failed = fclose(f) != 0 || failed;
	return failed ? command_fail(self, EX_CANTCREAT, "%s: %s", path, strerror(errno))
		      : EX_OK;
}

static int
print_results(struct compare *c, const struct command_args *args)
{
	size_t n;
	int r = compare_groups_finish(c->groups, &n), status = EX_OK;

	if (r < 0)
		return command_fail(self, EX_OSERR, "a temporary file: %s", strerror(-r));
	if (args->values[OPT_JSON] != NULL)
		compare_print_json(c, n);
	else
		compare_print_text(c, n);
	if (args->values[OPT_HTML] != NULL)
		status = write_page(c, n, args->values[OPT_HTML]);
	if (status != EX_OK)
		return status;
	if (c->counts.differ > 0)
		return EXIT_DIFFERENCES;
	return c->counts.unread > 0 ? EX_NOINPUT : EX_OK;
}

static int
run_messages(struct compare *c, const struct command_args *args)
{
	char *const *operands = args->operands;
	size_t n = (size_t)args->n_operands;
	int r = compare_open(c, args->values[OPT_ALL] != NULL), status;

	if (r < 0) {
		compare_close(c);
		return command_fail(self, EX_OSERR, "%s", strerror(-r));
	}
	c->source = mail_source_new(operands, n);
	progress_begin(&c->progress,
		       isatty(STDERR_FILENO) ? mail_source_count(operands, n) : 0);
	r = compare_run(c);
	status = r < 0 ? command_fail(self, EX_OSERR, "%s", strerror(-r))
		       : print_results(c, args);
	mail_source_free(c->source);
	compare_close(c);
	return status;
}

static uint64_t
count_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > (long)PARALLEL_MAX ? PARALLEL_MAX : (uint64_t)n;
}

static int
compare_command(const struct command *command, const struct command_args *args)
{
	struct compare c = {
		.unread = tell_unread,
		.has_views = args->values[OPT_HTML] != NULL,
		.client.peer = {.name = "client.example.org",
				.addr = "192.0.2.10",
				.family = '4',
				.helo = "client.example.org"},
	};
	uint64_t processes = count_processors();
	int status;

	self = command;
	status = command_number(command, args, OPT_PROCESSES, 1, PARALLEL_MAX, &processes);
	if (status == EX_OK)
		status = read_paths(&c, args);
	if (status != EX_OK)
		return status;
	c.processes = (unsigned)processes;
	(void)charset_open_all();
	status = load_side(&c.new, args->values[OPT_LISTENER]);
	if (status == EX_OK)
		status = load_side(&c.old, args->values[OPT_LISTENER]);
	if (status == EX_OK)
		status = run_messages(&c, args);
	config_free(c.old.cfg);
	config_free(c.new.cfg);
	return status;
}

const struct command command_compare = {
	.name = "compare",
	.operands = "MESSAGE...",
	.min_operands = 1,
	.max_operands = INT_MAX,
	.summary = "Send messages through two configurations, and print what differs",
	.options = options,
	.run = compare_command,
};
