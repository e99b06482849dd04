/* The HTTP process (http/http.h) as the master sees it: its socket, its start, its end.
 *
 * The socket is opened with the listeners, as root if the daemon is started as root, and kept
 * over a reload that does not change it; a reload whose socket cannot be opened fails. The
 * process is forked when the first generation serves, and again when it has died, after a delay
 * as for workers (backoff.h). While there is none, connections wait in the backlog. It serves
 * until the end of the master, also during a stop. */
#ifndef MASTER_HTTP_PROCESS_H
#define MASTER_HTTP_PROCESS_H

#include <sys/types.h>

#include "config/config.h"
#include "io/timers.h"
#include "master/backoff.h"
#include "master/listen.h"

struct master;
struct sd_event_source;

struct http_process {			     /* {0}: no socket, no process */
	struct listener *listener, *next;    /* next: of the configuration that is to serve */
	pid_t pid;			     /* 0: there is none */
	struct sd_event_source *exit_source; /* while there is one */
	bool is_ended;			     /* by the master, which has the reason */
	uint64_t forked_ms;
	struct backoff backoff;
	struct timer respawn;
};

/* Opens the socket of cfg if it has one that is not open. wait_ms: as in listener_open(). 0, or
 * a negative errno after a line in the log. */
int http_process_open_next(struct master *m, const struct config *cfg, unsigned wait_ms);
/* That configuration does not serve. */
void http_process_close_next(struct master *m);
/* That configuration serves: forks the process, ends it, or starts it anew with another socket.
 */
void http_process_apply(struct master *m, const struct config *cfg);
/* Makes a unix socket again whose file was removed. */
void http_process_remake_missing(struct master *m);
/* At the end of the master. */
void http_process_end(struct master *m);

#endif
