/* What a process does now, as /proc/PID/stat shows it. */
#ifndef MASTER_PROCESS_STATE_H
#define MASTER_PROCESS_STATE_H

#include <stdint.h>
#include <sys/types.h>

struct process_state {
	char letter; /* as in proc(5): 'R' runs, or would if it had a CPU; 'S' sleeps; 'T' is
		      * stopped; 'D' waits for a disk */
	uint64_t cpu_ms; /* CPU time used since its start */
};

/* 0 and *ret; or a negative errno, when it has ended or /proc does not show it. */
int process_state_read(pid_t pid, struct process_state *ret);

#endif
