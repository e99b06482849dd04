/* Forking workers, and what becomes of them. */
#include "master/generation.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/channel.h"
#include "master/balance.h"
#include "master/relay.h"
#include "master/spool.h"
#include "util/log.h"
#include "util/str.h"
#include "worker/worker.h"

#define LOG_PIPE_BYTES	 (256 << 10)
#define CRASHES_APART_MS 60000u /* then it begins anew */
#define BACKOFF_MAX_MS	 30000u
#define FORK_AGAIN_MS	 1000u
#define ABORT_TO_KILL_MS 200u
#define HEARTBEATS	 8u   /* looks at each heartbeat within hang_timeout */
#define PAUSE_MS	 500u /* between two looks, beside a quarter of hang_timeout */

static int fork_worker(struct generation *g);

/* The end of a worker. */

static void
free_worker(struct worker_proc *w)
{
	sd_event_source_disable_unref(w->child);
	sd_event_source_disable_unref(w->channel_io);
	sd_event_source_disable_unref(w->log_io);
	if (w->channel >= 0)
		close(w->channel);
	if (w->log >= 0)
		close(w->log);
	buf_free(&w->log_rest);
	worker_shared_free(w->shared);
	free(w);
}

static void
unlink_worker(struct worker_proc *w)
{
	struct worker_proc **at = &w->gen->workers;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->gen->n--;
}

/* What it was at, cleaned: "at message 4XyZ" or nothing. */
static void
put_message(struct buf *b, const struct worker_proc *w)
{
	char id[CURRENT_MESSAGE_BYTES + 1] = "";

	memcpy(id, w->shared->current_message, CURRENT_MESSAGE_BYTES);
	if (id[0] == '\0')
		return;
	buf_puts(b, " at message ");
	str_append_printable(b, id, strlen(id), sizeof(id));
}

static void
put_end(struct buf *b, const siginfo_t *si, const struct worker_proc *w)
{
	const char *name = sigabbrev_np(si->si_status);

	if (w->killed)
		buf_puts(b, " hung and was");
	if (si->si_code == CLD_EXITED)
		buf_printf(b, " ended with status %d", si->si_status);
	else
		buf_printf(b, " killed by signal %d (SIG%s)", si->si_status,
			   name != NULL ? name : "?");
}

static void
log_crash(const siginfo_t *si, const struct worker_proc *w)
{
	char number[16], id[CURRENT_MESSAGE_BYTES + 1] = "";
	struct log_field fields[] = {{"GENERATION", number}, {"QUEUE_ID", id}};
	struct log_record record = {.level = LOG_ERR, .fields = fields, .n_fields = 2};
	struct buf text = {0};

	memcpy(id, w->shared->current_message, CURRENT_MESSAGE_BYTES);
	(void)snprintf(number, sizeof(number), "%u", w->gen->id);
	buf_printf(&text, "worker %d", (int)w->pid);
	put_end(&text, si, w);
	put_message(&text, w);
	buf_printf(&text, ": %zu sessions lost gen=%u", worker_sessions(w), w->gen->id);
	record.text = buf_string(&text);
	log_record(&record);
	buf_free(&text);
}

static void
on_respawn(void *ctx)
{
	struct generation *g = ctx;

	for (; g->missing > 0; g->missing--) {
		if (fork_worker(g) < 0) {
			timer_arm(g->host->timers, &g->respawn, FORK_AGAIN_MS);
			return;
		}
	}
	g->host->room(g->host->ctx, g);
}

/* The first at once, then 1, 2, 4, ... 30 s while they crash within a minute of each other. */
static void
plan_respawn(struct generation *g)
{
	uint64_t now = timers_now(g->host->timers), wait = 0;

	if (g->crashed_ms == 0 || now - g->crashed_ms > CRASHES_APART_MS)
		g->in_a_row = 0;
	g->crashed_ms = now;
	g->missing++;
	if (g->in_a_row > 0)
		wait = g->in_a_row > 5 ? BACKOFF_MAX_MS : 1000u << (g->in_a_row - 1);
	g->in_a_row++;
	if (timer_is_armed(&g->respawn))
		return;
	if (wait == 0) {
		on_respawn(g);
		return;
	}
	log_write(LOG_WARNING, "the next worker starts in %" PRIu64 " s gen=%u", wait / 1000,
		  g->id);
	timer_arm(g->host->timers, &g->respawn, wait);
}

static void
fold(const struct worker_proc *w)
{
	for (size_t i = 0; i < STAT_COUNT; i++)
		w->gen->host->totals[i] += stat_get(&w->shared->count[i]);
}

/* One of the connections that the worker passed on is read: it may pass on another one. */
static void
settle(struct worker_proc *w)
{
	atomic_store(&w->shared->passed_on_received,
		     atomic_load(&w->shared->passed_on_received) + 1);
	if (atomic_load(&w->shared->is_deferring)) /* with a full channel it looks again by
						      itself */
		(void)channel_send(w->channel, WORKER_RECEIVED, NULL, 0, -1);
}

/* Nothing it says is trusted. */
static void
on_connection(struct worker_proc *w, const struct channel_msg *msg)
{
	struct generation *g = w->gen;
	uint32_t listener;

	settle(w);
	if (msg->len != sizeof(listener)) {
		close(msg->fd);
		return;
	}
	memcpy(&listener, msg->data, sizeof(listener));
	if (listener < g->cfg->n_listeners)
		g->host->connection(g->host->ctx, g, listener, msg->fd);
	else
		close(msg->fd);
}

static void
read_last_words(struct worker_proc *w)
{
	for (unsigned i = 0; i < 64 && w->log_io != NULL; i++)
		if (!relay_read(w->log, &w->log_rest))
			break;
}

static void
tell_of_lost(struct worker_proc *w)
{
	settle(w);
	log_write(LOG_ERR, "no descriptor for a connection: lost gen=%u", w->gen->id);
}

/* Connections that it passed on before its end; what else it said does not matter any more. */
static void
take_last_connections(struct worker_proc *w)
{
	struct channel_msg msg;
	int r;

	while ((r = channel_recv(w->channel, &msg)) == 1 || r == -EMFILE) {
		if (r == -EMFILE)
			tell_of_lost(w);
		else if (msg.type == WORKER_CONNECTION && msg.fd >= 0)
			on_connection(w, &msg);
		else if (msg.fd >= 0)
			close(msg.fd);
	}
}

static int
on_child(sd_event_source *source, const siginfo_t *si, void *ctx)
{
	struct worker_proc *w = ctx;
	struct generation *g = w->gen;
	bool fine = w->put_down ||
		    (si->si_code == CLD_EXITED && si->si_status == EX_OK && w->leaving);
	bool was_leaving = w->leaving;

	assert(source == w->child);
	read_last_words(w);
	if (!fine) {
		log_crash(si, w);
		g->host->crashes++;
	}
	take_last_connections(w);
	fold(w);
	if (!was_leaving)
		loads_set(g->loads, w->slot, 0);
	unlink_worker(w);
	free_worker(w);
	if (g->state == GEN_STARTING)
		g->host->failed(g->host->ctx, g);
	else if (g->state == GEN_SERVING && !was_leaving)
		plan_respawn(g);
	else if (g->n == 0 && g->state == GEN_DRAINING)
		g->host->gone(g->host->ctx, g);
	return 0;
}

/* What a worker says. */

/* replaced: others take the connections. */
static void
leave(struct worker_proc *w, bool replaced)
{
	w->leaving = true;
	atomic_store(replaced ? &w->shared->replaced : &w->shared->stopping, true);
	(void)shutdown(w->channel, SHUT_WR); /* it reads what is there, then the end */
}

static void
on_ready(struct worker_proc *w)
{
	struct generation *g = w->gen;

	w->ready = true;
	if (g->state == GEN_SERVING)
		g->host->room(g->host->ctx, g);
	if (g->state != GEN_STARTING)
		return;
	for (const struct worker_proc *i = g->workers; i != NULL; i = i->next)
		if (!i->ready)
			return;
	g->state = GEN_SERVING;
	g->host->ready(g->host->ctx, g);
}

static void
on_retires(struct worker_proc *w)
{
	struct generation *g = w->gen;

	if (w->leaving)
		return;
	leave(w, true);
	if (g->state != GEN_SERVING)
		return;
	log_write(LOG_INFO, "worker %d retires gen=%u", (int)w->pid, g->id);
	g->missing++;
	if (!timer_is_armed(&g->respawn))
		on_respawn(g);
}

static void
on_record(struct worker_proc *w, const struct channel_msg *msg)
{
	if (msg->type == WORKER_CONNECTION && msg->fd >= 0) {
		on_connection(w, msg);
		return;
	}
	if (msg->fd >= 0)
		close(msg->fd); /* they have nothing else to give */
	if (msg->type == WORKER_READY && !w->ready)
		on_ready(w);
	else if (msg->type == WORKER_RETIRES)
		on_retires(w);
	else if (msg->type == WORKER_CAPACITY && w->gen->state == GEN_SERVING)
		w->gen->host->room(w->gen->host->ctx, w->gen);
}

static int
on_channel(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct channel_msg msg;
	struct worker_proc *w = ctx;
	int r;

	assert(source == w->channel_io);
	if (revents & EPOLLOUT) {
		w->stuffed = false;
		worker_watch_channel(w, EPOLLIN);
		w->gen->host->room(w->gen->host->ctx, w->gen);
	}
	if ((revents & ~(uint32_t)EPOLLOUT) == 0)
		return 0;
	r = channel_recv(fd, &msg);
	if (r == 1)
		on_record(w, &msg);
	else if (r == -EMFILE)
		tell_of_lost(w);
	else if (r != -EAGAIN) /* its end is gone: SIGCHLD tells the rest */
		w->channel_io = sd_event_source_disable_unref(w->channel_io);
	return 0;
}

static int
on_log(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct worker_proc *w = ctx;

	assert(source == w->log_io && revents != 0);
	if (!relay_read(fd, &w->log_rest))
		w->log_io = sd_event_source_disable_unref(w->log_io);
	return 0;
}

/* Making one. */

static _Noreturn void
be_worker(const struct worker_proc *w, int channel, int log, const int *spool, pid_t master)
{
	struct worker_setup setup = {
		.cfg = w->gen->cfg,
		.generation = w->gen->id,
		.shared = w->shared,
		.loads = w->gen->loads,
		.slot = w->slot,
		.channel = channel,
		.log = log,
		.spool = spool,
		.master = master,
	};

	exit(worker_main(&setup));
}

static int
watch(struct worker_proc *w)
{
	struct sd_event *loop = w->gen->host->loop;
	int r;

	r = sd_event_add_child(loop, &w->child, w->pid, WEXITED, on_child, w);
	if (r >= 0)
		r = sd_event_add_io(loop, &w->channel_io, w->channel, EPOLLIN, on_channel, w);
	if (r >= 0)
		r = sd_event_add_io(loop, &w->log_io, w->log, EPOLLIN, on_log, w);
	if (r >= 0) /* not behind a flood of log lines */
		r = sd_event_source_set_priority(w->child, SD_EVENT_PRIORITY_IMPORTANT);
	return r;
}

static int
make_pipes(int channel[static 2], int log[static 2])
{
	int r = channel_pair(channel);

	if (r < 0)
		return r;
	if (pipe2(log, O_CLOEXEC | O_NONBLOCK) == 0) {
		(void)fcntl(log[1], F_SETPIPE_SZ, LOG_PIPE_BYTES);
		return 0;
	}
	r = -errno;
	close(channel[0]);
	close(channel[1]);
	return r;
}

/* Forks, once memory, pipes and files are there. */
static int
launch(struct worker_proc *w, const int *spool)
{
	int channel[2], log[2], r = make_pipes(channel, log);
	pid_t master = getpid();

	if (r < 0)
		return r;
	w->channel = channel[0];
	w->log = log[0];
	atomic_store(&w->shared->heartbeat_ms, timers_now(w->gen->host->timers));
	w->pid = fork();
	if (w->pid == 0)
		be_worker(w, channel[1], log[1], spool, master);
	r = w->pid < 0 ? -errno : 0;
	close(channel[1]);
	close(log[1]);
	if (r < 0)
		return r;
	r = watch(w);
	if (r < 0) {
		(void)kill(w->pid, SIGKILL);
		(void)waitpid(w->pid, NULL, 0);
	}
	return r;
}

/* With files of its own, which we only hand on. */
static int
launch_with_files(struct worker_proc *w)
{
	const struct config *cfg = w->gen->cfg;
	int *spool = calloc(cfg->spool_files + 1, sizeof(*spool)), r;

	if (spool == NULL)
		abort();
	r = spool_open(cfg->spool_dir, spool, cfg->spool_files);
	if (r == 0) {
		r = launch(w, spool);
		spool_close(spool, cfg->spool_files);
	}
	free(spool);
	return r;
}

static bool
seat_is_taken(const struct generation *g, size_t slot)
{
	for (const struct worker_proc *w = g->workers; w != NULL; w = w->next)
		if (!w->leaving && w->slot == slot)
			return true;
	return false;
}

/* There are as many as workers that do not leave. */
static size_t
free_seat(const struct generation *g)
{
	size_t slot = 0;

	while (seat_is_taken(g, slot))
		slot++;
	assert(slot < g->loads->n);
	return slot;
}

static int
fork_worker(struct generation *g)
{
	size_t n = g->cfg->n_listeners;
	struct worker_proc *w = calloc(1, sizeof(*w) + n * sizeof(w->handed_at[0]));
	int r = -ENOMEM;

	if (w == NULL)
		abort();
	w->gen = g;
	w->channel = w->log = -1;
	w->slot = free_seat(g);
	w->shared = worker_shared_new(n);
	if (w->shared != NULL)
		r = launch_with_files(w);
	if (r < 0) {
		log_write(LOG_ERR, "cannot start a worker: %s gen=%u", strerror(-r), g->id);
		free_worker(w);
		return r;
	}
	w->next = g->workers;
	g->workers = w;
	g->n++;
	return 0;
}

int
generation_new(unsigned id, struct config *cfg, struct generation_host *host,
	       struct generation **ret)
{
	struct generation *g = calloc(1, sizeof(*g));
	int r = 0;

	if (g == NULL)
		abort();
	*g = (struct generation){.id = id, .state = GEN_STARTING, .cfg = cfg, .host = host};
	g->respawn = (struct timer){.fn = on_respawn, .ctx = g};
	g->loads = loads_new(cfg->workers);
	r = g->loads == NULL ? -ENOMEM : 0;
	log_flush(); /* the children inherit what is pending, and would drop it */
	for (unsigned i = 0; i < cfg->workers && r == 0; i++)
		r = fork_worker(g);
	if (r < 0) {
		g->cfg = NULL;
		generation_free(g);
		return r;
	}
	*ret = g;
	return 0;
}

static void
kill_and_reap(struct worker_proc *w)
{
	w->child = sd_event_source_disable_unref(w->child);
	(void)kill(w->pid, SIGKILL);
	(void)waitpid(w->pid, NULL, 0);
	read_last_words(w);
	fold(w);
	free_worker(w);
}

struct generation *
generation_free(struct generation *g)
{
	if (g == NULL)
		return NULL;
	for (struct worker_proc *w = g->workers, *next; w != NULL; w = next) {
		next = w->next;
		kill_and_reap(w);
	}
	timer_disarm(g->host->timers, &g->respawn);
	loads_free(g->loads);
	config_free(g->cfg);
	free(g);
	return NULL;
}

/* The end of all. */

static void
signal_all(struct generation *g, int number)
{
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		(void)kill(w->pid, number);
}

static void
take_no_more(struct generation *g, bool replaced)
{
	g->state = GEN_DRAINING;
	g->missing = 0;
	timer_disarm(g->host->timers, &g->respawn);
	generation_set_full(g, false);
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		leave(w, replaced);
}

void
generation_drain(struct generation *g)
{
	take_no_more(g, true);
}

void
generation_hurry(struct generation *g)
{
	signal_all(g, WORKER_SIGNAL_END_DRAIN);
}

void
generation_stop_passing(struct generation *g)
{
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next) {
		atomic_store(&w->shared->stopping, true);
		take_last_connections(w);
	}
}

void
generation_stop(struct generation *g)
{
	take_no_more(g, false);
	signal_all(g, WORKER_SIGNAL_STOP);
}

void
generation_kill(struct generation *g)
{
	take_no_more(g, false);
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		w->put_down = true;
	signal_all(g, SIGKILL);
}

/* Heartbeats. */

uint64_t
generation_check_every_ms(const struct generation *g)
{
	uint64_t every = g->cfg->hang_timeout_ms / HEARTBEATS;

	return every < 50 ? 50 : every > 250 ? 250 : every;
}

static void
check_hang(struct worker_proc *w, uint64_t now_ms)
{
	uint64_t beat = stat_get(&w->shared->heartbeat_ms);
	uint64_t limit = w->gen->cfg->hang_timeout_ms;

	if (beat < w->gen->awake_ms)
		beat = w->gen->awake_ms;
	if (beat > now_ms || now_ms - beat <= limit) {
		w->hung_ms = 0;
		return;
	}
	if (w->hung_ms == 0) { /* a second look: it may be we who slept */
		w->hung_ms = now_ms;
		return;
	}
	if (!w->killed) {
		log_write(LOG_ERR, "worker %d made no turn for %" PRIu64 " ms: killed gen=%u",
			  (int)w->pid, now_ms - beat, w->gen->id);
		w->killed = true;
		w->hung_ms = now_ms;
		w->gen->host->hangs++;
		(void)kill(w->pid, SIGABRT);
		return;
	}
	if (now_ms - w->hung_ms >= ABORT_TO_KILL_MS)
		(void)kill(w->pid, SIGKILL);
}

void
generation_check_hangs(struct generation *g, uint64_t now_ms)
{
	/* When the master did not run, perhaps no worker did: the machine was suspended, or is
	 * overloaded. All have hang_timeout from now on. */
	if (now_ms - g->checked_ms > g->cfg->hang_timeout_ms / 4 + PAUSE_MS)
		g->awake_ms = now_ms;
	g->checked_ms = now_ms;
	for (struct worker_proc *w = g->workers; w != NULL; w = w->next)
		check_hang(w, now_ms);
}
