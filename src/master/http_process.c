/* Forks the HTTP process and replaces it. Input: the configurations that come to serve; output:
 * at most one child, which has the socket. The master never waits for it, but at its own end.
 */
#include "master/http_process.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "chain/fatal_message.h"
#include "http/http.h"
#include "http/server.h"
#include "master/state.h"
#include "util/buf.h"
#include "util/log.h"
#include "util/process.h"

#define BACKLOG	      64
#define SOCKET_MODE   0660
#define FORK_RETRY_MS 1000u

static void fork_or_retry(struct master *m);

/* The socket. */

static struct listener_conf
make_metrics_conf(const struct config *cfg)
{
	return (struct listener_conf){.name = "metrics",
				      .socket = cfg->metrics,
				      .addr = cfg->metrics_addr,
				      .mode = SOCKET_MODE,
				      .backlog = BACKLOG};
}

int
http_process_open_next(struct master *m, const struct config *cfg, unsigned wait_ms)
{
	const struct listener_conf conf = make_metrics_conf(cfg);
	struct http_process *h = &m->http;

	if (conf.addr.len == 0 || (h->listener != NULL && listener_fits(h->listener, &conf)) ||
	    (h->next != NULL && listener_fits(h->next, &conf)))
		return 0;
	return listener_open(&conf, &m->id, &m->inherited, wait_ms, &h->next);
}

void
http_process_close_next(struct master *m)
{
	m->http.next = listener_close(m->http.next, true);
}

static bool
has_http_socket(const struct http_process *h)
{
	return h->listener != NULL && h->listener->fd >= 0;
}

/* The process. */

/* The one that runs, if there is one, ends; then the next one starts, if there is a socket. */
static void
end_process(struct http_process *h)
{
	if (h->pid <= 0)
		return;
	h->is_ended = true;
	(void)kill(h->pid, SIGKILL);
}

static void
tell_end(const struct http_process *h, const siginfo_t *status)
{
	struct buf end = {0};

	process_append_end(&end, status);
	if (status->si_code == CLD_EXITED && status->si_status == EX_UNAVAILABLE)
		buf_puts(&end, ": libmicrohttpd cannot be loaded");
	if (status->si_code == CLD_KILLED && status->si_status == SIGALRM)
		buf_printf(&end, ": it hung for %u s", SERVER_HANG_S);
	log_write(LOG_ERR, "HTTP process %d%s", (int)h->pid, buf_string(&end));
	buf_free(&end);
}

static void
replace_process(struct master *m)
{
	struct http_process *h = &m->http;
	uint64_t now_ms = timers_now(m->timers);
	uint64_t delay_ms = backoff_count_death(&h->backoff, h->forked_ms, now_ms);

	if (delay_ms == 0) {
		fork_or_retry(m);
		return;
	}
	log_write(LOG_WARNING, "the next HTTP process starts in %" PRIu64 " s",
		  delay_ms / 1000);
	timer_arm(m->timers, &h->respawn, delay_ms);
}

static int
on_http_exit(sd_event_source *source, const siginfo_t *status, void *ctx)
{
	struct master *m = ctx;
	struct http_process *h = &m->http;
	bool is_ended = h->is_ended;

	assert(source == h->exit_source);
	h->exit_source = sd_event_source_disable_unref(h->exit_source);
	if (!is_ended)
		tell_end(h, status);
	h->pid = 0;
	h->is_ended = false;
	if (!has_http_socket(h))
		return 0;
	if (is_ended)
		fork_or_retry(m);
	else
		replace_process(m);
	return 0;
}

/* The child gives up the memory that the master shares with workers. */
static _Noreturn void
run_http(struct master *m, int snapshot, pid_t master)
{
	const struct http_setup setup = {
		.listener = m->http.listener->fd,
		.snapshot = snapshot,
		.master = master,
	};

	fatal_messages_free(m->fatal);
#ifdef WITH_MICROHTTPD
	http_main(&setup);
#else
	(void)setup; /* the configuration refuses the option: there is no socket */
	_exit(EX_UNAVAILABLE);
#endif
}

static int
fork_process(struct master *m)
{
	struct http_process *h = &m->http;
	pid_t master = getpid();
	int snapshot = totals_publish(m->totals, m), r;

	log_flush(); /* the child would inherit pending log records */
	h->pid = fork();
	if (h->pid == 0)
		run_http(m, snapshot, master);
	if (h->pid < 0) {
		h->pid = 0;
		return -errno;
	}
	h->forked_ms = timers_now(m->timers);
	r = sd_event_add_child(m->loop, &h->exit_source, h->pid, WEXITED, on_http_exit, m);
	if (r < 0) {
		(void)kill(h->pid, SIGKILL);
		(void)waitpid(h->pid, NULL, 0);
		h->pid = 0;
	}
	return r;
}

static void
fork_or_retry(struct master *m)
{
	int r = fork_process(m);

	if (r >= 0)
		return;
	log_write(LOG_ERR, "cannot start the HTTP process: %s", strerror(-r));
	timer_arm(m->timers, &m->http.respawn, FORK_RETRY_MS);
}

/* Not when one runs, or is to start later. */
static void
start_process(struct master *m)
{
	struct http_process *h = &m->http;

	if (has_http_socket(h) && h->pid == 0 && !timer_is_armed(&h->respawn))
		fork_or_retry(m);
}

static void
on_http_respawn(void *ctx)
{
	start_process(ctx);
}

/* From now on with another socket, or with none. */
static void
change_socket(struct master *m, struct listener *next)
{
	struct http_process *h = &m->http;

	h->listener = listener_close(h->listener, true);
	h->listener = next;
	h->next = NULL;
	timer_disarm(m->timers, &h->respawn);
	h->backoff = (struct backoff){0};
	end_process(h);
}

void
http_process_apply(struct master *m, const struct config *cfg)
{
	const struct listener_conf conf = make_metrics_conf(cfg);
	struct http_process *h = &m->http;

	h->respawn = (struct timer){.fn = on_http_respawn, .ctx = m};
	if (conf.addr.len == 0 || h->next != NULL)
		change_socket(m, h->next);
	m->keeps_snapshot_fresh = h->listener != NULL;
	start_process(m);
}

void
http_process_remake_missing(struct master *m)
{
	struct http_process *h = &m->http;
	const struct listener_conf conf = make_metrics_conf(m->newest->cfg);

	if (h->listener == NULL || (has_http_socket(h) && listener_is_intact(h->listener)))
		return;
	log_write(LOG_WARNING, "metrics: %s is gone: making it again", conf.socket);
	end_process(h);
	if (listener_rebind(h->listener, &conf, &m->id) == 0)
		start_process(m);
}

void
http_process_end(struct master *m)
{
	struct http_process *h = &m->http;

	http_process_close_next(m);
	h->listener = listener_close(h->listener, true);
	h->exit_source = sd_event_source_disable_unref(h->exit_source);
	timer_disarm(m->timers, &h->respawn);
	if (h->pid > 0) {
		(void)kill(h->pid, SIGKILL);
		(void)waitpid(h->pid, NULL, 0);
		h->pid = 0;
	}
}
