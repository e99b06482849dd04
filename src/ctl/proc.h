/* What a process and all its descendants use, of processes that are not ours: CPU time and
 * memory. Layer 8. */
#ifndef CTL_PROC_H
#define CTL_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_MAX 1024 /* processes of one tree */

struct proc_times {
	size_t n;
	bool busy; /* one of them is running, or waits for a CPU */
	struct {
		pid_t pid;
		uint64_t ns;
		uint64_t user, system; /* ticks */
	} of[PROC_MAX];
};

/* CPU time. The kernel knows the sum to the nanosecond, and how it divides to a tick: 10 ms. */
struct proc_cpu {
	uint64_t ns;
	uint64_t user, system; /* ticks */
};

struct proc_memory {
	uint64_t pss;	    /* bytes resident; a page of n processes counts 1/n for each */
	uint64_t anonymous; /* bytes resident that no file has; shared ones count for each */
};

/* User and system time of each, threads that have ended included. 0; -ESRCH when there is no
 * such process; -E2BIG for a tree of more than PROC_MAX. */
int proc_times(pid_t pid, struct proc_times *ret);

/* What was used from before to after. A process that ended in between took its figures along:
 * -ECHILD. */
int proc_used(const struct proc_times *before, const struct proc_times *after,
	      struct proc_cpu *ret);

/* The tree's memory together. As proc_times(); -EACCES when one of them may not be looked at.
 */
int proc_memory(pid_t pid, struct proc_memory *ret);

#endif
