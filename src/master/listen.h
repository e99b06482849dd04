/* Listening sockets: made here, taken from systemd, guarded against a second daemon. Layer 8.
 *
 * A unix socket PATH has a lock file PATH.lock beside it for as long as we listen, so that two
 * daemons cannot steal each other's path. */
#ifndef MASTER_LISTEN_H
#define MASTER_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "master/privileges.h"

struct sd_event_source;

struct listener {
	char *name, *socket; /* as configured; our copies */
	struct addr addr;    /* len 0: systemd's, never unlinked */
	int fd, lock_fd;
	dev_t dev; /* of the socket's file, to see whether somebody removed it */
	ino_t ino;
	bool served;   /* by the serving configuration: systemd's are kept anyway */
	size_t index;  /* there */
	bool wanted;   /* by the configuration that is being loaded */
	bool somebody; /* waited there when we last looked */
	struct sd_event_source *source;
	struct listener *next;
};

/* Descriptors that systemd gave us, with their names. */
struct inherited {
	int n, fds[64];
	char names[64][64];
};

/* Reads LISTEN_FDS and its kin, and takes them out of the environment. */
void inherited_read(struct inherited *ret);

/* Opens one. 0, or after a line in the log: -EADDRINUSE when somebody answers there, or another
 * negative errno. id: who will own the path when we are root. wait_ms: how long to wait for an
 * address that is in use. */
int listener_open(const struct listener_conf *conf, const struct identity *id,
		  struct inherited *inherited, unsigned wait_ms, struct listener **ret);

/* Closes; remove: and takes our path away. Returns NULL. */
struct listener *listener_close(struct listener *l, bool remove);

/* Systemd's sockets are kept open by it, for the next process. */
static inline bool
listener_is_systemds(const struct listener *l)
{
	return l->addr.len == 0;
}

/* Does it listen where conf says? */
bool listener_fits(const struct listener *l, const struct listener_conf *conf);
/* The one of a list that does; or NULL. */
struct listener *listener_find(struct listener *list, const struct listener_conf *conf);
/* Mode and backlog of a new configuration on the open socket. 0 or a negative errno, logged. */
int listener_adapt(struct listener *l, const struct listener_conf *conf);
/* Is the path still ours? True for sockets without one. */
bool listener_is_intact(const struct listener *l);
/* When it is not: closes and opens anew. 0 or a negative errno, logged; fd is then -1. */
int listener_rebind(struct listener *l, const struct listener_conf *conf,
		    const struct identity *id);

#endif
