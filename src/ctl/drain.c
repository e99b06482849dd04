/* polymilterctl drain and log-level: orders to the running daemon, with an argument. */
#include <string.h>

#include "ctl/control.h"

enum { OPT_LISTENER = CONTROL_OPT_COUNT };

static const struct command_option drain_options[] = {
	CONTROL_OPTIONS,
	[OPT_LISTENER] = {"listener", "NAME", "only this listener (default: all)", 0},
	{0},
};

static const struct command_option level_options[] = {CONTROL_OPTIONS, {0}};

/* Sends "NAME ARGUMENT" and prints the answer. */
static int
give_order(const struct command *c, const struct command_args *args, const char *argument)
{
	struct buf line = {0};
	int status;

	if (strchr(argument, '\n') != NULL)
		return command_usage(c, "an argument has a line end");
	buf_puts(&line, c->name);
	if (*argument != '\0')
		buf_printf(&line, " %s", argument);
	status = control_ask_and_print(c, args, buf_string(&line));
	buf_free(&line);
	return status;
}

static int
drain_run(const struct command *c, const struct command_args *args)
{
	const char *listener = args->values[OPT_LISTENER];

	if (listener != NULL && *listener == '\0')
		return command_usage(c, "--listener: a name is missing");
	return give_order(c, args, listener != NULL ? listener : "");
}

static int
log_level_run(const struct command *c, const struct command_args *args)
{
	return give_order(c, args, args->operands[0]);
}

const struct command command_drain = {
	.name = "drain",
	.operands = "",
	.summary = "Accept no more connections, and wait for the end of the sessions",
	.options = drain_options,
	.run = drain_run,
};

const struct command command_log_level = {
	.name = "log-level",
	.operands = "LEVEL",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "Log from another level on, until the next reload",
	.options = level_options,
	.run = log_level_run,
};
