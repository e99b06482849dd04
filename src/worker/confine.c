/* What a worker does right after fork(): descriptors, signals, limits. Input: the master's
 * state, which fork() has copied; output: a process with the descriptors of struct worker_setup
 * only.
 *
 * The master sends signals as soon as fork() has returned: those that a worker handles are
 * blocked until its loop takes them. */
#include "worker/confine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "util/process.h"
#include "worker/worker.h"

static void
close_other_descriptors(const struct worker_setup *setup)
{
	size_t n = setup->cfg->spool_files;
	int *kept = calloc(n + 3, sizeof(*kept));

	if (kept == NULL)
		abort();
	if (n > 0)
		memcpy(kept, setup->spool, n * sizeof(*kept));
	kept[n++] = setup->channel;
	kept[n++] = setup->log;
	if (setup->connector >= 0)
		kept[n++] = setup->connector;
	process_keep_descriptors(kept, n);
	free(kept);
}

static void
reset_signals(void)
{
	static const int ignored[] = {
		SIGPIPE, SIGXFSZ, /* a write error: a body too large for its file */
		SIGHUP,	 SIGINT,  SIGQUIT, SIGUSR1, /* the terminal sends them to the group */
	};

	sigset_t blocked = worker_signals();

	process_reset_signals(ignored, sizeof(ignored) / sizeof(ignored[0]), &blocked);
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
