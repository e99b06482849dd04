/* Orders a worker, reads what it sends, and releases what the master has of it. */
#include "master/worker_process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/channel.h"
#include "loader/loader.h"
#include "master/generation.h"
#include "master/loader_process.h"
#include "master/worker_end.h"
#include "util/log.h"
#include "util/process.h"
#include "worker/claim.h"
#include "worker/session_count.h"
#include "worker/worker.h"

#define LOG_PIPE_BYTES (256 << 10)
#define SESSIONS_MAX   1000000u /* of a worker, as the configuration allows */

/* Counting sessions. */

/* Reads ended first: a session that begins or ends meanwhile is then counted, never missed.
 * Both counters are the worker's and may hold any value. */
static size_t
count_open_sessions(const _Atomic uint64_t *ended, const _Atomic uint64_t *accepted,
		    uint64_t assigned)
{
	uint64_t n_ended = atomic_load(ended), n_begun = assigned + atomic_load(accepted);

	if (n_ended >= n_begun)
		return 0;
	return n_begun - n_ended < SESSIONS_MAX ? (size_t)(n_begun - n_ended) : SESSIONS_MAX;
}

size_t
worker_process_sessions(const struct worker_process *w)
{
	uint64_t n = atomic_load(&w->shared->sessions); /* it may have any value */

	return n < SESSIONS_MAX ? (size_t)n : SESSIONS_MAX;
}

size_t
worker_process_sessions_at(const struct worker_process *w, size_t listener)
{
	return count_open_sessions(&w->shared->per_listener[listener].sessions_ended,
				   &w->shared->per_listener[listener].sessions_accepted,
				   w->assigned_at[listener]);
}

/* Connections that it has not taken. */

void
worker_process_settle(struct worker_process *w)
{
	const _Atomic uint64_t *claim = &w->shared->claim;

	w->revoked = w->revoked && claim_is_revoked(claim);
	sent_settle(&w->sent, claim_taken(claim));
}

size_t
worker_process_revoke(struct worker_process *w)
{
	struct sent_connection c;
	size_t n = 0;

	w->revoked = true;
	sent_settle(&w->sent, claim_revoke(&w->shared->claim));
	for (; sent_take(&w->sent, &c); n++) {
		session_count_remove(&w->shared->sessions);
		w->assigned_at[c.listener]--;
		w->ops->on_connection(w, c.listener, c.fd);
	}
	return n;
}

/* Records on the channel. */

/* The master has received one of the connections that the worker passed on, so the worker may
 * pass on another one. One that defers gets a record at once; if its channel is full, it reads
 * the counter by itself after a while. */
static void
settle_connection(const struct worker_process *w)
{
	atomic_store(&w->shared->passed_on_received,
		     atomic_load(&w->shared->passed_on_received) + 1);
	if (atomic_load(&w->shared->is_deferring))
		(void)channel_send(w->channel, WORKER_RECEIVED, NULL, 0, -1);
}

static void
receive_connection(struct worker_process *w, const struct channel_msg *msg)
{
	uint32_t listener;

	settle_connection(w);
	if (msg->len != sizeof(listener)) {
		close(msg->fd);
		return;
	}
	memcpy(&listener, msg->data, sizeof(listener));
	if (listener < w->generation->cfg->n_listeners)
		w->ops->on_connection(w, listener, msg->fd);
	else
		close(msg->fd);
}

/* It may be ready before the loader has reported its pid. */
static void
check_worker_ready(struct worker_process *w)
{
	if (w->ready || !w->says_ready || w->pid == 0)
		return;
	w->ready = true;
	w->ops->on_ready(w);
}

static void
handle_record(struct worker_process *w, const struct channel_msg *msg, bool only_connections)
{
	if (msg->type == WORKER_CONNECTION && msg->fd >= 0) {
		receive_connection(w, msg);
		return;
	}
	if (msg->fd >= 0)
		close(msg->fd); /* no other record has a descriptor */
	if (only_connections)
		return;
	worker_process_settle(w);
	if (msg->type == WORKER_READY) {
		w->says_ready = true;
		check_worker_ready(w);
	} else if (msg->type == WORKER_RETIRES) {
		w->ops->on_retires(w);
	} else if (msg->type == WORKER_CAPACITY) {
		w->ops->on_capacity(w);
	}
}

/* Receives one record, if there is one. Whether there may be another one; else *ret_error is
 * -EAGAIN, or 0 or another error when the channel has ended. */
static bool
receive_record(struct worker_process *w, bool only_connections, int *ret_error)
{
	struct channel_msg msg;
	int r = channel_recv(w->channel, &msg);

	if (r == 1) {
		handle_record(w, &msg, only_connections);
		return true;
	}
	if (r == -EMFILE) { /* a record came, its descriptor could not */
		settle_connection(w);
		log_write(LOG_ERR, "no descriptor for a connection: lost gen=%u",
			  w->generation->id);
		return true;
	}
	*ret_error = r;
	return false;
}

void
worker_process_receive_connections(struct worker_process *w)
{
	int r;

	while (receive_record(w, true, &r))
		;
}

void
worker_process_watch_channel(struct worker_process *w, uint32_t events)
{
	int r = sd_event_source_set_io_events(w->channel_source, events);

	assert(r >= 0);
}

static int
on_worker_channel(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct worker_process *w = ctx;
	int r;

	assert(source == w->channel_source && fd == w->channel);
	if (revents & EPOLLOUT) {
		w->channel_full = false;
		worker_process_watch_channel(w, EPOLLIN);
		w->ops->on_capacity(w);
	}
	if ((revents & ~(uint32_t)EPOLLOUT) == 0 || receive_record(w, false, &r))
		return 0;
	if (r != -EAGAIN) /* the end of the process is reported by exit_source */
		w->channel_source = sd_event_source_disable_unref(w->channel_source);
	return 0;
}

void
worker_process_drain(struct worker_process *w, bool replaced)
{
	w->draining = true;
	atomic_store(replaced ? &w->shared->replaced : &w->shared->stopping, true);
	(void)shutdown(w->channel, SHUT_WR);
}

/* The end of the process. */

static void
end_worker_log(struct worker_process *w)
{
	worker_log_end(w->log, w->shared);
	w->log = NULL;
}

static int
on_worker_exit(sd_event_source *source, const siginfo_t *status, void *ctx)
{
	struct worker_process *w = ctx;

	assert(source == w->exit_source);
	end_worker_log(w);
	w->ops->on_exit(w, status);
	return 0;
}

static void
append_exit(struct buf *b, const struct worker_process *w, const siginfo_t *status)
{
	if (w->heartbeat.aborted)
		buf_puts(b, " hung and was");
	process_append_end(b, status);
}

void
worker_process_log_crash(const struct worker_process *w, const siginfo_t *status)
{
	char number[16];
	struct worker_end end = worker_end_read(w->shared);
	struct log_field fields[] = {{"GENERATION", number},
				     {"QUEUE_ID", end.message},
				     {"POLICY", end.policy},
				     {"STAGE", end.stage}};
	struct log_record record = {.level = LOG_ERR, .fields = fields, .n_fields = 4};
	struct buf text = {0};

	(void)snprintf(number, sizeof(number), "%u", w->generation->id);
	buf_printf(&text, "worker %d", (int)w->pid);
	append_exit(&text, w, status);
	worker_end_append(&end, &text);
	buf_printf(&text, ": %zu sessions lost gen=%u", worker_process_sessions(w),
		   w->generation->id);
	record.text = buf_string(&text);
	log_record(&record);
	buf_free(&text);
}

void
worker_process_signal(struct worker_process *w, int number)
{
	w->killed |= number == SIGKILL && w->pid == 0;
	if (w->pid > 0)
		(void)kill(w->pid, number);
}

/* The fork. */

int
worker_process_forked(struct worker_process *w, pid_t pid)
{
	int r;

	w->pid = pid;
	atomic_store(&w->shared->heartbeat_ms, timers_now(w->generation->host->timers));
	if (w->killed)
		(void)kill(pid, SIGKILL);
	worker_log_set_pid(w->log, pid);
	r = sd_event_add_child(w->generation->host->loop, &w->exit_source, pid, WEXITED,
			       on_worker_exit, w);
	if (r < 0) {
		log_write(LOG_ERR, "cannot watch worker %d: %s gen=%u", (int)pid, strerror(-r),
			  w->generation->id);
		worker_process_kill(w);
		return r;
	}
	/* many log records must not delay it */
	(void)sd_event_source_set_priority(w->exit_source, SD_EVENT_PRIORITY_IMPORTANT);
	check_worker_ready(w);
	return 0;
}

static int
watch_worker(struct worker_process *w, int log)
{
	struct generation_host *host = w->generation->host;
	int r = worker_log_open(&host->log, host->loop, log, w->generation->id, &w->log);

	if (r < 0) {
		close(log);
		return r;
	}
	return sd_event_add_io(host->loop, &w->channel_source, w->channel, EPOLLIN,
			       on_worker_channel, w);
}

/* Makes a channel and a log pipe, and keeps the master's ends: the worker's are in ret_ends. */
static int
open_worker_pipes(struct worker_process *w, int ret_ends[static 2])
{
	int channel[2], log[2], r = channel_pair(channel);

	if (r < 0)
		return r;
	w->channel = channel[0];
	ret_ends[0] = channel[1];
	if (pipe2(log, O_CLOEXEC | O_NONBLOCK) < 0) {
		r = -errno;
		close(channel[1]);
		return r;
	}
	(void)fcntl(log[1], F_SETPIPE_SZ, LOG_PIPE_BYTES);
	ret_ends[1] = log[1];
	r = watch_worker(w, log[0]);
	if (r < 0) {
		close(ret_ends[0]);
		close(ret_ends[1]);
	}
	return r;
}

static int
order_with_memory(struct worker_process *w, int memory)
{
	const struct loader_fork order = {
		.number = w->number, .slot = (uint32_t)w->slot, .row = (uint32_t)w->row};
	int fds[LOADER_FORK_FDS] = {-1, -1, memory}, r = open_worker_pipes(w, fds);

	if (r < 0)
		return r;
	w->forked_ms = timers_now(w->generation->host->timers);
	atomic_store(&w->shared->heartbeat_ms, w->forked_ms);
	r = loader_process_fork(w->generation->loader, &order, fds);
	close(fds[0]);
	close(fds[1]);
	return r;
}

int
worker_process_order(struct generation *g, size_t slot, size_t row,
		     const struct worker_process_ops *ops, struct worker_process **ret)
{
	size_t n = g->cfg->n_listeners;
	struct worker_process *w = calloc(1, sizeof(*w) + n * sizeof(w->assigned_at[0]));
	int memory, r = -ENOMEM;

	if (w == NULL)
		abort();
	w->generation = g;
	w->ops = ops;
	w->number = ++g->last_worker;
	w->channel = -1;
	w->slot = slot;
	w->row = row;
	w->size = worker_shared_size(g->cfg);
	w->shared = worker_shared_new(w->size, &memory);
	if (w->shared != NULL) {
		/* The workers of a reload have the level of its configuration. */
		if (g->state != GENERATION_STARTING)
			atomic_store(&w->shared->log_level, g->host->log_level);
		r = order_with_memory(w, memory);
		close(memory);
	}
	if (r < 0) {
		log_write(LOG_ERR, "cannot start a worker: %s gen=%u", strerror(-r), g->id);
		worker_process_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

void
worker_process_free(struct worker_process *w)
{
	sd_event_source_disable_unref(w->exit_source);
	sd_event_source_disable_unref(w->channel_source);
	end_worker_log(w);
	if (w->channel >= 0)
		close(w->channel);
	sent_free(&w->sent);
	worker_shared_free(w->shared, w->size);
	free(w);
}

void
worker_process_kill(struct worker_process *w)
{
	w->exit_source = sd_event_source_disable_unref(w->exit_source);
	if (w->pid > 0) {
		(void)kill(w->pid, SIGKILL);
		(void)waitpid(w->pid, NULL, 0);
	}
	end_worker_log(w);
}
