/* Reading, running the session, writing. Input: events of a connection's stream; output: the
 * session's answers, in one write for each turn.
 *
 * A turn reads into env->in, runs the session on it, writes env->out, and keeps what the
 * session has not used: both buffers are empty afterwards, for the next connection. While an
 * answer is not taken, or an event is suspended, the stream is paused. */
#include <assert.h>
#include <errno.h>

#include "worker/conn_private.h"

#define READ_BYTES     (128u << 10) /* holds the largest frame */
#define READS_PER_TURN 4u	    /* then other connections have their turn */
#define BUF_KEEP_BYTES (1u << 20)   /* a shared buffer that grew larger is freed */
#define PROGRESS_MS    4000u	    /* Sendmail waits 10 s for each reply */

/* Writing. */

/* Writes env->out, and of a long answer as much as the MTA takes. 0 or a negative errno. */
static int
write_answer(struct conn *c)
{
	struct conn_env *env = c->env;
	int r;

	do
		r = stream_write(&c->stream, &env->out);
	while (r == 0 && stream_unsent(&c->stream) == 0 &&
	       session_write_more(c->session, &env->out));
	if (env->out.cap > BUF_KEEP_BYTES)
		buf_free(&env->out);
	return r;
}

bool
write_answer_or_close(struct conn *c)
{
	if (write_answer(c) == 0)
		return true;
	conn_close(c, CONN_EOF);
	return false;
}

void
on_progress_timer(void *ctx)
{
	struct conn *c = ctx;

	if (session_write_progress(c->session, &c->env->out) && write_answer_or_close(c))
		timer_arm(c->env->timers, &c->progress_timer, PROGRESS_MS);
}

/* Waiting. */

void
arm_read_timer(struct conn *c, bool progress)
{
	const struct config *cfg = c->env->cfg;
	bool in_frame = c->unused_input.len > 0 || stream_unsent(&c->stream) > 0;

	if (!session_has_negotiated(c->session)) {
		if (!timer_is_armed(&c->read_timer))
			timer_arm(c->env->timers, &c->read_timer, cfg->negotiate_timeout_ms);
		return;
	}
	if (in_frame && c->in_frame && !progress)
		return;
	c->in_frame = in_frame;
	timer_arm(c->env->timers, &c->read_timer,
		  in_frame ? cfg->frame_timeout_ms : cfg->idle_timeout_ms);
}

/* Suspended: nothing is read, and only the question of the chain has a limit of time. */
static void
wait_for_chain(struct conn *c)
{
	timer_disarm(c->env->timers, &c->read_timer);
	c->in_frame = false;
	if (!c->stream.paused)
		stream_pause(&c->stream);
	if (!timer_is_armed(&c->progress_timer))
		timer_arm(c->env->timers, &c->progress_timer, PROGRESS_MS);
}

/* Reading. */

static void
keep_unused_input(struct conn *c)
{
	struct buf *in = &c->env->in;

	if (in->len > 0)
		buf_append(&c->unused_input, in->data, in->len);
	buf_reset(in);
	if (in->cap > BUF_KEEP_BYTES)
		buf_free(in);
}

static void
load_unused_input(struct conn *c)
{
	if (c->unused_input.len > 0)
		buf_append(&c->env->in, c->unused_input.data, c->unused_input.len);
	buf_free(&c->unused_input);
}

/* No more is read; what is left to be written goes out first. */
static int
begin_close(struct conn *c, enum conn_end why)
{
	c->why = why;
	c->closing = true;
	buf_reset(&c->env->in);
	return 0;
}

/* Runs the session on env->in. 1: it goes on, or is suspended, or waits until its answer is
 * taken; 0: the connection is closing. */
static int
run_session_input(struct conn *c, bool *progress)
{
	struct conn_env *env = c->env;
	size_t used;
	int r;

	for (;;) {
		used = 0;
		r = session_run(c->session, env->in.data, env->in.len, &env->out, &used);
		buf_consume(&env->in, used);
		*progress |= used > 0;
		if (r < 0 && *session_error(c->session) != '\0')
			log_conn_closed(c, session_error(c->session));
		if (r != 0)
			return begin_close(c, r < 0 ? CONN_PROTOCOL : CONN_QUIT);
		if (!session_has_more(c->session))
			return 1;
		if (write_answer(c) < 0)
			return begin_close(c, CONN_EOF);
		if (session_has_more(c->session))
			return 1;
	}
}

static bool
takes_no_input(const struct conn *c)
{
	return session_is_suspended(c->session) || session_has_more(c->session);
}

/* Until there is no more, or the session takes no more, or the turn is over. */
static void
read_and_run(struct conn *c, bool *progress)
{
	struct conn_env *env = c->env;
	ssize_t n;

	for (unsigned i = 0; i < READS_PER_TURN; i++) {
		n = stream_read(&c->stream, buf_reserve(&env->in, READ_BYTES), READ_BYTES);
		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			(void)begin_close(c, CONN_EOF);
			return;
		}
		env->in.len += (size_t)n;
		if (!run_session_input(c, progress) || takes_no_input(c))
			return;
	}
	stream_resume(&c->stream); /* there may be more: an event in the next turn */
}

/* Without an answer to carry it, TCP would delay the acknowledgement by 40 ms; Sendmail, which
 * writes macros and command apart, waits for it. */
static void
acknowledge_input(struct conn *c)
{
	struct conn_listener *listener = &c->env->listeners[c->listener];

	if (!listener->no_tcp)
		listener->no_tcp = !stream_quick_ack(&c->stream);
}

/* After the session ran: writes the answer, and waits for what comes next. */
static void
finish_conn_turn(struct conn *c, bool progress)
{
	struct conn_env *env = c->env;

	env->shared->at_work.message[0] = '\0';
	keep_unused_input(c);
	if (env->out.len == 0)
		acknowledge_input(c);
	else if (!write_answer_or_close(c))
		return;
	if (session_is_idle(c->session))
		release_chain_run(c);
	if (c->closing && stream_unsent(&c->stream) == 0) {
		conn_close(c, c->why);
		return;
	}
	if (session_is_suspended(c->session)) {
		wait_for_chain(c);
		return;
	}
	if (env->close_when_idle && session_is_idle(c->session) && c->unused_input.len == 0 &&
	    stream_unsent(&c->stream) == 0) {
		conn_close(c, CONN_DRAIN);
		return;
	}
	if ((c->closing || stream_unsent(&c->stream) > 0) && !c->stream.paused)
		stream_pause(&c->stream); /* until the MTA has taken the answer */
	arm_read_timer(c, progress);
}

static void
run_read_turn(struct conn *c)
{
	bool progress = false;

	assert(c->env->in.len == 0 && c->env->out.len == 0);
	load_unused_input(c);
	read_and_run(c, &progress);
	finish_conn_turn(c, progress);
}

void
continue_conn(struct conn *c)
{
	struct conn_env *env = c->env;
	bool progress = true;

	assert(env->in.len == 0);
	load_unused_input(c);
	if (c->stream.paused)
		stream_resume(&c->stream);
	if (env->in.len > 0)
		(void)run_session_input(c, &progress);
	finish_conn_turn(c, progress);
}

/* The MTA took some of what was unsent. */
static void
write_rest(struct conn *c)
{
	if (stream_unsent(&c->stream) == 0 && !write_answer_or_close(c))
		return;
	if (stream_unsent(&c->stream) > 0)
		arm_read_timer(c, true);
	else if (c->closing)
		conn_close(c, c->why);
	else
		continue_conn(c);
}

void
on_conn_stream(void *ctx, unsigned events)
{
	struct conn *c = ctx;

	if ((events & STREAM_GONE) && (c->stream.paused || c->closing)) {
		conn_close(c, c->closing ? c->why : CONN_EOF); /* it takes no answer */
		return;
	}
	if (c->stream.paused) {
		if ((events & STREAM_OUT) != 0 && !session_is_suspended(c->session))
			write_rest(c);
		return;
	}
	if (events & (STREAM_IN | STREAM_END))
		run_read_turn(c);
}
