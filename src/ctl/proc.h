/* CPU time and memory of a process and its descendants, which need not be this process's.
 *
 * Input: a pid. Output: figures of the processes that exist at that moment. CPU time is read
 * from each process's CPU clock, in nanoseconds; how it divides into user and system time is
 * known only from /proc, in ticks of 10 ms. */
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
		uint64_t ns;	       /* user and system time, ended threads included */
		uint64_t user, system; /* ticks */
	} processes[PROC_MAX];
};

struct proc_cpu {
	uint64_t ns;
	uint64_t user, system; /* ticks; their sum may differ from ns by some of them */
};

/* Sums over the processes, in bytes. */
struct proc_memory {
	uint64_t pss;	    /* resident; of a page shared by n processes each counts 1/n */
	uint64_t anonymous; /* resident, not of a file; a shared page counts for each process */
};

/* Reads the CPU times of pid and its descendants. 0; -ESRCH: no such process; -E2BIG: more than
 * PROC_MAX of them. */
int proc_read_times(pid_t pid, struct proc_times *ret);

/* The CPU time that was used from before to after. -ECHILD: one of the processes has ended, and
 * its time since before is unknown. */
int proc_compute_usage(const struct proc_times *before, const struct proc_times *after,
		       struct proc_cpu *ret);

/* Reads the memory of pid and its descendants. 0; -ESRCH: no such process; -EACCES: no access
 * to the figures of one of them. */
int proc_read_memory(pid_t pid, struct proc_memory *ret);

#endif
