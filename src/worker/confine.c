/* What a worker does right after fork(): descriptors, signals, limits. Input: the master's
 * state, which fork() has copied; output: a process with the descriptors of struct worker_setup
 * only.
 *
 * The master sends signals as soon as fork() has returned: those that a worker handles are
 * blocked until its loop takes them. */
#include "worker/confine.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "worker/worker.h"

static int
compare_descriptors(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* In ranges, between the descriptors that are kept. */
static void
close_other_descriptors(const struct worker_setup *setup)
{
	size_t n = setup->cfg->spool_files;
	int *kept = calloc(n + 2, sizeof(*kept)), next = STDERR_FILENO + 1;

	if (kept == NULL)
		abort();
	if (n > 0)
		memcpy(kept, setup->spool, n * sizeof(*kept));
	kept[n++] = setup->channel;
	kept[n++] = setup->log;
	qsort(kept, n, sizeof(*kept), compare_descriptors);
	for (size_t i = 0; i < n; i++) {
		assert(kept[i] >= next);
		if (kept[i] > next)
			(void)close_range((unsigned)next, (unsigned)kept[i] - 1, 0);
		next = kept[i] + 1;
	}
	(void)close_range((unsigned)next, ~0u, 0);
	free(kept);
}

static void
reset_signals(void)
{
	sigset_t blocked;

	for (int i = 1; i < NSIG; i++)
		if (i != SIGKILL && i != SIGSTOP)
			(void)signal(i, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a body too large for its file is a write error */
	(void)signal(SIGHUP, SIG_IGN);	/* the terminal sends these to the master's group */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, WORKER_SIGNAL_STOP);
	sigaddset(&blocked, WORKER_SIGNAL_END_DRAIN);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* As the master's hard limit allows, or none. A process that was root is not dumpable. */
static int
limit_core_files(bool allowed)
{
	struct rlimit core = {0, 0};

	if (allowed &&
	    (getrlimit(RLIMIT_CORE, &core) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0))
		return -1;
	core.rlim_cur = core.rlim_max;
	return setrlimit(RLIMIT_CORE, &core);
}

static int
set_process_limits(const struct worker_setup *setup)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    limit_core_files(setup->cfg->core_dumps) < 0)
		return -errno;
	return getppid() == setup->master ? 0 : -ESRCH;
}

int
confine_worker(const struct worker_setup *setup)
{
	close_other_descriptors(setup);
	reset_signals();
	return set_process_limits(setup);
}
