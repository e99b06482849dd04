/* A generation whose workers are no processes: each has a channel, of which the test holds the
 * worker's end, and shared memory, to which the test writes what a worker would. Included by
 * one C file each. */
#ifndef T_FAKE_GENERATION_H
#define T_FAKE_GENERATION_H

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "io/channel.h"
#include "master/generation.h"
#include "master/worker_process.h"
#include "worker/worker.h"

#define FAKE_WORKERS	4u
#define FAKE_LISTENERS	3u
#define FAKE_TIME_MS	1000000000000u /* so late that no real timer fires */
#define FAKE_TIMEOUT_MS 8000u
#define FAKE_PID	2000000000 /* and the next ones: no process has them */

struct fake_generation {
	struct generation g;
	struct config cfg;
	struct listener_conf listeners[FAKE_LISTENERS];
	struct worker_process *workers[FAKE_WORKERS]; /* by slot, as in g.workers */
	int ends[FAKE_WORKERS];			      /* the workers' ends of their channels */
};

static uint64_t fake_now_ms = FAKE_TIME_MS;

static inline uint64_t
fake_clock(void *ctx)
{
	(void)ctx;
	return fake_now_ms;
}

static inline int
on_fake_channel(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	(void)source;
	(void)fd;
	(void)revents;
	(void)ctx;
	return 0;
}

static inline struct worker_process *
fake_worker(const struct fake_generation *f, size_t slot)
{
	return f->workers[slot];
}

static inline void
add_fake_worker(struct fake_generation *f, size_t slot)
{
	struct worker_process *w =
		calloc(1, sizeof(*w) + FAKE_LISTENERS * sizeof(w->assigned_at[0]));
	int ends[2], fd;

	if (w == NULL)
		abort();
	assert_int_equal(channel_pair(ends), 0);
	*w = (struct worker_process){
		.next = f->g.workers,
		.generation = &f->g,
		.pid = (pid_t)(FAKE_PID + slot),
		.channel = ends[0],
		.size = {.listeners = FAKE_LISTENERS},
		.shared = worker_shared_new(
			(struct worker_shared_size){.listeners = FAKE_LISTENERS}, &fd),
		.slot = slot,
		.ready = true,
	};
	if (w->shared == NULL)
		abort();
	close(fd);
	atomic_store(&w->shared->heartbeat_ms, fake_now_ms);
	assert_true(sd_event_add_io(f->g.host->loop, &w->channel_source, w->channel, EPOLLIN,
				    on_fake_channel, w) >= 0);
	f->workers[slot] = w;
	f->ends[slot] = ends[1];
	f->g.workers = w;
	f->g.n_workers++;
}

/* Serving, with n ready workers that have no sessions. */
static inline void
make_fake_generation(struct fake_generation *f, struct generation_host *host, unsigned id,
		     size_t n)
{
	*f = (struct fake_generation){
		.cfg = {.workers = (unsigned)n,
			.hang_timeout_ms = FAKE_TIMEOUT_MS,
			.listeners = f->listeners,
			.n_listeners = FAKE_LISTENERS},
		.g = {.id = id, .state = GENERATION_SERVING, .cfg = &f->cfg, .host = host},
	};
	for (size_t i = 0; i < n; i++)
		add_fake_worker(f, i);
}

static inline void
free_fake_generation(struct fake_generation *f)
{
	for (struct worker_process *w = f->g.workers, *next; w != NULL; w = next) {
		next = w->next;
		close(f->ends[w->slot]);
		worker_process_free(w);
	}
	f->g.workers = NULL;
}

/* As if the worker had so many sessions. */
static inline void
set_fake_sessions(struct fake_generation *f, size_t slot, uint64_t n)
{
	atomic_store(&fake_worker(f, slot)->shared->sessions, n);
}

/* What the master has sent to the worker: the type of the next record, 0: none. The record is
 * in *ret, and a descriptor that came with it is closed. */
static inline uint32_t
next_record(struct fake_generation *f, size_t slot, struct channel_msg *ret)
{
	int r = channel_recv(f->ends[slot], ret);

	if (r == -EAGAIN)
		return 0;
	assert_int_equal(r, 1);
	if (ret->fd >= 0)
		close(ret->fd);
	return ret->type;
}

#endif
