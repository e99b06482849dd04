/* The worker's loop, where its connections come from, and its end. */
#include "worker/worker.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/channel.h"
#include "io/loop.h"
#include "session/transaction.h"
#include "util/log.h"
#include "worker/conn.h"
#include "worker/listeners.h"
#include "worker/logpipe.h"

#define TAKE_PER_TURN  32u
#define CLOSE_EVERY_MS 100u
#define CLOSE_AT_ONCE  64u
#define LAST_WORD_MS   60000u /* after drain_timeout, for messages that run */
#define PASSED_MAX     2u     /* connections under way to the master, who may have no room */
#define SLACK	       1u     /* sessions more than another worker, before that one gets them */

struct worker {
	const struct worker_setup *setup;
	struct conn_env env;
	struct loop *loop;
	struct timers *timers;
	struct listeners listeners;
	size_t max_sessions;
	struct loop_watch channel; /* to the master, until it shuts it */
	struct timer beat;
	struct timer deadline; /* of the state that is */
	struct timer closer;
	struct channel_msg msg;
	uint64_t messages, passed; /* so far */
	bool hurried;
	/* Only ever forward. */
	enum worker_state { SERVING, RETIRING, DRAINING, CLOSING, STOPPING, DONE } state;
};

/* After fork(): what is not ours. */

static int
compare_fds(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
close_others(const struct worker_setup *setup)
{
	size_t n = setup->cfg->spool_files;
	int *keep = calloc(n + 2, sizeof(*keep)), next = STDERR_FILENO + 1;

	if (keep == NULL)
		abort();
	if (n > 0)
		memcpy(keep, setup->spool, n * sizeof(*keep));
	keep[n++] = setup->channel;
	keep[n++] = setup->log;
	qsort(keep, n, sizeof(*keep), compare_fds);
	for (size_t i = 0; i < n; i++) {
		assert(keep[i] >= next);
		if (keep[i] > next)
			(void)close_range((unsigned)next, (unsigned)keep[i] - 1, 0);
		next = keep[i] + 1;
	}
	(void)close_range((unsigned)next, ~0u, 0);
	free(keep);
}

static void
reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		if (i != SIGKILL && i != SIGSTOP)
			(void)signal(i, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* writing a body fails, and that is all */
	(void)signal(SIGHUP, SIG_IGN);	/* of a terminal, to all of us */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	sigemptyset(&none);
	sigaddset(&none, WORKER_SIGNAL_STOP);
	sigaddset(&none, WORKER_SIGNAL_END_DRAIN);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
confine(const struct worker_setup *setup)
{
	static const struct rlimit none = {0, 0};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	return getppid() == setup->master ? 0 : -ESRCH;
}

/* The end. */

/* Nothing to do any more, and nothing will come. */
static void
check_end(struct worker *w)
{
	if (w->state >= DRAINING && w->env.n == 0 && w->channel.loop == NULL)
		w->state = DONE;
}

static void
on_deadline(void *ctx)
{
	struct worker *w = ctx;

	if (w->state == DRAINING) {
		log_write(LOG_NOTICE,
			  "drain_timeout: closing %zu sessions between messages gen=%u",
			  w->env.n, w->setup->generation);
		w->state = CLOSING;
		w->env.closing = true;
		timer_arm(w->timers, &w->closer, 1);
		timer_arm(w->timers, &w->deadline, LAST_WORD_MS);
		return;
	}
	if (w->env.n > 0)
		log_write(LOG_WARNING, "%s: closing %zu sessions gen=%u",
			  w->state == STOPPING ? "stop_timeout" : "the last word", w->env.n,
			  w->setup->generation);
	conn_close_all(&w->env);
	w->state = DONE;
}

static void
on_closer(void *ctx)
{
	struct worker *w = ctx;

	conn_close_idle(&w->env, CLOSE_AT_ONCE);
	if (w->env.n > 0)
		timer_arm(w->timers, &w->closer, CLOSE_EVERY_MS);
}

/* For the others of the generation. The slot is another's as soon as we are not SERVING. */
static void
show_load(const struct worker *w)
{
	if (w->state == SERVING)
		loads_set(w->setup->loads, w->setup->slot, w->env.n + 1);
}

/* The time to take connections is over. */
static void
become(struct worker *w, enum worker_state next)
{
	if (w->state == SERVING)
		loads_set(w->setup->loads, w->setup->slot, 0);
	w->state = next;
	if (next == RETIRING)
		listeners_pause(&w->listeners);
	else
		listeners_give_up(&w->listeners, atomic_load(&w->setup->shared->stopping));
}

/* The master gives us no more. */
static void
drain(struct worker *w)
{
	loop_remove(&w->channel, w->setup->channel);
	if (w->state < DRAINING) {
		become(w, DRAINING);
		timer_arm(w->timers, &w->deadline,
			  w->hurried ? 1 : w->setup->cfg->drain_timeout_ms);
	}
	check_end(w);
}

/* Whether the channel took it. */
static bool
tell_master(const struct worker *w, enum worker_record type)
{
	return channel_send(w->setup->channel, type, NULL, 0, -1) == 0;
}

static int
on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *ctx)
{
	struct worker *w = ctx;

	assert(source != NULL);
	if (si->ssi_signo == WORKER_SIGNAL_END_DRAIN) {
		w->hurried = true; /* it may come before the channel's end is seen */
		if (w->state == DRAINING)
			timer_arm(w->timers, &w->deadline, 1);
		return 0;
	}
	if (w->state >= STOPPING)
		return 0;
	if (w->channel.loop != NULL) /* the master's own stop has shut it, or will */
		(void)tell_master(w, WORKER_RETIRES);
	become(w, STOPPING);
	timer_arm(w->timers, &w->deadline, w->setup->cfg->stop_timeout_ms);
	check_end(w);
	return 0;
}

/* Sessions. */

/* When there is room again. */
static void
open_doors(struct worker *w)
{
	if (w->state == SERVING && w->listeners.closed && w->env.n < w->max_sessions)
		listeners_resume(&w->listeners);
}

static void
on_session_ended(void *owner, size_t listener)
{
	struct worker *w = owner;
	struct worker_shared *shared = w->setup->shared;

	stat_add(&shared->at[listener].ended, 1);
	/* The master sets full and then looks at ended; we the other way round. */
	atomic_store(&shared->ended, atomic_load(&shared->ended) + 1);
	if (atomic_load(&shared->full)) /* a full channel wakes the master anyway */
		(void)tell_master(w, WORKER_CAPACITY);
	show_load(w);
	open_doors(w);
	check_end(w);
}

static void
on_message_ended(void *owner)
{
	struct worker *w = owner;
	uint64_t max = w->setup->cfg->max_messages;

	w->messages++;
	if (max == 0 || w->messages < max || w->state != SERVING)
		return;
	become(w, RETIRING);
	if (tell_master(w, WORKER_RETIRES))
		return;
	w->state = SERVING; /* until the next message ends */
	show_load(w);
	open_doors(w);
}

static void
begin_session(struct worker *w, int fd, uint32_t listener)
{
	int r = conn_open(&w->env, fd, listener);

	if (r < 0)
		log_write(LOG_ERR, "cannot watch a connection: %s gen=%u", strerror(-r),
			  w->setup->generation);
	show_load(w);
	if (w->env.n >= w->max_sessions)
		listeners_pause(&w->listeners);
}

/* Who comes to a socket of systemd when we end waits for our successors, or, when nobody serves
 * it any more, until somebody does. */
static bool
takes(void *owner, uint32_t listener)
{
	const struct worker *w = owner;
	const struct worker_shared *shared = w->setup->shared;
	bool systemds = w->setup->cfg->listeners[listener].addr.len == 0;

	if (systemds && (atomic_load(&shared->stopping) || atomic_load(&shared->replaced)))
		return false;
	return !atomic_load(&shared->held);
}

/* Another worker should have the next connection, as far as one can see from here. */
static bool
is_others_turn(const struct worker *w)
{
	const struct worker_shared *shared = w->setup->shared;
	size_t n = w->env.n;

	if (atomic_load(&shared->stopping))
		return false; /* nobody takes any more */
	if (atomic_load(&shared->replaced) || w->state != SERVING)
		return true;
	return n >= w->max_sessions || (n > SLACK && n - SLACK > loads_least(w->setup->loads));
}

/* Whether the channel took it: it is the master's then. */
static bool
pass_on(struct worker *w, int fd, uint32_t listener)
{
	uint64_t on_their_way = w->passed - atomic_load(&w->setup->shared->settled);

	if (on_their_way >= PASSED_MAX || channel_send(w->setup->channel, WORKER_CONNECTION,
						       &listener, sizeof(listener), fd) < 0)
		return false;
	w->passed++;
	close(fd);
	return true;
}

/* One that we accepted ourselves. */
static void
on_connection(void *owner, int fd, uint32_t listener)
{
	struct worker *w = owner;
	struct worker_shared *shared = w->setup->shared;

	if (is_others_turn(w) && pass_on(w, fd, listener))
		return;
	stat_add(&shared->taken, 1);
	stat_add(&shared->at[listener].taken, 1);
	begin_session(w, fd, listener);
}

/* Descriptors may be free again. */
static void
on_room(void *owner)
{
	open_doors(owner);
}

static uint32_t
listener_of(const struct worker *w, const struct channel_msg *msg)
{
	uint32_t listener;

	assert(msg->len >= sizeof(listener));
	memcpy(&listener, msg->data, sizeof(listener));
	assert(listener < w->setup->cfg->n_listeners);
	return listener;
}

static void
take_listener(struct worker *w, const struct channel_msg *msg)
{
	struct worker_listener_record at;

	if (w->state >= DRAINING) { /* it was sent before the master knew */
		close(msg->fd);
		return;
	}
	assert(msg->len == sizeof(at));
	memcpy(&at, msg->data, sizeof(at));
	w->max_sessions = at.max_sessions;
	listeners_add(&w->listeners, listener_of(w, msg), msg->fd);
	show_load(w);
	open_doors(w);
}

/* The master sends nothing but these two. */
static void
take(struct worker *w, const struct channel_msg *msg)
{
	assert(msg->fd >= 0);
	if (msg->type == WORKER_LISTENER)
		take_listener(w, msg);
	else
		begin_session(w, msg->fd, listener_of(w, msg));
}

/* No descriptor was free for it. */
static void
lose(struct worker *w, const struct channel_msg *msg)
{
	if (msg->type != WORKER_CONNECTION)
		return; /* who comes there is another worker's, or the master's */
	/* the master counts it as ours, and the MTA sees it closed */
	log_write(LOG_ERR, "no descriptor for a connection: lost gen=%u", w->setup->generation);
	on_session_ended(w, listener_of(w, msg));
}

static void
on_channel(void *ctx, uint32_t revents)
{
	struct worker *w = ctx;
	int r;

	assert(revents != 0);
	for (unsigned i = 0; i < TAKE_PER_TURN; i++) {
		r = channel_recv(w->setup->channel, &w->msg);
		if (r == -EAGAIN)
			return;
		if (r == 1) {
			take(w, &w->msg);
		} else if (r == -EMFILE) {
			lose(w, &w->msg);
		} else {
			drain(w);
			return;
		}
	}
}

/* The loop. */

/* Turns when nothing else does, so that the master sees that we could. */
static void
on_beat(void *ctx)
{
	struct worker *w = ctx;
	uint64_t every = w->setup->cfg->hang_timeout_ms / 4;

	timer_arm(w->timers, &w->beat, every > 50 ? every : 50);
}

static int
add_signal(struct worker *w, int number)
{
	return sd_event_add_signal(loop_sd_event(w->loop), NULL, number, on_signal, w);
}

static int
start(struct worker *w)
{
	int r = loop_new(&w->loop);

	if (r < 0)
		return r;
	r = timers_new(loop_sd_event(w->loop), &w->timers);
	if (r < 0)
		return r;
	timers_set_clock(w->timers, loop_now_ms, w->loop);
	loop_publish_time(w->loop, &w->setup->shared->heartbeat_ms);
	w->beat = (struct timer){.fn = on_beat, .ctx = w};
	w->deadline = (struct timer){.fn = on_deadline, .ctx = w};
	w->closer = (struct timer){.fn = on_closer, .ctx = w};
	w->env = (struct conn_env){
		.cfg = w->setup->cfg,
		.generation = w->setup->generation,
		.loop = w->loop,
		.timers = w->timers,
		.shared = w->setup->shared,
		.rooms = transaction_pool_new(body_pool_new(w->setup->cfg->body_memory,
							    w->setup->spool,
							    w->setup->cfg->spool_files)),
		.pid = getpid(),
		.session_ended = on_session_ended,
		.message_ended = on_message_ended,
		.owner = w,
	};
	conn_env_init(&w->env);
	w->listeners = (struct listeners){
		.loop = w->loop,
		.timers = w->timers,
		.cfg = w->setup->cfg,
		.takes = takes,
		.connection = on_connection,
		.room = on_room,
		.owner = w,
	};
	listeners_init(&w->listeners);
	w->max_sessions = w->setup->cfg->max_sessions;
	r = loop_add(w->loop, &w->channel, w->setup->channel, EPOLLIN, on_channel, w);
	if (r >= 0)
		r = add_signal(w, WORKER_SIGNAL_STOP);
	if (r >= 0)
		r = add_signal(w, WORKER_SIGNAL_END_DRAIN);
	return r;
}

static void
end(struct worker *w)
{
	conn_env_free(&w->env);
	listeners_free(&w->listeners);
	transaction_pool_free(w->env.rooms);
	logpipe_close();
	if (w->channel.loop != NULL)
		loop_remove(&w->channel, w->setup->channel);
	timers_free(w->timers);
	loop_free(w->loop);
}

static int
run(struct worker *w)
{
	int r = 0;

	while (w->state != DONE && r >= 0) {
		r = loop_run_once(w->loop, -1);
		conn_go_on_resumed(&w->env);
	}
	return r;
}

int
worker_main(const struct worker_setup *setup)
{
	struct worker w = {.setup = setup};
	int r;

	close_others(setup);
	reset_signals();
	r = confine(setup);
	if (r < 0)
		return EX_OSERR;
	r = start(&w);
	if (r < 0)
		return EX_OSERR;
	/* Of our configuration: the master's own log changes only once we are ready. */
	log_set_level(setup->cfg->log_level);
	logpipe_open(setup->log, log_target_has_fields(setup->cfg->log_target), w.timers,
		     setup->shared);
	on_beat(&w);
	r = channel_send(setup->channel, WORKER_READY, NULL, 0, -1);
	if (r >= 0)
		r = run(&w);
	if (r < 0)
		log_write(LOG_ERR, "worker's loop: %s gen=%u", strerror(-r), setup->generation);
	end(&w);
	return r < 0 ? EX_OSERR : EX_OK;
}
