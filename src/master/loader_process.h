/* A loader (src/loader/loader.h) as the master sees it: the child process, its channel, the
 * limit of its time. One is started for each configuration; it loads it, and then belongs to
 * the generation of workers that it forks.
 *
 * What a loader sends is checked: its memory may be corrupted by what it reads. */
#ifndef MASTER_LOADER_PROCESS_H
#define MASTER_LOADER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "io/timers.h"
#include "util/buf.h"

struct fatal_messages;
struct loader_fork;
struct loader_process;
struct sd_event;
struct sd_event_source;

#define LOAD_LIMIT_MS 120000u /* until the loader has read load_timeout in the file */

/* All loaders; one for all of them, the master's. */
struct loader_host {
	struct sd_event *loop;
	struct timers *timers;
	struct fatal_messages *fatal; /* for the workers, see struct worker_setup */
	struct loader_process *loaders;
	void (*on_limit)(void *ctx, uint64_t ms); /* loading may take so long; NULL: not told */
	/* A loader that has loaded, and is of no generation yet, has ended; it is gone with
	 * this call. */
	void (*on_lost)(void *ctx, const struct loader_process *l);
	void *ctx;
};

/* The loading has ended: with settings (settings.h), which are the callee's, or with NULL and a
 * text that has at least one line. In text are mistakes and warnings, a line each, at most some
 * 64 KiB. status: EX_OK; EX_CONFIG, there are mistakes; EX_OSERR, the loader could not do its
 * work. After a failure the loader is gone with this call. */
typedef void loader_done_fn(void *ctx, struct config *settings, int status, const char *text);

/* What a generation learns of its loader. */
struct loader_ops {
	/* The worker of this number runs, and is a child of the master; or pid is a negative
	 * errno, and there is none. False: there is no such order (any more); then the process
	 * is killed. */
	bool (*on_forked)(void *ctx, uint32_t number, int32_t pid);
	/* The loader has ended before it was released; it is gone with this call. */
	void (*on_lost)(void *ctx);
};

struct loader_process {
	struct loader_process *next; /* in host->loaders */
	struct loader_host *host;
	pid_t pid;
	int channel; /* -1: there is none yet */
	struct sd_event_source *exit_source, *channel_source;
	enum {
		LOADER_LOADS,
		LOADER_HAS_LOADED, /* it can fork workers */
		LOADER_RELEASED,   /* it ends, and is not needed any more */
	} state;
	struct timer limit;
	uint64_t limit_ms, started_ms;
	bool timed_out;
	struct buf text;
	int dump; /* see loader_process_take_dump() */
	loader_done_fn *done;
	void *done_ctx;
	const struct loader_ops *ops; /* NULL: of no generation yet */
	void *ops_ctx;
};

/* What to load; see struct loader_setup. */
struct loader_request {
	const char *path;
	bool early, background, refuse_writable;
	void (*check)(void *ctx, const struct config *cfg);
	void *check_ctx;
};

/* Forks a loader. done is called later, once, from the loop. 0 or a negative errno. */
int loader_process_start(struct loader_host *host, const struct loader_request *request,
			 loader_done_fn *done, void *ctx, struct loader_process **ret);

/* Descriptors for the workers of a generation; they stay the caller's. */
struct loader_memory {
	int loads;    /* of worker/load.h */
	int services; /* of service/state.h */
	int history;  /* of io/ring.h; -1: none */
};

/* The loader is to fork the workers of this generation. 0 or a negative errno. */
int loader_process_join(struct loader_process *l, unsigned generation,
			const struct loader_memory *memory, const struct loader_ops *ops,
			void *ctx);

/* Orders a worker; on_forked comes later. fds: the worker's ends of its channel and its log
 * pipe, and its memory; they stay the caller's. 0; -EAGAIN: the channel is full; or another
 * negative errno. */
int loader_process_fork(struct loader_process *l, const struct loader_fork *order,
			const int fds[static 3]);

/* The file with the dump of the configuration that it has loaded (config/dump_file.h). The
 * descriptor, which is the caller's; or a negative errno, since there is none. For one call. */
int loader_process_take_dump(struct loader_process *l);

void loader_process_kill(struct loader_process *l); /* its end is reported */

/* The loader is not needed any more: it is killed while it loads (done is not called), else it
 * ends by itself. NULL is fine; returns NULL. */
struct loader_process *loader_process_release(struct loader_process *l);

/* At the end of the master: ends all of them and waits. */
void loader_processes_end(struct loader_host *host);

#endif
