/* CPU time of a process and all its descendants, of processes that are not ours. Layer 8. */
#ifndef CTL_PROC_H
#define CTL_PROC_H

#include <stdint.h>
#include <sys/types.h>

#define PROC_MAX 1024 /* processes of one tree */

struct proc_times {
	size_t n;
	struct {
		pid_t pid;
		uint64_t ns;
	} of[PROC_MAX];
};

/* User and system time of each, threads that have ended included, to the nanosecond. 0; -ESRCH
 * when there is no such process; -E2BIG for a tree of more than PROC_MAX. */
int proc_times(pid_t pid, struct proc_times *ret);

/* What was used from before to after, in nanoseconds. A process that ended in between took its
 * figures along: -ECHILD. */
int proc_used(const struct proc_times *before, const struct proc_times *after,
	      uint64_t *ret_ns);

#endif
