/* A connection's side of its chain run: the handler of the session, which gets a run from the
 * pool for a message, and the chain_host, which is the run's timer and log. Input: events of
 * the session, calls of the run; output: verdicts, log lines with the generation, counters.
 *
 * At each event the message's id is written to shared memory, here or by the chain: when the
 * worker crashes or hangs, the master logs it. */
#include <string.h>

#include "chain/history.h"
#include "io/ring.h"
#include "service/ask.h"
#include "util/log.h"
#include "worker/conn_private.h"

#define RECORD_MAX_FIELDS (LOG_MAX_FIELDS - 1)

static const struct chain_host conn_chain_host;

/* The run. */

static void
acquire_chain_run(struct conn *c)
{
	const struct chain *chain = c->env->cfg->listeners[c->listener].chain;

	if (c->run != NULL)
		return;
	c->run = run_pool_get(&c->env->listeners[c->listener].runs, chain, &conn_chain_host, c,
			      c->id);
	if (c->env->refuses)
		chain_run_refuse(c->run);
}

void
release_chain_run(struct conn *c)
{
	if (c->run == NULL)
		return;
	run_pool_put(&c->env->listeners[c->listener].runs, c->run);
	c->run = NULL;
}

/* chain_host. */

static bool
host_ask(void *host, struct question *q)
{
	const struct conn *c = host;

	return ask(c->env->asker, q);
}

static void
host_cancel(void *host, struct question *q)
{
	(void)host;
	ask_cancel(q);
}

static void
host_resumed(void *host)
{
	struct conn *c = host;

	if (c->is_resumed)
		return;
	c->is_resumed = true;
	c->next_resumed = c->env->resumed;
	c->env->resumed = c;
}

/* Appends the generation, as text and as a field. */
static void
host_log(void *host, const struct log_record *record)
{
	const struct conn *c = host;
	struct buf *text = &c->env->text;
	struct log_field fields[RECORD_MAX_FIELDS + 1];
	size_t n = record->n_fields < RECORD_MAX_FIELDS ? record->n_fields : RECORD_MAX_FIELDS;
	struct log_record ours = {.level = record->level, .fields = fields};

	if (!log_is_enabled(record->level))
		return;
	if (n > 0)
		memcpy(fields, record->fields, n * sizeof(*fields));
	fields[n] = (struct log_field){"GENERATION", c->env->generation_text};
	ours.n_fields = n + 1;
	buf_reset(text);
	buf_puts(text, record->text);
	buf_puts(text, " gen=");
	buf_puts(text, c->env->generation_text);
	ours.text = buf_string(text);
	log_record(&ours);
}

static bool
host_message_done(void *host, const char *verdict, bool acted)
{
	const struct conn *c = host;
	struct conn_env *env = c->env;
	enum verdict_count outcome = verdict_count_of(verdict);

	counter_add(&env->shared->count[stat_of_verdict(outcome)], 1);
	counter_add(&env->shared->per_listener[c->listener].n[LISTENER_MESSAGES + outcome], 1);
	if (acted)
		counter_add(&env->shared->count[STAT_ACTED], 1);
	env->message_ended(env->owner);
	return env->cfg->log_messages == LOG_MESSAGES_ALL ||
	       (env->cfg->log_messages == LOG_MESSAGES_ACTED && acted);
}

static void
host_remember(void *host, const struct chain_run *run, const char *outcome)
{
	const struct conn *c = host;
	struct buf *record = &c->env->text;

	if (c->env->history == NULL)
		return;
	buf_reset(record);
	history_write(record, run, outcome, c->env->generation);
	ring_write(c->env->history, record->data, record->len);
}

static struct chain_shared
host_shared(void *host)
{
	const struct conn *c = host;

	return c->env->chain_shared;
}

static const struct chain_host conn_chain_host = {
	.ask = host_ask,
	.cancel = host_cancel,
	.resumed = host_resumed,
	.log = host_log,
	.message_done = host_message_done,
	.shared = host_shared,
	.remember = host_remember,
};

/* session_handler. */

/* There is no message yet: the session's id stands for it. */
static enum verdict
note_session(struct conn *c, enum stage stage)
{
	struct at_work *at = &c->env->shared->at_work;

	_Static_assert(sizeof(c->id) <= sizeof(at->message), "it is copied");
	memcpy(at->message, c->id, sizeof(c->id));
	at->stage = stage;
	return VERDICT_CONTINUE;
}

static int
on_conn_offer(void *ctx, const struct milter_terms *offer, struct session_request *ret)
{
	struct conn *c = ctx;

	acquire_chain_run(c);
	return chain_handler.offer(c->run, offer, ret);
}

static enum verdict
on_conn_event(void *ctx, struct session *s, enum stage stage)
{
	struct conn *c = ctx;

	if (session_message(s) == NULL)
		return note_session(c, stage); /* connect, helo */
	acquire_chain_run(c);
	return chain_handler.event(c->run, s, stage);
}

static void
on_conn_abort(void *ctx, struct session *s)
{
	struct conn *c = ctx;

	if (c->run != NULL)
		chain_handler.abort(c->run, s);
}

/* A fault of a policy or of the chain: the session refuses this message temporarily. */
static void
on_conn_failed(void *ctx, struct session *s)
{
	const struct conn *c = ctx;

	log_write(LOG_ERR, "%s: listener %s: %s gen=%u", c->id,
		  c->env->cfg->listeners[c->listener].name, session_error(s),
		  c->env->generation);
}

const struct session_handler conn_session_handler = {
	.offer = on_conn_offer,
	.event = on_conn_event,
	.skipped_stages = STAGE_BIT(STAGE_HEADER) | STAGE_BIT(STAGE_BODY),
	.abort = on_conn_abort,
	.failed = on_conn_failed,
};
