/* A new configuration on its way: checked, loaded, its workers ready, then it serves. Any
 * failure leaves what was. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "master/notify.h"
#include "master/state.h"
#include "util/log.h"

#define READY_MS	 20000u /* the workers have so long */
#define RELOADS_APART_MS 250u	/* SIGHUPs come in storms */

static void begin(struct master *m);

/* The outcome. */

static void
close_list(struct master *m, struct listener **list, bool only_unwanted)
{
	struct listener **at = list;

	while (*at != NULL) {
		struct listener *l = *at;

		if (only_unwanted && l->wanted) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		acceptor_forget(&m->acceptor, l);
		listener_close(l, true);
	}
}

void
reload_close_sockets(struct master *m)
{
	close_list(m, &m->acceptor.listeners, false);
}

static void
finish(struct master *m)
{
	m->reload = RELOAD_NONE;
	m->reloaded_ms = timers_now(m->timers);
	timer_disarm(m->timers, &m->reload_timer);
	if (m->again && !m->stopping)
		timer_arm(m->timers, &m->reload_timer, RELOADS_APART_MS);
}

static void
drop_next(struct master *m)
{
	trial_load_cancel(&m->trial_load);
	m->next = generation_free(m->next);
	m->next_cfg = config_free(m->next_cfg);
	close_list(m, &m->fresh, false);
}

/* why: its first line goes to the service manager. */
static void
give_up(struct master *m, const char *why)
{
	char status[128], text[512];

	drop_next(m);
	finish(m);
	status_text(m, status, sizeof(status));
	(void)snprintf(text, sizeof(text), "reload failed: %.*s; %s", (int)strcspn(why, "\n"),
		       why, status);
	log_write(LOG_ERR, "%s", text);
	notify_ready(text);
}

static void
settle_listeners(struct master *m, const struct config *cfg)
{
	struct listener **end = &m->acceptor.listeners;

	while (*end != NULL)
		end = &(*end)->next;
	*end = m->fresh;
	m->fresh = NULL;
	for (struct listener *l = m->acceptor.listeners; l != NULL; l = l->next) {
		l->wanted = listener_is_systemds(l);
		l->served = false;
		for (size_t i = 0; i < cfg->n_listeners; i++) {
			if (!listener_fits(l, &cfg->listeners[i]))
				continue;
			l->wanted = l->served = true;
			l->index = i;
			(void)listener_adapt(l, &cfg->listeners[i]);
		}
	}
	close_list(m, &m->acceptor.listeners, true);
}

static size_t
sessions_per_worker(const struct master *m, const struct config *cfg)
{
	static const size_t spare = 24; /* standard ones, channel, log, loop, signals, iconv */
	size_t taken = spare + cfg->spool_files + cfg->n_listeners;
	size_t most = m->max_descriptors > taken ? m->max_descriptors - taken : 1;

	if (cfg->max_sessions <= most)
		return cfg->max_sessions;
	log_write(LOG_WARNING, "workers max_sessions: %zu descriptors allow only %zu",
		  m->max_descriptors, most);
	return most;
}

static void
apply_log(const struct config *old, const struct config *cfg)
{
	log_set_level(cfg->log_level);
	if (old != NULL && old->log_target != cfg->log_target &&
	    log_open(cfg->log_target, "polymilter") < 0)
		log_write(LOG_ERR, "cannot change to the new log target");
}

void
reload_missing_sockets(struct master *m)
{
	for (struct listener *l = m->acceptor.listeners; l != NULL; l = l->next) {
		if (!l->served || (l->fd >= 0 && listener_is_intact(l)))
			continue;
		log_write(LOG_WARNING, "listener %s: %s is gone: making it again", l->name,
			  l->socket);
		acceptor_unwatch(&m->acceptor, l);
		if (listener_rebind(l, &m->newest->cfg->listeners[l->index], &m->id) == 0)
			acceptor_retry(&m->acceptor);
	}
}

/* The next generation becomes the one that serves. */
void
reload_ready(struct master *m)
{
	struct generation *old = m->newest, *g = m->next;
	char status[128];

	timer_disarm(m->timers, &m->reload_timer);
	m->next = NULL;
	g->older = old;
	m->newest = g;
	settle_listeners(m, g->cfg);
	apply_log(old != NULL ? old->cfg : NULL, g->cfg);
	acceptor_serve(&m->acceptor, g, sessions_per_worker(m, g->cfg));
	reload_missing_sockets(m);
	if (old != NULL) {
		generation_drain(old);
		if (old->n == 0)
			m->host.gone(m->host.ctx, old);
	}
	finish(m);
	status_text(m, status, sizeof(status));
	log_write(LOG_NOTICE, "%s: %s gen=%u", old != NULL ? "reloaded" : "started", status,
		  g->id);
	notify_ready(status);
}

void
reload_failed(struct master *m)
{
	give_up(m, "a new worker ended before it was ready");
}

/* The way. */

int
reload_fork(struct master *m)
{
	int r = generation_new(m->last_id + 1, m->next_cfg, &m->host, &m->next);

	if (r < 0)
		return r;
	m->last_id++;
	m->next_cfg = NULL; /* the generation's now */
	m->reload = RELOAD_STARTING;
	timer_arm(m->timers, &m->reload_timer, READY_MS);
	return 0;
}

static void
fork_or_wait(struct master *m)
{
	struct generation *oldest = m->newest;
	char why[128];
	int r;

	if (status_generations(m) < GENERATIONS_MAX) {
		r = reload_fork(m);
		(void)snprintf(why, sizeof(why), "cannot start workers: %s", strerror(-r));
		if (r < 0)
			give_up(m, why);
		return;
	}
	while (oldest->older != NULL)
		oldest = oldest->older;
	m->reload = RELOAD_WAITING;
	log_write(LOG_WARNING,
		  "%u generations have sessions: the oldest closes between messages gen=%u",
		  GENERATIONS_MAX, oldest->id);
	generation_hurry(oldest);
}

void
reload_generation_gone(struct master *m)
{
	if (m->reload == RELOAD_WAITING)
		fork_or_wait(m);
}

/* In the master a warning was told already, by the child. */
static void
report_errors(void *ctx, enum config_severity kind, const char *file, unsigned line,
	      const char *text)
{
	struct buf *b = ctx;

	if (kind == CONFIG_ERROR)
		buf_printf(b, "%s:%u: %s\n", file, line, text);
}

static void
log_lines(int level, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			log_write(level, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void
warn_of_restart(const struct master *m)
{
	const struct config *now = m->newest->cfg, *next = m->next_cfg;

	if (m->was_root &&
	    (strcmp(now->user, next->user) != 0 || strcmp(now->group, next->group) != 0))
		log_write(LOG_WARNING, "user and group changed: that needs a restart");
}

static void
load_here(struct master *m)
{
	struct buf errors = {0};

	if (config_load(m->options->config, report_errors, &errors, &m->next_cfg) < 0) {
		m->next_cfg = NULL;
		log_lines(LOG_ERR, buf_string(&errors));
		give_up(m, buf_string(&errors));
	} else if (start_listeners(m, m->next_cfg) < 0) {
		give_up(m, "a listener cannot be opened");
	} else {
		warn_of_restart(m);
		fork_or_wait(m);
	}
	buf_free(&errors);
}

static void
on_checked(void *ctx, bool good, const char *text)
{
	struct master *m = ctx;

	log_lines(good ? LOG_WARNING : LOG_ERR, text);
	if (good)
		load_here(m);
	else
		give_up(m, text);
}

static void
begin(struct master *m)
{
	m->again = false;
	m->reload = RELOAD_CHECKING;
	notify_reloading();
	log_flush();
	if (trial_load_start(&m->trial_load, m->loop, m->options->config, on_checked, m) < 0)
		give_up(m, "cannot fork");
}

/* Either the workers took too long, or the time has come for the next one. */
static void
on_timer(void *ctx)
{
	struct master *m = ctx;

	if (m->reload == RELOAD_STARTING && m->newest == NULL)
		m->host.failed(m->host.ctx, m->next);
	else if (m->reload == RELOAD_STARTING)
		give_up(m, "the new workers were not ready in time");
	else if (m->reload == RELOAD_NONE && m->again)
		begin(m);
}

void
reload_ask(struct master *m)
{
	uint64_t now = timers_now(m->timers), since = now - m->reloaded_ms;

	if (m->stopping)
		return;
	m->again = true;
	if (m->reload != RELOAD_NONE || timer_is_armed(&m->reload_timer))
		return;
	if (since < RELOADS_APART_MS)
		timer_arm(m->timers, &m->reload_timer, RELOADS_APART_MS - since);
	else
		begin(m);
}

void
reload_init(struct master *m)
{
	m->reload_timer = (struct timer){.fn = on_timer, .ctx = m};
}

void
reload_cancel(struct master *m)
{
	m->again = false;
	timer_disarm(m->timers, &m->reload_timer);
	drop_next(m);
	m->reload = RELOAD_NONE;
}
