/* Where a worker's connections come from, and which ones it passes on. Input: connections that
 * it accepts itself, and records of the master; output: sessions, counters in shared memory,
 * records to the master. The sequence stands in worker.h.
 *
 * The counters are read by the master at any time: a session is counted before it begins, and
 * counted as ended when it is gone. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "util/log.h"
#include "worker/claim.h"
#include "worker/session_count.h"
#include "worker/worker_private.h"

#define RECORDS_PER_TURN 32u
/* Connections that the master has not received yet: a master without capacity leaves them in
 * the channel, where no worker can accept them. */
#define PASSED_ON_MAX	 2u
/* More time than that between two deferrals is time in which this worker did not run. */
#define DEFERRAL_MAX_MS	 200u
/* Sessions more than the least loaded worker has, before that one gets the next connection. */
#define LOAD_TOLERANCE	 1u

void
publish_load(const struct worker *w)
{
	if (w->state == WORKER_SERVING)
		loads_set(w->setup->loads, w->setup->slot, w->env.n_conns + 1);
}

bool
send_to_master(const struct worker *w, enum worker_record type)
{
	return channel_send(w->setup->channel, type, NULL, 0, -1) == 0;
}

void
resume_accepting(struct worker *w)
{
	if (w->state == WORKER_SERVING && w->listeners.paused &&
	    w->env.n_conns < w->max_sessions)
		listeners_resume(&w->listeners);
}

/* Sessions. */

void
on_session_ended(void *owner, size_t listener)
{
	struct worker *w = owner;
	struct worker_shared *shared = w->setup->shared;

	publish_load(w); /* first: the load that others see is never above the master's count */
	counter_add(&shared->per_listener[listener].sessions_ended, 1);
	/* The master sets report_capacity and then reads the count: here in the other order, so
	 * that one of the two sees the other's change. */
	session_count_remove(&shared->sessions);
	if (atomic_load(&shared->report_capacity)) /* a full channel wakes the master anyway */
		(void)send_to_master(w, WORKER_CAPACITY);
	resume_accepting(w);
	check_worker_done(w);
}

void
on_message_ended(void *owner)
{
	struct worker *w = owner;
	uint64_t max = w->setup->cfg->max_messages;

	w->messages++;
	if (max == 0 || w->messages < max || w->state != WORKER_SERVING)
		return;
	enter_worker_state(w, WORKER_RETIRING);
	if (send_to_master(w, WORKER_RETIRES))
		return;
	set_worker_state(w, WORKER_SERVING); /* until the next message ends */
	publish_load(w);
	resume_accepting(w);
}

static void
begin_session(struct worker *w, int fd, uint32_t listener)
{
	int r = conn_open(&w->env, fd, listener);

	if (r < 0)
		log_write(LOG_ERR, "cannot watch a connection: %s gen=%u", strerror(-r),
			  w->setup->generation);
	publish_load(w);
	if (w->env.n_conns >= w->max_sessions)
		listeners_pause(&w->listeners);
}

/* Accepting. */

/* When this worker ends, a connection at a socket of systemd stays in the backlog: the worker
 * that replaces it accepts it, or the next daemon. */
static bool
may_accept_at(void *owner, uint32_t listener)
{
	const struct worker *w = owner;
	const struct worker_shared *shared = w->setup->shared;
	bool of_systemd = w->setup->cfg->listeners[listener].addr.len == 0;

	if (of_systemd && (atomic_load(&shared->stopping) || atomic_load(&shared->replaced)))
		return false;
	return !atomic_load(&shared->return_listeners) &&
	       !atomic_load(&shared->per_listener[listener].drains);
}

/* Whether another worker should have the next connection. The loads may be a moment old. */
static bool
is_turn_of_other_worker(const struct worker *w)
{
	const struct worker_shared *shared = w->setup->shared;
	size_t n = w->env.n_conns;

	if (atomic_load(&shared->stopping))
		return false; /* no other worker accepts */
	if (atomic_load(&shared->replaced) || w->state != WORKER_SERVING)
		return true;
	return n > LOAD_TOLERANCE && n - LOAD_TOLERANCE > loads_least(w->setup->loads);
}

static bool
has_passed_on_max(const struct worker *w)
{
	return w->passed_on - atomic_load(&w->setup->shared->passed_on_received) >=
	       PASSED_ON_MAX;
}

static void
add_deferred_time(struct worker *w)
{
	uint64_t now_ms = loop_now_ms(w->loop), ms = now_ms - w->deferral_ms;

	w->deferred_ms += ms < DEFERRAL_MAX_MS ? ms : DEFERRAL_MAX_MS;
	w->deferral_ms = now_ms;
}

/* Another worker should have the next connection, but it cannot be passed on: it stays in the
 * backlog, where the workers that have fewer sessions accept it, or this one, once the master
 * has received what is on its way. When the master has received nothing for half of
 * hang_timeout, this worker keeps connections, up to max_sessions. Only time in which this
 * worker runs counts: where it waits for a CPU, so may the master. */
static bool
must_defer_accept(struct worker *w)
{
	uint64_t limit_ms = w->setup->cfg->hang_timeout_ms / 2;

	if (w->state != WORKER_SERVING || !is_turn_of_other_worker(w) ||
	    !has_passed_on_max(w) || w->deferred_ms >= limit_ms)
		return false;
	add_deferred_time(w);
	/* The master adds to passed_on_received and then reads is_deferring: here in the other
	 * order. */
	atomic_store(&w->setup->shared->is_deferring, true);
	return has_passed_on_max(w);
}

/* The connection is counted before it is accepted: what was accepted can be served, also when
 * the channel does not take it. */
static bool
reserve_session(void *owner)
{
	struct worker *w = owner;

	return !must_defer_accept(w) &&
	       session_count_add(&w->setup->shared->sessions, w->max_sessions);
}

static void
cancel_reservation(void *owner)
{
	const struct worker *w = owner;

	session_count_remove(&w->setup->shared->sessions);
}

/* Whether the channel took it: then it is the master's. */
static bool
pass_on_connection(struct worker *w, int fd, uint32_t listener)
{
	if (has_passed_on_max(w) || channel_send(w->setup->channel, WORKER_CONNECTION,
						 &listener, sizeof(listener), fd) < 0)
		return false;
	w->passed_on++;
	w->deferred_ms = 0;
	w->deferral_ms = loop_now_ms(w->loop);
	close(fd);
	return true;
}

static void
on_accepted(void *owner, int fd, uint32_t listener)
{
	struct worker *w = owner;
	struct worker_shared *shared = w->setup->shared;

	if (is_turn_of_other_worker(w) && pass_on_connection(w, fd, listener)) {
		cancel_reservation(w);
		return;
	}
	counter_add(&shared->per_listener[listener].sessions_accepted, 1);
	begin_session(w, fd, listener);
}

static void
on_accept_retry(void *owner)
{
	resume_accepting(owner);
}

void
init_listeners(struct worker *w)
{
	w->listeners = (struct listeners){
		.loop = w->loop,
		.timers = w->timers,
		.cfg = w->setup->cfg,
		.may_accept = may_accept_at,
		.reserve = reserve_session,
		.cancel = cancel_reservation,
		.accepted = on_accepted,
		.retry = on_accept_retry,
		.owner = w,
	};
	listeners_init(&w->listeners);
}

/* Records of the master. */

static uint32_t
read_listener_number(const struct worker *w, const struct channel_msg *msg)
{
	uint32_t listener;

	assert(msg->len >= sizeof(listener));
	memcpy(&listener, msg->data, sizeof(listener));
	assert(listener < w->setup->cfg->n_listeners);
	return listener;
}

static void
add_listener(struct worker *w, const struct channel_msg *msg)
{
	struct worker_listener_record record;

	if (w->state >= WORKER_DRAINING) { /* it was sent before the master saw that */
		close(msg->fd);
		return;
	}
	assert(msg->len == sizeof(record));
	memcpy(&record, msg->data, sizeof(record));
	w->max_sessions = record.max_sessions;
	listeners_add(&w->listeners, read_listener_number(w, msg), msg->fd);
	publish_load(w);
	resume_accepting(w);
}

/* Whether the connection that was received next is this worker's. */
static bool
take_connection(struct worker *w)
{
	w->received++;
	if (!claim_take(&w->setup->shared->claim)) {
		w->is_revoked = true;
		return false;
	}
	w->has_taken = true;
	return true;
}

/* WORKER_RECEIVED, WORKER_LISTENER or WORKER_CONNECTION: the master sends no others. */
static void
handle_master_record(struct worker *w, const struct channel_msg *msg)
{
	if (msg->type == WORKER_RECEIVED) {
		atomic_store(&w->setup->shared->is_deferring, false);
		resume_accepting(w);
		return;
	}
	assert(msg->fd >= 0);
	if (msg->type == WORKER_LISTENER)
		add_listener(w, msg);
	else if (take_connection(w))
		begin_session(w, msg->fd, read_listener_number(w, msg));
	else
		close(msg->fd);
}

/* This process had no free descriptor to receive the one that came with the record. */
static void
count_lost_descriptor(struct worker *w, const struct channel_msg *msg)
{
	if (msg->type != WORKER_CONNECTION)
		return; /* another worker, or the master, accepts at that listener */
	if (!take_connection(w))
		return;
	/* The master has counted the session, and the MTA sees its connection closed. */
	log_write(LOG_ERR, "no descriptor for a connection: lost gen=%u", w->setup->generation);
	on_session_ended(w, read_listener_number(w, msg));
}

/* The channel is empty. */
static void
restore_claim(struct worker *w)
{
	w->is_revoked = false;
	claim_restore(&w->setup->shared->claim, w->received);
	(void)send_to_master(w, WORKER_CAPACITY);
}

void
on_master_channel(void *ctx, uint32_t revents)
{
	struct worker *w = ctx;
	int r = 1;

	assert(revents != 0);
	w->is_revoked |= claim_is_revoked(&w->setup->shared->claim);
	for (unsigned i = 0; i < RECORDS_PER_TURN && (r == 1 || r == -EMFILE); i++) {
		r = channel_recv(w->setup->channel, &w->msg);
		if (r == 1)
			handle_master_record(w, &w->msg);
		else if (r == -EMFILE)
			count_lost_descriptor(w, &w->msg);
	}
	if (w->has_taken && send_to_master(w, WORKER_TAKEN))
		w->has_taken = false;
	if (r == -EAGAIN && w->is_revoked)
		restore_claim(w);
	else if (r != 1 && r != -EMFILE && r != -EAGAIN)
		begin_drain(w);
}
