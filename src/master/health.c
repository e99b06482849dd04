/* Judges the facts of a look, and remembers when it warned. */
#include "master/health.h"

#include <stdio.h>
#include <string.h>

#include "util/log.h"

#define WARN_EVERY_MS 60000u
#define FULL_HOLDS_MS 1000u
#define LOST_HOLDS_MS 60000u
#define HOPELESS_MS   60000u
#define LOOK_MAX_MS   1000u /* of one look to the next; if longer, the master itself slept */
#define SILENT_HANGS  4u    /* so many hang_timeouts: workers were replaced meanwhile */

static const char *const condition_texts[HEALTH_CONDITIONS] = {
	[HEALTH_FULL] = "new connections wait: all workers are full",
	[HEALTH_HANGS] = "a worker makes no progress",
	[HEALTH_NO_WORKERS] = "new connections wait: no worker is ready",
	[HEALTH_SILENT] = "no worker answers: the watchdog is not fed",
	[HEALTH_LINES_LOST] = "log lines were lost",
};

static bool
was_within(uint64_t then_ms, uint64_t now_ms, uint64_t limit_ms)
{
	return then_ms != 0 && (then_ms >= now_ms || now_ms - then_ms < limit_ms);
}

/* Only time in which the master looked, and a worker was there to answer. */
static void
count_silence(struct health *h, const struct health_facts *f)
{
	uint64_t ms = h->looked_ms == 0 ? 0 : f->now_ms - h->looked_ms;

	h->looked_ms = f->now_ms;
	if (f->answering > 0)
		h->silent_ms = 0;
	else if (f->ready > 0)
		h->silent_ms += ms < LOOK_MAX_MS ? ms : LOOK_MAX_MS;
}

static void
judge_conditions(struct health *h, const struct health_facts *f, bool now[HEALTH_CONDITIONS])
{
	if (f->lines_lost > h->lines_lost)
		h->lost_ms = f->now_ms;
	h->lines_lost = f->lines_lost;
	if (f->ready > 0)
		h->unready_ms = 0;
	else if (h->unready_ms == 0)
		h->unready_ms = f->now_ms;
	count_silence(h, f);
	now[HEALTH_FULL] = f->ready > 0 && was_within(f->full_ms, f->now_ms, FULL_HOLDS_MS);
	now[HEALTH_HANGS] = f->hanging > 0;
	now[HEALTH_NO_WORKERS] = f->ready == 0;
	now[HEALTH_SILENT] = h->silent_ms > SILENT_HANGS * f->hang_timeout_ms;
	now[HEALTH_LINES_LOST] = was_within(h->lost_ms, f->now_ms, LOST_HOLDS_MS);
}

void
health_look(struct health *h, const struct health_facts *facts)
{
	bool now[HEALTH_CONDITIONS];

	judge_conditions(h, facts, now);
	memcpy(h->holds, now, sizeof(now));
	for (size_t i = 0; i < HEALTH_CONDITIONS; i++) {
		if (!now[i] || was_within(h->warned_ms[i], facts->now_ms, WARN_EVERY_MS))
			continue;
		h->warned_ms[i] = facts->now_ms;
		log_write(LOG_WARNING, "%s (logged once a minute)", condition_texts[i]);
	}
}

bool
health_is_hopeless(const struct health *h, uint64_t now_ms)
{
	return h->unready_ms != 0 && !was_within(h->unready_ms, now_ms, HOPELESS_MS);
}

bool
health_may_feed_watchdog(const struct health *h)
{
	return !h->holds[HEALTH_SILENT];
}

void
health_text(const struct health *h, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < HEALTH_CONDITIONS; i++) {
		if (h->holds[i] && len < size)
			len += (size_t)snprintf(buf + len, size - len, "; %s",
						condition_texts[i]);
	}
}
