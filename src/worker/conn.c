/* What happens on a connection: reading in turns, answering in one write, waiting. */
#include "worker/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/log.h"
#include "util/str.h"

#define READ_BYTES	(128u << 10) /* holds the largest frame */
#define READS_PER_TURN	4u	     /* then it is the others' turn */
#define KEEP_BYTES	(1u << 20)   /* a shared buffer that grew beyond goes back */
#define PROGRESS_MS	4000u	     /* Sendmail waits 10 s for the next word */
#define RECORD_FIELDS	16u
#define SPARE_RUNS	16u
#define COMPLAINT_BYTES 256u /* of a name from the wire */

struct conn {
	struct conn *older, *newer;
	struct conn_env *env;
	struct stream stream;
	struct buf left; /* the begin of a frame, or frames behind a suspended one */
	struct session *session;
	struct chain_run *run; /* lent for messages; or NULL */
	struct timer silence;  /* idle_timeout, frame_timeout */
	struct timer waiting;  /* the chain's own */
	struct timer progress; /* while eom is suspended */
	struct conn *next_resumed;
	uint32_t listener;
	bool in_frame; /* silence means frame_timeout */
	bool resumed;  /* stands in env->resumed */
	bool ending;   /* closes as soon as the MTA has taken our answer */
	enum conn_end why;
	char id[24];
};

/* What the connections of one listener share. */
struct conn_listener {
	struct chain_run *spare[SPARE_RUNS]; /* left by those without a message */
	size_t n_spares;
	bool local; /* its connections are no TCP */
};

static const struct chain_host chain_host;
static const struct session_handler handler;

static void read_turn(struct conn *c);

/* Opening and closing. */

static void
link_newest(struct conn *c)
{
	struct conn_env *env = c->env;

	c->older = env->newest;
	if (env->newest != NULL)
		env->newest->newer = c;
	else
		env->oldest = c;
	env->newest = c;
	env->n++;
}

static void
unlink_conn(struct conn *c)
{
	struct conn_env *env = c->env;

	if (c->older != NULL)
		c->older->newer = c->newer;
	else
		env->oldest = c->newer;
	if (c->newer != NULL)
		c->newer->older = c->older;
	else
		env->newest = c->older;
	env->n--;
}

static void
forget_resumed(struct conn *c)
{
	struct conn **at = &c->env->resumed;

	if (!c->resumed)
		return;
	while (*at != c)
		at = &(*at)->next_resumed;
	*at = c->next_resumed;
}

static void
take_run(struct conn *c)
{
	const struct chain *chain = c->env->cfg->listeners[c->listener].chain;
	struct conn_listener *at = &c->env->listeners[c->listener];

	if (c->run != NULL)
		return;
	if (at->n_spares == 0) {
		c->run = chain_run_new(chain, &chain_host, c, c->id);
		return;
	}
	c->run = at->spare[--at->n_spares];
	chain_run_move(c->run, c, c->id);
}

static void
give_run(struct conn *c)
{
	struct conn_listener *at = &c->env->listeners[c->listener];

	if (c->run == NULL)
		return;
	if (at->n_spares == SPARE_RUNS)
		chain_run_free(c->run);
	else
		at->spare[at->n_spares++] = c->run;
	c->run = NULL;
}

void
conn_close(struct conn *c, enum conn_end why)
{
	struct conn_env *env = c->env;
	uint32_t listener = c->listener;

	c->session = session_free(c->session);
	give_run(c);
	stream_close(&c->stream);
	timer_disarm(env->timers, &c->silence);
	timer_disarm(env->timers, &c->waiting);
	timer_disarm(env->timers, &c->progress);
	buf_free(&c->left);
	forget_resumed(c);
	unlink_conn(c);
	if (env->named == c) {
		env->named = NULL;
		env->shared->id[0] = '\0';
	}
	free(c);
	stat_add(&env->shared->count[why], 1);
	env->session_ended(env->owner, listener);
}

static void
put_tame(struct buf *b, const char *value)
{
	if (*value == '\0')
		value = "unknown";
	str_append_printable(b, value, strlen(value), COMPLAINT_BYTES);
}

/* One line for a connection that we end. */
static void
complain(const struct conn *c, const char *what)
{
	const struct peer *peer = session_peer(c->session);
	struct buf *text = &c->env->text;

	buf_reset(text);
	put_tame(text, peer->host);
	buf_putc(text, '[');
	put_tame(text, peer->addr);
	buf_putc(text, ']');
	log_write(LOG_WARNING, "%s: listener %s: %s: closed, client=%s gen=%u", c->id,
		  c->env->cfg->listeners[c->listener].name, what, buf_string(text),
		  c->env->generation);
}

/* Timers. */

static void
on_silence(void *ctx)
{
	struct conn *c = ctx;

	complain(c, c->in_frame ? "frame_timeout" : "idle_timeout");
	conn_close(c, CONN_TIMEOUT);
}

static void
on_waiting(void *ctx)
{
	struct conn *c = ctx;

	chain_run_timer_expired(c->run);
}

/* Gives the MTA what is in env->out, and of a long answer as much as it takes. 0 or a negative
 * errno. */
static int
push(struct conn *c)
{
	struct conn_env *env = c->env;
	int r;

	do
		r = stream_write(&c->stream, &env->out);
	while (r == 0 && stream_unsent(&c->stream) == 0 &&
	       session_write_more(c->session, &env->out));
	if (env->out.cap > KEEP_BYTES)
		buf_free(&env->out);
	return r;
}

/* The same. Whether the connection is still there. */
static bool
write_out(struct conn *c)
{
	if (push(c) == 0)
		return true;
	conn_close(c, CONN_EOF);
	return false;
}

static void
on_progress(void *ctx)
{
	struct conn *c = ctx;

	if (session_write_progress(c->session, &c->env->out) && write_out(c))
		timer_arm(c->env->timers, &c->progress, PROGRESS_MS);
}

/* Silence from now on is measured by what we wait for. fresh: something came to its end since
 * the timer was armed, so a trickle of bytes does not put it off. */
static void
watch_silence(struct conn *c, bool fresh)
{
	const struct config *cfg = c->env->cfg;
	bool in_frame = c->left.len > 0 || stream_unsent(&c->stream) > 0;

	if (in_frame && c->in_frame && !fresh)
		return;
	c->in_frame = in_frame;
	timer_arm(c->env->timers, &c->silence,
		  in_frame ? cfg->frame_timeout_ms : cfg->idle_timeout_ms);
}

/* Suspended: nothing is read, the chain's own timer runs. */
static void
wait_for_chain(struct conn *c)
{
	timer_disarm(c->env->timers, &c->silence);
	c->in_frame = false;
	if (!c->stream.paused)
		stream_pause(&c->stream);
	if (!timer_is_armed(&c->progress))
		timer_arm(c->env->timers, &c->progress, PROGRESS_MS);
}

/* Reading. */

/* Keeps what the session has not used; the shared buffer is then empty for the next. */
static void
keep_rest(struct conn *c)
{
	struct buf *in = &c->env->in;

	if (in->len > 0)
		buf_append(&c->left, in->data, in->len);
	buf_reset(in);
	if (in->cap > KEEP_BYTES)
		buf_free(in);
}

/* No more is read: what is left to be written goes out first. */
static int
end_conn(struct conn *c, enum conn_end why)
{
	c->why = why;
	c->ending = true;
	buf_reset(&c->env->in);
	return 0;
}

/* Runs what is in env->in. 1: the session goes on, or waits for the chain or until its answer
 * is taken; 0: the connection is closing. */
static int
run_session(struct conn *c, bool *used_any)
{
	struct conn_env *env = c->env;
	size_t used;
	int r;

	for (;;) {
		used = 0;
		r = session_run(c->session, env->in.data, env->in.len, &env->out, &used);
		buf_consume(&env->in, used);
		*used_any |= used > 0;
		if (r < 0 && *session_error(c->session) != '\0')
			complain(c, session_error(c->session));
		if (r != 0)
			return end_conn(c, r < 0 ? CONN_PROTOCOL : CONN_QUIT);
		if (!session_has_more(c->session))
			return 1;
		if (push(c) < 0)
			return end_conn(c, CONN_EOF);
		if (session_has_more(c->session))
			return 1;
	}
}

/* Something must happen before more is read. */
static bool
is_held(const struct conn *c)
{
	return session_is_suspended(c->session) || session_has_more(c->session);
}

/* Reads and runs until there is no more, or the turn is over. */
static void
read_and_run(struct conn *c, bool *used_any)
{
	struct conn_env *env = c->env;
	ssize_t n;

	for (unsigned i = 0; i < READS_PER_TURN; i++) {
		n = stream_read(&c->stream, buf_reserve(&env->in, READ_BYTES), READ_BYTES);
		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			(void)end_conn(c, CONN_EOF);
			return;
		}
		env->in.len += (size_t)n;
		if (!run_session(c, used_any) || is_held(c))
			return;
	}
	stream_resume(&c->stream); /* more may be there: tell us again */
}

/* Sendmail writes macros and command apart. */
static void
acknowledge(struct conn *c)
{
	struct conn_listener *at = &c->env->listeners[c->listener];

	if (!at->local)
		at->local = !stream_quick_ack(&c->stream);
}

/* After a turn: answer, and what we wait for now. */
static void
end_turn(struct conn *c, bool used_any)
{
	struct conn_env *env = c->env;

	env->shared->id[0] = '\0';
	env->named = NULL;
	keep_rest(c);
	if (env->out.len == 0)
		acknowledge(c);
	else if (!write_out(c))
		return;
	if (session_is_idle(c->session))
		give_run(c);
	if (c->ending && stream_unsent(&c->stream) == 0) {
		conn_close(c, c->why);
		return;
	}
	if (session_is_suspended(c->session)) {
		wait_for_chain(c);
		return;
	}
	if (env->closing && session_is_idle(c->session) && c->left.len == 0 &&
	    stream_unsent(&c->stream) == 0) {
		conn_close(c, CONN_DRAIN);
		return;
	}
	if ((c->ending || stream_unsent(&c->stream) > 0) && !c->stream.paused)
		stream_pause(&c->stream); /* first it takes our answer */
	watch_silence(c, used_any);
}

static void
read_turn(struct conn *c)
{
	struct conn_env *env = c->env;
	bool used_any = false;

	assert(env->in.len == 0 && env->out.len == 0);
	if (c->left.len > 0)
		buf_append(&env->in, c->left.data, c->left.len);
	buf_free(&c->left);
	read_and_run(c, &used_any);
	end_turn(c, used_any);
}

/* Runs what was kept, then reads on. */
static void
go_on(struct conn *c)
{
	struct conn_env *env = c->env;
	bool used_any = true;

	assert(env->in.len == 0);
	if (c->left.len > 0)
		buf_append(&env->in, c->left.data, c->left.len);
	buf_free(&c->left);
	if (c->stream.paused)
		stream_resume(&c->stream);
	if (env->in.len > 0)
		(void)run_session(c, &used_any);
	end_turn(c, used_any);
}

static void
on_io(void *ctx, unsigned events)
{
	struct conn *c = ctx;

	if ((events & STREAM_GONE) && (c->stream.paused || c->ending)) {
		conn_close(c, c->ending ? c->why : CONN_EOF); /* nobody waits for our answer */
		return;
	}
	if (c->stream.paused) {
		if ((events & STREAM_OUT) == 0 || session_is_suspended(c->session))
			return;
		if (stream_unsent(&c->stream) == 0 && !write_out(c))
			return;
		if (stream_unsent(&c->stream) > 0)
			watch_silence(c, true);
		else if (c->ending)
			conn_close(c, c->why);
		else
			go_on(c);
		return;
	}
	if (events & (STREAM_IN | STREAM_END))
		read_turn(c);
}

/* What the chain asks of us. */

static void
host_set_timer(void *host, unsigned ms)
{
	struct conn *c = host;

	if (ms == 0)
		timer_disarm(c->env->timers, &c->waiting);
	else
		timer_arm(c->env->timers, &c->waiting, ms);
}

/* A policy's callback is above us on the stack: it is worked off after this turn. */
static void
host_resumed(void *host)
{
	struct conn *c = host;

	if (c->resumed)
		return;
	c->resumed = true;
	c->next_resumed = c->env->resumed;
	c->env->resumed = c;
}

void
conn_go_on_resumed(struct conn_env *env)
{
	struct conn *c;

	while ((c = env->resumed) != NULL) {
		env->resumed = c->next_resumed;
		c->resumed = false;
		timer_disarm(env->timers, &c->progress);
		session_resume(c->session, chain_run_verdict(c->run), &env->out);
		go_on(c);
	}
}

static struct sd_event *
host_loop(void *host)
{
	const struct conn *c = host;

	return loop_sd_event(c->env->loop);
}

/* The chain knows nothing of generations; the line gets ours at its end. */
static void
host_log(void *host, const struct log_record *record)
{
	const struct conn *c = host;
	struct buf *text = &c->env->text;
	struct log_field fields[RECORD_FIELDS + 1];
	size_t n = record->n_fields < RECORD_FIELDS ? record->n_fields : RECORD_FIELDS;
	struct log_record ours = {.level = record->level, .fields = fields};

	if (!log_is_enabled(record->level))
		return;
	if (n > 0)
		memcpy(fields, record->fields, n * sizeof(*fields));
	fields[n] = (struct log_field){"GENERATION", c->env->number};
	ours.n_fields = n + 1;
	buf_reset(text);
	buf_puts(text, record->text);
	buf_puts(text, " gen=");
	buf_puts(text, c->env->number);
	ours.text = buf_string(text);
	log_record(&ours);
}

static bool
host_message_done(void *host, const char *verdict, bool acted)
{
	const struct conn *c = host;
	struct conn_env *env = c->env;

	stat_add(&env->shared->count[stat_of_verdict(verdict)], 1);
	if (acted)
		stat_add(&env->shared->count[STAT_ACTED], 1);
	env->message_ended(env->owner);
	return env->cfg->log_messages == LOG_MESSAGES_ALL ||
	       (env->cfg->log_messages == LOG_MESSAGES_ACTED && acted);
}

static const struct chain_host chain_host = {
	.set_timer = host_set_timer,
	.resumed = host_resumed,
	.loop = host_loop,
	.log = host_log,
	.message_done = host_message_done,
};

/* The chain's handler, with a note before each event: the master reads there what a worker that
 * crashed was at. A message's id comes with its begin, or later: at DATA, or with its end. */
static void
note_message(struct conn *c, struct session *s, enum stage stage)
{
	struct conn_env *env = c->env;
	const char *id;

	if (env->named == c && stage != STAGE_ENVFROM && stage != STAGE_DATA &&
	    stage != STAGE_EOM)
		return;
	env->named = c;
	id = session_queue_id(s);
	if (id == NULL)
		id = c->id;
	(void)memccpy(env->shared->id, id, '\0', CURRENT_MESSAGE_BYTES - 1);
}

static int
on_offer(void *ctx, const struct milter_terms *offer, struct session_request *ret)
{
	struct conn *c = ctx;

	take_run(c);
	return chain_handler.offer(c->run, offer, ret);
}

static enum verdict
on_event(void *ctx, struct session *s, enum stage stage)
{
	struct conn *c = ctx;

	note_message(c, s, stage);
	if (session_message(s) == NULL)
		return VERDICT_CONTINUE; /* connect, helo */
	take_run(c);
	return chain_handler.event(c->run, s, stage);
}

static void
on_abort(void *ctx, struct session *s)
{
	struct conn *c = ctx;

	if (c->run != NULL)
		chain_handler.abort(c->run, s);
}

/* A fault of a policy or of the chain. It costs this message only, which gets a tempfail. */
static void
on_session_failed(void *ctx, struct session *s)
{
	const struct conn *c = ctx;

	log_write(LOG_ERR, "%s: listener %s: %s gen=%u", c->id,
		  c->env->cfg->listeners[c->listener].name, session_error(s),
		  c->env->generation);
}

static const struct session_handler handler = {
	.offer = on_offer,
	.event = on_event,
	.skipped_stages = STAGE_BIT(STAGE_HEADER) | STAGE_BIT(STAGE_BODY),
	.abort = on_abort,
	.failed = on_session_failed,
};

static char *
put_hex(char *to, uint32_t n)
{
	int shift = 28;

	while (shift > 0 && n >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[n >> shift & 0xf];
	return to;
}

/* PROCESS-NUMBER */
static void
make_id(struct conn *c)
{
	char *end = put_hex(c->id, (uint32_t)c->env->pid);

	*end++ = '-';
	*put_hex(end, ++c->env->sessions) = '\0';
}

int
conn_open(struct conn_env *env, int fd, size_t listener)
{
	const struct listener_conf *conf = &env->cfg->listeners[listener];
	struct conn *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		abort();
	r = stream_open(&c->stream, env->loop, fd, on_io, c);
	if (r < 0) {
		close(fd);
		free(c);
		env->session_ended(env->owner, listener);
		return r;
	}
	c->env = env;
	c->listener = (uint32_t)listener;
	c->silence.fn = on_silence;
	c->waiting.fn = on_waiting;
	c->progress.fn = on_progress;
	c->silence.ctx = c->waiting.ctx = c->progress.ctx = c;
	make_id(c);
	c->session = session_new(&handler, c, &conf->chain->limits);
	session_use_pool(c->session, env->rooms);
	link_newest(c);
	stat_add(&env->shared->count[STAT_SESSIONS], 1);
	watch_silence(c, true);
	return 0;
}

/* All of them. */

void
conn_env_init(struct conn_env *env)
{
	(void)snprintf(env->number, sizeof(env->number), "%u", env->generation);
	env->listeners = calloc(env->cfg->n_listeners, sizeof(*env->listeners));
	if (env->listeners == NULL)
		abort();
}

void
conn_env_free(struct conn_env *env)
{
	conn_close_all(env);
	for (size_t i = 0; i < env->cfg->n_listeners; i++)
		while (env->listeners[i].n_spares > 0)
			chain_run_free(env->listeners[i].spare[--env->listeners[i].n_spares]);
	free(env->listeners);
	buf_free(&env->in);
	buf_free(&env->out);
	buf_free(&env->text);
}

void
conn_close_idle(struct conn_env *env, size_t max)
{
	struct conn *next;

	for (struct conn *c = env->oldest; c != NULL && max > 0; c = next) {
		next = c->newer;
		if (!session_is_idle(c->session) || c->left.len > 0 ||
		    stream_unsent(&c->stream) > 0)
			continue;
		conn_close(c, CONN_DRAIN);
		max--;
	}
}

void
conn_close_all(struct conn_env *env)
{
	struct conn *next;

	for (struct conn *c = env->oldest; c != NULL; c = next) {
		next = c->newer;
		if (session_is_suspended(c->session)) {
			enum verdict v =
				c->resumed ? chain_run_verdict(c->run) : VERDICT_TEMPFAIL;

			chain_handler.abort(c->run, c->session); /* its policy waits no more */
			session_resume(c->session, v, &env->out);
			if (!write_out(c))
				continue;
		}
		conn_close(c, CONN_DRAIN);
	}
}
