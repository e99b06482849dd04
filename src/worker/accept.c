/* accept4(2), the list of networks, and options of a TCP connection. */
#include "worker/accept.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util/log.h"

#define COMPLAIN_S 60

/* Whether it is time for another line about it; at most one a minute. */
static bool
may_complain(void)
{
	static time_t complained;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (complained != 0 && now.tv_sec - complained < COMPLAIN_S)
		return false;
	complained = now.tv_sec;
	return true;
}

/* A peer that is not on the list of networks gets nothing. */
static bool
is_allowed(const struct listener_conf *conf, const struct sockaddr *sa)
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
	if (may_complain())
		log_write(LOG_WARNING,
			  "listener %s: %s is not in allow: closed (such lines come once a "
			  "minute)",
			  conf->name, addr_format(&from, text, sizeof(text)));
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

int
accept_connection(int listener_fd, const struct listener_conf *conf)
{
	struct sockaddr_storage from;
	struct sockaddr *sa = (struct sockaddr *)&from;
	socklen_t len = sizeof(from);
	int fd = accept4(listener_fd, sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!is_allowed(conf, sa)) {
		close(fd);
		return -EACCES;
	}
	tune(fd, sa);
	return fd;
}

bool
accept_lacks_resources(int error, const struct listener_conf *conf)
{
	if (error != -EMFILE && error != -ENFILE && error != -ENOBUFS && error != -ENOMEM)
		return false;
	if (may_complain())
		log_write(LOG_WARNING, "listener %s: accept: %s: waiting", conf->name,
			  strerror(-error));
	return true;
}
