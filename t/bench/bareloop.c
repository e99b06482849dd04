/* The cheapest possible filter, to which the benchmark compares: processes that read frames,
 * evaluate the letter alone, and answer where the agreed terms demand an answer.
 *
 *     bareloop WORKERS SOCKET [LETTERS]
 *
 * SOCKET is an address as in polymilter.conf. The filter requests that every stage is sent and
 * that none is answered but the stages of LETTERS; the end of a message is always answered. It
 * does not copy or store payloads, and has no policy, log or limit. */
#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/proto.h"
#include "milter/reply.h"
#include "util/addr.h"
#include "util/buf.h"
#include "util/str.h"

#define EVENTS	    64
#define READ_BYTES  65536u
#define BACKLOG	    4096
#define MAX_WORKERS 64u
#define HEAD	    5u	/* bytes of a frame's length and letter */
#define OFFER	    12u /* bytes of OPTNEG: version, actions, protocol */

struct conn {
	int fd;
	uint32_t no_answer; /* the agreed NR bits */
	size_t have;	    /* bytes of head that were read */
	size_t skip;	    /* bytes of the frame that are still to be read and ignored */
	unsigned char head[HEAD + OFFER]; /* the start of the frame */
};

static uint32_t
be32_at(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/* For each letter: whether it is that of a stage, and the stage's NR bit. */
static struct {
	bool is_stage;
	uint32_t nr_bit;
} letters[256];
static uint32_t nr_all;

/* answered: the letters of stages that will be answered. */
static void
make_letters(const char *answered)
{
	for (enum stage s = 0; s < STAGE_COUNT; s++) {
		letters[stage_command(s)].is_stage = true;
		letters[stage_command(s)].nr_bit = stage_nr_bit(s);
		if (strchr(answered, stage_command(s)) == NULL)
			nr_all |= stage_nr_bit(s);
	}
}

static void
negotiate(struct conn *c, struct buf *out)
{
	c->no_answer = be32_at(c->head + HEAD + 8) & nr_all;
	milter_put_optneg(
		out,
		&(struct milter_terms){.version = MILTER_VERSION, .protocol = c->no_answer},
		NULL);
}

/* Answers the frame whose start is in head. Returns 0, or a negative errno when the connection
 * must be closed. */
static int
answer_frame(struct conn *c, struct buf *out)
{
	unsigned char command = c->head[HEAD - 1];
	size_t size = (size_t)be32_at(c->head) + 4;

	if (size < c->have)
		return -EPROTO;
	c->skip = size - c->have;
	c->have = 0;
	if (command == CMD_OPTNEG)
		negotiate(c, out);
	else if (letters[command].is_stage && !(letters[command].nr_bit & c->no_answer))
		milter_put_simple(out, REPLY_CONTINUE);
	return command == CMD_QUIT ? -ECONNRESET : 0;
}

/* Reads the start of a frame; returns how many bytes. *ret_whole: the letter is known, and for
 * OPTNEG the whole offer. */
static size_t
read_head(struct conn *c, const unsigned char *data, size_t len, bool *ret_whole)
{
	size_t want = c->have >= HEAD ? HEAD + OFFER : HEAD;
	size_t n = want - c->have < len ? want - c->have : len;

	memcpy(c->head + c->have, data, n);
	c->have += n;
	*ret_whole = c->have == want && (want > HEAD || c->head[HEAD - 1] != CMD_OPTNEG);
	return n;
}

static int
read_bytes(struct conn *c, const unsigned char *data, size_t len, struct buf *out)
{
	int r = 0;

	while (r == 0 && len > 0) {
		size_t n = c->skip < len ? c->skip : len;
		bool whole = false;

		c->skip -= n;
		n += read_head(c, data + n, len - n, &whole);
		data += n;
		len -= n;
		if (whole)
			r = answer_frame(c, out);
	}
	return r;
}

static int
serve_connection(struct conn *c, struct buf *out)
{
	static unsigned char in[READ_BYTES];
	ssize_t n = recv(c->fd, in, sizeof(in), 0);
	int r = n > 0 ? read_bytes(c, in, (size_t)n, out) : -ECONNRESET;

	if (out->len > 0 && send(c->fd, out->data, out->len, MSG_NOSIGNAL) < 0)
		r = -ECONNRESET;
	buf_reset(out);
	return r;
}

static void
add_to_epoll(int epoll, struct conn *c, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		abort();
}

static void
accept_connection(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return; /* another worker has accepted the connection */

	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->fd = fd;
	add_to_epoll(epoll, c, EPOLLIN);
}

__attribute__((noreturn)) static void
run_worker(struct conn *listener)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[EVENTS];
	struct buf out = {0};

	add_to_epoll(epoll, listener, EPOLLIN | EPOLLEXCLUSIVE);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c == listener) {
				accept_connection(epoll, listener->fd);
			} else if (serve_connection(c, &out) < 0) {
				close(c->fd);
				free(c);
			}
		}
	}
}

static int
print_error(const char *what)
{
	fprintf(stderr, "bareloop: %s: %s\n", what, strerror(errno));
	return EX_UNAVAILABLE;
}

int
main(int argc, char **argv)
{
	uint64_t workers = 0;
	struct addr at;
	const char *why = "usage: bareloop WORKERS SOCKET [LETTERS]";

	if (argc < 3 || argc > 4 || str_parse_count(argv[1], &workers) < 0 || workers == 0 ||
	    workers > MAX_WORKERS || addr_parse(argv[2], &at, &why) < 0) {
		fprintf(stderr, "%s\n", why);
		return EX_USAGE;
	}

	struct conn listener = {
		.fd = socket(at.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};

	if (listener.fd < 0 || bind(listener.fd, &at.sa, at.len) < 0 ||
	    listen(listener.fd, BACKLOG) < 0)
		return print_error(argv[2]);
	make_letters(argc > 3 ? argv[3] : "");
	for (uint64_t i = 0; i < workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return print_error("fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			run_worker(&listener);
		}
	}
	for (;;)
		pause();
}
