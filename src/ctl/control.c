/* polymilterctl reload, stop: asks the running daemon at its control socket, and waits for the
 * outcome. master/control.h has what is said there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "config/paths.h"
#include "ctl/command.h"
#include "util/addr.h"
#include "util/buf.h"

enum { OPT_CONFIG, OPT_CONTROL };

static const struct command_option options[] = {
	[OPT_CONFIG] = {"config", "FILE",
			"file that names the control socket (default: " CONFIG_FILE ")", 'c'},
	[OPT_CONTROL] = {"control", "PATH", "the control socket", 0},
	{0},
};

static void
take_control_address(void *ctx, const struct config *cfg)
{
	struct addr *addr = ctx;

	if (cfg->control_addr.len > 0)
		*addr = cfg->control_addr;
}

/* EX_OK, or EX_USAGE after a message. */
static int
find_control_address(const struct command *c, const struct command_args *args, struct addr *ret)
{
	const char *path = args->values[OPT_CONTROL], *file = args->values[OPT_CONFIG];
	const struct config_check check = {
		.run = take_control_address, .ctx = ret, .early = true};
	struct config *cfg = NULL;
	const char *why = "";

	(void)addr_parse(CONFIG_CONTROL_SOCKET, ret, &why);
	if (path == NULL) {
		(void)config_load_checked(file != NULL ? file : CONFIG_FILE, &check,
					  config_report_to_nobody, NULL, &cfg);
		config_free(cfg);
		return EX_OK;
	}
	if (strncmp(path, "unix:", 5) == 0)
		path += 5;
	if (*path == '\0' || strlen(path) >= sizeof(ret->un.sun_path))
		return command_usage(c, "--control: not a path of a socket");
	memset(ret->un.sun_path, 0, sizeof(ret->un.sun_path));
	memcpy(ret->un.sun_path, path, strlen(path));
	ret->len = sizeof(ret->un);
	return EX_OK;
}

/* Connects and sends the command. The descriptor, or a negative errno. */
static int
send_command(const struct addr *addr, const char *line)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, &addr->sa, addr->len) < 0 ||
	    send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		r = -errno;
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static void
read_whole_answer(int fd, struct buf *b)
{
	char piece[4096];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			buf_append(b, piece, (size_t)n);
}

/* The exit status of the answer, whose other lines are printed. */
static int
print_answer(const struct command *c, const char *answer)
{
	char *rest;
	long status = strtol(answer, &rest, 10);

	if (rest == answer || *rest != '\n' || status < 0 || status > 255)
		return command_fail(c, EX_UNAVAILABLE, "the daemon ended before it answered");
	fputs(rest + 1, status == EX_OK ? stdout : stderr);
	return (int)status;
}

static int
control_run(const struct command *c, const struct command_args *args)
{
	struct buf answer = {0};
	struct addr addr;
	char line[32];
	int status = find_control_address(c, args, &addr), fd;

	if (status != EX_OK)
		return status;
	(void)snprintf(line, sizeof(line), "%s\n", c->name);
	fd = send_command(&addr, line);
	if (fd < 0)
		return command_fail(c, EX_UNAVAILABLE,
				    "%s: %s (if the daemon still has another control socket: "
				    "--control PATH)",
				    addr.un.sun_path, strerror(-fd));
	read_whole_answer(fd, &answer);
	close(fd);
	status = print_answer(c, buf_string(&answer));
	buf_free(&answer);
	return status;
}

const struct command command_reload = {
	.name = "reload",
	.operands = "",
	.summary = "Reload the configuration, wait, and print the outcome",
	.options = options,
	.run = control_run,
};

const struct command command_stop = {
	.name = "stop",
	.operands = "",
	.summary = "Stop the daemon, and wait for its end",
	.options = options,
	.run = control_run,
};
