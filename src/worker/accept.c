/* Accepting a connection. Input: a listening socket and its configuration; output: a connected
 * socket with its options, or an error. Clients that are not in `allow` get nothing, not even a
 * reply: the MTA sees the connection closed. */
#include "worker/accept.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util/log.h"

#define WARN_EVERY_S 60

/* At most one warning a minute, of any kind. */
static bool
may_warn(void)
{
	static time_t warned;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (warned != 0 && now.tv_sec - warned < WARN_EVERY_S)
		return false;
	warned = now.tv_sec;
	return true;
}

static bool
is_client_allowed(const struct listener_conf *conf, const struct sockaddr *sa)
{
	struct cidr host;
	struct addr from = {.len = sizeof(from.in6)};
	char text[128];

	if (conf->n_allow == 0 || sa->sa_family == AF_UNIX)
		return true;
	if (cidr_from_sockaddr(sa, &host) == 0)
		for (size_t i = 0; i < conf->n_allow; i++)
			if (cidr_contains(&conf->allow[i], &host))
				return true;
	memcpy(&from.in6, sa, sizeof(from.in6));
	if (may_warn())
		log_write(LOG_WARNING,
			  "listener %s: %s is not in allow: closed (logged once a minute)",
			  conf->name, addr_format(&from, text, sizeof(text)));
	return false;
}

/* Keep-alive finds an MTA whose host is gone; without Nagle's algorithm small answers are sent
 * at once. */
static void
set_tcp_options(int fd, const struct sockaddr *sa)
{
	static const int on = 1, idle_s = 600, interval_s = 60, probes = 5;

	if (sa->sa_family == AF_UNIX)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int
accept_connection(int listener_fd, const struct listener_conf *conf)
{
	struct sockaddr_storage from;
	struct sockaddr *sa = (struct sockaddr *)&from;
	socklen_t len = sizeof(from);
	int fd = accept4(listener_fd, sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!is_client_allowed(conf, sa)) {
		close(fd);
		return -EACCES;
	}
	set_tcp_options(fd, sa);
	return fd;
}

bool
accept_lacks_resources(int error, const struct listener_conf *conf)
{
	if (error != -EMFILE && error != -ENFILE && error != -ENOBUFS && error != -ENOMEM)
		return false;
	if (may_warn())
		log_write(LOG_WARNING, "listener %s: accept: %s: trying again in a second",
			  conf->name, strerror(-error));
	return true;
}
