/* A loader: the process that loads one configuration, and forks the workers that run it.
 *
 * The master forks a loader for each reload, and at the start. It reads the files, loads
 * tables, compiles patterns, and reports all mistakes; so a configuration that takes long,
 * exhausts the memory or crashes the parser costs this process and nothing else. Then it forks
 * a worker whenever the master says so: the worker shares configuration, tables and patterns
 * with it, copy-on-write. It reads no mail, and ends when the master closes the channel.
 *
 * A worker is not the loader's child: the process that forks it ends at once, so that it
 * becomes the master's (PR_SET_CHILD_SUBREAPER in prctl(2)). The master learns how it ends, and
 * with the master it ends (PR_SET_PDEATHSIG); if the loader dies, it goes on. Example, with the
 * processes M (master), L (loader), C (between them) and W (worker):
 *
 *   M forks L            L loads the configuration and sends LOADER_SETTINGS
 *   M sends LOADER_FORK  with worker 1's ends of its channel and its log pipe, and its memory
 *   L forks C, C forks W W waits until M is its parent
 *   C ends               W becomes M's child, and goes on as a worker
 *   L waits for C        and then sends LOADER_FORKED, 1 and the pid of W: M watches it
 *   M closes the channel the generation has ended: L ends
 */
#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"

/* Records on the channel between master and loader. */
enum loader_record {
	/* To the master. The files were read: milliseconds (uint64_t) that loading may take. */
	LOADER_LIMIT = 1,
	/* A part of the text with mistakes and warnings, see config_report_to_file(). */
	LOADER_TEXT,
	/* Before LOADER_SETTINGS: 0 (int32_t), with the descriptor of a file in memory, sealed,
	 * that has what dump_file_write() writes; or a negative errno, and there is none. */
	LOADER_DUMP,
	/* The configuration is loaded. With the descriptor of a file in memory that has what
	 * settings_pack() writes. */
	LOADER_SETTINGS,
	/* struct loader_forked: the answer to LOADER_FORK. */
	LOADER_FORKED,
	/* A line for the log: its level (int), then the text. */
	LOADER_LINE,

	/* To the loader. Without data, with the descriptor of the history (io/ring.h); before
	 * LOADER_GENERATION. None comes when none is kept. */
	LOADER_HISTORY,
	/* Without data, with the descriptor of the state of services (service/state.h); before
	 * LOADER_GENERATION. */
	LOADER_SERVICES,
	/* struct loader_generation, with the descriptor of its loads (load.h); before the first
	 * LOADER_FORK. */
	LOADER_GENERATION,
	/* struct loader_fork, with LOADER_FORK_FDS descriptors: the worker's ends of its
	 * channel and of its log pipe, its memory (stats.h). */
	LOADER_FORK,
};

#define LOADER_FORK_FDS	      3u
#define LOADER_TEXT_MAX_BYTES (64u << 10) /* of all LOADER_TEXT; the rest is dropped */

/* As top(1) shows them; at most 15 bytes. */
#define LOADER_PROCESS_NAME "polymilter-load"
#define WORKER_PROCESS_NAME "polymilter-work"

struct loader_generation {
	unsigned id;
};

struct loader_fork {
	uint32_t number; /* of the worker in its generation, from 1 */
	uint32_t slot;	 /* in the loads */
	uint32_t row;	 /* in the state of services */
};

struct loader_forked {
	uint32_t number;
	int32_t pid; /* or a negative errno: there is no such worker */
};

struct fatal_messages;

struct loader_setup {
	const char *path; /* of the configuration */
	int channel;
	/* Only what is needed as root is loaded, see config_load_early(). The loader ends when
	 * it has sent the settings. */
	bool early;
	bool background;      /* leave the terminal when the configuration is loaded */
	bool refuse_writable; /* see struct config_check */
	/* A check against the host, see struct config_check; NULL: none. */
	void (*check)(void *ctx, const struct config *cfg);
	void *check_ctx;
	struct fatal_messages *fatal; /* for the workers, see struct worker_setup */
	pid_t master;
};

/* In the child, right after fork(). It does not return; the exit status is EX_CONFIG when there
 * are mistakes, which were sent, EX_OK at the end of the channel, EX_OSERR when the system
 * refuses something. */
_Noreturn void loader_main(const struct loader_setup *setup);

#endif
