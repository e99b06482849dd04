/* Listening sockets: made by the master, or passed by systemd.
 *
 * A unix socket PATH has a lock file PATH.lock beside it for as long as the daemon listens, so
 * that two daemons cannot take each other's path. The lock is flock(2), which ends with the
 * process, so a lock file that a killed daemon left behind is harmless. A start waits 3 s for
 * what the processes of a killed daemon still have: lock, unix socket, address and port.
 * Example, with socket = "unix:/run/polymilter/mx.sock":
 *   1. open mx.sock.lock there (created with mode 0600) and lock it. If another
 *      process has the lock: "another polymilter listens there", exit status 69
 *   2. compare the locked file with the one that has this name now: a daemon that ends
 *      removes its lock file, perhaps between open and lock. If they differ: 1 again
 *   3. connect to mx.sock. If that succeeds, or the backlog is full, a program that uses no
 *      lock listens there: "another process answers on it", exit status 69. If it is refused,
 *      a dead daemon left the socket, and it is removed. A file that is no socket is never
 *      removed: exit status 71
 *   4. bind with the umask that gives the configured mode, listen; as root, set the owner
 * A socket from the store (fd_store.h) is locked as in 1 and 2, and 3 and 4 are left out.
 * At the end mx.sock is removed, if it is still the file of step 4, and then the lock file. */
#ifndef MASTER_LISTEN_H
#define MASTER_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"
#include "master/privileges.h"

struct sd_event_source;

struct listener {
	char *name, *socket; /* as configured; its own copies */
	struct addr addr;    /* len 0: passed by systemd */
	int fd, lock_fd;     /* -1: none */
	struct addr file; /* of a unix socket's file, also of systemd's; len 0: none is known */
	dev_t dev;	  /* of that file, to see whether it was removed */
	ino_t ino;
	mode_t mode; /* of systemd's file, to make it again */
	gid_t gid;
	bool remade;	  /* systemd's, but made again here */
	bool configured;  /* in the serving configuration; a socket of systemd need not be */
	size_t index;	  /* there */
	bool drains;	  /* polymilterctl drain: nothing is accepted until a reload */
	bool had_backlog; /* a connection waited at the last look; see acceptor.c */
	bool stored; /* in the service manager's store: the next process gets it (fd_store.h) */
	struct sd_event_source *source; /* NULL: the master does not accept there */
	struct listener *next;
};

/* Descriptors that systemd passed, with their names. */
struct inherited {
	int n, fds[256]; /* -1: taken by a listener */
	char names[256][64];
};

/* Reads LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES (sd_listen_fds(3)) and removes them from the
 * environment. */
void inherited_read(struct inherited *ret);

/* A socket for this address, not bound, with the options that a listener has; or a negative
 * errno. */
int listener_make_socket(const struct addr *addr);

/* Opens one, or takes it from those that systemd passed. id: the user that the daemon will be,
 * the owner of the socket's file unless conf has an owner. wait_ms: how long to wait for an
 * address that is in use. 0, or after a line in the log -EADDRINUSE when a process listens
 * there, or another negative errno. */
int listener_open(const struct listener_conf *conf, const struct identity *id,
		  struct inherited *inherited, unsigned wait_ms, struct listener **ret);

/* Closes the socket, in the workers too, and keeps the rest: a later listener_close() is fine.
 * Files as in listener_close(). */
void listener_shut(struct listener *l, bool remove_files);
/* Closes it, in the workers too; a stored one goes on listening for the next process.
 * remove_files: removes socket and lock file of a unix socket, of a stored one the lock file
 * only. NULL is fine; returns NULL. */
struct listener *listener_close(struct listener *l, bool remove_files);

/* Systemd keeps its sockets open for the next process. */
static inline bool
listener_is_systemds(const struct listener *l)
{
	return l->addr.len == 0;
}

/* Whether it listens at conf's address; of sockets of systemd the names are compared. */
bool listener_fits(const struct listener *l, const struct listener_conf *conf);
/* The one of a list that does; or NULL. */
struct listener *listener_find(struct listener *list, const struct listener_conf *conf);
/* Gives the open socket the name, mode and backlog of a new configuration. 0, or a negative
 * errno after a line in the log. */
int listener_adapt(struct listener *l, const struct listener_conf *conf);
/* Whether the file of a unix socket is still the one that was made; true for other sockets, and
 * where systemd's file was not to be seen at the start (another mount namespace). */
bool listener_is_intact(const struct listener *l);
/* Closes the socket and makes a new one. 0, or a negative errno after a line in the log; fd is
 * then -1. Of systemd the new one has mode and group of the file that is gone, and the next
 * process gets the old socket again; if it cannot be made the old one stays open. */
int listener_rebind(struct listener *l, const struct listener_conf *conf,
		    const struct identity *id);

#endif
