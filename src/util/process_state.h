/* What a process does now, as /proc/PID/stat shows it. */
#ifndef UTIL_PROCESS_STATE_H
#define UTIL_PROCESS_STATE_H

#include <stdint.h>
#include <sys/types.h>

struct process_state {
	char letter; /* as in proc(5): 'R' runs, or would if it had a CPU; 'S' sleeps; 'T' is
		      * stopped; 'D' waits for a disk */
	pid_t parent;
	uint64_t user, system; /* CPU time used since its start, in clock ticks */
	uint64_t cpu_ms;       /* both together */
};

/* 0 and *ret; or a negative errno, when it has ended or /proc does not show it. */
int process_state_read(pid_t pid, struct process_state *ret);
/* Its resident memory in bytes; 0: not known. */
uint64_t process_memory(pid_t pid);

#endif
