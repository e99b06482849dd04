/* The life of a connection: opening, closing, and all connections of a worker. Input: sockets
 * from worker.c; output: a struct conn for each, which conn_io.c serves.
 *
 * conn_close() is the only end, and frees the connection: after a call that may close, the
 * pointer must not be used. */
#include "worker/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/log.h"
#include "util/memory.h"
#include "util/str.h"
#include "worker/conn_private.h"

#define NAME_MAX_BYTES 256u /* of a client, in the log */

/* Opening and closing. */

static void
link_conn(struct conn *c)
{
	struct conn_env *env = c->env;

	c->older = env->newest;
	if (env->newest != NULL)
		env->newest->newer = c;
	else
		env->oldest = c;
	env->newest = c;
	env->n_conns++;
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
	env->n_conns--;
}

static void
unlink_resumed(struct conn *c)
{
	struct conn **at = &c->env->resumed;

	if (!c->is_resumed)
		return;
	while (*at != c)
		at = &(*at)->next_resumed;
	*at = c->next_resumed;
}

void
conn_close(struct conn *c, enum conn_end why)
{
	struct conn_env *env = c->env;
	uint32_t listener = c->listener;

	c->session = session_free(c->session);
	release_chain_run(c);
	stream_close(&c->stream);
	timer_disarm(env->timers, &c->read_timer);
	timer_disarm(env->timers, &c->progress_timer);
	buf_free(&c->unused_input);
	unlink_resumed(c);
	unlink_conn(c);
	env->shared->at_work.message[0] = '\0';
	memory_free(c, sizeof(*c));
	counter_add(&env->shared->count[why], 1);
	env->session_ended(env->owner, listener);
}

static void
append_name(struct buf *b, const char *value)
{
	if (*value == '\0')
		value = "unknown";
	str_append_printable(b, value, strlen(value), NAME_MAX_BYTES);
}

void
log_conn_closed(const struct conn *c, const char *why)
{
	const struct peer *peer = session_peer(c->session);
	struct buf *client = &c->env->text;

	buf_reset(client);
	append_name(client, peer->host);
	buf_putc(client, '[');
	append_name(client, peer->addr);
	buf_putc(client, ']');
	log_write(LOG_WARNING, "%s: listener %s: %s: closed, client=%s gen=%u", c->id,
		  c->env->cfg->listeners[c->listener].name, why, buf_string(client),
		  c->env->generation);
}

static void
on_read_timer(void *ctx)
{
	struct conn *c = ctx;

	if (!session_has_negotiated(c->session))
		log_conn_closed(c, "negotiate_timeout");
	else
		log_conn_closed(c, c->in_frame ? "frame_timeout" : "idle_timeout");
	conn_close(c, CONN_TIMEOUT);
}

static char *
write_hex(char *to, uint32_t n)
{
	int shift = 28;

	while (shift > 0 && n >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[n >> shift & 0xf];
	return to;
}

static void
make_session_id(struct conn *c)
{
	char *end = write_hex(c->id, (uint32_t)c->env->pid);

	*end++ = '-';
	*write_hex(end, ++c->env->sessions) = '\0';
}

int
conn_open(struct conn_env *env, int fd, size_t listener)
{
	const struct listener_conf *conf = &env->cfg->listeners[listener];
	struct conn *c = memory_zalloc(sizeof(*c));
	int r;

	r = stream_open(&c->stream, env->loop, fd, on_conn_stream, c);
	if (r < 0) {
		close(fd);
		memory_free(c, sizeof(*c));
		env->session_ended(env->owner, listener);
		return r;
	}
	c->env = env;
	c->listener = (uint32_t)listener;
	c->read_timer.fn = on_read_timer;
	c->progress_timer.fn = on_progress_timer;
	c->read_timer.ctx = c->progress_timer.ctx = c;
	make_session_id(c);
	c->session = session_new(&conn_session_handler, c, &conf->chain->limits);
	session_use_pool(c->session, env->transactions);
	link_conn(c);
	counter_add(&env->shared->count[STAT_SESSIONS], 1);
	counter_add(&env->shared->per_listener[listener].n[LISTENER_SESSIONS], 1);
	arm_read_timer(c, true);
	return 0;
}

/* All connections. */

void
conn_env_init(struct conn_env *env)
{
	struct worker_shared_size size = worker_shared_size(env->cfg);

	(void)snprintf(env->generation_text, sizeof(env->generation_text), "%u",
		       env->generation);
	env->listeners = calloc(env->cfg->n_listeners, sizeof(*env->listeners));
	if (env->listeners == NULL)
		abort();
	env->chain_shared = (struct chain_shared){
		.at_work = &env->shared->at_work,
		.fatal = env->fatal,
		.policies = worker_policies(env->shared, size),
		.rules = worker_rules(env->shared, size),
		.servers = worker_servers(env->shared, size),
		.n_servers = env->cfg->n_servers,
		.message = &env->shared->message,
	};
}

void
conn_env_free(struct conn_env *env)
{
	conn_close_all(env, "end of the worker");
	for (size_t i = 0; i < env->cfg->n_listeners; i++)
		run_pool_clear(&env->listeners[i].runs);
	free(env->listeners);
	buf_free(&env->in);
	buf_free(&env->out);
	buf_free(&env->text);
}

void
conn_continue_resumed(struct conn_env *env)
{
	struct conn *c;

	while ((c = env->resumed) != NULL) {
		env->resumed = c->next_resumed;
		c->is_resumed = false;
		timer_disarm(env->timers, &c->progress_timer);
		session_resume(c->session, chain_run_verdict(c->run), &env->out);
		continue_conn(c);
	}
}

void
conn_close_idle(struct conn_env *env, size_t max)
{
	struct conn *next;

	for (struct conn *c = env->oldest; c != NULL && max > 0; c = next) {
		next = c->newer;
		if (!session_is_idle(c->session) || c->unused_input.len > 0 ||
		    stream_unsent(&c->stream) > 0)
			continue;
		conn_close(c, CONN_DRAIN);
		max--;
	}
}

void
conn_refuse_messages(struct conn_env *env)
{
	env->close_when_idle = env->refuses = true;
	for (struct conn *c = env->oldest; c != NULL; c = c->newer)
		if (c->run != NULL)
			chain_run_refuse(c->run);
}

/* The MTA waits for an answer, or is about to wait for one. */
static void
log_cut_message(struct conn *c, const char *why)
{
	const char *id = session_queue_id(c->session);
	struct buf text = {0};

	if (session_is_idle(c->session) && stream_unsent(&c->stream) == 0)
		return;
	counter_add(&c->env->shared->count[STAT_MESSAGES_CUT], 1);
	buf_printf(&text, "%s, within message ", why);
	id = id == NULL ? "NOQUEUE" : id;
	str_append_printable(&text, id, strlen(id), NAME_MAX_BYTES);
	log_conn_closed(c, buf_string(&text));
	buf_free(&text);
}

void
conn_close_all(struct conn_env *env, const char *why)
{
	conn_refuse_messages(env);
	conn_continue_resumed(env);
	while (env->oldest != NULL) {
		if (env->oldest->run != NULL)
			chain_run_cut(env->oldest->run);
		log_cut_message(env->oldest, why);
		conn_close(env->oldest, CONN_DRAIN);
	}
}
