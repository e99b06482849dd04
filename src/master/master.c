/* The master's event loop: its signals, what its generations report, the periodic checks, and
 * the order in which it starts and stops. */
#include "master/master.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "chain/fatal_message.h"
#include "master/heartbeat.h"
#include "master/notify.h"
#include "master/socket_holder.h"
#include "master/state.h"
#include "util/detach.h"
#include "util/log.h"
#include "util/title.h"

#define TICK_MAX_MS	 1000u
#define CHECK_SOCKETS_MS 30000u
#define PUBLISH_MS	 1000u
#define STOP_GRACE_MS	 2000u /* after stop_timeout, then workers are killed */
#define LAST_LINES_MS	 1000u /* at the end, for the log's reader */

static const int handled_signals[] = {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGUSR2};

/* The stop. */

static void
exit_loop(struct master *m, int status)
{
	int r = sd_event_exit(m->loop, status);

	assert(r >= 0);
}

static void
on_stop_timer(void *ctx)
{
	struct master *m = ctx;
	size_t sessions = 0;

	for (struct generation *g = m->newest; g != NULL; g = g->older) {
		sessions += generation_sessions(g);
		generation_kill(g);
	}
	log_write(LOG_WARNING, "workers that do not end are killed: %zu sessions are cut",
		  sessions);
}

static void
exit_if_stopped(struct master *m)
{
	if (m->stopping && m->newest == NULL)
		exit_loop(m, EX_OK);
}

/* A generation without workers will not report its end. */
static void
free_empty_generations(struct master *m)
{
	struct generation **at = &m->newest;

	while (*at != NULL) {
		struct generation *g = *at;

		if (g->n_workers > 0) {
			at = &g->older;
			continue;
		}
		*at = g->older;
		generation_free(g);
	}
	exit_if_stopped(m);
}

/* Connections that were made before the stop are served, where no other process would serve
 * them: hence first those under way from the workers and those in the backlogs. */
static void
take_last_connections(struct master *m)
{
	for (struct generation *g = m->newest; g != NULL; g = g->older)
		generation_stop_passing(g);
	acceptor_accept_backlogs(&m->acceptor);
}

static void
stop_master(struct master *m, bool at_once)
{
	bool is_first = !m->stopping;
	uint64_t timeout = 0;

	if (is_first)
		notify_stopping();
	m->stopping = true;
	if (!at_once && m->acceptor.serving != NULL)
		take_last_connections(m);
	acceptor_serve(&m->acceptor, NULL, 0);
	reload_cancel(m);
	control_end_drains(m, "polymilter is stopping");
	listener_list_close_all(m);
	for (struct generation *g = m->newest; g != NULL; g = g->older) {
		if (at_once)
			generation_kill(g);
		else
			generation_stop(g);
		if (g->cfg->stop_timeout_ms > timeout)
			timeout = g->cfg->stop_timeout_ms;
	}
	timer_arm(m->timers, &m->stop_timer, timeout + STOP_GRACE_MS);
	if (is_first) /* now that no worker begins a session any more */
		log_write(LOG_NOTICE, "stopping%s", at_once ? " at once" : "");
	free_empty_generations(m);
}

static int
on_master_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *ctx)
{
	struct master *m = ctx;

	assert(source != NULL);
	if (si->ssi_signo == SIGHUP)
		reload_request(m);
	else if (si->ssi_signo == SIGUSR2)
		status_log(m);
	else if (si->ssi_signo == SIGQUIT)
		stop_master(m, true);
	else if (!m->stopping) /* a second SIGTERM does not begin stop_timeout anew */
		stop_master(m, false);
	return 0;
}

/* What generations report. */

static void
on_generation_ready(void *ctx, struct generation *g)
{
	struct master *m = ctx;
	bool first = m->newest == NULL;

	assert(g == m->next);
	if (first) /* before readiness is reported: then the file may be read */
		start_write_pidfile(m);
	control_apply(m, g->cfg);
	reload_ready(m);
	if (first && m->options->ready_fd >= 0 && write(m->options->ready_fd, "", 1) < 0)
		log_write(LOG_WARNING, "cannot report readiness: %s", strerror(errno));
}

static void
on_generation_failed(void *ctx, struct generation *g)
{
	struct master *m = ctx;

	assert(g == m->next);
	if (m->newest != NULL) {
		reload_failed(m);
		return;
	}
	log_write(LOG_ERR, "the workers did not start");
	m->next = generation_free(g);
	exit_loop(m, EX_OSERR);
}

static void
on_generation_lost_loader(void *ctx, struct generation *g)
{
	struct master *m = ctx;

	if (g != m->newest || m->stopping)
		return;
	log_write(LOG_WARNING, "no worker can be replaced: the configuration is loaded again");
	reload_request(m);
}

/* It had loaded, and the reload waits. */
static void
on_waiting_loader_lost(void *ctx, const struct loader_process *l)
{
	struct master *m = ctx;

	if (l == m->next_loader)
		reload_lost_loader(m);
}

static void
on_load_limit_known(void *ctx, uint64_t ms)
{
	(void)ctx;
	notify_extend_timeout(ms);
}

static void
on_generation_capacity(void *ctx, struct generation *g)
{
	struct master *m = ctx;

	if (g == m->newest)
		acceptor_resume(&m->acceptor);
}

static void
on_generation_ended(void *ctx, struct generation *g)
{
	struct master *m = ctx;
	struct generation **at = &m->newest;

	while (*at != g)
		at = &(*at)->older;
	*at = g->older;
	log_write(LOG_INFO, "generation %u has ended", g->id);
	generation_free(g);
	reload_generation_ended(m);
	exit_if_stopped(m);
}

/* The worker may be of an older generation, whose configuration has other numbers. */
static void
on_generation_connection(void *ctx, struct generation *g, uint32_t listener, int fd)
{
	struct master *m = ctx;
	struct listener *l = listener_find(m->acceptor.listeners, &g->cfg->listeners[listener]);

	if (l != NULL && l->configured)
		acceptor_assign(&m->acceptor, l, fd);
	else
		close(fd); /* a reload has removed that listener */
}

/* Periodic checks. */

static void
look_at_totals(struct master *m, uint64_t now)
{
	totals_look(m->totals, m);
	if (!m->keeps_snapshot_fresh || now - m->published_ms < PUBLISH_MS)
		return;
	m->published_ms = now;
	(void)totals_publish(m->totals, m);
}

static void
on_tick(void *ctx)
{
	struct master *m = ctx;
	uint64_t now = timers_now(m->timers), next_ms = TICK_MAX_MS, interval_ms;

	for (struct generation *g = m->newest; g != NULL; g = g->older) {
		heartbeat_check_generation(g, now);
		interval_ms = heartbeat_interval_ms(g);
		next_ms = interval_ms < next_ms ? interval_ms : next_ms;
	}
	fatal_messages_expire(m->host.fatal, now);
	orphans_reap(&m->orphans, now);
	acceptor_accept_overdue(&m->acceptor);
	control_check_drains(m);
	if (log_pending() > 0)
		log_flush();
	log_intake_update(&m->host.log, m->loop);
	if (m->newest != NULL && !m->stopping && !status_check(m)) {
		log_write(LOG_ERR, "no worker has been ready for a minute: polymilter ends");
		exit_loop(m, EX_SOFTWARE);
	}
	status_feed_watchdog(m);
	look_at_totals(m, now);
	if (now - m->sockets_checked_ms >= CHECK_SOCKETS_MS) {
		m->sockets_checked_ms = now;
		listener_list_remake_missing(m);
		if (m->newest != NULL && !m->stopping)
			http_process_remake_missing(m);
		if (m->control.listener != NULL && !m->stopping)
			control_apply(m, m->newest->cfg);
	}
	timer_arm(m->timers, &m->tick, next_ms);
}

/* The start. */

static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(handled_signals) / sizeof(handled_signals[0]); i++)
		sigaddset(&set, handled_signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* an error instead: memory larger than LimitFSIZE= */
	(void)signal(SIGUSR1, SIG_IGN);
}

/* What the start tells on terminal, since the log does not tell it. r: of log_open(). */
static void
tell_log_fault(enum log_target target, int terminal, int r)
{
	if (r < 0) {
		target = log_resolve(target);
		(void)dprintf(terminal, "polymilter: cannot open the log: %s: %s\n",
			      log_socket_path(target), strerror(-r));
	} else if (target == LOG_TARGET_AUTO && log_resolve(target) == LOG_TARGET_STDERR) {
		(void)dprintf(terminal,
			      "polymilter: warning: there is no %s, so that a daemon in the "
			      "background logs nothing: write log { target = \"stderr\" } and "
			      "redirect standard error to a file\n",
			      log_socket_path(LOG_TARGET_SYSLOG));
	}
}

/* Standard error is replaced before the log is opened, since AUTO depends on it. */
static int
open_background_log(const struct config *cfg)
{
	int terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), r;

	r = detach_standard_streams(cfg->log_target == LOG_TARGET_STDERR);
	if (r < 0) {
		log_write(LOG_ERR, "cannot open /dev/null: %s", strerror(-r));
	} else {
		r = log_open(cfg->log_target, "polymilter");
		tell_log_fault(cfg->log_target, terminal, r);
	}
	if (terminal >= 0)
		close(terminal);
	return r;
}

static int
open_master_log(const struct master *m, const struct config *cfg)
{
	int r;

	if (m->options->ready_fd >= 0) {
		r = open_background_log(cfg);
	} else {
		r = log_open(cfg->log_target, "polymilter");
		if (r < 0)
			tell_log_fault(cfg->log_target, STDERR_FILENO, r);
	}
	log_set_level(cfg->log_level);
	return r;
}

/* Signals come before other events. */
static int
watch_signals(struct master *m)
{
	sd_event_source *source;
	int r = 0;

	for (size_t i = 0; i < sizeof(handled_signals) / sizeof(handled_signals[0]); i++) {
		r = sd_event_add_signal(m->loop, &source, handled_signals[i], on_master_signal,
					m);
		if (r < 0)
			break;
		(void)sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
		r = sd_event_source_set_floating(source, true);
		sd_event_source_unref(source);
		if (r < 0)
			break;
	}
	return r;
}

static int
make_master_loop(struct master *m)
{
	int r = sd_event_new(&m->loop);

	if (r < 0)
		return r;
	r = timers_new(m->loop, &m->timers);
	if (r >= 0)
		r = watch_signals(m);
	if (r >= 0)
		r = sd_event_set_watchdog(m->loop, true);
	return r < 0 ? r : 0;
}

static void
set_up_master(struct master *m)
{
	acceptor_init(&m->acceptor, m->loop, m->timers);
	m->loaders = (struct loader_host){
		.loop = m->loop,
		.timers = m->timers,
		.fatal = m->fatal,
		.on_limit = on_load_limit_known,
		.on_lost = on_waiting_loader_lost,
		.ctx = m,
	};
	m->host = (struct generation_host){
		.loop = m->loop,
		.timers = m->timers,
		.fatal = m->fatal,
		.on_ready = on_generation_ready,
		.on_failed = on_generation_failed,
		.on_lost_loader = on_generation_lost_loader,
		.on_capacity = on_generation_capacity,
		.on_ended = on_generation_ended,
		.on_connection = on_generation_connection,
		.ctx = m,
		.by_name = m->totals,
	};
	m->tick = (struct timer){.fn = on_tick, .ctx = m};
	m->stop_timer = (struct timer){.fn = on_stop_timer, .ctx = m};
	m->sockets_checked_ms = timers_now(m->timers);
	reload_init(m);
	on_tick(m);
}

static int
run_first_generation(struct master *m)
{
	int r;

	if (open_master_log(m, m->next_cfg) < 0 || reload_fork(m) < 0)
		return EX_OSERR;
	r = sd_event_loop(m->loop);
	if (r < 0)
		log_write(LOG_ERR, "the event loop failed: %s", strerror(-r));
	return r < 0 ? EX_OSERR : r;
}

static int
run_master(struct master *m)
{
	int status, r = make_master_loop(m);

	if (r < 0) {
		log_write(LOG_ERR, "cannot make the event loop: %s", strerror(-r));
		return EX_OSERR;
	}
	set_up_master(m);
	status = start_load(m);
	return status == EX_OK && !m->stopping ? run_first_generation(m) : status;
}

static void
clean_up_master(struct master *m)
{
	if (m->timers != NULL) {
		reload_cancel(m);
		acceptor_free(&m->acceptor);
	}
	for (struct generation *g = m->newest, *older; g != NULL; g = older) {
		older = g->older;
		generation_free(g);
	}
	history_close(&m->host.history);
	loader_processes_end(&m->loaders);
	listener_list_close_all(m);
	listener_list_close_new(m);
	http_process_end(m);
	log_intake_finish(&m->host.log, LAST_LINES_MS);
	start_remove_pidfile(m);
	config_free(m->next_cfg);
	control_close(m); /* polymilterctl stop waits until here */
	timers_free(m->timers);
	totals_free(m->totals);
	sd_event_unref(m->loop);
	log_close();
}

/* Only with the whole path: see MASTER_TITLE. */
static void
set_master_title(const char *config)
{
	struct buf title = {0};

	buf_printf(&title, MASTER_TITLE "%s", config);
	(void)title_set(buf_string(&title));
	buf_free(&title);
}

int
master_main(const struct master_options *options)
{
	struct master m = {.options = options, .pidfile = -1};
	int status;

	set_master_title(options->config);
	block_signals();
	/* With a pidfd sd-event may see the end of a child before waitid(2) returns it, and
	 * then never again (libsystemd 252 on Linux 6.18). With SIGCHLD it looks at all
	 * children. */
	(void)setenv("SYSTEMD_PIDFD", "0", 1);
	inherited_read(&m.inherited);
	m.started_ms = timers_wall_clock_ms();
	m.fatal = fatal_messages_new();
	m.totals = totals_new();
	if (m.fatal == NULL || m.totals == NULL) {
		log_write(LOG_ERR, "no shared memory: %s", strerror(errno));
		return EX_OSERR;
	}
	m.max_descriptors = privileges_raise_nofile();
	/* Workers become this process's children (loader.h). */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) {
		status = run_master(&m);
	} else {
		log_write(LOG_ERR, "cannot adopt workers: %s", strerror(errno));
		status = EX_OSERR;
	}
	clean_up_master(&m);
	return status;
}
