/* The master: opens, forks, watches, reloads, ends. It never reads a byte of mail. Layer 8. */
#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H

#include <stdbool.h>

struct master_options {
	const char *config;  /* absolute */
	const char *pidfile; /* absolute, or NULL */
	/* -1, or where "ready" is said once: then we are a daemon without a terminal */
	int ready_fd;
};

/* Runs until a signal ends it. The exit status. */
int master_main(const struct master_options *options);

/* Reads and checks the configuration as the daemon would. The exit status. */
int master_test(const char *config);

#endif
