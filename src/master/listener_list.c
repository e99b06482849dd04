/* The master's listeners over the life of the daemon: which are opened, kept, closed when the
 * configuration changes, and made again when their files are gone. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "master/fd_store.h"
#include "master/state.h"
#include "util/log.h"

/* The workers of a master that was killed end a moment after it, and until then its addresses
 * are in use. */
#define WORKERS_END_MS 3000u

static bool
is_closed_by_drain(const struct listener *l)
{
	return l->drains && l->fd < 0;
}

static int
check_owner_can_be_set(const struct master *m, const struct listener_conf *conf)
{
	if ((conf->owner == NULL && conf->group == NULL) || geteuid() == 0)
		return 0;
	log_write(LOG_ERR, "listener \"%s\": owner and group need %s", conf->name,
		  m->was_root ? "a restart" : "a daemon that is started as root");
	return -EINVAL;
}

/* One that drain has closed is opened anew. */
static struct listener *
find_open(struct listener *list, const struct listener_conf *conf)
{
	struct listener *l = listener_find(list, conf);

	return l != NULL && !is_closed_by_drain(l) ? l : NULL;
}

int
listener_list_open_new(struct master *m, const struct config *cfg)
{
	unsigned wait_ms = m->newest == NULL ? WORKERS_END_MS : 0; /* a reload blocks nothing */
	struct listener *l;
	int r;

	fd_store_drop_unneeded(&m->inherited, cfg);
	for (size_t i = 0; i < cfg->n_listeners; i++) {
		const struct listener_conf *conf = &cfg->listeners[i];

		if (find_open(m->acceptor.listeners, conf) != NULL ||
		    listener_find(m->new_listeners, conf) != NULL)
			continue;
		r = check_owner_can_be_set(m, conf);
		if (r == 0)
			r = listener_open(conf, &m->id, &m->inherited, wait_ms, &l);
		if (r < 0)
			return r;
		l->next = m->new_listeners;
		m->new_listeners = l;
	}
	return http_process_open_next(m, cfg, wait_ms);
}

static void
close_listeners(struct master *m, struct listener **list, bool only_unneeded)
{
	struct listener **at = list;

	while (*at != NULL) {
		struct listener *l = *at;

		if (only_unneeded && !is_closed_by_drain(l) &&
		    (l->configured || listener_is_systemds(l))) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		if (only_unneeded)
			fd_store_remove(l);
		acceptor_forget(&m->acceptor, l);
		listener_close(l, true);
	}
}

void
listener_list_close_new(struct master *m)
{
	close_listeners(m, &m->new_listeners, false);
	http_process_close_next(m);
}

void
listener_list_close_all(struct master *m)
{
	close_listeners(m, &m->acceptor.listeners, false);
}

static void
adapt_to_configuration(struct listener *l, const struct config *cfg)
{
	l->configured = false;
	l->drains = false;
	for (size_t i = 0; i < cfg->n_listeners; i++) {
		if (!listener_fits(l, &cfg->listeners[i]))
			continue;
		l->configured = true;
		l->index = i;
		(void)listener_adapt(l, &cfg->listeners[i]);
	}
}

void
listener_list_adopt_new(struct master *m, const struct config *cfg)
{
	struct listener **end = &m->acceptor.listeners;

	close_listeners(m, end, true); /* those that drain has closed: they are new */
	while (*end != NULL)
		end = &(*end)->next;
	*end = m->new_listeners;
	m->new_listeners = NULL;
	for (struct listener *l = m->acceptor.listeners; l != NULL; l = l->next)
		adapt_to_configuration(l, cfg);
	for (struct listener *l = m->acceptor.listeners; l != NULL; l = l->next)
		if (l->configured)
			fd_store_keep(l);
	close_listeners(m, &m->acceptor.listeners, true);
}

void
listener_list_remake_missing(struct master *m)
{
	for (struct listener *l = m->acceptor.listeners; l != NULL; l = l->next) {
		if (!l->configured || l->drains || (l->fd >= 0 && listener_is_intact(l)))
			continue;
		log_write(LOG_WARNING, "listener %s: %s is gone: making it again", l->name,
			  listener_is_systemds(l) ? l->file.un.sun_path : l->socket);
		acceptor_unwatch(&m->acceptor, l);
		fd_store_remove(l);
		if (listener_rebind(l, &m->newest->cfg->listeners[l->index], &m->id) == 0 ||
		    l->fd >= 0)
			acceptor_resume(&m->acceptor);
		fd_store_keep(l);
	}
}

/* Whether a reload could open the socket, as this user, if it were closed now. */
static bool
can_be_made_again(const struct master *m, const struct listener *l)
{
	const struct listener_conf *conf = &m->newest->cfg->listeners[l->index];
	bool is_root = geteuid() == 0;

	if (listener_is_systemds(l) ||
	    (!is_root && (conf->owner != NULL || conf->group != NULL)))
		return false;
	if (l->addr.sa.sa_family != AF_UNIX)
		return is_root || ntohs(l->addr.in.sin_port) >= IPPORT_RESERVED;
	return addr_directory_is_writable(&l->addr);
}

static void
drain_listener(struct master *m, struct listener *l)
{
	bool closes = can_be_made_again(m, l);

	acceptor_drain(&m->acceptor, l, closes);
	if (closes) {
		fd_store_remove(l);
		listener_shut(l, true);
	}
	log_write(LOG_NOTICE, "listener %s drains%s", l->name,
		  closes ? "" : ": connections wait in the backlog");
}

size_t
listener_list_drain(struct master *m, const char *name)
{
	size_t n = 0;

	for (struct listener *l = m->acceptor.listeners; l != NULL; l = l->next) {
		if (!l->configured || (*name != '\0' && strcmp(l->name, name) != 0))
			continue;
		n++;
		if (!l->drains)
			drain_listener(m, l);
	}
	return n;
}

size_t
listener_list_draining_sessions(const struct master *m, const char *name)
{
	size_t n = 0;

	for (const struct listener *l = m->acceptor.listeners; l != NULL; l = l->next)
		if (l->drains && (*name == '\0' || strcmp(l->name, name) == 0))
			n += acceptor_sessions_at(&m->acceptor, l);
	return n;
}
