/* The workers that run one configuration: forked, replaced when they end, drained, stopped.
 *
 * A generation is made by generation_new(), and freed by its owner (struct generation_host)
 * when it has failed or ended. Its states:
 *   GENERATION_STARTING   its workers are forked, and not all have sent WORKER_READY. If one
 *                         ends, host->on_failed() is called
 *   GENERATION_SERVING    all were ready once: host->on_ready(). A worker that ends is
 *                         replaced
 *   GENERATION_DRAINING   its workers get no new connections, and none is replaced. When the
 *                         last one has ended, host->on_ended() is called
 *
 * Example: a reload with two workers, one session in generation 1 (times in seconds):
 *   0.00   SIGHUP. A loader is forked and loads the configuration (loader.h)
 *   0.02   it has; the master gets its settings and opens new listeners
 *   0.03   generation_new(2): two orders to the loader. It is STARTING, while generation 1
 *          serves
 *   0.04   the second worker is ready: SERVING. In one turn of the loop the new workers get
 *          the listeners, dropped listeners are closed, and generation 1 is DRAINING: its
 *          worker without a session ends
 *   9.50   the session of the other worker ends, and so does the worker: generation 1 has
 *          ended, and its loader ends
 * If a worker of generation 2 had ended early, or had not been ready by 20.03, generation 2
 * would have been killed, and generation 1 would have gone on.
 *
 * If the loader of a generation dies, its workers go on, but none can be replaced:
 * host->on_lost_loader().
 *
 * Respawn back-off (backoff.h): a worker that ends early is replaced after a delay. While a
 * replacement waits, further workers that die young are added to it and start at the same time.
 * A worker that crashes later, or retires (max_messages), is replaced at once meanwhile: a
 * message that kills a worker every 20 s is no loop. */
#ifndef MASTER_GENERATION_H
#define MASTER_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "io/timers.h"
#include "master/backoff.h"
#include "master/history.h"
#include "master/log_intake.h"
#include "worker/load.h"
#include "worker/stats.h"

struct fatal_messages;
struct generation;
struct loader_process;
struct sd_event;
struct service_state;
struct total_places;
struct totals;
struct worker_process;

/* The owner of generations; one for all of them. Its functions are called from the event loop.
 */
struct generation_host {
	struct sd_event *loop;
	struct timers *timers;
	/* All workers are ready, for the first time. */
	void (*on_ready)(void *ctx, struct generation *g);
	/* A worker ended before all were ready. The callee may free g. */
	void (*on_failed)(void *ctx, struct generation *g);
	/* A worker of a serving generation can perhaps take a connection again. */
	void (*on_capacity)(void *ctx, struct generation *g);
	/* No worker can be replaced; at the death of the loader, and every 30 s when one should
	 * be. */
	void (*on_lost_loader)(void *ctx, struct generation *g);
	/* The last worker of a draining generation has ended. The callee may free g. */
	void (*on_ended)(void *ctx, struct generation *g);
	/* A worker accepted it, but another one should have it: listener is its number in g's
	 * configuration; fd is the callee's. */
	void (*on_connection)(void *ctx, struct generation *g, uint32_t listener, int fd);
	void *ctx;
	uint64_t totals[STAT_COUNT];	   /* the counters of all workers that have ended */
	uint64_t crashes, hangs;	   /* of workers; a hang is also a crash */
	uint64_t crash_exits, crash_hangs; /* crashes by exit(), and of those that hung */
	struct totals *by_name;		   /* the same as totals, and more; NULL: only those */
	int log_level;			   /* for workers: worker_shared.log_level */
	struct fatal_messages *fatal; /* messages that ended a worker; NULL: none are kept */
	struct log_intake log;	      /* what the workers log */
	struct history history;	      /* of the messages; see history.h */
};

struct generation {
	unsigned id; /* gen= in the log, from 1 */
	enum generation_state {
		GENERATION_STARTING,
		GENERATION_SERVING,
		GENERATION_DRAINING
	} state;
	bool drain_is_over; /* generation_expire_drain() was called */
	struct config *cfg; /* only the settings (settings.h); freed with the generation */
	struct loader_process *loader; /* released with the generation; NULL: it has died */
	struct generation_host *host;
	struct worker_process *workers; /* a list, the youngest first */
	size_t n_workers;
	struct total_places *places;	/* its own; NULL: it has not served, or none are kept */
	struct service_state *services; /* the workers' connections to servers */
	struct worker_loads *loads;	/* the workers show each other their sessions there */
	struct history history;		/* the owner's, or a new one of another length */
	int dump; /* of its configuration, config/dump_file.h; a negative errno: none */
	uint64_t assignments; /* connections that were assigned to a worker */
	int fork_error;	      /* a negative errno, of the last fork that failed */
	uint32_t last_worker; /* the number of the youngest worker */
	unsigned n_to_fork;   /* workers that the respawn timer will order */
	struct backoff backoff;
	uint64_t last_look_ms; /* when the heartbeats were last read, or the workers forked */
	uint64_t resumed_ms;   /* since when they have been read without a pause */
	struct timer respawn;
	struct generation *older; /* the next in the owner's list */
};

/* Orders cfg->workers workers of the loader, which has loaded cfg; host->on_ready() or
 * host->on_failed() comes later. before: the generation that serves, or NULL: which of its
 * servers are down is taken over. 0, or a negative errno after a line in the log; then cfg and
 * the loader are still the caller's. */
int generation_new(unsigned id, struct config *cfg, struct loader_process *loader,
		   struct generation_host *host, const struct generation *before,
		   struct generation **ret);
/* Kills the workers that are left. NULL is fine; returns NULL. */
struct generation *generation_free(struct generation *g);

/* Another generation serves from now on: this one ends with its last session, at the latest two
 * minutes after its drain_timeout. When it has no worker left host->on_ended() is not called.
 */
void generation_drain(struct generation *g);
/* Ends a drain: messages at work get a tempfail, and the generation ends within a minute. */
void generation_expire_drain(struct generation *g);

/* The workers log from this level on; 0: as their configuration says; else a level of
 * syslog(3), plus 1. Those that are forked later have host->log_level. */
void generation_set_log_level(struct generation *g, int level);

/* The first step of a stop: from now on workers keep the connections that they accept, and
 * those that they have passed on are read from the channels now, for host->on_connection(). */
void generation_stop_passing(struct generation *g);
/* The workers end within stop_timeout. */
void generation_stop(struct generation *g);
/* SIGKILL to all workers; their ends are not logged. */
void generation_kill(struct generation *g);

/* The sessions of its workers: all, or those of one listener of its configuration. */
size_t generation_sessions(const struct generation *g);
size_t generation_sessions_at(const struct generation *g, size_t listener);

#endif
