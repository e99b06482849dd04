/* One worker as the master sees it: the child process, its channel, its log pipe, its counters
 * in shared memory.
 *
 * The master orders a worker of its generation's loader (loader.h), which forks it; it is then
 * a child of the master. From then on the master reads three things of it in the event loop:
 * records on the channel (src/worker/worker.h), log records on a pipe (log_intake.h), and the
 * end of the process. Each becomes a call of struct worker_process_ops or a line in the
 * log. Nothing that a worker writes is trusted, since its memory may be corrupted: numbers are
 * bounded, and texts are made printable. */
#ifndef MASTER_WORKER_PROCESS_H
#define MASTER_WORKER_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "master/heartbeat.h"
#include "master/sent.h"
#include "worker/stats.h"

struct generation;
struct sd_event_source;
struct worker_process;

/* Called from the event loop. */
struct worker_process_ops {
	/* It can have connections; once. */
	void (*on_ready)(struct worker_process *w);
	/* It is to get no more connections; maybe more than once. */
	void (*on_retires)(struct worker_process *w);
	/* It can perhaps take a connection again. */
	void (*on_capacity)(struct worker_process *w);
	/* It accepted a connection at this listener of the configuration, or the master sent
	 * it, but another worker should have it. fd is the callee's. */
	void (*on_connection)(struct worker_process *w, uint32_t listener, int fd);
	/* The process has ended, and its last log records were logged, unless the log does not
	 * take them now. The callee frees w. */
	void (*on_exit)(struct worker_process *w, const siginfo_t *status);
};

struct worker_process {
	struct worker_process *next; /* in generation->workers */
	struct generation *generation;
	const struct worker_process_ops *ops;
	uint32_t number;    /* in its generation, from 1 */
	pid_t pid;	    /* 0: the loader has not reported it yet */
	uint64_t forked_ms; /* when it was ordered */
	int channel;	    /* the master's end; -1: not open */
	struct sd_event_source *exit_source, *channel_source;
	struct worker_log *log; /* NULL: not open */
	struct worker_shared *shared;
	struct worker_shared_size size; /* of it */
	size_t slot; /* in generation->loads; free for another worker once this one drains */
	size_t row;  /* in generation->services, until it has ended */
	bool says_ready;    /* it has sent WORKER_READY */
	bool ready;	    /* and its pid is known */
	bool has_listeners; /* it has the listeners at which workers accept by themselves */
	bool draining;	    /* it gets no new connections and ends with its last session */
	bool channel_full;  /* nothing can be sent to it until the channel is writable */
	bool killed;	    /* by generation_kill(): its end is no crash */
	bool revoked; /* it gets no connections until it has restored its claim: claim.h */
	struct heartbeat_check heartbeat;
	struct sent_connections sent;
	uint64_t last_assigned; /* generation->assignments at its last one; 0: none yet */
	uint64_t assigned_at[]; /* connections sent to it, by listener of the configuration */
};

/* Orders a worker of generation g for this slot and this row; it is not yet in g->workers. 0,
 * or a negative errno after a line in the log. */
int worker_process_order(struct generation *g, size_t slot, size_t row,
			 const struct worker_process_ops *ops, struct worker_process **ret);
/* The loader has forked it. 0; or a negative errno, it cannot be watched: then it was killed.
 */
int worker_process_forked(struct worker_process *w, pid_t pid);
/* Sends it a signal. While its pid is not known only SIGKILL has an effect, later; the end of
 * the channel ends it, too. */
void worker_process_signal(struct worker_process *w, int number);
/* Closes and frees what the master has of a worker that has ended, or was never forked. */
void worker_process_free(struct worker_process *w);
/* Sends SIGKILL, waits for the end of the process and logs its last log records. No op is
 * called; the caller frees w. */
void worker_process_kill(struct worker_process *w);

/* Reads the channel to its end, but acts only on connections that the worker has passed on: for
 * a worker that has ended or is about to, for which no other record has a meaning any more. */
void worker_process_receive_connections(struct worker_process *w);

/* The worker gets no more connections: it reads what was sent before and then the end of the
 * channel. replaced: other workers take the connections from now on; else no worker does. */
void worker_process_drain(struct worker_process *w, bool replaced);

/* Closes the master's descriptors of the connections that the worker has taken by now. */
void worker_process_settle(struct worker_process *w);
/* The worker makes no progress, or has ended: op on_connection gets each connection that it has
 * not taken. Until it makes progress again it can have none. Returns how many they were. */
size_t worker_process_revoke(struct worker_process *w);

/* Waits for these events of the channel: EPOLLIN, or EPOLLIN | EPOLLOUT. */
void worker_process_watch_channel(struct worker_process *w, uint32_t events);

/* The sessions that it has, at most 1,000,000; connections that were sent to it count. */
size_t worker_process_sessions(const struct worker_process *w);
size_t worker_process_sessions_at(const struct worker_process *w, size_t listener);

/* Logs the end of a worker without an order to end, as
 * "worker 812 killed by signal 11 (SIGSEGV) at message 4XyZab: 3 sessions lost gen=1"; what it
 * was at is what worker_end.h says. */
void worker_process_log_crash(const struct worker_process *w, const siginfo_t *status);

#endif
