/* Processes that nobody waits for. When a loader dies its connector becomes the master's child
 * (PR_SET_CHILD_SUBREAPER), and ends with the last worker of its generation; so may a process
 * between loader and worker. The event loop waits only for children that it knows. */
#ifndef MASTER_ORPHANS_H
#define MASTER_ORPHANS_H

#include <stdint.h>
#include <sys/types.h>

struct orphans {	   /* {0} at first */
	pid_t pid;	   /* of a child that has ended; 0: none has */
	uint64_t since_ms; /* when it was seen first */
};

/* To be called periodically: waits for a child that has ended and is still there two seconds
 * later, one in a call. The loop has waited by then for those that it knows. */
void orphans_reap(struct orphans *o, uint64_t now_ms);

#endif
