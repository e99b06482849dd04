/* Asks the running daemon at its control socket, and waits for the answer; and the subcommands
 * that only print it. master/control.h has what is said there. */
#include "ctl/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "util/access.h"
#include "util/addr.h"

#define ANSWER_MAX (64u << 20) /* bytes; the rest is not read */

static void
take_control_address(void *ctx, const struct config *cfg)
{
	struct addr *addr = ctx;

	if (cfg->control_addr.len > 0)
		*addr = cfg->control_addr;
}

/* EX_OK, or another exit status after a message. */
static int
find_control_address(const struct command *c, const struct control_place *place,
		     struct addr *ret)
{
	const char *path = place->socket, *file = place->config;
	const struct config_check check = {
		.run = take_control_address, .ctx = ret, .early = true};
	struct config *cfg = NULL;
	const char *why = "";

	(void)addr_parse(CONFIG_CONTROL_SOCKET, ret, &why);
	if (path == NULL && file != NULL && access(file, R_OK) < 0)
		return command_fail(c, EX_NOINPUT, "%s: %s", file, access_error_text(errno));
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

/* Keeps the descriptor that comes with the first bytes. The bytes that were read, or -1. */
static ssize_t
receive_some(int fd, void *data, size_t size, int *pass)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {data, size};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (h == NULL || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS ||
	    h->cmsg_len != CMSG_LEN(sizeof(int)))
		return n;
	if (*pass >= 0)
		close(*pass);
	memcpy(pass, CMSG_DATA(h), sizeof(int));
	return n;
}

static void
receive_answer(int fd, struct buf *b, int *pass)
{
	char piece[65536];
	ssize_t n;

	do {
		n = receive_some(fd, piece, sizeof(piece), pass);
		if (n > 0)
			buf_append(b, piece, (size_t)n);
	} while ((n > 0 && b->len < ANSWER_MAX) || (n < 0 && errno == EINTR));
}

/* Removes the line with the exit status, which is returned; -1: there is none. */
static int
take_status(struct buf *b)
{
	const char *text = buf_string(b);
	char *rest;
	long status = strtol(text, &rest, 10);

	if (rest == text || *rest != '\n' || status < 0 || status > 255)
		return -1;
	buf_consume(b, (size_t)(rest + 1 - text));
	return (int)status;
}

/* EX_OK, and the whole answer; or another exit status after a message. */
static int
exchange(const struct command *c, const struct addr *addr, const char *line,
	 struct control_answer *ret)
{
	int status, fd = send_command(addr, line);

	if (fd == -EACCES)
		return command_fail(c, EX_UNAVAILABLE,
				    "%s: %s; only root and the user of the daemon can use it",
				    addr->un.sun_path, access_error_text(EACCES));
	if (fd < 0)
		return command_fail(c, EX_UNAVAILABLE,
				    "no daemon answers at %s: %s (if it has another control "
				    "socket: --control PATH)",
				    addr->un.sun_path, strerror(-fd));
	receive_answer(fd, &ret->text, &ret->fd);
	close(fd);
	status = take_status(&ret->text);
	if (status < 0)
		return command_fail(c, EX_UNAVAILABLE, "the daemon ended before it answered");
	if (status == EX_USAGE)
		return command_usage(c, "%.*s", (int)strcspn(buf_string(&ret->text), "\n"),
				     buf_string(&ret->text));
	if (status != EX_OK)
		fputs(buf_string(&ret->text), stderr);
	return status;
}

struct control_place
control_place_of(const struct command_args *args)
{
	return (struct control_place){args->values[CONTROL_OPT_CONFIG],
				      args->values[CONTROL_OPT_CONTROL]};
}

int
control_ask_at(const struct command *c, const struct control_place *place, const char *line,
	       struct control_answer *ret)
{
	struct control_answer answer = {.fd = -1};
	struct buf sent = {0};
	struct addr addr;
	int status = find_control_address(c, place, &addr);

	if (status != EX_OK)
		return status;
	buf_printf(&sent, "%s\n", line);
	status = exchange(c, &addr, buf_string(&sent), &answer);
	buf_free(&sent);
	if (status == EX_OK)
		*ret = answer;
	else
		control_answer_free(&answer);
	return status;
}

int
control_ask(const struct command *c, const struct command_args *args, const char *line,
	    struct control_answer *ret)
{
	const struct control_place place = control_place_of(args);

	return control_ask_at(c, &place, line, ret);
}

void
control_answer_free(struct control_answer *a)
{
	if (a->fd >= 0)
		close(a->fd);
	buf_free(&a->text);
	a->fd = -1;
}

int
control_ask_and_print(const struct command *c, const struct command_args *args,
		      const char *line)
{
	struct control_answer answer;
	int status = control_ask(c, args, line, &answer);

	if (status != EX_OK)
		return status;
	fputs(buf_string(&answer.text), stdout);
	control_answer_free(&answer);
	return EX_OK;
}

static const struct command_option options[] = {CONTROL_OPTIONS, {0}};

static int
run_control_word(const struct command *c, const struct command_args *args)
{
	return control_ask_and_print(c, args, c->name);
}

const struct command command_reload = {
	.name = "reload",
	.operands = "",
	.summary = "Reload the configuration, wait, and print the outcome",
	.options = options,
	.run = run_control_word,
};

const struct command command_stop = {
	.name = "stop",
	.operands = "",
	.summary = "Stop the daemon, and wait for its end",
	.options = options,
	.run = run_control_word,
};
