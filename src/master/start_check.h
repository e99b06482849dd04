/* "polymilter -t" and "polymilterctl check": reads and checks the configuration as a start by
 * this user would, and tells all that the start would meet, without making or changing
 * anything. A daemon that runs with the same file is not disturbed, and what it has is not
 * reported as taken.
 *
 * Started as root: the addresses are tried as root, then the process becomes the daemon's user
 * for good and reads the file as that user. When user or group is missing, the rest is read as
 * root, so that all mistakes are reported at once. */
#ifndef MASTER_START_CHECK_H
#define MASTER_START_CHECK_H

#include "config/config.h"

struct listener;

/* path and pidfile are absolute, or relative to the working directory; pidfile may be NULL.
 * Returns as config_load(); *ret is then the caller's to free. */
int start_check(const char *path, const char *pidfile, config_report_fn *report, void *ctx,
		struct config **ret);

/* The same for a reload, while the configuration of the file at path is loaded (struct
 * config_check): looks at the listeners that are not open, and the socket for HTTP
 * unless it is metrics, by this process's user. was_root:
 * the daemon was started as root; then what needs root needs a restart. */
void start_check_reload(const struct config *cfg, const char *path, bool was_root,
			struct listener *open, const struct listener *metrics);

/* The same, printed as "polymilter -t" and "polymilterctl check" do: errors and warnings, a
 * line each, and "FILE: 3 errors" to mistakes; "FILE: good, 2 listeners, 7 policies" to good,
 * if that is not NULL. */
int start_check_print(const char *path, const char *pidfile, FILE *mistakes, FILE *good,
		      struct config **ret);

#endif
