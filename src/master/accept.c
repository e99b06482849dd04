/* Accepting in bounded turns, least loaded worker first, pausing when nobody has room. */
#include "master/accept.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "util/log.h"

#define ACCEPTS_PER_TURN 16u
#define ACCEPTS_AT_END	 4096u
#define RETRY_MS	 100u
#define NO_FDS_MS	 1000u
#define COMPLAIN_MS	 60000u

/* Whether it is time for another line about it; at most one a minute. */
static bool
may_complain(struct acceptor *a)
{
	uint64_t now = timers_now(a->timers);

	if (a->complained_ms != 0 && now - a->complained_ms < COMPLAIN_MS)
		return false;
	a->complained_ms = now;
	return true;
}

static void
enable(const struct listener *l, bool on)
{
	int r;

	if (l->source == NULL)
		return;
	r = sd_event_source_set_enabled(l->source, on ? SD_EVENT_ON : SD_EVENT_OFF);
	assert(r >= 0);
}

static void
enable_all(const struct acceptor *a, bool on)
{
	for (const struct listener *l = a->listeners; l != NULL; l = l->next)
		enable(l, on);
}

static void
pause_all(struct acceptor *a, uint64_t ms)
{
	if (!a->paused)
		a->pauses++;
	a->paused = true;
	enable_all(a, false);
	if (a->serving != NULL) {
		generation_set_full(a->serving, true);
		timer_arm(a->timers, &a->retry, ms);
	}
}

static bool
listener_is_full(const struct acceptor *a, const struct listener *l)
{
	size_t max = a->serving->cfg->listeners[l->index].max_sessions, n = 0;

	if (max == 0)
		return false;
	for (const struct generation *g = a->serving; g != NULL; g = g->older)
		for (size_t i = 0; i < g->cfg->n_listeners; i++)
			if (listener_fits(l, &g->cfg->listeners[i]))
				n += generation_sessions_at(g, i);
	return n >= max;
}

static void
pause_listener(struct acceptor *a, const struct listener *l)
{
	enable(l, false);
	for (struct generation *g = a->serving; g != NULL; g = g->older)
		generation_set_full(g, true);
	timer_arm(a->timers, &a->retry, RETRY_MS);
}

/* A peer that is not on the list of networks gets nothing. */
static bool
is_allowed(struct acceptor *a, const struct listener *l, const struct sockaddr *sa)
{
	const struct listener_conf *conf = &a->serving->cfg->listeners[l->index];
	struct cidr host;
	struct addr from = {.len = sizeof(from.in6)};
	char text[128];

	if (conf->n_allow == 0 || sa->sa_family == AF_UNIX)
		return true;
	if (cidr_from_sockaddr(sa, &host) == 0)
		for (size_t i = 0; i < conf->n_allow; i++)
			if (cidr_contains(&conf->allow[i], &host))
				return true;
	a->refused++;
	memcpy(&from.in6, sa, sizeof(from.in6));
	if (may_complain(a))
		log_write(LOG_WARNING,
			  "listener %s: %s is not in allow: closed (such lines come once a "
			  "minute)",
			  l->name, addr_format(&from, text, sizeof(text)));
	return false;
}

/* An MTA that vanished without a word should be noticed; small answers should go at once. */
static void
tune(int fd, const struct sockaddr *sa)
{
	static const int on = 1, idle_s = 600, every_s = 60, probes = 5;

	if (sa->sa_family == AF_UNIX)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof(every_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void
hand(struct acceptor *a, struct listener *l, int fd)
{
	if (generation_hand(a->serving, fd, (uint32_t)l->index, a->max_sessions) == 0)
		return;
	a->kept = fd;
	a->kept_of = l;
	pause_all(a, RETRY_MS);
}

/* accept() failed. Whether another try makes sense in this turn. */
static bool
accept_failed(struct acceptor *a, const struct listener *l, int error)
{
	if (error == EAGAIN)
		return false;
	if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM)
		return true; /* of that connection: it is gone */
	if (may_complain(a))
		log_write(LOG_WARNING, "listener %s: accept: %s: waiting", l->name,
			  strerror(error));
	pause_all(a, NO_FDS_MS);
	return false;
}

/* One connection. False: the turn is over. */
static bool
accept_one(struct acceptor *a, struct listener *l)
{
	struct sockaddr_storage from;
	struct sockaddr *sa = (struct sockaddr *)&from;
	socklen_t len = sizeof(from);
	int fd;

	if (!generation_has_room(a->serving, a->max_sessions)) {
		pause_all(a, RETRY_MS);
		return false;
	}
	if (listener_is_full(a, l)) {
		pause_listener(a, l);
		return false;
	}
	fd = accept4(l->fd, sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return accept_failed(a, l, errno);
	if (!is_allowed(a, l, sa)) {
		close(fd);
		return true;
	}
	tune(fd, sa);
	hand(a, l, fd);
	return !a->paused;
}

static int
on_connection(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct acceptor *a = ctx;
	struct listener *l = a->listeners;

	assert(revents != 0);
	while (l != NULL && l->source != source)
		l = l->next;
	assert(l != NULL && l->fd == fd && a->serving != NULL);
	for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++)
		if (!accept_one(a, l))
			break;
	return 0;
}

/* A source for each listener that has none. */
static void
watch_all(struct acceptor *a)
{
	int r;

	for (struct listener *l = a->listeners; l != NULL; l = l->next) {
		if (l->source != NULL || l->fd < 0)
			continue;
		r = sd_event_add_io(a->loop, &l->source, l->fd, EPOLLIN, on_connection, a);
		if (r < 0)
			log_write(LOG_ERR, "listener %s: cannot watch it: %s", l->name,
				  strerror(-r));
	}
}

void
acceptor_retry(struct acceptor *a)
{
	int fd = a->kept;

	if (a->serving == NULL)
		return;
	a->kept = -1;
	a->paused = false;
	timer_disarm(a->timers, &a->retry);
	for (struct generation *g = a->serving; g != NULL; g = g->older)
		generation_set_full(g, false);
	if (fd >= 0)
		hand(a, a->kept_of, fd);
	if (a->paused)
		return;
	watch_all(a);
	enable_all(a, true); /* who is full still switches itself off again */
}

void
acceptor_take_waiting(struct acceptor *a)
{
	for (struct listener *l = a->listeners; l != NULL; l = l->next) {
		if (listener_is_systemds(l) || l->source == NULL)
			continue;
		for (unsigned i = 0; i < ACCEPTS_AT_END && !a->paused; i++)
			if (!accept_one(a, l))
				break;
	}
}

static void
on_retry(void *ctx)
{
	acceptor_retry(ctx);
}

void
acceptor_init(struct acceptor *a, struct sd_event *loop, struct timers *timers)
{
	*a = (struct acceptor){.loop = loop, .timers = timers, .kept = -1};
	a->retry = (struct timer){.fn = on_retry, .ctx = a};
}

void
acceptor_free(struct acceptor *a)
{
	timer_disarm(a->timers, &a->retry);
	for (struct listener *l = a->listeners; l != NULL; l = l->next)
		acceptor_forget(a, l);
}

void
acceptor_serve(struct acceptor *a, struct generation *g, size_t max_sessions)
{
	a->serving = g;
	a->max_sessions = max_sessions;
	if (g == NULL)
		pause_all(a, 0);
	else
		acceptor_retry(a);
}

void
acceptor_forget(struct acceptor *a, struct listener *l)
{
	l->source = sd_event_source_disable_unref(l->source);
	if (a->kept >= 0 && a->kept_of == l) {
		close(a->kept);
		a->kept = -1;
	}
}
