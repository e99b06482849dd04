/* From the master's child to a process that only serves HTTP. Input: struct http_setup; output:
 * answers. */
#include "http/http.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "http/page.h"
#include "http/server.h"
#include "stats/exposition.h"
#include "stats/snapshot.h"
#include "util/process.h"
#include "util/title.h"

/* Descriptors: those of the clients, the socket's, those of the loop, standard ones. */
#define DESCRIPTORS_MAX (2u * SERVER_CONNECTIONS_MAX + 32u)

struct http_state {
	const struct snapshot *shared;
	struct snapshot *now;
};

static uint64_t
read_time_of_day_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* A server_write_fn. */
static int
write_page_text(void *ctx, enum server_text which, struct buf *b)
{
	struct http_state *state = ctx;
	int r = snapshot_read(state->shared, state->now);

	if (r < 0)
		return r;
	if (which == SERVER_PAGE)
		page_write(state->now, read_time_of_day_ms(), b);
	else
		exposition_write(state->now,
				 which == SERVER_OPENMETRICS ? EXPOSITION_OPENMETRICS
							     : EXPOSITION_PROMETHEUS,
				 b);
	return 0;
}

/* It gains no privileges, and writes no file. */
static int
confine_http(pid_t master)
{
	const struct rlimit none = {0, 0}, descriptors = {DESCRIPTORS_MAX, DESCRIPTORS_MAX};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &none) < 0 || setrlimit(RLIMIT_NOFILE, &descriptors) < 0)
		return -errno;
	return getppid() == master ? 0 : -ESRCH;
}

/* The terminal sends these to the master's group; SIGTERM ends the process. */
static const int ignored_signals[] = {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2};

_Noreturn void
http_main(const struct http_setup *setup)
{
	static struct http_state state;
	int kept[] = {setup->listener, setup->snapshot}, r;
	sigset_t blocked;

	(void)prctl(PR_SET_NAME, HTTP_PROCESS_NAME, 0, 0, 0);
	(void)title_set("polymilter: HTTP");
	(void)sigemptyset(&blocked);
	process_reset_signals(ignored_signals,
			      sizeof(ignored_signals) / sizeof(ignored_signals[0]), &blocked);
	process_keep_descriptors(kept, sizeof(kept) / sizeof(kept[0]));
	r = confine_http(setup->master);
	if (r == 0)
		r = snapshot_open(setup->snapshot, &state.shared);
	state.now = malloc(sizeof(*state.now));
	if (r < 0 || state.now == NULL)
		_exit(EX_OSERR);
	r = server_run(setup->listener, write_page_text, &state);
	_exit(r == -ENOENT ? EX_UNAVAILABLE : EX_OSERR);
}
