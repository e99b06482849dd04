/* Messages of sd_notify(3). */
#include "master/notify.h"

#include <inttypes.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#define OTHER_STEPS_MS 60000u

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
notify_reloading(const char *status, uint64_t load_limit_ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0,
			 "RELOADING=1\nMONOTONIC_USEC=%lld\nEXTEND_TIMEOUT_USEC=%" PRIu64
			 "\nSTATUS=%s",
			 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000,
			 (load_limit_ms + OTHER_STEPS_MS) * 1000, status);
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void
notify_extend_timeout(uint64_t load_limit_ms)
{
	(void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRIu64,
			 (load_limit_ms + OTHER_STEPS_MS) * 1000);
}
