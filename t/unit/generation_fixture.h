/* A generation of fake workers (fake_worker.h), which a loader forks, and what it reports.
 * Included by one C file each. */
#ifndef T_GENERATION_FIXTURE_H
#define T_GENERATION_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "caught_log.h"
#include "fake_loader.h"
#include "fake_worker.h"
#include "master/balance.h"
#include "master/generation.h"
#include "scratch.h"

#define WORKERS 2u

struct fixture {
	sd_event *loop;
	struct loader_host loaders;
	struct loader_process *loader; /* of the generation that is made */
	struct generation_host host;
	struct generation *g;
	uint64_t now_ms;
	unsigned ready, failed, lost_loader, capacity, ended, connections;
	uint32_t listener; /* of the last connection */
};

static inline uint64_t
read_clock(void *ctx)
{
	return ((struct fixture *)ctx)->now_ms;
}

static inline void
count_ready(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_int_equal(g->state, GENERATION_SERVING);
	t->ready++;
}

static inline void
count_failed(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_int_equal(g->state, GENERATION_STARTING);
	t->failed++;
}

static inline void
count_lost_loader(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_null(g->loader);
	t->lost_loader++;
}

static inline void
count_capacity(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_int_equal(g->state, GENERATION_SERVING);
	t->capacity++;
}

static inline void
count_ended(void *ctx, struct generation *g)
{
	struct fixture *t = ctx;

	assert_int_equal(g->n_workers, 0);
	t->ended++;
}

static inline void
count_connection(void *ctx, struct generation *g, uint32_t listener, int fd)
{
	struct fixture *t = ctx;

	assert_true(g == t->g || t->g == NULL);
	assert_true(fd > STDERR_FILENO);
	close(fd);
	t->listener = listener;
	t->connections++;
}

/* The configuration needs a spool file in this directory. */
static inline struct config *
load_with_spool(struct fixture *t, const char *spool_dir)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "workers { count = %u }\n"
		       "limits { spool_dir = \"%s\"  spool_files = 1 }\n"
		       "listener \"a\" { socket = \"inet:1@127.0.0.1\"  chain = { \"f\" } }\n"
		       "listener \"b\" { socket = \"inet:2@127.0.0.1\"  chain = {} }\n"
		       "footer \"f\" { text = \"x\" }\n",
		       WORKERS, spool_dir);
	write_scratch("polymilter.conf", text);
	return load_by_loader(&t->loaders, in_scratch("polymilter.conf"), &t->loader);
}

static inline struct config *
load(struct fixture *t)
{
	return load_with_spool(t, scratch_dir);
}

static inline void
make_spool_directory(void)
{
	assert_int_equal(mkdir(in_scratch("spool"), 0700), 0);
}

static inline void
remove_spool_directory(void)
{
	assert_int_equal(rmdir(in_scratch("spool")), 0);
}

static inline int
make_generation(struct fixture *t, struct config *cfg)
{
	return generation_new(7, cfg, t->loader, &t->host, NULL, &t->g);
}

static inline int
set_up(void **state)
{
	static struct fixture t;

	t = (struct fixture){.now_ms = 1000000000000}; /* so late that no real timer fires */
	prepare_for_children();
	catch_log();
	assert_true(sd_event_new(&t.loop) >= 0);
	t.host = (struct generation_host){
		.loop = t.loop,
		.on_ready = count_ready,
		.on_failed = count_failed,
		.on_lost_loader = count_lost_loader,
		.on_capacity = count_capacity,
		.on_ended = count_ended,
		.on_connection = count_connection,
		.ctx = &t,
	};
	assert_int_equal(timers_new(t.loop, &t.host.timers), 0);
	timers_set_clock(t.host.timers, read_clock, &t);
	t.loaders = (struct loader_host){.loop = t.loop, .timers = t.host.timers};
	make_scratch();
	fake_begins = FAKE_READY;
	*state = &t;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *t = *state;

	t->g = generation_free(t->g);
	loader_processes_end(&t->loaders);
	remove_scratch();
	wait_for_all_children();
	timers_free(t->host.timers);
	sd_event_unref(t->loop);
	release_log();
	return 0;
}

/* Serving, all workers ready. */
static inline void
begin(struct fixture *t)
{
	assert_int_equal(make_generation(t, load(t)), 0);
	assert_int_equal(t->g->state, GENERATION_STARTING);
	RUN_UNTIL(t->loop, t->ready > 0);
	assert_int_equal(t->g->n_workers, WORKERS);
	assert_int_equal(t->capacity, 0);
	assert_string_equal(lines(), "");
}

static inline void
advance(struct fixture *t, uint64_t ms)
{
	t->now_ms += ms;
	timers_run(t->host.timers);
}

static inline bool
all_ready(const struct fixture *t)
{
	for (const struct worker_process *w = t->g->workers; w != NULL; w = w->next)
		if (!w->ready)
			return false;
	return t->g->n_workers == WORKERS;
}

/* The youngest worker ends by this signal, once the others are ready. */
static inline void
crash(struct fixture *t)
{
	size_t n = t->g->n_workers;
	unsigned before = (unsigned)t->host.crashes;

	RUN_UNTIL(t->loop, t->g->workers->ready);
	order_number(t->g->workers, FAKE_RAISE, SIGKILL);
	RUN_UNTIL(t->loop, t->host.crashes > before);
	assert_int_equal(t->host.crashes, before + 1);
	assert_true(t->g->n_workers == n || t->g->n_workers == n - 1);
}

#endif
