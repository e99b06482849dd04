/* Measures what the filter uses while bench sends messages: CPU time from one moment to
 * another, and memory at three moments.
 *
 * Input: the pid of the filter's first process; its descendants count too. A filter may still
 * work after its last reply, for example write its log. So meter_start() and meter_end() wait
 * until it uses no CPU time any more, and what it does late counts for what was sent before. */
#ifndef CTL_METER_H
#define CTL_METER_H

#include <stdbool.h>

#include "ctl/proc.h"

enum meter_moment {
	METER_BEFORE, /* no connection of bench is open */
	METER_IDLE,   /* the idle connections are open */
	METER_AFTER,  /* the messages were sent */
	METER_MOMENTS
};

struct meter {
	pid_t pid;		      /* 0: nothing is measured, and nothing fails */
	struct proc_times start, end; /* of the CPU time */
	struct proc_cpu cpu;	      /* from start to end */
	bool has_memory;	      /* false: /proc denies access to it */
	struct proc_memory memory[METER_MOMENTS];
};

/* Each returns 0 or a negative errno, as proc.h. meter_open() reads memory at METER_BEFORE;
 * meter_start() reads it at that moment and starts the CPU time; meter_end() ends the CPU time
 * and reads memory at METER_AFTER. */
int meter_open(struct meter *m, pid_t pid);
int meter_start(struct meter *m, enum meter_moment moment);
int meter_end(struct meter *m);

#endif
