/* Forks a worker so that it is the master's child. Input: an order of the master; output: a
 * worker, and its pid for the master. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "loader/loader_private.h"
#include "loader/spool.h"
#include "worker/worker.h"

#define ADOPTION_LOOK_NS 200000

/* What the worker gets, which struct worker_setup describes. */
struct next_worker {
	const struct loader *l;
	const struct loader_fork *order;
	int channel, log, connector;
	struct worker_shared *shared;
	int *spool;
};

/* The process that has forked this one ends now, and the master becomes the parent. */
static void
wait_for_adoption(pid_t former_parent)
{
	const struct timespec look = {.tv_nsec = ADOPTION_LOOK_NS};

	while (getppid() == former_parent)
		(void)nanosleep(&look, NULL);
}

static _Noreturn void
run_worker(const struct next_worker *n, pid_t former_parent)
{
	const struct loader *l = n->l;
	struct worker_setup setup = {
		.cfg = l->cfg,
		.generation = l->generation,
		.shared = n->shared,
		.loads = l->loads,
		.fatal = l->setup->fatal,
		.history = l->history,
		.services = l->services,
		.slot = n->order->slot,
		.row = n->order->row,
		.connector = n->connector,
		.channel = n->channel,
		.log = n->log,
		.spool = n->spool,
		.master = l->setup->master,
	};

	(void)prctl(PR_SET_NAME, WORKER_PROCESS_NAME, 0, 0, 0);
	wait_for_adoption(former_parent);
	exit(worker_main(&setup));
}

/* In the process between loader and worker. */
static _Noreturn void
fork_and_end(const struct next_worker *n, int pid_pipe)
{
	pid_t between = getpid(), pid = fork();
	int32_t result = pid > 0 ? (int32_t)pid : -errno;

	if (pid == 0)
		run_worker(n, between);
	_exit(write(pid_pipe, &result, sizeof(result)) == sizeof(result) ? EX_OK : EX_OSERR);
}

/* The worker's pid when it is the master's child, or a negative errno. */
static int32_t
fork_twice(const struct next_worker *n)
{
	int ends[2];
	int32_t result = -EIO;
	pid_t between;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	between = fork();
	if (between == 0)
		fork_and_end(n, ends[1]);
	if (between < 0)
		result = -errno;
	close(ends[1]);
	if (between > 0) {
		if (read(ends[0], &result, sizeof(result)) != sizeof(result))
			result = -EIO; /* it was killed */
		(void)waitpid(between, NULL, 0);
	}
	close(ends[0]);
	return result;
}

/* The spool files are the worker's alone: no other process keeps a descriptor. */
static int32_t
fork_with_spool_files(struct next_worker *n)
{
	const struct config *cfg = n->l->cfg;
	int32_t r;

	n->spool = calloc(cfg->spool_files + 1, sizeof(*n->spool));
	if (n->spool == NULL)
		abort();
	r = spool_open(cfg->spool_dir, n->spool, cfg->spool_files);
	if (r == 0) {
		r = fork_twice(n);
		spool_close(n->spool, cfg->spool_files);
	}
	free(n->spool);
	return r;
}

/* It has a channel to the connector, if there are services. */
static int32_t
fork_with_connector(struct next_worker *n, struct connector *c)
{
	int32_t r;

	n->connector = connector_add_worker(c);
	if (n->connector < 0 && n->l->cfg->n_servers > 0)
		return n->connector;
	r = fork_with_spool_files(n);
	if (n->connector >= 0)
		close(n->connector);
	return r;
}

void
loader_fork_worker(struct loader *l, const struct loader_fork *order,
		   const int fds[static LOADER_FORK_FDS])
{
	struct next_worker n = {.l = l, .order = order, .channel = fds[0], .log = fds[1]};
	struct worker_shared_size size = worker_shared_size(l->cfg);
	struct loader_forked forked = {.number = order->number, .pid = -ENOMEM};

	n.shared = worker_shared_map(fds[2], size);
	if (n.shared != NULL)
		forked.pid = fork_with_connector(&n, &l->connector);
	worker_shared_free(n.shared, size);
	for (size_t i = 0; i < LOADER_FORK_FDS; i++)
		close(fds[i]);
	loader_send(l, LOADER_FORKED, &forked, sizeof(forked), -1);
}
