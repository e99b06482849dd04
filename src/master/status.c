/* The daemon's state as text: one line for the service manager, and some for the log. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "master/heartbeat.h"
#include "master/notify.h"
#include "master/state.h"
#include "master/worker_process.h"
#include "util/log.h"
#include "util/str.h"

#define DRAINS_TOLD 3u
#define NAME_BYTES  40u

unsigned
status_count_generations(const struct master *m)
{
	unsigned n = 0;

	for (const struct generation *g = m->newest; g != NULL; g = g->older)
		n++;
	return n;
}

/* "; listener mx drains: 3 sessions". A long name is cut: the service manager takes only UTF-8.
 */
static void
append_drains(const struct master *m, char *buf, size_t size)
{
	unsigned n = 0;

	for (const struct listener *l = m->acceptor.listeners; l != NULL; l = l->next) {
		if (!l->drains || n++ >= DRAINS_TOLD)
			continue;
		str_append_format(buf, size, "; listener %.*s drains: %zu sessions",
				  (int)log_cut_length(l->name, strlen(l->name), NAME_BYTES),
				  l->name, acceptor_sessions_at(&m->acceptor, l));
	}
	if (n > DRAINS_TOLD)
		str_append_format(buf, size, "; %u more drain", n - DRAINS_TOLD);
}

void
status_text(const struct master *m, char *buf, size_t size)
{
	const struct generation *g = m->newest;
	unsigned n = status_count_generations(m);

	buf[0] = '\0';
	if (g == NULL) {
		str_append_format(buf, size, "no generation serves");
		return;
	}
	if (m->reload != RELOAD_NONE)
		str_append_format(buf, size, "reloading; ");
	else if (m->reload_failure[0] != '\0')
		str_append_format(buf, size, "reload failed: %s; ", m->reload_failure);
	str_append_format(buf, size, "generation %u serves with %zu workers", g->id,
			  g->n_workers);
	if (n > 1)
		str_append_format(buf, size, ", %u older finish%s sessions", n - 1,
				  n == 2 ? "es its" : " their");
	health_text(&m->health, buf + strlen(buf), size - strlen(buf));
	append_drains(m, buf, size);
	if (m->log_level != NULL)
		str_append_format(buf, size, "; log level %s", m->log_level);
}

void
status_tell_ready(struct master *m)
{
	status_text(m, m->told_status, sizeof(m->told_status));
	notify_ready(m->told_status);
}

void
status_tell_reloading(struct master *m)
{
	status_text(m, m->told_status, sizeof(m->told_status));
	notify_reloading(m->told_status, LOAD_LIMIT_MS);
}

/* What it tells may change at any time: workers end, and so do generations. */
static void
tell_change(struct master *m)
{
	char text[STATUS_BYTES];

	status_text(m, text, sizeof(text));
	if (strcmp(text, m->told_status) == 0)
		return;
	memcpy(m->told_status, text, sizeof(text));
	notify_status(text);
}

/* Of the workers that run, and of those that have ended. */
static uint64_t
sum_counter(const struct master *m, enum worker_stat which)
{
	uint64_t n = m->host.totals[which];

	for (const struct generation *g = m->newest; g != NULL; g = g->older)
		for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
			n += counter_get(&w->shared->count[which]);
	return n;
}

uint64_t
status_count_lost_lines(const struct master *m)
{
	return sum_counter(m, STAT_LOG_DROPPED) + m->host.log.lines_lost + log_lost();
}

static void
gather_health_facts(const struct master *m, struct health_facts *ret)
{
	const struct generation *g = m->newest;

	*ret = (struct health_facts){
		.now_ms = timers_now(m->timers),
		.full_ms = m->acceptor.full_ms,
		.lines_lost = status_count_lost_lines(m),
		.hang_timeout_ms = g->cfg->hang_timeout_ms,
	};
	for (const struct worker_process *w = g->workers; w != NULL; w = w->next) {
		if (!w->ready || w->draining)
			continue;
		ret->ready++;
		ret->answering += heartbeat_worker_answers(w, ret->now_ms);
		ret->hanging += heartbeat_age_ms(w, ret->now_ms) > g->cfg->hang_timeout_ms / 2;
	}
}

bool
status_check(struct master *m)
{
	struct health_facts facts;

	gather_health_facts(m, &facts);
	health_look(&m->health, &facts);
	tell_change(m);
	return !health_is_hopeless(&m->health, facts.now_ms);
}

/* A reload is bounded, and its workers may answer. */
void
status_feed_watchdog(struct master *m)
{
	bool feeds = m->newest == NULL || m->stopping || m->reload != RELOAD_NONE ||
		     health_may_feed_watchdog(&m->health);

	(void)sd_event_set_watchdog(m->loop, feeds); /* nothing, without one */
}

static void
log_generation(const struct generation *g)
{
	log_write(LOG_NOTICE, "status: generation %u %s: %zu workers, %zu sessions", g->id,
		  g->state == GENERATION_SERVING ? "serves" : "drains", g->n_workers,
		  generation_sessions(g));
	for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
		log_write(LOG_NOTICE, "status: worker %d of generation %u: %zu sessions%s",
			  (int)w->pid, g->id, worker_process_sessions(w),
			  w->draining ? ", draining" : "");
}

void
status_log(const struct master *m)
{
	uint64_t messages = 0;

	for (const struct generation *g = m->newest; g != NULL; g = g->older)
		log_generation(g);
	for (enum worker_stat i = STAT_MESSAGES_CONTINUE; i < STAT_MESSAGES_ABORTED; i++)
		messages += sum_counter(m, i);
	log_write(LOG_NOTICE,
		  "status: %" PRIu64 " sessions, %" PRIu64 " messages, %" PRIu64
		  " aborted, %" PRIu64 " cut, %" PRIu64 " crashes, %" PRIu64 " hangs, %" PRIu64
		  " pauses, %" PRIu64 " lines lost since the start",
		  sum_counter(m, STAT_SESSIONS), messages,
		  sum_counter(m, STAT_MESSAGES_ABORTED), sum_counter(m, STAT_MESSAGES_CUT),
		  m->host.crashes, m->host.hangs, m->acceptor.pauses,
		  status_count_lost_lines(m));
}
