/* The master's listeners over the life of the daemon: which are opened, kept, closed when the
 * configuration changes, and made again when their files are gone. */
#include <errno.h>
#include <unistd.h>

#include "master/fd_store.h"
#include "master/state.h"
#include "util/log.h"

/* The workers of a master that was killed end a moment after it, and until then its addresses
 * are in use. */
#define WORKERS_END_MS 3000u

static int
check_owner_can_be_set(const struct master *m, const struct listener_conf *conf)
{
	if ((conf->owner == NULL && conf->group == NULL) || geteuid() == 0)
		return 0;
	log_write(LOG_ERR, "listener \"%s\": owner and group need %s", conf->name,
		  m->was_root ? "a restart" : "a daemon that is started as root");
	return -EINVAL;
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

		if (listener_find(m->acceptor.listeners, conf) != NULL ||
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
	return 0;
}

static void
close_listeners(struct master *m, struct listener **list, bool only_unneeded)
{
	struct listener **at = list;

	while (*at != NULL) {
		struct listener *l = *at;

		if (only_unneeded && (l->configured || listener_is_systemds(l))) {
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
		if (!l->configured || (l->fd >= 0 && listener_is_intact(l)))
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
