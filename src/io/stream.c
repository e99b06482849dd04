/* A non-blocking stream. Edges are counted on: loop_change() makes the kernel report again what
 * is ready, and `drained` spares the read that would only return EAGAIN. */
#include "io/stream.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define COPIED_BYTES (1u << 20) /* a buffer with more that is not sent is kept itself */

static uint32_t
wanted_events(const struct stream *s)
{
	uint32_t events = EPOLLET | EPOLLRDHUP | EPOLLIN;

	if (stream_unsent(s) > 0)
		events |= EPOLLOUT;
	return events;
}

/* Also makes a new edge of whatever is ready. */
static void
update_watch(struct stream *s)
{
	loop_change(&s->watch, s->fd, wanted_events(s));
}

/* The number of bytes that the peer took, 0 when it is not ready, or a negative errno. */
static ssize_t
send_nonblocking(int fd, const unsigned char *p, size_t len)
{
	ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == EAGAIN ? 0 : -errno;
}

static int
flush_unsent(struct stream *s)
{
	ssize_t n = send_nonblocking(s->fd, s->unsent.data + s->sent, stream_unsent(s));

	if (n > 0)
		s->sent += (size_t)n;
	if (n < 0 || stream_unsent(s) == 0) {
		buf_free(&s->unsent); /* idle streams have none */
		s->sent = 0;
	}
	update_watch(s);
	return n < 0 ? (int)n : 0;
}

static void
on_stream_ready(void *ctx, uint32_t revents)
{
	struct stream *s = ctx;
	unsigned events = 0;

	if (revents & EPOLLIN) {
		s->drained = false;
		s->has_missed = s->paused;
		events |= s->paused ? 0 : (unsigned)STREAM_IN;
	}
	if (revents & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
		s->ended = true;
		s->drained = false;
		events |= STREAM_END;
	}
	if (revents & (EPOLLHUP | EPOLLERR))
		events |= STREAM_GONE;
	if ((revents & EPOLLOUT) && stream_unsent(s) > 0)
		events |= flush_unsent(s) < 0 ? STREAM_END | STREAM_GONE : STREAM_OUT;
	if (events != 0)
		s->on_io(s->ctx, events);
}

int
stream_open(struct stream *s, struct loop *loop, int fd, stream_io_fn *on_io, void *ctx)
{
	struct stream new = {.fd = fd, .on_io = on_io, .ctx = ctx};
	int r = loop_add(loop, &s->watch, fd, wanted_events(&new), on_stream_ready, s);
	if (r < 0)
		return r;
	new.watch = s->watch;
	*s = new;
	return 0;
}

void
stream_close(struct stream *s)
{
	if (s->watch.loop == NULL)
		return;
	loop_remove(&s->watch, s->fd);
	close(s->fd);
	buf_free(&s->unsent);
	*s = (struct stream){0};
}

bool
stream_quick_ack(struct stream *s)
{
	static const int on = 1;

	return setsockopt(s->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on)) == 0;
}

ssize_t
stream_read(struct stream *s, void *into, size_t max)
{
	ssize_t n;

	if (s->drained)
		return -EAGAIN;
	n = recv(s->fd, into, max, 0);
	if (n < 0)
		return -errno;
	/* Less than requested: the socket is empty, and the next read would return EAGAIN. Not
	 * after the end, which has no edge of its own when it came with the last bytes. */
	s->drained = n > 0 && (size_t)n < max && !s->ended;
	return n;
}

/* Keeps what is behind the first n bytes of out. A long text is not copied. */
static void
keep_unsent(struct stream *s, struct buf *out, size_t n)
{
	if (stream_unsent(s) > 0 || out->len - n < COPIED_BYTES) {
		buf_append(&s->unsent, out->data + n, out->len - n);
		return;
	}
	buf_free(&s->unsent);
	s->unsent = *out;
	s->sent = n;
	*out = (struct buf){0};
}

int
stream_write(struct stream *s, struct buf *out)
{
	ssize_t n = 0;

	if (out->len > 0 && stream_unsent(s) == 0)
		n = send_nonblocking(s->fd, out->data, out->len);
	if (n >= 0 && (size_t)n < out->len) {
		bool was_waiting = stream_unsent(s) > 0;

		keep_unsent(s, out, (size_t)n);
		if (!was_waiting)
			update_watch(s);
	}
	buf_reset(out);
	return n < 0 ? (int)n : 0;
}

size_t
stream_unsent(const struct stream *s)
{
	return s->unsent.len - s->sent;
}

/* The kernel is not told: the edge of what comes meanwhile is remembered. */
void
stream_pause(struct stream *s)
{
	s->paused = true;
}

void
stream_resume(struct stream *s)
{
	bool was_paused = s->paused;

	s->paused = false;
	if (was_paused && !s->has_missed && s->drained)
		return; /* there is nothing before the next edge */
	s->has_missed = false;
	s->drained = false;
	update_watch(s);
}
