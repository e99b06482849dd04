/* Messages to the file descriptor store, and what comes back from it at a start. */
#include "master/fd_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define NAME_BYTES 64u

static bool
has_store(void)
{
	const char *max = getenv("FDSTORE");

	return max != NULL && strtoul(max, NULL, 10) > 0;
}

static bool
make_stored_name(const struct listener *l, char name[NAME_BYTES])
{
	struct stat st;

	if (fstat(l->fd, &st) < 0)
		return false;
	(void)snprintf(name, NAME_BYTES, "stored.%llx.%llx.%llx", (unsigned long long)st.st_ino,
		       (unsigned long long)l->dev, (unsigned long long)l->ino);
	return true;
}

static bool
read_stored_name(const char *name, dev_t *ret_dev, ino_t *ret_ino)
{
	unsigned long long dev, ino;

	if (sscanf(name, "stored.%*x.%llx.%llx", &dev, &ino) != 2)
		return false;
	*ret_dev = (dev_t)dev;
	*ret_ino = (ino_t)ino;
	return true;
}

static void
send_removal(const char *name)
{
	(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void
fd_store_keep(struct listener *l)
{
	char name[NAME_BYTES], text[NAME_BYTES + 32];

	if (listener_is_systemds(l) || l->fd < 0)
		return;
	if (!has_store()) {
		fd_store_remove(l);
		return;
	}
	if (l->stored || !make_stored_name(l, name))
		return;
	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	l->stored = sd_pid_notify_with_fds(0, 0, text, &l->fd, 1) > 0;
}

void
fd_store_remove(struct listener *l)
{
	char name[NAME_BYTES];

	if (l->stored && l->fd >= 0 && make_stored_name(l, name))
		send_removal(name);
	l->stored = false;
}

static bool
is_bound_to(int fd, const struct addr *addr)
{
	struct addr bound = {.len = sizeof(bound.un)};

	return getsockname(fd, &bound.sa, &bound.len) == 0 && bound.len == addr->len &&
	       memcmp(&bound.sa, &addr->sa, addr->len) == 0;
}

/* Whether path is the file of this device and inode. */
static bool
is_file(const char *path, dev_t dev, ino_t ino)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

int
fd_store_take(struct inherited *inherited, const struct addr *addr, dev_t *ret_dev,
	      ino_t *ret_ino)
{
	for (int i = 0; i < inherited->n; i++) {
		int fd = inherited->fds[i];

		if (fd < 0 || !is_bound_to(fd, addr) ||
		    !read_stored_name(inherited->names[i], ret_dev, ret_ino))
			continue;
		inherited->fds[i] = -1;
		return fd;
	}
	return -1;
}

static bool
is_needed(int fd, dev_t dev, ino_t ino, const struct config *cfg)
{
	for (size_t i = 0; i < cfg->n_listeners; i++) {
		const struct addr *addr = &cfg->listeners[i].addr;

		if (addr->len > 0 && is_bound_to(fd, addr))
			return addr->sa.sa_family != AF_UNIX ||
			       is_file(addr->un.sun_path, dev, ino);
	}
	return false;
}

static void
drop_stored(int fd, const char *name, dev_t dev, ino_t ino)
{
	struct addr bound = {.len = sizeof(bound.un)};

	if (getsockname(fd, &bound.sa, &bound.len) == 0 && bound.sa.sa_family == AF_UNIX &&
	    is_file(bound.un.sun_path, dev, ino))
		(void)unlink(bound.un.sun_path);
	send_removal(name);
	(void)shutdown(fd, SHUT_RDWR); /* systemd has it open until it reads the message */
	close(fd);
}

void
fd_store_drop_unneeded(struct inherited *inherited, const struct config *cfg)
{
	dev_t dev;
	ino_t ino;

	for (int i = 0; i < inherited->n; i++) {
		int fd = inherited->fds[i];

		if (fd < 0 || !read_stored_name(inherited->names[i], &dev, &ino) ||
		    is_needed(fd, dev, ino, cfg))
			continue;
		drop_stored(fd, inherited->names[i], dev, ino);
		inherited->fds[i] = -1;
	}
}
