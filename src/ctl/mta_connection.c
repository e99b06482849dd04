/* A blocking connection of an MTA: each wait is one poll() on its socket. */
#include "ctl/mta_connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "milter/proto.h"
#include "milter/reply.h"
#include "util/arena.h"

#define READ_BYTES 65536u

static int64_t
read_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until the socket is ready or the clock reaches end. A signal handler that sets *stop
 * ends the wait. */
static int
wait_until_ready_or_stop(const struct mta_connection *m, short events, int64_t end)
{
	while (!(m->stop && *m->stop)) {
		struct pollfd p = {.fd = m->fd, .events = events};
		int64_t left = end - read_clock_ms();

		if (left <= 0)
			return -ETIMEDOUT;

		int r = poll(&p, 1, (int)left);

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
	return -EINTR;
}

static int
send_pending(struct mta_connection *m)
{
	int64_t end = read_clock_ms() + m->timeout_ms;

	while (m->out.len > 0) {
		ssize_t n = send(m->fd, m->out.data, m->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			buf_consume(&m->out, (size_t)n);
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == EPIPE ? -ECONNRESET : -errno;

		int r = wait_until_ready_or_stop(m, POLLOUT, end);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Waits for the next reply. *ret is valid until the next call. */
static int
receive_reply(struct mta_connection *m, struct milter_reply *ret)
{
	int64_t end = read_clock_ms() + m->timeout_ms;

	buf_consume(&m->in, m->in_used);
	m->in_used = 0;
	for (;;) {
		int r = mta_decode_reply(m->in.data, m->in.len, ret, &m->in_used);

		if (r != 0)
			return r < 0 ? r : 0;
		r = wait_until_ready_or_stop(m, POLLIN, end);
		if (r < 0)
			return r;

		ssize_t n = recv(m->fd, buf_reserve(&m->in, READ_BYTES), READ_BYTES, 0);

		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EINTR)
			return -errno;
		m->in.len += n > 0 ? (size_t)n : 0;
	}
}

static int
negotiate_as_mta(struct mta_connection *m)
{
	struct milter_reply reply;

	milter_client_init(&m->client);
	milter_client_optneg(&m->client, &m->out);

	int r = send_pending(m);

	if (r == 0)
		r = receive_reply(m, &reply);
	return r < 0 ? r : milter_client_agree(&m->client, &reply);
}

int
mta_connect(struct mta_connection *m, const struct addr *at, int timeout_ms,
	    const volatile sig_atomic_t *stop)
{
	*m = (struct mta_connection){.timeout_ms = timeout_ms, .stop = stop};
	m->fd = socket(at->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		return -errno;
	if (connect(m->fd, &at->sa, at->len) < 0) {
		int r = -errno;

		m->failed = true;
		mta_close(m);
		return r;
	}

	int r = negotiate_as_mta(m);

	if (r < 0) {
		m->failed = true;
		mta_close(m);
	}
	return r;
}

static int
receive_final_reply(struct mta_connection *m, struct mta_dialogue *dialogue,
		    struct mta_outcome_reader *reader)
{
	struct milter_reply reply;
	int r;

	do {
		r = receive_reply(m, &reply);
		if (r == 0)
			r = mta_outcome_take(reader, dialogue, &reply);
	} while (r == 0);
	return r < 0 ? r : 0;
}

static int
send_script(struct mta_connection *m, const struct mta_script *script, struct arena *arena,
	    struct mta_outcome *out)
{
	struct mta_outcome_reader reader;
	struct mta_dialogue dialogue;

	mta_outcome_begin(&reader, out, arena);
	mta_dialogue_start(&dialogue, script);
	while (mta_dialogue_fill(&dialogue, &m->out)) {
		int r = send_pending(m);

		if (r == 0)
			r = receive_final_reply(m, &dialogue, &reader);
		if (r < 0)
			return r;
	}
	mta_outcome_end(&reader, &dialogue);
	return 0;
}

int
mta_send_helo(struct mta_connection *m)
{
	struct arena *arena = arena_new();
	struct mta_outcome out;
	struct mta_script script = {0};

	mta_script_add_session(&script, &m->client, NULL);

	int r = send_script(m, &script, arena, &out);

	if (r == 0)
		r = out.reply == REPLY_CONTINUE ? send_pending(m) : -ECONNREFUSED;
	mta_script_free(&script);
	arena_free(arena);
	buf_free(&m->in);
	buf_free(&m->out);
	m->in_used = 0;
	m->failed = r < 0;
	return r;
}

int
mta_send_message(struct mta_connection *m, const struct mta_message *message,
		 struct arena *arena, struct mta_outcome *ret)
{
	struct mta_outcome out;
	struct mta_script script = {0};

	mta_script_add_session(&script, &m->client, message->peer);
	mta_script_add_message(&script, &m->client, message);

	int r = send_script(m, &script, arena, &out);

	mta_script_free(&script);
	m->failed = r < 0;
	if (r == 0)
		*ret = out;
	return r;
}

void
mta_close(struct mta_connection *m)
{
	struct mta_script script = {0};

	if (m->fd >= 0 && !m->failed) {
		mta_script_add_end(&script, &m->client);
		buf_append(&m->out, script.bytes.data, script.bytes.len);
		send_pending(m); /* fails when the filter has closed the connection */
	}
	if (m->fd >= 0)
		close(m->fd);
	mta_script_free(&script);
	buf_free(&m->in);
	buf_free(&m->out);
	m->fd = -1;
}
