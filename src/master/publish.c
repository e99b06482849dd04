/* Fills a snapshot in from struct master: the daemon, its configuration, workers, listeners. */
#include "master/publish.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "master/heartbeat.h"
#include "master/state.h"
#include "master/worker_process.h"
#include "service/service.h"
#include "service/state.h"
#include "util/process_state.h"

static void
set_text(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text);
}

/* "; a; b" of health_text() in lines. */
static void
publish_health(const struct master *m, struct snapshot *s)
{
	char text[SNAPSHOT_TEXT_BYTES], *from = text, *to = s->health;

	health_text(&m->health, text, sizeof(text));
	while (*from != '\0') {
		if (strncmp(from, "; ", 2) == 0) {
			from += 2;
			if (to > s->health)
				*to++ = '\n';
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static void
publish_build(const struct master *m, struct snapshot *s)
{
	set_text(s->daemon_version, sizeof(s->daemon_version), PACKAGE_VERSION);
	set_text(s->pcre2_version, sizeof(s->pcre2_version),
		 m->options->pcre2 != NULL ? m->options->pcre2 : "");
	s->has_jit = m->options->has_jit;
#ifdef WITH_MICROHTTPD
	s->has_http = 1;
#endif
}

static void
publish_daemon(const struct master *m, struct snapshot *s)
{
	s->written_ms = timers_wall_clock_ms();
	s->started_ms = m->started_ms;
	publish_build(m, s);
	s->master_pid = (int32_t)getpid();
	s->is_stopping = m->stopping;
	s->master_memory = process_memory(getpid());
	s->connections_queued = m->acceptor.n_waiting;
	publish_health(m, s);
}

static void
publish_log_level(const struct master *m, struct snapshot *s)
{
	const char *configured = config_log_level_name(m->newest->cfg->log_level);
	const char *level = m->log_level != NULL ? m->log_level : configured;

	set_text(s->log_level_configured, sizeof(s->log_level_configured),
		 configured != NULL ? configured : "");
	set_text(s->log_level, sizeof(s->log_level), level != NULL ? level : "");
}

static void
publish_configuration(const struct master *m, struct snapshot *s)
{
	const struct generation *g = m->newest;

	set_text(s->config_file, sizeof(s->config_file), m->options->config);
	s->n_generations = status_count_generations(m);
	s->reload = m->reload != RELOAD_NONE ? SNAPSHOT_RELOAD_RUNS : SNAPSHOT_RELOAD_NONE;
	s->loaded_ms = m->loaded_ms;
	s->reload_failed_ms = m->reload_failed_ms;
	set_text(s->reload_failure, sizeof(s->reload_failure), m->reload_failure);
	if (g == NULL)
		return;
	s->generation = g->id;
	s->workers_configured = g->cfg->workers;
	s->max_sessions = m->acceptor.max_sessions;
	publish_log_level(m, s);
}

static enum snapshot_worker_state
find_worker_state(const struct worker_process *w, uint64_t now_ms)
{
	if (!w->ready)
		return SNAPSHOT_WORKER_STARTS;
	if (heartbeat_worker_is_late(w, now_ms))
		return SNAPSHOT_WORKER_HANGS;
	return w->draining ? SNAPSHOT_WORKER_DRAINS : SNAPSHOT_WORKER_SERVES;
}

static uint64_t
count_worker_messages(const struct worker_process *w)
{
	uint64_t n = 0;

	for (enum worker_stat i = STAT_MESSAGES_CONTINUE; i <= STAT_MESSAGES_ABORTED; i++)
		n += counter_get(&w->shared->count[i]);
	return n;
}

static void
publish_worker(const struct master *m, const struct worker_process *w, struct snapshot *s)
{
	uint64_t now_ms = timers_now(m->timers);

	if (s->n_workers == SNAPSHOT_WORKERS_MAX) {
		s->workers_left_out++;
		return;
	}
	s->workers[s->n_workers++] = (struct snapshot_worker){
		.pid = (int32_t)w->pid,
		.generation = w->generation->id,
		.state = find_worker_state(w, now_ms),
		.age_s = (uint32_t)((now_ms - w->forked_ms) / 1000),
		.sessions = worker_process_sessions(w),
		.messages = count_worker_messages(w),
		.memory = w->pid > 0 ? process_memory(w->pid) : 0,
	};
}

/* The youngest first. */
static void
publish_workers(const struct master *m, struct snapshot *s)
{
	s->n_workers = s->workers_left_out = 0;
	for (const struct generation *g = m->newest; g != NULL; g = g->older) {
		uint64_t *sessions =
			g == m->newest ? &s->sessions_in_flight : &s->sessions_draining;

		*sessions += generation_sessions(g);
		for (const struct worker_process *w = g->workers; w != NULL; w = w->next)
			publish_worker(m, w, s);
	}
}

static void
publish_drains(const struct master *m, struct snapshot *s)
{
	for (size_t i = 0; i < s->n_listeners; i++)
		s->listeners[i].drains = 0;
	if (m->newest == NULL || m->newest->places == NULL)
		return;
	for (const struct listener *l = m->acceptor.listeners; l != NULL; l = l->next) {
		if (!l->drains || !l->configured || l->index >= m->newest->cfg->n_listeners)
			continue;
		if (m->newest->places->at[l->index] < COUNTED_LISTENERS_MAX)
			s->listeners[m->newest->places->at[l->index]].drains = 1;
	}
}

static void
publish_listeners(const struct master *m, struct snapshot *s)
{
	for (size_t i = 0; i < s->n_listeners; i++)
		s->listeners[i].sessions = 0;
	for (const struct generation *g = m->newest; g != NULL; g = g->older)
		for (size_t i = 0; g->places != NULL && i < g->cfg->n_listeners; i++)
			s->listeners[g->places->at[i]].sessions += generation_sessions_at(g, i);
}

static void
publish_server(const struct generation *g, uint32_t number, uint64_t now_ms,
	       struct snapshot_server *row)
{
	const struct server_state *state = &g->services->servers[number];
	uint64_t since = atomic_load_explicit(&state->down_since_ms, memory_order_relaxed);

	row->state = since != 0 ? SNAPSHOT_SERVER_DOWN : SNAPSHOT_SERVER_UP;
	row->down_s = since != 0 && now_ms > since ? (now_ms - since) / 1000 : 0;
}

/* Connections and waiting questions are those of all generations, the state is that of the
 * newest, which has taken it over. */
static void
publish_services_of(const struct generation *g, uint64_t now_ms, bool is_newest,
		    struct snapshot *s)
{
	const struct config *cfg = g->cfg;
	const uint16_t *at = g->places->at + g->places->size.listeners +
			     g->places->size.policies + g->places->size.rules;
	size_t n = g->places->size.servers;

	for (size_t i = 0; i < cfg->n_services; i++) {
		const struct service *service = cfg->services[i];

		for (size_t k = 0; k < service->n; k++) {
			uint32_t number = service->servers[k].number;

			if (number >= n || at[number] == COUNTED_SERVERS_MAX)
				continue;
			s->servers[at[number]].in_flight +=
				service_state_in_flight(g->services, number);
			if (is_newest)
				publish_server(g, number, now_ms, &s->servers[at[number]]);
		}
		if (cfg->n_servers + i < n)
			s->servers[at[cfg->n_servers + i]].queued +=
				service_state_queued(g->services, service->servers[0].number);
	}
}

static void
publish_services(const struct master *m, struct snapshot *s)
{
	uint64_t now_ms = timers_now(m->timers);

	for (size_t i = 0; i < s->n_servers; i++)
		s->servers[i].in_flight = s->servers[i].queued = 0;
	for (const struct generation *g = m->newest; g != NULL; g = g->older)
		if (g->places != NULL)
			publish_services_of(g, now_ms, g == m->newest, s);
}

static void
publish_totals(const struct master *m, struct snapshot *s)
{
	s->totals[TOTAL_WORKER_EXITS] = m->host.crash_exits;
	s->totals[TOTAL_WORKER_HANGS] = m->host.crash_hangs;
	s->totals[TOTAL_WORKER_SIGNALS] =
		m->host.crashes - m->host.crash_exits - m->host.crash_hangs;
	s->totals[TOTAL_ACCEPT_PAUSES] = m->acceptor.pauses;
	s->totals[TOTAL_LOG_LINES_LOST] = status_count_lost_lines(m);
}

void
publish_state(const struct master *m, struct snapshot *s)
{
	publish_daemon(m, s);
	publish_configuration(m, s);
	s->sessions_in_flight = s->sessions_draining = 0;
	publish_workers(m, s);
	publish_listeners(m, s);
	publish_drains(m, s);
	publish_services(m, s);
	publish_totals(m, s);
}
