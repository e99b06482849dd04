/* What is reported to the service manager, by sd_notify(3). Without one nothing happens.
 *
 * systemd 253 and later with Type=notify-reload needs RELOADING=1 with MONOTONIC_USEC when a
 * reload begins, and READY=1 when it has ended, failed or not; earlier ones ignore the time. */
#ifndef MASTER_NOTIFY_H
#define MASTER_NOTIFY_H

/* The start or a reload has ended; status is one line. */
void notify_ready(const char *status);
void notify_status(const char *status);	   /* one line, while it runs */
void notify_reloading(const char *status); /* one line */
void notify_stopping(void);

#endif
