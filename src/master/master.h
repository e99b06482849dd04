/* The master process: opens sockets, forks workers and replaces them, reloads, stops. It never
 * reads a byte of mail. src/master/README has the whole picture. */
#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H

#include <stdbool.h>

struct master_options {
	const char *config;  /* an absolute path */
	const char *pidfile; /* an absolute path, or NULL */
	const char *pcre2;   /* "10.42": the version of that library */
	bool has_jit;	     /* it compiles patterns to machine code */
	/* -1; or a pipe, to which one byte is written when all workers are ready: then the
	 * process is a daemon and leaves its terminal */
	int ready_fd;
};

/* Runs until a signal ends it, or the start fails. Returns the exit status, of sysexits.h. */
int master_main(const struct master_options *options);

/* polymilter -t, see start_check.h: mistakes are written to standard error, and that there are
 * none to standard output. Returns the exit status. */
int master_test(const char *config, const char *pidfile);

#endif
