/* What is reported to the service manager, by sd_notify(3). Without one nothing happens.
 *
 * systemd 253 and later with Type=notify-reload needs RELOADING=1 with MONOTONIC_USEC when a
 * reload begins, and READY=1 when it has ended, failed or not; earlier ones ignore the time. */
#ifndef MASTER_NOTIFY_H
#define MASTER_NOTIFY_H

#include <stdint.h>

/* The start or a reload has ended; status is one line. */
void notify_ready(const char *status);
void notify_status(const char *status); /* one line, while it runs */
/* status is one line; and as notify_extend_timeout(). */
void notify_reloading(const char *status, uint64_t load_limit_ms);
void notify_stopping(void);
/* The start or reload may take so much longer than the manager's own limit (TimeoutStartSec=);
 * some time for the steps before and after the loading is added. */
void notify_extend_timeout(uint64_t load_limit_ms);

#endif
