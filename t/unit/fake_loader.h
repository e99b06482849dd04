/* Loaders in tests: real ones, which load a file and fork what worker_main() the test has.
 * Included by one C file each. */
#ifndef T_FAKE_LOADER_H
#define T_FAKE_LOADER_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "master/loader_process.h"

/* As master_main() does; before a loop is made. */
static inline void
prepare_for_children(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)setenv("SYSTEMD_PIDFD", "0", 1);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

#define RUN_LIMIT_S 60

/* Runs the loop until a condition is true. A turn may find nothing to do. */
#define RUN_UNTIL(loop, condition)                                                             \
	do {                                                                                   \
		time_t run_until_end = time(NULL) + RUN_LIMIT_S;                               \
                                                                                               \
		while (!(condition)) {                                                         \
			assert_true(sd_event_run((loop), 1000000) >= 0);                       \
			assert_true(time(NULL) < run_until_end);                               \
		}                                                                              \
	} while (0)

/* Workers that were ordered and not reported end by themselves. */
static inline void
wait_for_all_children(void)
{
	const struct timespec look = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < 20000; i++) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return;
		if (pid == 0)
			(void)nanosleep(&look, NULL);
	}
	fail_msg("a child does not end");
}

struct loaded {
	struct config *settings;
	bool ended;
	int status;
	char text[1 << 17];
};

static inline void
on_fake_loaded(void *ctx, struct config *settings, int status, const char *text)
{
	struct loaded *loaded = ctx;

	loaded->settings = settings;
	loaded->ended = true;
	loaded->status = status;
	(void)snprintf(loaded->text, sizeof(loaded->text), "%s", text);
}

/* Loads a configuration that must be good. *ret_loader can fork its workers. */
static inline struct config *
load_by_loader(struct loader_host *host, const char *path, struct loader_process **ret_loader)
{
	static struct loaded loaded;
	const struct loader_request request = {.path = path};

	loaded = (struct loaded){0};
	assert_int_equal(
		loader_process_start(host, &request, on_fake_loaded, &loaded, ret_loader), 0);
	RUN_UNTIL(host->loop, loaded.ended);
	assert_string_equal(loaded.text, "");
	assert_non_null(loaded.settings);
	return loaded.settings;
}

#endif
