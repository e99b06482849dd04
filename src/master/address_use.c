/* Tries an address, and says why it cannot be used. */
#include "master/address_use.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "master/listen.h"
#include "master/socket_holder.h"

/* Says who listens there; true if that is our daemon. */
static bool
describe_holder(const struct socket_holder *holder, char *buf, size_t size)
{
	if (holder->kind == HOLDER_OURS && !holder->overlaps)
		return true;
	if (holder->kind == HOLDER_OURS)
		(void)snprintf(buf, size,
			       "the running polymilter listens at an address that overlaps: "
			       "stop it and start it again");
	else if (holder->kind == HOLDER_OTHER)
		(void)snprintf(buf, size, "another process uses this address: %s (pid %d)",
			       holder->name, (int)holder->pid);
	else
		(void)snprintf(buf, size, "another process uses this address");
	return false;
}

static bool
describe_bind_error(int error, const struct addr *addr, const struct own_daemon *own, char *buf,
		    size_t size)
{
	struct socket_holder holder;

	if (error == EADDRINUSE) {
		socket_holder_find(addr, own, &holder);
		return describe_holder(&holder, buf, size);
	}
	if (error == EADDRNOTAVAIL)
		(void)snprintf(buf, size, "this host does not have this address");
	else if (error == EACCES)
		(void)snprintf(buf, size,
			       "a port below 1024 needs CAP_NET_BIND_SERVICE, which this start "
			       "does not have");
	else
		(void)snprintf(buf, size, "cannot bind: %s", strerror(error));
	return false;
}

static bool
is_inet_usable(const struct addr *addr, const struct own_daemon *own, char *buf, size_t size)
{
	int fd = listener_make_socket(addr), error = 0;

	if (fd < 0) {
		(void)snprintf(buf, size, "cannot make a socket: %s", strerror(-fd));
		return false;
	}
	if (bind(fd, &addr->sa, addr->len) < 0)
		error = errno;
	close(fd);
	return error == 0 || describe_bind_error(error, addr, own, buf, size);
}

static bool
is_unix_usable(const struct addr *addr, const struct own_daemon *own, char *buf, size_t size)
{
	struct socket_holder holder;
	struct stat st;

	if (lstat(addr->un.sun_path, &st) < 0)
		return true;
	if (!S_ISSOCK(st.st_mode)) {
		(void)snprintf(buf, size, "there is a file that is not a socket");
		return false;
	}
	socket_holder_find(addr, own, &holder);
	return holder.kind == HOLDER_NONE || describe_holder(&holder, buf, size);
}

bool
address_is_usable(const struct addr *addr, const struct own_daemon *own, char *buf, size_t size)
{
	if (addr->sa.sa_family == AF_UNIX)
		return is_unix_usable(addr, own, buf, size);
	return is_inet_usable(addr, own, buf, size);
}
