/* The workers that run one configuration: forked, watched, replaced, drained. Layer 8. */
#ifndef MASTER_GENERATION_H
#define MASTER_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "io/timers.h"
#include "util/buf.h"
#include "worker/stats.h"

struct sd_event;
struct sd_event_source;
struct generation;

struct worker_proc {
	struct worker_proc *next;
	struct generation *gen;
	pid_t pid;
	int channel, log;
	struct sd_event_source *child, *channel_io, *log_io;
	struct buf log_rest;
	struct worker_shared *shared;
	bool ready;
	size_t slot;	      /* in the generation's loads; still its own until it leaves */
	bool has_listeners;   /* it has the listeners at which it accepts itself */
	bool leaving;	      /* gets no more connections: retired, or drained */
	bool stuffed;	      /* its channel was full; wait until it is writable */
	uint64_t hung_ms;     /* since when its heartbeat has been too old; 0: it is not */
	bool killed;	      /* by us, for hanging */
	bool put_down;	      /* by us, at the end: no news */
	uint64_t turn;	      /* of the generation, when it was given its last session */
	uint64_t handed;      /* sessions it was given, beside those that it took itself */
	uint64_t handed_at[]; /* by listener */
};

/* Told of what happens; gone() may free the generation. */
struct generation_host {
	struct sd_event *loop;
	struct timers *timers;
	void (*ready)(void *ctx,
		      struct generation *g); /* all workers are, for the first time */
	void (*failed)(void *ctx, struct generation *g); /* one ended before all were */
	void (*room)(void *ctx, struct generation *g);	 /* for connections, perhaps */
	void (*gone)(void *ctx, struct generation *g);	 /* the last worker ended */
	/* A worker accepted it, but another one should have it. fd is the callee's. */
	void (*connection)(void *ctx, struct generation *g, uint32_t listener, int fd);
	void *ctx;
	uint64_t totals[STAT_COUNT]; /* of the workers that ended */
	uint64_t crashes, hangs;
};

struct generation {
	unsigned id;
	enum { GEN_STARTING, GEN_SERVING, GEN_DRAINING } state;
	struct config *cfg; /* freed with us */
	struct generation_host *host;
	struct worker_proc *workers;
	size_t n; /* of them */
	struct worker_loads *loads;
	uint64_t turns;	   /* sessions given to them */
	unsigned missing;  /* to be forked when respawn fires */
	unsigned in_a_row; /* crashes within a minute of each other */
	uint64_t crashed_ms;
	uint64_t checked_ms; /* when the heartbeats were last looked at */
	uint64_t awake_ms;   /* since when that has been without a pause */
	struct timer respawn;
	struct generation *older;
};

/* Forks cfg->workers children; host->ready or host->failed comes later, from the loop. 0, or a
 * negative errno, logged, and cfg is still the caller's. */
int generation_new(unsigned id, struct config *cfg, struct generation_host *host,
		   struct generation **ret);
/* Kills what is left. NULL is fine; returns NULL. */
struct generation *generation_free(struct generation *g);

void generation_drain(struct generation *g); /* another one serves; ends with its sessions */
void generation_hurry(struct generation *g); /* as if drain_timeout were over */
/* Before generation_stop(): the workers pass no connections on, and those that are on their way
 * are dealt with. */
void generation_stop_passing(struct generation *g);
void generation_stop(struct generation *g); /* ends within stop_timeout */
void generation_kill(struct generation *g);

/* Looks at the heartbeats. Call it every now and then, at the interval it wants. */
void generation_check_hangs(struct generation *g, uint64_t now_ms);
uint64_t generation_check_every_ms(const struct generation *g);

#endif
