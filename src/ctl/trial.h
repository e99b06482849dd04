/* A daemon of our own for a while: in a temporary directory, with one listener there. Layer 8.
 */
#ifndef CTL_TRIAL_H
#define CTL_TRIAL_H

#include <signal.h>
#include <sys/types.h>

#include "util/addr.h"
#include "util/buf.h"

struct trial {
	char dir[64]; /* "": none was made */
	pid_t pid;    /* 0: not started */
	int log;      /* the daemon's standard error; -1: none */
	struct buf said;
	size_t taken;	/* of said: up to the end of the line that was asked for last */
	struct addr at; /* of the listener */
	const volatile sig_atomic_t *stop;
};

/* Starts polymilter, the one beside this program or else the installed one, and waits until
 * its socket is there. config is all but the listener, whose chain is chain ("\"a\", \"b\"").
 * 0, or a negative errno with what could not be done in ret_why, appended. In any case
 * trial_end() is to be called. */
int trial_start(struct trial *t, const char *config, const char *chain,
		const volatile sig_atomic_t *stop, struct buf *ret_why);

/* Waits a second or two for the daemon's log line that has this text in it. NULL: it did not
 * come. Valid until the next call. */
const char *trial_line(struct trial *t, const char *text);

/* Stops the daemon and removes the directory. */
void trial_end(struct trial *t);

#endif
