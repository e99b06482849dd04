/* Waits for children that the event loop does not know. */
#include "master/orphans.h"

#include <stddef.h>
#include <sys/wait.h>

#define UNKNOWN_MS 2000u

void
orphans_reap(struct orphans *o, uint64_t now_ms)
{
	siginfo_t status = {.si_signo = 0};

	if (waitid(P_ALL, 0, &status, WEXITED | WNOHANG | WNOWAIT) < 0)
		status.si_pid = 0; /* there are no children */
	if (status.si_pid != o->pid) {
		*o = (struct orphans){.pid = status.si_pid, .since_ms = now_ms};
		return;
	}
	if (o->pid == 0 || now_ms - o->since_ms < UNKNOWN_MS)
		return;
	(void)waitpid(o->pid, NULL, WNOHANG);
	o->pid = 0;
}
