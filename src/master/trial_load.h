/* Loads the configuration in a forked child before the master does: a configuration that
 * crashes the parser, exhausts the memory or takes too long then costs the child and not the
 * daemon.
 *
 * Input: the path of the configuration. Output: whether it can be loaded, and the lines of all
 * mistakes and warnings. */
#ifndef MASTER_TRIAL_LOAD_H
#define MASTER_TRIAL_LOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/buf.h"

struct sd_event;
struct sd_event_source;

#define TRIAL_LOAD_LIMIT_S 20u /* then SIGALRM ends the child */

/* good: the configuration can be loaded. text: a line for each mistake or warning, at most some
 * 64 KiB; where the child did not end well, also how it ended. It is gone after the call. */
typedef void trial_load_done_fn(void *ctx, bool good, const char *text);

struct trial_load { /* {0}: none runs */
	pid_t pid;  /* 0: none runs */
	int fd;	    /* of the pipe on which the child writes the lines */
	struct sd_event_source *exit_source, *text_source;
	struct buf text;
	trial_load_done_fn *done;
	void *ctx;
};

/* Forks the child; none may run. done is called later, once, from the loop; it may start
 * another one. 0 or a negative errno. */
int trial_load_start(struct trial_load *t, struct sd_event *loop, const char *path,
		     trial_load_done_fn *done, void *ctx);
/* Kills the child, if one runs; done is not called. */
void trial_load_cancel(struct trial_load *t);

#endif
