/* Messages of sd_notify(3). */
#include "master/notify.h"

#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

void
notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nMAINPID=%d\nSTATUS=%s", (int)getpid(), status);
}

void
notify_status(const char *status)
{
	(void)sd_notifyf(0, "STATUS=%s", status);
}

void
notify_reloading(const char *status)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=%s",
			 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000, status);
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}
