/* polymilterctl status, metrics: take the snapshot of the running daemon, and print it. The
 * descriptor of its memory comes over the control socket. */
#include "ctl/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "ctl/control.h"
#include "stats/exposition.h"

#define WATCH_EVERY_S  2
#define EXIT_NOT_WELL  1
#define CLEAR_TERMINAL "\033[H\033[J"

enum { OPT_JSON = CONTROL_OPT_COUNT, OPT_RULES, OPT_WATCH };

static const struct command_option status_options[] = {
	CONTROL_OPTIONS,
	[OPT_JSON] = {"json", NULL, "print it as JSON", 0},
	[OPT_RULES] = {"rules", NULL, "with the rules of each policy", 0},
	[OPT_WATCH] = {"watch", NULL, "print it again every 2 seconds", 'w'},
	{0},
};

/* EX_OK and *ret, to be freed with free(); or another exit status after a message. */
static int
read_snapshot(const struct command *c, const struct control_answer *answer,
	      struct snapshot **ret)
{
	const struct snapshot *shared;
	struct snapshot *s = malloc(sizeof(*s));
	int r;

	if (s == NULL)
		abort();
	r = snapshot_open(answer->fd, &shared);
	if (r == 0) {
		r = snapshot_read(shared, s);
		snapshot_close(shared);
	}
	if (r == 0) {
		*ret = s;
		return EX_OK;
	}
	free(s);
	if (r == -EINVAL)
		return command_fail(c, EX_SOFTWARE,
				    "the daemon is of another version: restart it");
	return command_fail(c, EX_SOFTWARE, "the daemon's state cannot be read: %s",
			    strerror(-r));
}

static int
ask_for_snapshot(const struct command *c, const struct command_args *args,
		 struct snapshot **ret)
{
	struct control_answer answer;
	int status = control_ask(c, args, c->name, &answer);

	if (status != EX_OK)
		return status;
	status = read_snapshot(c, &answer, ret);
	control_answer_free(&answer);
	return status;
}

static void
print_text(const struct snapshot *s, bool with_rules, bool clears)
{
	struct buf b = {0};

	status_write_text(s, with_rules, &b);
	printf("%s%s", clears ? CLEAR_TERMINAL : "", buf_string(&b));
	buf_free(&b);
}

/* EX_OK, EXIT_NOT_WELL, or another exit status after a message. */
static int
print_status_once(const struct command *c, const struct command_args *args, bool clears)
{
	struct snapshot *s;
	int status = ask_for_snapshot(c, args, &s);

	if (status != EX_OK)
		return status;
	if (args->values[OPT_JSON] != NULL)
		status_write_json(s, stdout);
	else
		print_text(s, args->values[OPT_RULES] != NULL, clears);
	status = status_is_well(s) ? EX_OK : EXIT_NOT_WELL;
	free(s);
	return status;
}

static int
run_status(const struct command *c, const struct command_args *args)
{
	const struct timespec pause = {.tv_sec = WATCH_EVERY_S};
	bool watches = args->values[OPT_WATCH] != NULL;
	bool clears = watches && isatty(STDOUT_FILENO);
	int status = print_status_once(c, args, clears);

	while (watches && (status == EX_OK || status == EXIT_NOT_WELL)) {
		if (fflush(stdout) != 0)
			return EX_OSERR;
		(void)nanosleep(&pause, NULL);
		if (!clears && args->values[OPT_JSON] == NULL)
			putchar('\n');
		status = print_status_once(c, args, clears);
	}
	return status;
}

const struct command command_status = {
	.name = "status",
	.operands = "",
	.summary = "Print how the daemon is: health, workers, messages, policies",
	.options = status_options,
	.run = run_status,
};

enum { OPT_TEXT = CONTROL_OPT_COUNT };

static const struct command_option metrics_options[] = {
	CONTROL_OPTIONS,
	[OPT_TEXT] = {"text", NULL, "in Prometheus' text format 0.0.4, for its node_exporter",
		      0},
	{0},
};

static int
run_metrics(const struct command *c, const struct command_args *args)
{
	struct buf b = {0};
	struct snapshot *s;
	int status = ask_for_snapshot(c, args, &s);

	if (status != EX_OK)
		return status;
	exposition_write(s,
			 args->values[OPT_TEXT] != NULL ? EXPOSITION_PROMETHEUS
							: EXPOSITION_OPENMETRICS,
			 &b);
	buf_write(&b, stdout);
	buf_free(&b);
	free(s);
	return EX_OK;
}

const struct command command_metrics = {
	.name = "metrics",
	.operands = "",
	.summary = "Print the daemon's metrics as OpenMetrics text",
	.options = metrics_options,
	.run = run_metrics,
};
