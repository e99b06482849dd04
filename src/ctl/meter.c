/* Measures by reading /proc repeatedly until the CPU time does not change any more: see
 * meter.h. */
#include "ctl/meter.h"

#include <errno.h>
#include <time.h>

#define SETTLE_MS     20 /* between two readings of the CPU time */
#define SETTLE_ROUNDS 250
/* Less than this between two readings counts as none: a timer may run now and then. A process
 * that is runnable but gets no CPU is not idle: proc_times.busy. */
#define SETTLE_NS     100000u

static int
read_memory_at(struct meter *m, enum meter_moment moment)
{
	int r = proc_read_memory(m->pid, &m->memory[moment]);

	m->has_memory = r == 0;
	return r == -EACCES || r == -EPERM ? 0 : r;
}

/* Waits until the processes use no CPU time, or for SETTLE_ROUNDS. Sets m->end and m->cpu. */
static int
wait_until_cpu_idle(struct meter *m)
{
	uint64_t last = 0;

	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		int r = proc_read_times(m->pid, &m->end);

		if (r == 0)
			r = proc_compute_usage(&m->start, &m->end, &m->cpu);
		if (r < 0)
			return r;
		if (i > 0 && m->cpu.ns - last < SETTLE_NS && !m->end.busy)
			return 0;
		last = m->cpu.ns;
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_MS * 1000000L}, NULL);
	}
	return 0;
}

int
meter_open(struct meter *m, pid_t pid)
{
	*m = (struct meter){.pid = pid};
	if (pid == 0)
		return 0;

	int r = proc_read_times(pid, &m->start);

	return r < 0 ? r : read_memory_at(m, METER_BEFORE);
}

int
meter_start(struct meter *m, enum meter_moment moment)
{
	int r = m->pid ? wait_until_cpu_idle(m) : 0;

	if (m->pid && r == 0) {
		m->start = m->end;
		r = read_memory_at(m, moment);
	}
	return r;
}

int
meter_end(struct meter *m)
{
	int r = m->pid ? wait_until_cpu_idle(m) : 0;

	return m->pid && r == 0 ? read_memory_at(m, METER_AFTER) : r;
}
