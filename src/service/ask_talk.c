/* The connection of a question: its place, the dialing, the bytes of the exchange. */
#include <errno.h>
#include <unistd.h>

#include "service/ask_private.h"

#define BACKLOG_MS     50u /* a full backlog of a unix socket is tried again after that */
#define READ_BYTES     (16u << 10)
#define READS_PER_TURN 4u

/* A server that is down is asked without a place. */
static void
change_places(struct question *q, int change)
{
	const struct asker_setup *setup = &q->asker->setup;
	struct server_use *use = service_use(setup->state, setup->row,
					     q->service->servers[q->server - 1].number);

	if (!q->is_probe)
		atomic_store_explicit(
			&use->in_flight,
			atomic_load_explicit(&use->in_flight, memory_order_relaxed) +
				(uint32_t)change,
			memory_order_relaxed);
}

static bool
has_place(const struct question *q)
{
	return q->state == QUESTION_DIALS || q->state == QUESTION_DIALS_LATER ||
	       q->state == QUESTION_TALKS;
}

void
close_connection(struct question *q)
{
	if (!has_place(q))
		return;
	change_places(q, -1);
	dial_cancel(&q->dial);
	stream_close(&q->stream);
	q->state = QUESTION_IDLE;
}

/* What the exchange says; false: the connection is gone, and perhaps the question. */
static bool
take_exchange_state(struct question *q, enum exchange_state state)
{
	switch (state) {
	case EXCHANGE_GOES_ON:
		return true;
	case EXCHANGE_CUT:
		fail_try(q, ASK_CUT);
		return false;
	case EXCHANGE_SERVER_ERROR:
		take_server_error(q);
		return false;
	case EXCHANGE_BAD_ANSWER:
		end_question(q, ASK_BAD_ANSWER);
		return false;
	case EXCHANGE_ANSWERED:
	case EXCHANGE_TOO_BIG:
		break;
	}
	count_server_success(q);
	end_question(q, state == EXCHANGE_ANSWERED ? ASK_ANSWERED : ASK_TOO_BIG);
	return false;
}

/* The server's answer may still be there to be read. These two errors need a connection. */
static void
note_failed_write(struct question *q, int error)
{
	q->is_write_over = true;
	if (error == -EPIPE || error == -ECONNRESET)
		q->is_connected = true;
}

static void
write_exchange(struct question *q)
{
	struct buf *out = &q->asker->out;
	size_t len;
	int r;

	while (!q->is_write_over && stream_unsent(&q->stream) == 0) {
		q->exchange->ops->write(q->exchange, out);
		if (out->len == 0)
			break;
		len = out->len;
		r = stream_write(&q->stream, out);
		if (r < 0)
			note_failed_write(q, r);
		else if (stream_unsent(&q->stream) < len)
			q->is_connected = true;
	}
	buf_reset(out);
}

/* The end, or an error: of connect(2), if there was no connection yet. A write may have met
 * ECONNREFUSED before, and the read meets the end then. */
static void
end_stream(struct question *q, ssize_t n)
{
	if (!q->is_connected) {
		q->error = n < 0 ? (int)n : -ECONNREFUSED;
		fail_try(q, n == 0 || n == -ECONNREFUSED ? ASK_REFUSED : ASK_CONNECT);
		return;
	}
	(void)take_exchange_state(q, q->exchange->ops->end(q->exchange));
}

/* Whether the connection still exists. */
static bool
read_exchange(struct question *q)
{
	char in[READ_BYTES];

	for (unsigned i = 0; i < READS_PER_TURN; i++) {
		ssize_t n = stream_read(&q->stream, in, sizeof(in));

		if (n == -EAGAIN)
			return true;
		if (n <= 0) {
			end_stream(q, n);
			return false;
		}
		q->is_connected = true;
		if (!take_exchange_state(q, q->exchange->ops->read(q->exchange, in, (size_t)n)))
			return false;
	}
	stream_resume(&q->stream); /* other questions have their turn */
	return true;
}

static void
on_question_stream(void *ctx, unsigned events)
{
	struct question *q = ctx;
	bool was_connected = q->is_connected;

	if (events & STREAM_OUT)
		q->is_connected = true;
	if ((events & (STREAM_IN | STREAM_END | STREAM_GONE)) != 0 && !read_exchange(q))
		return;
	write_exchange(q);
	if (!was_connected && q->is_connected)
		arm_question_timer(q);
}

static void
begin_talk(struct question *q, int fd)
{
	if (stream_open(&q->stream, q->asker->setup.loop, fd, on_question_stream, q) < 0) {
		close(fd);
		fail_try(q, ASK_CONNECT);
		return;
	}
	q->state = QUESTION_TALKS;
	write_exchange(q);
	arm_question_timer(q);
}

static void
on_dialed(void *ctx, int fd)
{
	struct question *q = ctx;

	if (fd >= 0) {
		begin_talk(q, fd);
	} else if (fd == -EAGAIN) {
		q->state = QUESTION_DIALS_LATER;
		timer_arm(q->asker->setup.timers, &q->timer, BACKLOG_MS);
	} else if (fd == -ECONNRESET) {
		begin_dial(q); /* by another connector */
	} else {
		q->error = fd;
		fail_try(q, fd == -ECONNREFUSED || fd == -ENOENT ? ASK_REFUSED : ASK_CONNECT);
	}
}

void
begin_dial(struct question *q)
{
	const struct asker_setup *setup = &q->asker->setup;

	if (!has_place(q))
		change_places(q, 1);
	q->state = QUESTION_DIALS;
	arm_question_timer(q);
	if (dial_start(setup->dialer, &q->dial, q->service->servers[q->server - 1].number,
		       on_dialed, q) < 0)
		fail_try(q, ASK_CONNECT);
}
