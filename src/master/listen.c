/* Binds unix and inet sockets, with lock files and stale paths; takes sockets that systemd
 * passed: those of a socket unit, and those that the previous process stored. */
#include "master/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "master/fd_store.h"
#include "util/access.h"
#include "util/log.h"

#define TRY_EVERY_MS 50u

void
inherited_read(struct inherited *ret)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	*ret = (struct inherited){0};
	for (int i = 0; i < n; i++) {
		if (ret->n < (int)(sizeof(ret->fds) / sizeof(ret->fds[0]))) {
			ret->fds[ret->n] = SD_LISTEN_FDS_START + i;
			(void)snprintf(ret->names[ret->n], sizeof(ret->names[0]), "%s",
				       names[i]);
			ret->n++;
		}
		free(names[i]);
	}
	free(names);
}

static int
log_listener_error(const struct listener_conf *conf, int r, const char *what)
{
	log_write(LOG_ERR, "listener \"%s\": %s: %s%s%s", conf->name, conf->socket, what,
		  r == -EADDRINUSE ? "" : ": ", r == -EADDRINUSE ? "" : access_error_text(-r));
	return r;
}

/* The first descriptor of this name that no listener has; or a negative errno, logged. */
static int
take_inherited_socket(const struct listener_conf *conf, struct inherited *inherited)
{
	int fd, flags;

	for (int i = 0; i < inherited->n; i++) {
		fd = inherited->fds[i];
		if (fd < 0 || strcmp(inherited->names[i], conf->name) != 0)
			continue;
		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
			return log_listener_error(
				conf, -ENOTSOCK,
				"the descriptor from systemd is not a listening socket");
		flags = fcntl(fd, F_GETFL);
		if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
			return log_listener_error(conf, -errno, "O_NONBLOCK");
		inherited->fds[i] = -1;
		return fd;
	}
	log_write(
		LOG_ERR,
		"listener \"%s\": systemd passed no socket of this name: the socket unit needs "
		"FileDescriptorName=%s",
		conf->name, conf->name);
	return -EINVAL;
}

/* 0: no process listens there, -EADDRINUSE: one does, other negative errno: unknown. */
static int
check_socket_in_use(const struct addr *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, &addr->sa, addr->len) == 0 || errno == EAGAIN)
		r = -EADDRINUSE; /* EAGAIN: the backlog is full */
	else if (errno != ECONNREFUSED && errno != ENOENT)
		r = -errno;
	close(fd);
	return r;
}

/* Waits before an address that is in use is tried again. False when wait_ms has passed. */
static bool
wait_for_next_try(unsigned *wait_ms)
{
	if (*wait_ms < TRY_EVERY_MS)
		return false;
	*wait_ms -= TRY_EVERY_MS;
	(void)nanosleep(&(struct timespec){.tv_nsec = TRY_EVERY_MS * 1000000L}, NULL);
	return true;
}

/* Removes a socket that a dead daemon left. */
static int
remove_stale_socket(const struct listener_conf *conf, unsigned *wait_ms)
{
	const char *path = conf->addr.un.sun_path;
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : log_listener_error(conf, -errno, "cannot stat it");
	if (!S_ISSOCK(st.st_mode))
		return log_listener_error(conf, -EEXIST, "is not a socket");
	do
		r = check_socket_in_use(&conf->addr);
	while (r == -EADDRINUSE && wait_for_next_try(wait_ms));
	if (r == -EADDRINUSE)
		return log_listener_error(conf, r, "another process answers on it");
	if (r < 0)
		return log_listener_error(conf, r, "cannot tell whether it is in use");
	if (unlink(path) < 0 && errno != ENOENT)
		return log_listener_error(conf, -errno, "cannot remove the stale socket");
	return 0;
}

static int
open_lock_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int r = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;

		close(fd);
		return r;
	}
	return fd;
}

static bool
is_same_file(const struct stat *st, dev_t dev, ino_t ino)
{
	return st->st_dev == dev && st->st_ino == ino;
}

/* The locked descriptor, or a negative errno. The locked file must still have that name: a
 * daemon that ends removes its lock file. */
static int
lock_socket_path(const char *socket_path)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 8];
	struct stat ours, there;
	int fd;

	(void)snprintf(path, sizeof(path), "%s.lock", socket_path);
	for (unsigned i = 0; i < 10; i++) {
		fd = open_lock_file(path);
		if (fd < 0)
			return fd;
		if (fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
		    is_same_file(&ours, there.st_dev, there.st_ino))
			return fd;
		close(fd);
	}
	return -EADDRINUSE;
}

/* The socket's owner and group: as configured, else the user that the daemon will be. A group
 * that came from a setgid directory stays. */
static int
set_socket_owner(const struct listener *l, const struct listener_conf *conf,
		 const struct identity *id)
{
	uid_t uid;
	gid_t gid;
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (identity_of_listener(conf, &uid, &gid) < 0)
		return -EINVAL;
	if (uid == (uid_t)-1)
		uid = id->uid;
	if (stat(l->addr.un.sun_path, &st) < 0)
		return log_listener_error(conf, -errno, "cannot stat it");
	if (gid == (gid_t)-1 && st.st_gid == getegid())
		gid = id->gid;
	if (lchown(l->addr.un.sun_path, uid, gid) < 0 ||
	    fchown(l->lock_fd, id->uid, id->gid) < 0)
		return log_listener_error(conf, -errno, "cannot change its owner");
	return 0;
}

int
listener_make_socket(const struct addr *addr)
{
	static const int on = 1;
	int fd = socket(addr->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (addr->sa.sa_family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr->sa.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return fd;
}

static int
bind_and_listen(struct listener *l, const struct listener_conf *conf, unsigned wait_ms)
{
	mode_t before = umask(0777 & ~conf->mode);
	int r;

	do
		r = bind(l->fd, &l->addr.sa, l->addr.len) < 0 ? -errno : 0;
	while (r == -EADDRINUSE && wait_for_next_try(&wait_ms));
	umask(before);
	if (r == -EADDRINUSE)
		return log_listener_error(conf, r, "another process uses this address");
	if (r == -EACCES && geteuid() != 0)
		return log_listener_error(
			conf, r, "cannot bind (what only root can make needs a restart)");
	if (r < 0)
		return log_listener_error(conf, r, "cannot bind");
	if (listen(l->fd, conf->backlog) < 0)
		return log_listener_error(conf, -errno, "cannot listen");
	return 0;
}

static void
note_socket_file(struct listener *l)
{
	struct stat st;

	if (stat(l->file.un.sun_path, &st) < 0)
		return;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
}

/* The file of systemd's unix socket. One at which nobody listens was left by a process that had
 * made it again: it counts as gone. */
static void
find_systemds_file(struct listener *l)
{
	struct addr at = {.len = sizeof(at.un)};
	struct stat st;

	if (getsockname(l->fd, &at.sa, &at.len) < 0 || at.sa.sa_family != AF_UNIX ||
	    at.un.sun_path[0] != '/' || stat(at.un.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	l->file = at;
	l->mode = st.st_mode & 0777;
	l->gid = st.st_gid;
	if (check_socket_in_use(&at) != 0)
		note_socket_file(l);
}

static int
lock_listener(struct listener *l, const struct listener_conf *conf, unsigned *wait_ms)
{
	char what[sizeof(conf->addr.un.sun_path) + 64];

	do
		l->lock_fd = lock_socket_path(conf->addr.un.sun_path);
	while (l->lock_fd == -EADDRINUSE && wait_for_next_try(wait_ms));
	if (l->lock_fd == -EADDRINUSE)
		return log_listener_error(conf, -EADDRINUSE,
					  "another polymilter listens there");
	if (l->lock_fd >= 0)
		return 0;
	(void)snprintf(what, sizeof(what), "cannot use %s.lock beside it",
		       basename(conf->addr.un.sun_path));
	return log_listener_error(conf, l->lock_fd, what);
}

static int
open_unix_listener(struct listener *l, const struct listener_conf *conf,
		   const struct identity *id, unsigned wait_ms)
{
	int r;

	l->addr = l->file = conf->addr;
	r = lock_listener(l, conf, &wait_ms);
	if (r < 0)
		return r;
	r = remove_stale_socket(conf, &wait_ms);
	if (r < 0)
		return r;
	r = bind_and_listen(l, conf, 0);
	if (r < 0)
		return r;
	note_socket_file(l);
	return set_socket_owner(l, conf, id);
}

static int
open_own_listener(struct listener *l, const struct listener_conf *conf,
		  const struct identity *id, unsigned wait_ms)
{
	l->fd = listener_make_socket(&conf->addr);
	if (l->fd < 0)
		return log_listener_error(conf, l->fd, "cannot make a socket");
	if (conf->addr.sa.sa_family == AF_UNIX)
		return open_unix_listener(l, conf, id, wait_ms);
	l->addr = conf->addr;
	return bind_and_listen(l, conf, wait_ms);
}

/* The socket that the previous process stored. -ENOENT: there is none. */
static int
open_stored_listener(struct listener *l, const struct listener_conf *conf,
		     const struct identity *id, struct inherited *inherited, unsigned wait_ms)
{
	int r;

	l->fd = fd_store_take(inherited, &conf->addr, &l->dev, &l->ino);
	if (l->fd < 0)
		return -ENOENT;
	l->stored = true;
	l->addr = conf->addr;
	if (conf->addr.sa.sa_family != AF_UNIX)
		return 0;
	l->file = conf->addr;
	r = lock_listener(l, conf, &wait_ms);
	return r < 0 ? r : set_socket_owner(l, conf, id);
}

static char *
copy_text(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

int
listener_open(const struct listener_conf *conf, const struct identity *id,
	      struct inherited *inherited, unsigned wait_ms, struct listener **ret)
{
	struct listener *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		abort();
	*l = (struct listener){.fd = -1, .lock_fd = -1};
	l->name = copy_text(conf->name);
	l->socket = copy_text(conf->socket);
	if (conf->addr.len == 0)
		r = l->fd = take_inherited_socket(conf, inherited);
	else
		r = open_stored_listener(l, conf, id, inherited, wait_ms);
	if (r == -ENOENT && l->fd < 0)
		r = open_own_listener(l, conf, id, wait_ms);
	if (r < 0) {
		listener_close(l, l->lock_fd >= 0);
		return r;
	}
	if (conf->addr.len == 0)
		find_systemds_file(l);
	*ret = l;
	return 0;
}

/* A socket of our own at the path of systemd's. */
static int
remake_systemds_socket(struct listener *l, const struct listener_conf *conf)
{
	struct listener made = {.addr = l->file, .fd = listener_make_socket(&l->file)};
	struct listener_conf there = *conf;
	unsigned wait_ms = 0;
	int r;

	there.addr = l->file;
	there.socket = l->file.un.sun_path;
	there.mode = l->mode;
	if (made.fd < 0)
		return log_listener_error(&there, made.fd, "cannot make a socket");
	r = remove_stale_socket(&there, &wait_ms);
	if (r == 0)
		r = bind_and_listen(&made, &there, 0);
	if (r < 0) {
		close(made.fd);
		return r;
	}
	if (chown(there.socket, (uid_t)-1, l->gid) < 0)
		(void)log_listener_error(&there, -errno, "cannot change its group");
	close(l->fd);
	l->fd = made.fd;
	l->remade = true;
	note_socket_file(l);
	return 0;
}

int
listener_rebind(struct listener *l, const struct listener_conf *conf, const struct identity *id)
{
	int r;

	if (listener_is_systemds(l))
		return remake_systemds_socket(l, conf);
	if (l->fd >= 0)
		close(l->fd);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	l->fd = l->lock_fd = -1;
	r = open_own_listener(l, conf, id, 0);
	if (r < 0 && l->fd >= 0) {
		close(l->fd);
		l->fd = -1;
	}
	return r;
}

bool
listener_is_intact(const struct listener *l)
{
	struct stat st;

	if (l->file.len == 0)
		return true;
	return stat(l->file.un.sun_path, &st) == 0 && is_same_file(&st, l->dev, l->ino);
}

static void
remove_socket_files(const struct listener *l)
{
	char path[sizeof(l->addr.un.sun_path) + 8];

	if (listener_is_systemds(l) || l->addr.sa.sa_family != AF_UNIX)
		return;
	if (!l->stored && listener_is_intact(l))
		(void)unlink(l->addr.un.sun_path);
	(void)snprintf(path, sizeof(path), "%s.lock", l->addr.un.sun_path);
	(void)unlink(path);
}

void
listener_shut(struct listener *l, bool remove_files)
{
	if (remove_files)
		remove_socket_files(l);
	if (l->fd >= 0 && !l->stored && (l->remade || !listener_is_systemds(l)))
		(void)shutdown(l->fd, SHUT_RDWR); /* workers may have it, too */
	if (l->fd >= 0)
		close(l->fd);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	l->fd = l->lock_fd = -1;
}

struct listener *
listener_close(struct listener *l, bool remove_files)
{
	if (l == NULL)
		return NULL;
	listener_shut(l, remove_files);
	free(l->name);
	free(l->socket);
	free(l);
	return NULL;
}

bool
listener_fits(const struct listener *l, const struct listener_conf *conf)
{
	if (l->addr.len != conf->addr.len)
		return false;
	if (conf->addr.len == 0)
		return strcmp(l->name, conf->name) == 0;
	return memcmp(&l->addr.sa, &conf->addr.sa, conf->addr.len) == 0;
}

struct listener *
listener_find(struct listener *list, const struct listener_conf *conf)
{
	while (list != NULL && !listener_fits(list, conf))
		list = list->next;
	return list;
}

int
listener_adapt(struct listener *l, const struct listener_conf *conf)
{
	struct stat st;

	if (strcmp(l->name, conf->name) != 0) {
		free(l->name);
		l->name = copy_text(conf->name);
	}
	if (conf->addr.len == 0)
		return 0;
	if (listen(l->fd, conf->backlog) < 0)
		return log_listener_error(conf, -errno, "cannot change the backlog");
	if (conf->addr.sa.sa_family != AF_UNIX || !listener_is_intact(l))
		return 0;
	if (stat(conf->addr.un.sun_path, &st) == 0 && (st.st_mode & 0777) == conf->mode)
		return 0;
	if (chmod(conf->addr.un.sun_path, conf->mode) < 0)
		return log_listener_error(conf, -errno, "cannot change its mode");
	return 0;
}
