/* Looks at /proc until nothing moves any more. */
#include "ctl/meter.h"

#include <errno.h>
#include <time.h>

#define SETTLE_MS     20 /* between two looks at the CPU time, until it stands still */
#define SETTLE_ROUNDS 250
#define SETTLE_NS     100000u /* a timer's tick now and then is stillness; to get no CPU is not */

static int
look_at_memory(struct meter *m, enum meter_moment moment)
{
	int r = proc_memory(m->pid, &m->memory[moment]);

	m->has_memory = r == 0;
	return r == -EACCES || r == -EPERM ? 0 : r;
}

/* m->end and m->cpu are then of the moment when it stood still. */
static int
settle(struct meter *m)
{
	uint64_t last = 0;

	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		int r = proc_times(m->pid, &m->end);

		if (r == 0)
			r = proc_used(&m->start, &m->end, &m->cpu);
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

	int r = proc_times(pid, &m->start);

	return r < 0 ? r : look_at_memory(m, METER_BEFORE);
}

int
meter_start(struct meter *m, enum meter_moment moment)
{
	int r = m->pid ? settle(m) : 0;

	if (m->pid && r == 0) {
		m->start = m->end;
		r = look_at_memory(m, moment);
	}
	return r;
}

int
meter_end(struct meter *m)
{
	int r = m->pid ? settle(m) : 0;

	return m->pid && r == 0 ? look_at_memory(m, METER_AFTER) : r;
}
