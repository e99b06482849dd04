/* A polymilter that runs for the time of the demo: its configuration, socket and log are in a
 * temporary directory. It ends with this process, also when this one is killed. */
#ifndef CTL_DEMO_DAEMON_H
#define CTL_DEMO_DAEMON_H

#include <signal.h>
#include <sys/types.h>

#include "util/addr.h"
#include "util/buf.h"

struct demo_daemon {
	char dir[64];	  /* "": not created, or removed */
	pid_t pid;	  /* 0: not running */
	int log_fd;	  /* its standard error; -1: none */
	struct buf log;	  /* what was read from it */
	size_t log_used;  /* bytes of log: up to the end of the line that was returned last */
	struct addr addr; /* of its listener */
	const volatile sig_atomic_t *stop;
};

/* Starts polymilter, the one in this program's directory or else the installed one, and waits
 * until its socket accepts connections. config is the configuration without the listener, and
 * chain the titles of its chain ("\"a\", \"b\""). 0; or a negative errno, and what failed is
 * appended to ret_error. demo_daemon_stop() is to be called in either case. *stop not 0 ends
 * the waiting here and in demo_daemon_find_log_line(); stop may be NULL. */
int demo_daemon_start(struct demo_daemon *d, const char *config, const char *chain,
		      const volatile sig_atomic_t *stop, struct buf *ret_error);

/* Waits for the next line of the log that contains text. It is valid until the next call. NULL:
 * it did not come within two seconds. */
const char *demo_daemon_find_log_line(struct demo_daemon *d, const char *text);

/* Stops the daemon and removes the directory. */
void demo_daemon_stop(struct demo_daemon *d);

#endif
