/* The master's loop and its signals. */
#include "master/master.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "master/notify.h"
#include "master/state.h"
#include "mime/charset.h"
#include "util/log.h"

#define LOOK_AT_FILES_MS 60000u
#define STOP_GRACE_MS	 2000u /* beyond stop_timeout */

static const int handled[] = {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGUSR2};

/* The end. */

static void
end_loop(struct master *m, int status)
{
	int r = sd_event_exit(m->loop, status);

	assert(r >= 0);
}

static void
on_stop_timer(void *ctx)
{
	struct master *m = ctx;

	log_write(LOG_WARNING, "workers that do not end are killed");
	for (struct generation *g = m->newest; g != NULL; g = g->older)
		generation_kill(g);
}

static void
end_if_alone(struct master *m)
{
	if (m->stopping && m->newest == NULL)
		end_loop(m, EX_OK);
}

/* Generations without a worker have nobody who could tell that they are gone. */
static void
drop_empty(struct master *m)
{
	struct generation **at = &m->newest;

	while (*at != NULL) {
		struct generation *g = *at;

		if (g->n > 0) {
			at = &g->older;
			continue;
		}
		*at = g->older;
		generation_free(g);
	}
	end_if_alone(m);
}

static void
stop(struct master *m, bool at_once)
{
	uint64_t timeout = 0;

	if (!m->stopping) {
		notify_stopping();
		log_write(LOG_NOTICE, "stopping%s", at_once ? " at once" : "");
	}
	m->stopping = true;
	if (!at_once && m->acceptor.serving != NULL) {
		for (struct generation *g = m->newest; g != NULL; g = g->older)
			generation_stop_passing(g);
		acceptor_take_waiting(&m->acceptor);
	}
	acceptor_serve(&m->acceptor, NULL, 0); /* before anything else */
	reload_cancel(m);
	reload_close_sockets(m);
	for (struct generation *g = m->newest; g != NULL; g = g->older) {
		if (at_once)
			generation_kill(g);
		else
			generation_stop(g);
		if (g->cfg->stop_timeout_ms > timeout)
			timeout = g->cfg->stop_timeout_ms;
	}
	timer_arm(m->timers, &m->stop_timer, timeout + STOP_GRACE_MS);
	drop_empty(m);
}

static int
on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *ctx)
{
	struct master *m = ctx;

	assert(source != NULL);
	if (si->ssi_signo == SIGHUP)
		reload_ask(m);
	else if (si->ssi_signo == SIGUSR2)
		status_log(m);
	else if (si->ssi_signo == SIGQUIT)
		stop(m, true);
	else if (!m->stopping)
		stop(m, false);
	return 0;
}

/* What generations tell. */

static void
on_ready(void *ctx, struct generation *g)
{
	struct master *m = ctx;
	bool first = m->newest == NULL;

	assert(g == m->next);
	if (first)
		start_write_pidfile(m); /* who hears that we are ready may look at it */
	reload_ready(m);
	if (first && m->options->ready_fd >= 0 && write(m->options->ready_fd, "", 1) < 0)
		log_write(LOG_WARNING, "nobody waits for our being ready");
}

static void
on_failed(void *ctx, struct generation *g)
{
	struct master *m = ctx;

	assert(g == m->next);
	if (m->newest != NULL) {
		reload_failed(m);
		return;
	}
	log_write(LOG_ERR, "the workers did not start");
	m->next = generation_free(g);
	end_loop(m, EX_OSERR);
}

static void
on_room(void *ctx, struct generation *g)
{
	struct master *m = ctx;

	if (g == m->newest)
		acceptor_retry(&m->acceptor);
}

static void
on_gone(void *ctx, struct generation *g)
{
	struct master *m = ctx;
	struct generation **at = &m->newest;

	while (*at != g)
		at = &(*at)->older;
	*at = g->older;
	log_write(LOG_INFO, "generation %u has ended", g->id);
	generation_free(g);
	reload_generation_gone(m);
	end_if_alone(m);
}

static void
on_connection(void *ctx, struct generation *g, uint32_t listener, int fd)
{
	struct master *m = ctx;
	struct listener *l = listener_find(m->acceptor.listeners, &g->cfg->listeners[listener]);

	if (l != NULL && l->served)
		acceptor_hand(&m->acceptor, l, fd);
	else
		close(fd); /* a reload has ended that listener */
}

/* Now and then. */

static void
on_tick(void *ctx)
{
	struct master *m = ctx;
	uint64_t now = timers_now(m->timers), every = 1000, want;

	for (struct generation *g = m->newest; g != NULL; g = g->older) {
		generation_check_hangs(g, now);
		want = generation_check_every_ms(g);
		every = want < every ? want : every;
	}
	acceptor_look(&m->acceptor);
	if (log_pending() > 0)
		log_flush();
	if (now - m->looked_ms >= LOOK_AT_FILES_MS && !m->stopping && m->newest != NULL) {
		m->looked_ms = now;
		reload_missing_sockets(m);
	}
	timer_arm(m->timers, &m->tick, every);
}

/* The start. */

static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&set, handled[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
}

/* A daemon has no terminal; whoever wants its log on standard error keeps that. */
static int
leave_terminal(const struct config *cfg)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -1;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (i != STDERR_FILENO || cfg->log_target != LOG_TARGET_STDERR)
			(void)dup2(fd, i);
	close(fd);
	return 0;
}

static int
open_log(const struct master *m, const struct config *cfg)
{
	int r;

	if (m->options->ready_fd >= 0 && leave_terminal(cfg) < 0)
		return -1;
	r = log_open(cfg->log_target, "polymilter");
	log_set_level(cfg->log_level);
	if (r < 0)
		log_write(LOG_ERR, "cannot open the log: %s", strerror(-r));
	return r;
}

static int
make_loop(struct master *m)
{
	sd_event_source *source;
	int r = sd_event_new(&m->loop);

	if (r < 0)
		return r;
	r = timers_new(m->loop, &m->timers);
	for (size_t i = 0; r >= 0 && i < sizeof(handled) / sizeof(handled[0]); i++) {
		r = sd_event_add_signal(m->loop, &source, handled[i], on_signal, m);
		if (r < 0)
			break;
		(void)sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
		r = sd_event_source_set_floating(source, true);
		sd_event_source_unref(source);
	}
	if (r >= 0)
		r = sd_event_set_watchdog(m->loop, true);
	return r < 0 ? r : 0;
}

static void
set_up(struct master *m)
{
	acceptor_init(&m->acceptor, m->loop, m->timers);
	m->host = (struct generation_host){
		.loop = m->loop,
		.timers = m->timers,
		.ready = on_ready,
		.failed = on_failed,
		.room = on_room,
		.gone = on_gone,
		.connection = on_connection,
		.ctx = m,
	};
	m->tick = (struct timer){.fn = on_tick, .ctx = m};
	m->stop_timer = (struct timer){.fn = on_stop_timer, .ctx = m};
	m->looked_ms = timers_now(m->timers);
	reload_init(m);
	on_tick(m);
}

/* What a worker could not open any more. */
static void
open_for_workers(void)
{
	unsigned missing = charset_open_all();

	if (missing > 0)
		log_write(LOG_WARNING, "%u conversions between charsets cannot be opened",
			  missing);
	tzset();
}

static int
serve(struct master *m)
{
	int r = make_loop(m);

	if (r < 0) {
		log_write(LOG_ERR, "cannot make a loop: %s", strerror(-r));
		return EX_OSERR;
	}
	set_up(m);
	if (reload_fork(m) < 0)
		return EX_OSERR;
	return sd_event_loop(m->loop);
}

static void
clean_up(struct master *m)
{
	if (m->timers != NULL) {
		reload_cancel(m);
		acceptor_free(&m->acceptor);
	}
	for (struct generation *g = m->newest, *older; g != NULL; g = older) {
		older = g->older;
		generation_free(g);
	}
	for (struct listener *l = m->acceptor.listeners, *next; l != NULL; l = next) {
		next = l->next;
		listener_close(l, true);
	}
	for (struct listener *l = m->fresh, *next; l != NULL; l = next) {
		next = l->next;
		listener_close(l, true);
	}
	start_remove_pidfile(m);
	config_free(m->next_cfg);
	timers_free(m->timers);
	sd_event_unref(m->loop);
	log_flush();
	log_close();
}

int
master_main(const struct master_options *options)
{
	struct master m = {.options = options, .pidfile = -1};
	int status;

	block_signals();
	/* sd-event's pidfd of a child may be told before the child can be waited for, and is
	 * then not told again (seen with 252 on Linux 6.18): let it use SIGCHLD. */
	(void)setenv("SYSTEMD_PIDFD", "0", 1);
	inherited_read(&m.inherited);
	m.max_descriptors = privileges_raise_nofile();
	status = start_load(&m, &m.next_cfg);
	if (status == EX_OK) {
		privileges_harden();
		open_for_workers();
		status = open_log(&m, m.next_cfg) < 0 ? EX_OSERR : serve(&m);
	}
	if (status != EX_OK && m.stopping)
		log_write(LOG_ERR, "ends with status %d", status);
	clean_up(&m);
	return status;
}
