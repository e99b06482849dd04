/* The loop of one exchange. */
#include "asking.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/addr.h"
#include "util/buf.h"

#define MAX_ANSWER (1u << 20)
#define ANSWER_MS  60000 /* that nothing happens */

void
asking_die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

void
asking_read_input(struct buf *ret)
{
	ssize_t n;

	do {
		n = read(STDIN_FILENO, buf_reserve(ret, 65536), 65536);
		if (n < 0)
			asking_die("standard input", strerror(errno));
		ret->len += (size_t)n;
	} while (n > 0);
}

static int
connect_to(const char *address)
{
	const char *why;
	struct addr a;
	int fd;

	if (addr_parse(address, &a, &why) < 0)
		asking_die(address, why);
	fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, &a.sa, a.len) < 0)
		asking_die(address, strerror(errno));
	return fd;
}

/* Sends from the front of out what the server takes now. False: it takes no more. */
static bool
send_some(int fd, struct buf *out)
{
	ssize_t n = send(fd, out->data, out->len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	buf_consume(out, (size_t)n);
	return true;
}

static enum exchange_state
receive_some(int fd, struct exchange *x)
{
	char data[4096];
	ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	if (n > 0)
		return x->ops->read(x, data, (size_t)n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return EXCHANGE_GOES_ON;
	return x->ops->end(x); /* a reset ends it, too: what came before it was read */
}

enum exchange_state
asking_ask(const char *address, struct exchange *x)
{
	enum exchange_state state = EXCHANGE_GOES_ON;
	struct buf out = {0};
	int fd = connect_to(address);
	bool takes = true;

	x->max_answer = MAX_ANSWER;
	x->ops->begin(x);
	while (state == EXCHANGE_GOES_ON) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (takes && out.len == 0)
			x->ops->write(x, &out);
		if (takes && out.len > 0)
			p.events |= POLLOUT;
		if (poll(&p, 1, ANSWER_MS) <= 0)
			asking_die(address, "no answer");
		if (p.revents & POLLIN)
			state = receive_some(fd, x);
		else if (p.revents & POLLOUT)
			takes = send_some(fd, &out);
		else
			state = x->ops->end(x);
	}
	buf_free(&out);
	close(fd);
	return state;
}

const char *
asking_state_name(enum exchange_state state)
{
	static const char *const names[] = {
		[EXCHANGE_GOES_ON] = "goes-on",
		[EXCHANGE_ANSWERED] = "answered",
		[EXCHANGE_CUT] = "cut",
		[EXCHANGE_BAD_ANSWER] = "bad-answer",
		[EXCHANGE_SERVER_ERROR] = "server-error",
		[EXCHANGE_TOO_BIG] = "too-big",
	};

	return names[state];
}
