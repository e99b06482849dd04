/* A new configuration on its way to serve: load in a loader, fork, all workers ready, then it
 * serves. A failure at any step is logged and changes nothing. The first configuration, at the
 * start, takes the last steps of the same way.
 *
 *   RELOAD_NONE      SIGHUP, or a remembered one 250 ms after the last reload
 *   RELOAD_LOADING   the loader has loaded the file; the master has opened listeners
 *   RELOAD_WAITING   only with GENERATIONS_MAX generations: one has ended, or 15 s are over
 *   RELOAD_STARTING  all workers are ready (within 20 s): back to RELOAD_NONE */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "master/notify.h"
#include "master/start_check.h"
#include "master/state.h"
#include "util/log.h"
#include "util/record.h"
#include "util/str.h"

#define READY_LIMIT_MS	  20000u
#define WAIT_LIMIT_MS	  15000u /* for the end of a generation */
#define RELOADS_APART_MS  250u	 /* of many SIGHUPs in a row the last one counts */
#define OTHER_DESCRIPTORS 24u	 /* of a worker: standard ones, channel, log, loop, iconv */

static void begin_reload(struct master *m);

/* The outcome. */

static void
end_reload(struct master *m)
{
	m->reload = RELOAD_NONE;
	m->reload_ended_ms = timers_now(m->timers);
	timer_disarm(m->timers, &m->reload_timer);
	if (m->reload_again)
		timer_arm(m->timers, &m->reload_timer, RELOADS_APART_MS);
}

static void
drop_next_configuration(struct master *m)
{
	m->next_loader = loader_process_release(m->next_loader);
	m->next = generation_free(m->next);
	m->next_cfg = config_free(m->next_cfg);
	listener_list_close_new(m);
}

/* Is this line "FILE:LINE: warning: ...", see config_report_to_file()? */
static bool
is_warning_line(const char *line, size_t len)
{
	const char *mark = memmem(line, len, ": warning: ", strlen(": warning: "));

	return mark != NULL && mark > line && str_is_digit(mark[-1]);
}

/* The line that says why: the first that is no warning, or the first of all. */
static const char *
find_cause(const char *text)
{
	const char *line = text;

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		if (!is_warning_line(line, len))
			return line;
		line += len + (line[len] == '\n');
	}
	return text;
}

/* Its first line. The service manager takes only UTF-8. */
static void
keep_cause(struct master *m, const char *text)
{
	size_t len = log_cut_length(text, strcspn(text, "\n"), sizeof(m->reload_failure) - 1);

	memcpy(m->reload_failure, text, len);
	m->reload_failure[len] = '\0';
}

/* One line of why goes to the service manager, all of it with the exit status to those who
 * asked at the control socket. */
static void
fail_reload(struct master *m, int exit_status, const char *why)
{
	control_reload_ended(m, exit_status, why);
	keep_cause(m, find_cause(why));
	m->reload_failed_ms = timers_wall_clock_ms();
	if (m->totals != NULL)
		totals_count(m->totals, TOTAL_RELOADS_FAILED);
	drop_next_configuration(m);
	end_reload(m);
	status_tell_ready(m);
	log_write(LOG_ERR, "%s", m->told_status);
}

static void
fail_fork(struct master *m, int error)
{
	char why[128];

	(void)snprintf(why, sizeof(why), "cannot start workers: %s", strerror(-error));
	fail_reload(m, EX_UNAVAILABLE, why);
}

void
reload_failed(struct master *m)
{
	if (m->next->fork_error < 0)
		fail_fork(m, m->next->fork_error);
	else
		fail_reload(m, EX_UNAVAILABLE, "a new worker ended before it was ready");
}

void
reload_lost_loader(struct master *m)
{
	m->next_loader = NULL;
	if (m->newest != NULL)
		fail_reload(m, EX_UNAVAILABLE, "the loader has ended");
}

/* The sessions that a worker may have, given the descriptors that it needs otherwise. */
static size_t
limit_sessions(const struct master *m, const struct config *cfg)
{
	size_t others = OTHER_DESCRIPTORS + cfg->spool_files + cfg->n_listeners;
	size_t max = m->max_descriptors > others ? m->max_descriptors - others : 1;

	if (cfg->max_sessions <= max)
		return cfg->max_sessions;
	log_write(LOG_WARNING, "workers max_sessions: %zu descriptors allow only %zu",
		  m->max_descriptors, max);
	return max;
}

static void
apply_log_options(struct master *m, const struct config *old, const struct config *cfg)
{
	control_set_log_level(m, NULL);
	log_set_level(cfg->log_level);
	if (old != NULL && old->log_target != cfg->log_target &&
	    log_open(cfg->log_target, "polymilter") < 0)
		log_write(LOG_ERR, "cannot change to the new log target");
}

static void
note_success(struct master *m, bool is_reload)
{
	m->reload_failure[0] = '\0';
	m->reload_failed_ms = 0;
	m->loaded_ms = timers_wall_clock_ms();
	if (is_reload && m->totals != NULL)
		totals_count(m->totals, TOTAL_RELOADS_OK);
}

/* The order is: listeners of the new configuration, then its workers get them, then the old
 * generation drains. So at no time does a connection find no listener. */
void
reload_ready(struct master *m)
{
	struct generation *old = m->newest, *g = m->next;

	timer_disarm(m->timers, &m->reload_timer);
	m->next = NULL;
	g->older = old;
	m->newest = g;
	history_adopt(&m->host.history, &g->history);
	if (m->totals != NULL)
		g->places = totals_adopt(m->totals, g->cfg);
	listener_list_adopt_new(m, g->cfg);
	http_process_apply(m, g->cfg);
	apply_log_options(m, old != NULL ? old->cfg : NULL, g->cfg);
	acceptor_serve(&m->acceptor, g, limit_sessions(m, g->cfg));
	listener_list_remake_missing(m);
	if (old != NULL) {
		generation_drain(old);
		if (old->n_workers == 0)
			m->host.on_ended(m->host.ctx, old);
	}
	note_success(m, old != NULL);
	end_reload(m);
	status_tell_ready(m);
	log_write(LOG_NOTICE, "%s: %s gen=%u", old != NULL ? "reloaded" : "started",
		  m->told_status, g->id);
	control_reload_ended(m, EX_OK, m->told_status);
	control_end_drains(m, "a reload has opened the listeners again");
}

/* The steps. */

int
reload_fork(struct master *m)
{
	int r = generation_new(m->last_id + 1, m->next_cfg, m->next_loader, &m->host, m->newest,
			       &m->next);

	if (r < 0)
		return r;
	m->last_id++;
	m->next_cfg = NULL; /* the generation's now */
	m->next_loader = NULL;
	m->reload = RELOAD_STARTING;
	timer_arm(m->timers, &m->reload_timer, READY_LIMIT_MS);
	return 0;
}

static void
fork_workers(struct master *m)
{
	int r = reload_fork(m);

	if (r < 0)
		fail_fork(m, r);
}

/* NULL: all but the one that serves have been told. */
static struct generation *
find_oldest_that_drains(const struct master *m)
{
	struct generation *oldest = NULL;

	for (struct generation *g = m->newest->older; g != NULL; g = g->older)
		if (!g->drain_is_over)
			oldest = g;
	return oldest;
}

/* A generation whose drain is over ends within a minute. So with a reload every WAIT_LIMIT_MS
 * there are at most four beyond GENERATIONS_MAX. Example: generations 1 to 8 have sessions,
 * and an MTA is silent within a message of generation 1 (times in seconds):
 *   0    the ninth configuration is loaded. The drain of generation 1 is over: it answers each
 *	  event with a tempfail
 *   15   it has not ended: the workers of generation 9 are forked, and serve
 *   20   the MTA sends the end of its message, and gets the tempfail: generation 1 has ended
 * A reload at 17 finds nine generations: the drain of generation 2 is over, too, and the reload
 * goes on when seven are left, or at 32. */
static void
fork_or_wait(struct master *m)
{
	struct generation *oldest = find_oldest_that_drains(m);

	if (status_count_generations(m) < GENERATIONS_MAX) {
		fork_workers(m);
		return;
	}
	m->reload = RELOAD_WAITING;
	timer_arm(m->timers, &m->reload_timer, WAIT_LIMIT_MS);
	if (oldest == NULL)
		return;
	log_write(LOG_WARNING,
		  "%u generations have sessions: the oldest refuses its messages gen=%u",
		  GENERATIONS_MAX, oldest->id);
	generation_expire_drain(oldest);
}

void
reload_generation_ended(struct master *m)
{
	if (m->reload == RELOAD_WAITING && status_count_generations(m) < GENERATIONS_MAX)
		fork_workers(m);
}

static void
log_each_line(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > 0)
			log_write(is_warning_line(text, len) ? LOG_WARNING : LOG_ERR, "%.*s",
				  (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void
warn_of_changed_user(const struct master *m)
{
	const struct config *now = m->newest->cfg, *next = m->next_cfg;

	if (m->was_root &&
	    (strcmp(now->user, next->user) != 0 || strcmp(now->group, next->group) != 0))
		log_write(LOG_WARNING, "user and group changed: that needs a restart");
}

static void
use_configuration(struct master *m)
{
	if (listener_list_open_new(m, m->next_cfg) < 0) {
		fail_reload(m, EX_CONFIG, "a listener cannot be opened");
		return;
	}
	warn_of_changed_user(m);
	fork_or_wait(m);
}

static void
on_reload_loaded(void *ctx, struct config *settings, int status, const char *text)
{
	struct master *m = ctx;

	log_each_line(text);
	m->next_cfg = settings;
	if (settings != NULL) {
		use_configuration(m);
		return;
	}
	m->next_loader = NULL;
	fail_reload(m, status == EX_CONFIG ? EX_CONFIG : EX_UNAVAILABLE, text);
}

/* In the loader, which has the master's memory as it was at the fork. */
static void
check_next_configuration(void *ctx, const struct config *cfg)
{
	struct master *m = ctx;

	start_check_reload(cfg, m->options->config, m->was_root, m->acceptor.listeners,
			   m->http.listener);
}

static void
begin_reload(struct master *m)
{
	const struct loader_request request = {
		.path = m->options->config,
		.refuse_writable = m->was_root,
		.check = check_next_configuration,
		.check_ctx = m,
	};

	m->reload_again = false;
	m->reload = RELOAD_LOADING;
	control_reload_began(m);
	status_tell_reloading(m);
	if (loader_process_start(&m->loaders, &request, on_reload_loaded, m, &m->next_loader) <
	    0)
		fail_reload(m, EX_UNAVAILABLE, "cannot fork");
}

static void
on_reload_timer(void *ctx)
{
	struct master *m = ctx;

	if (m->reload == RELOAD_WAITING)
		fork_workers(m);
	else if (m->reload != RELOAD_STARTING)
		begin_reload(m);
	else if (m->newest == NULL)
		m->host.on_failed(m->host.ctx, m->next);
	else
		fail_reload(m, EX_UNAVAILABLE, "the new workers were not ready in time");
}

void
reload_request(struct master *m)
{
	uint64_t now = timers_now(m->timers), since = now - m->reload_ended_ms;

	if (m->stopping)
		return;
	m->reload_again = true;
	if (m->reload != RELOAD_NONE || timer_is_armed(&m->reload_timer))
		return;
	if (since < RELOADS_APART_MS)
		timer_arm(m->timers, &m->reload_timer, RELOADS_APART_MS - since);
	else
		begin_reload(m);
}

void
reload_init(struct master *m)
{
	m->reload_timer = (struct timer){.fn = on_reload_timer, .ctx = m};
}

void
reload_cancel(struct master *m)
{
	m->reload_again = false;
	control_reload_began(m);
	control_reload_ended(m, EX_UNAVAILABLE, "polymilter is stopping");
	timer_disarm(m->timers, &m->reload_timer);
	drop_next_configuration(m);
	m->reload = RELOAD_NONE;
}
