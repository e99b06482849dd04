/* The life of a worker: start, loop, states, signals, end. Input: a struct worker_setup from
 * the master, which has forked; output: the exit status.
 *
 * The process ends when its state is DONE, after the turn of the loop that led there. Every
 * wait for connections to end has a deadline. */
#include "worker/worker.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "chain/fatal_message.h"
#include "service/ask.h"
#include "session/transaction.h"
#include "util/log.h"
#include "util/memory.h"
#include "util/title.h"
#include "worker/confine.h"
#include "worker/logpipe.h"
#include "worker/worker_private.h"

#define CLOSE_EVERY_MS	  100u
#define CLOSE_PER_TURN	  64u
#define AFTER_DRAIN_MS	  60000u /* then messages that are still under way are refused */
#define REFUSE_MS	  60000u /* then those of silent MTAs are cut; see master/reload.c */
#define REFUSE_AT_STOP_MS 1000u	 /* less than the master's STOP_GRACE_MS */
#define HEARTBEAT_MIN_MS  50u
#define HEARTBEAT_MAX_MS  400u /* the master sends no connections after a second without one */

/* States. */

void
set_worker_state(struct worker *w, enum worker_state next)
{
	static const char *const words[] = {
		[WORKER_SERVING] = "",
		[WORKER_RETIRING] = ", retiring",
		[WORKER_DRAINING] = ", draining",
		[WORKER_CLOSING] = ", draining",
		[WORKER_STOPPING] = ", stopping",
		[WORKER_REFUSING] = ", refusing",
		[WORKER_DONE] = ", stopping",
	};
	char title[64];

	w->state = next;
	(void)snprintf(title, sizeof(title), "polymilter: worker, generation %u%s",
		       w->setup->generation, words[next]);
	(void)title_set(title);
}

void
check_worker_done(struct worker *w)
{
	if (w->state >= WORKER_DRAINING && w->env.n_conns == 0 && w->channel.loop == NULL)
		w->state = WORKER_DONE;
}

static void
begin_closing(struct worker *w)
{
	log_write(LOG_NOTICE, "drain_timeout: closing %zu sessions between messages gen=%u",
		  w->env.n_conns, w->setup->generation);
	set_worker_state(w, WORKER_CLOSING);
	w->env.close_when_idle = true;
	timer_arm(w->timers, &w->close_timer, 1);
	timer_arm(w->timers, &w->deadline_timer, AFTER_DRAIN_MS);
}

static void
begin_refusing(struct worker *w, const char *why, uint64_t limit_ms)
{
	w->refusal = why;
	set_worker_state(w, WORKER_REFUSING);
	if (w->env.n_conns > 0)
		log_write(LOG_NOTICE, "%s: refusing the messages of %zu sessions gen=%u", why,
			  w->env.n_conns, w->setup->generation);
	conn_refuse_messages(&w->env);
	timer_arm(w->timers, &w->close_timer, 1);
	timer_arm(w->timers, &w->deadline_timer, limit_ms);
}

static void
end_refusing(struct worker *w)
{
	if (w->env.n_conns > 0)
		log_write(LOG_WARNING, "%s: closing %zu sessions gen=%u", w->refusal,
			  w->env.n_conns, w->setup->generation);
	conn_close_all(&w->env, w->refusal);
	w->state = WORKER_DONE;
}

static void
on_deadline_timer(void *ctx)
{
	struct worker *w = ctx;

	if (w->state == WORKER_DRAINING)
		begin_closing(w);
	else if (w->state == WORKER_CLOSING)
		begin_refusing(w, "a minute after drain_timeout", REFUSE_MS);
	else if (w->state == WORKER_STOPPING)
		begin_refusing(w, "stop_timeout", REFUSE_AT_STOP_MS);
	else
		end_refusing(w);
}

static void
on_close_timer(void *ctx)
{
	struct worker *w = ctx;

	conn_close_idle(&w->env, CLOSE_PER_TURN);
	if (w->env.n_conns > 0)
		timer_arm(w->timers, &w->close_timer, CLOSE_EVERY_MS);
}

/* Out of SERVING this worker accepts no more: a retiring one keeps its listeners, since the
 * channel may not take WORKER_RETIRES. */
void
enter_worker_state(struct worker *w, enum worker_state next)
{
	if (w->state == WORKER_SERVING)
		loads_set(w->setup->loads, w->setup->slot, 0);
	set_worker_state(w, next);
	if (next == WORKER_RETIRING)
		listeners_pause(&w->listeners);
	else
		listeners_give_up(&w->listeners, atomic_load(&w->setup->shared->stopping));
}

/* Too many generations have sessions. */
static void
end_drain(struct worker *w)
{
	w->drain_is_over = true; /* it may come before the channel's end is read */
	if (w->state == WORKER_DRAINING || w->state == WORKER_CLOSING)
		begin_refusing(w, "too many reloads", REFUSE_MS);
}

void
begin_drain(struct worker *w)
{
	loop_remove(&w->channel, w->setup->channel);
	if (w->state < WORKER_DRAINING) {
		enter_worker_state(w, WORKER_DRAINING);
		timer_arm(w->timers, &w->deadline_timer, w->setup->cfg->drain_timeout_ms);
		if (w->drain_is_over)
			end_drain(w);
	}
	check_worker_done(w);
}

static void
begin_stop(struct worker *w)
{
	if (w->is_stopping)
		return;
	w->is_stopping = true;
	if (w->channel.loop !=
	    NULL) /* sent by an administrator, or ahead of the master's stop */
		(void)send_to_master(w, WORKER_RETIRES);
	if (w->state < WORKER_STOPPING)
		enter_worker_state(w, WORKER_STOPPING);
	timer_arm(w->timers, &w->deadline_timer, w->setup->cfg->stop_timeout_ms);
}

static int
on_worker_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *ctx)
{
	struct worker *w = ctx;

	assert(source != NULL);
	if (si->ssi_signo == WORKER_SIGNAL_END_DRAIN)
		end_drain(w);
	else
		begin_stop(w);
	return 0;
}

/* The level of the configuration, unless an administrator has set another one. */
static void
apply_log_level(const struct worker *w)
{
	int set = atomic_load_explicit(&w->setup->shared->log_level, memory_order_relaxed);

	log_set_level(set != 0 ? set - 1 : w->setup->cfg->log_level);
}

/* The heartbeat is the time of each turn: an idle worker needs a reason to have one. */
static void
on_heartbeat_timer(void *ctx)
{
	struct worker *w = ctx;
	uint64_t every_ms = w->setup->cfg->hang_timeout_ms / 4;

	apply_log_level(w);
	asker_look(w->env.asker);
	if (every_ms > HEARTBEAT_MAX_MS)
		every_ms = HEARTBEAT_MAX_MS;
	timer_arm(w->timers, &w->heartbeat_timer,
		  every_ms > HEARTBEAT_MIN_MS ? every_ms : HEARTBEAT_MIN_MS);
}

/* The loop. */

static int
add_signal_source(struct worker *w, int number)
{
	return sd_event_add_signal(loop_sd_event(w->loop), NULL, number, on_worker_signal, w);
}

static int
watch_master(struct worker *w)
{
	int r = loop_add(w->loop, &w->channel, w->setup->channel, EPOLLIN, on_master_channel,
			 w);

	if (r >= 0)
		r = add_signal_source(w, WORKER_SIGNAL_STOP);
	if (r >= 0)
		r = add_signal_source(w, WORKER_SIGNAL_END_DRAIN);
	return r;
}

static void
init_connections(struct worker *w)
{
	const struct config *cfg = w->setup->cfg;

	w->env = (struct conn_env){
		.cfg = cfg,
		.generation = w->setup->generation,
		.loop = w->loop,
		.timers = w->timers,
		.shared = w->setup->shared,
		.fatal = w->setup->fatal,
		.history = w->setup->history,
		.transactions = transaction_pool_new(
			body_pool_new(cfg->body_memory, w->setup->spool, cfg->spool_files)),
		.pid = getpid(),
		.session_ended = on_session_ended,
		.message_ended = on_message_ended,
		.owner = w,
	};
	conn_env_init(&w->env);
	w->max_sessions = cfg->max_sessions;
}

static int
init_asker(struct worker *w)
{
	const struct worker_setup *setup = w->setup;
	int r = setup->connector < 0 ? 0 : dialer_new(w->loop, setup->connector, &w->dialer);

	if (r < 0)
		return r;
	w->env.asker = asker_new(&(struct asker_setup){
		.loop = w->loop,
		.timers = w->timers,
		.dialer = w->dialer,
		.state = setup->services,
		.row = setup->row,
		.services = setup->cfg->services,
		.n_services = setup->cfg->n_services,
	});
	return 0;
}

static int
init_worker(struct worker *w)
{
	int r = loop_new(&w->loop);

	if (r < 0)
		return r;
	r = timers_new(loop_sd_event(w->loop), &w->timers);
	if (r < 0)
		return r;
	timers_set_clock(w->timers, loop_now_ms, w->loop);
	loop_publish_time(w->loop, &w->setup->shared->heartbeat_ms);
	w->heartbeat_timer = (struct timer){.fn = on_heartbeat_timer, .ctx = w};
	w->deadline_timer = (struct timer){.fn = on_deadline_timer, .ctx = w};
	w->close_timer = (struct timer){.fn = on_close_timer, .ctx = w};
	memory_set_budget(w->setup->cfg->max_memory);
	set_worker_state(w, WORKER_SERVING);
	init_connections(w);
	init_listeners(w);
	r = init_asker(w);
	return r < 0 ? r : watch_master(w);
}

static void
end_worker(struct worker *w)
{
	conn_env_free(&w->env);
	asker_free(w->env.asker);
	dialer_free(w->dialer);
	listeners_free(&w->listeners);
	transaction_pool_free(w->env.transactions);
	logpipe_close(w->setup->cfg->stop_timeout_ms);
	if (w->channel.loop != NULL)
		loop_remove(&w->channel, w->setup->channel);
	timers_free(w->timers);
	loop_free(w->loop);
}

static int
run_worker_loop(struct worker *w)
{
	int r = 0;

	while (w->state != WORKER_DONE && r >= 0) {
		r = loop_run_once(w->loop, -1);
		conn_continue_resumed(&w->env);
	}
	return r;
}

int
worker_main(const struct worker_setup *setup)
{
	struct worker w = {.setup = setup};
	int r;

	if (confine_worker(setup) < 0 || fatal_messages_protect(setup->fatal) < 0)
		return EX_OSERR;
	r = init_worker(&w);
	if (r < 0)
		return EX_OSERR;
	logpipe_open(setup->log, log_target_has_fields(setup->cfg->log_target), w.timers,
		     setup->shared);
	on_heartbeat_timer(&w); /* sets the log's level, too */
	/* Before any worker has a listener: for those that run first, a worker that is not yet
	 * scheduled must count as one without sessions. */
	publish_load(&w);
	r = channel_send(setup->channel, WORKER_READY, NULL, 0, -1);
	if (r >= 0)
		r = run_worker_loop(&w);
	if (r < 0)
		log_write(LOG_ERR, "worker's loop: %s gen=%u", strerror(-r), setup->generation);
	end_worker(&w);
	return r < 0 ? EX_OSERR : EX_OK;
}
