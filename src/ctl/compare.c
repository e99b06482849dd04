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
#include "ctl/changed_files.h"
#include "ctl/command.h"
#include "ctl/compare_print.h"
#include "ctl/compare_run.h"
#include "ctl/control.h"
#include "ctl/dump.h"
#include "ctl/parallel.h"
#include "util/arena.h"

#define EXIT_DIFFERENCES 1 /* exit status */
/* What errors in the configuration of a running daemon have in the place of a file: its lines
 * are those of the output. */
#define DUMP_COMMAND	 "polymilterctl dump"
#define UNREAD_TOLD	 20u /* messages that cannot be read are told up to this one */

enum {
	OPT_CONFIG,
	OPT_RUNNING,
	OPT_CONTROL,
	OPT_LISTENER,
	OPT_CLIENT,
	OPT_ALL = OPT_CLIENT + CLIENT_OPTION_COUNT,
	OPT_JSON,
	OPT_HTML,
	OPT_PROCESSES,
};

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE",
			"the new one; a second is the old (default: " CONFIG_FILE ")", 'c'},
	[OPT_RUNNING] = {"running", NULL, "the old one is that of the running daemon", 'r'},
	[OPT_CONTROL] = {"control", "PATH", "the daemon's control socket", 0},
	[OPT_LISTENER] = {"listener", "NAME", "its chain (default: the first listener)", 0},
	CLIENT_OPTIONS(OPT_CLIENT),
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
find_listener_of_side(struct compare_side *side, const char *name)
{
	side->listener = find_listener_named(side->cfg, name);
	if (side->listener != NULL)
		return EX_OK;
	return command_fail(self, name != NULL ? EX_USAGE : EX_CONFIG,
			    name != NULL ? "%s%s: no listener '%s'" : "%s%s: no listener",
			    side->path, side->is_running ? COMPARE_AS_LOADED : "", name);
}

static int
load_side(struct compare_side *side, const char *listener)
{
	int r = config_load(side->path, report_side_error, stderr, &side->cfg);

	if (r == -EINVAL || r == -EPERM)
		return EX_CONFIG;
	if (r < 0)
		return EX_NOINPUT;
	return find_listener_of_side(side, listener);
}

/* The files that it names may be gone, or have mistakes now. */
static int
load_running_side(struct compare *c, const struct dump_file *dump, const char *listener)
{
	if (config_load_text(DUMP_COMMAND, dump->text, report_side_error, stderr, &c->old.cfg) <
	    0)
		return command_fail(self, EX_CONFIG,
				    "the configuration with which the daemon runs cannot be "
				    "loaded again; lines are those of '" DUMP_COMMAND "'");
	c->changed = changed_files_find(c->run_arena, dump, c->old.cfg);
	return find_listener_of_side(&c->old, listener);
}

/* Without --config: what a reload would bring. */
static int
load_new_and_running(struct compare *c, const struct command_args *args)
{
	const char *listener = args->values[OPT_LISTENER];
	const struct control_place place = {c->new.path, args->values[OPT_CONTROL]};
	struct dump_file dump;
	int status = dump_ask(self, &place, c->run_arena, &dump);

	if (status != EX_OK)
		return status;
	c->old.path = dump.path;
	c->old.is_running = true;
	if (c->new.path == NULL)
		c->new.path = dump.path;
	status = load_side(&c->new, listener);
	return status == EX_OK ? load_running_side(c, &dump, listener) : status;
}

static int
load_both_sides(struct compare *c, const struct command_args *args)
{
	const char *listener = args->values[OPT_LISTENER];
	int status;

	if (args->values[OPT_RUNNING] != NULL)
		return load_new_and_running(c, args);
	status = load_side(&c->new, listener);
	return status == EX_OK ? load_side(&c->old, listener) : status;
}

/* The paths of the sides that --config names. */
static int
read_paths(struct compare *c, const struct command_args *args)
{
	bool is_running = args->values[OPT_RUNNING] != NULL;
	size_t at = 0;

	c->new.path = command_next_value(args, OPT_CONFIG, &at);
	if (c->new.path == NULL && !is_running)
		return command_usage(self, "--config is missing: the new configuration");
	if (args->values[OPT_CONTROL] != NULL && !is_running)
		return command_usage(self, "--control: only with --running");
	c->old.path = command_next_value(args, OPT_CONFIG, &at);
	if (c->old.path == NULL)
		c->old.path = CONFIG_FILE;
	else if (is_running)
		return command_usage(
			self, "--running is the old configuration: --config names the new one");
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
read_options(struct compare *c, const struct command_args *args)
{
	uint64_t processes = count_processors();
	int status = command_number(self, args, OPT_PROCESSES, 1, PARALLEL_MAX, &processes);

	c->processes = (unsigned)processes;
	if (status == EX_OK)
		status = read_paths(c, args);
	if (status == EX_OK)
		status = client_options_read(self, args, OPT_CLIENT, c->run_arena, &c->client);
	return status;
}

static int
compare_command(const struct command *command, const struct command_args *args)
{
	struct compare c = {
		.unread = tell_unread,
		.has_views = args->values[OPT_HTML] != NULL,
		.run_arena = arena_new(),
	};
	int status;

	self = command;
	status = read_options(&c, args);
	if (status == EX_OK) {
		(void)charset_open_all();
		status = load_both_sides(&c, args);
	}
	if (status == EX_OK)
		status = run_messages(&c, args);
	config_free(c.old.cfg);
	config_free(c.new.cfg);
	arena_free(c.run_arena);
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
