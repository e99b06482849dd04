/* The benchmark's floor: a process that takes a milter's frames by epoll, looks at nothing but
 * their letters, and answers the end of a message. No policy, no log, no limit. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/frame.h"
#include "milter/proto.h"
#include "milter/reply.h"
#include "util/addr.h"
#include "util/buf.h"

#define EVENTS	   64
#define READ_BYTES 65536u
#define BACKLOG	   4096

/* Every stage is sent and none is answered but the end. */
static const struct milter_terms terms = {
	.version = MILTER_VERSION,
	.protocol = 1u << 7 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 15 | 1u << 16 | 1u << 17 |
		    1u << 18 | 1u << 19,
};

struct conn {
	int fd;
	struct buf in;
};

static int
answer(const struct milter_frame *frame, struct buf *out)
{
	switch (frame->command) {
	case CMD_OPTNEG:
		milter_put_optneg(out, &terms, NULL);
		return 0;
	case 'E':
		milter_put_simple(out, REPLY_CONTINUE);
		return 0;
	case CMD_QUIT:
		return -ECONNRESET;
	default:
		return 0;
	}
}

/* 0 or a negative errno: close it. */
static int
serve(struct conn *c, struct buf *out)
{
	ssize_t n = recv(c->fd, buf_reserve(&c->in, READ_BYTES), READ_BYTES, 0);
	struct milter_frame frame;
	size_t used = 0;
	int r = n > 0 ? 0 : -ECONNRESET;

	c->in.len += n > 0 ? (size_t)n : 0;
	buf_reset(out);
	while (r == 0 && used < c->in.len) {
		r = milter_frame_next(c->in.data + used, c->in.len - used, MILTER_MAX_FRAME,
				      &frame);
		if (r == 0)
			break;
		if (r < 0)
			return r;
		used += frame.size;
		r = answer(&frame, out);
	}
	buf_consume(&c->in, used);
	if (out->len > 0 && send(c->fd, out->data, out->len, MSG_NOSIGNAL) < 0)
		return -ECONNRESET;
	return r;
}

static void
watch(int epoll, struct conn *c)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		abort();
}

static void
take(int epoll, int listener)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (c->fd < 0) {
		free(c);
		return;
	}
	watch(epoll, c);
}

static void
loop(int epoll, const struct conn *listener)
{
	struct epoll_event events[EVENTS];
	struct buf out = {0};

	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c == listener) {
				take(epoll, listener->fd);
			} else if (serve(c, &out) < 0) {
				close(c->fd);
				buf_free(&c->in);
				free(c);
			}
		}
	}
}

int
main(int argc, char **argv)
{
	struct conn listener = {.fd = -1};
	struct addr at;
	const char *why = "usage: bareloop SOCKET";
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 2 || addr_parse(argv[1], &at, &why) < 0) {
		fprintf(stderr, "%s\n", why);
		return EX_USAGE;
	}
	listener.fd = socket(at.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener.fd < 0 || bind(listener.fd, &at.sa, at.len) < 0 ||
	    listen(listener.fd, BACKLOG) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return EX_UNAVAILABLE;
	}
	watch(epoll, &listener);
	loop(epoll, &listener);
}
