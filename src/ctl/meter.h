/* What a daemon uses while bench is at work: CPU time from one moment to another, memory at
 * moments. Layer 8. */
#ifndef CTL_METER_H
#define CTL_METER_H

#include <stdbool.h>

#include "ctl/proc.h"

enum meter_moment { METER_BEFORE, METER_IDLE, METER_AFTER, METER_MOMENTS };

struct meter {
	pid_t pid; /* of the daemon's first process; 0: nothing is measured, all is fine */
	struct proc_times start, end;
	struct proc_cpu cpu; /* from start to end */
	bool has_memory;     /* we may look at it */
	struct proc_memory memory[METER_MOMENTS];
};

/* Each: 0 or a negative errno, as proc.h has them. Before it looks, all but the first wait
 * until the daemon stands still: what it still does after its last answer, its log say,
 * belongs to what was asked of it. */
int meter_open(struct meter *m, pid_t pid);		    /* memory */
int meter_start(struct meter *m, enum meter_moment moment); /* memory, and CPU from here */
int meter_end(struct meter *m);				    /* CPU up to here, memory */

#endif
