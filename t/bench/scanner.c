/* A server that answers as clamd does, to measure what asking it costs:
 *
 *	scanner PATH
 *
 * listens at the unix socket PATH and answers "stream: OK" to each stream, at once, but after
 * SIGUSR1 only, all together, to those that come until then, if PATH.hold exists. One process,
 * which looks at nothing but the end of a stream: four bytes of zero. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FDS 65536

static const char answer[] = "stream: OK"; /* with its NUL */

static volatile sig_atomic_t answers_now;
static bool is_held[MAX_FDS];
static unsigned char last[MAX_FDS][4]; /* bytes */

static void
on_signal(int number)
{
	(void)number;
	answers_now = 1;
}

static _Noreturn void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(a.sun_path))
		fail(path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 4096) < 0)
		fail(path);
	return fd;
}

static void
reply(int fd)
{
	if (send(fd, answer, sizeof(answer), MSG_NOSIGNAL) < 0)
		errno = 0; /* the client has gone */
	close(fd);
	is_held[fd] = false;
}

static void
reply_to_held(void)
{
	answers_now = 0;
	for (int fd = 0; fd < MAX_FDS; fd++)
		if (is_held[fd])
			reply(fd);
}

static bool
has_ended(int fd, const unsigned char *p, size_t n)
{
	static const unsigned char end[4];
	size_t k = n < 4 ? n : 4;

	memmove(last[fd], last[fd] + k, 4 - k);
	memcpy(last[fd] + 4 - k, p + n - k, k);
	return memcmp(last[fd], end, 4) == 0;
}

static void
serve(int fd, const char *hold)
{
	static unsigned char in[256 << 10];
	ssize_t n = recv(fd, in, sizeof(in), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		close(fd);
	else if (has_ended(fd, in, (size_t)n) && access(hold, F_OK) == 0)
		is_held[fd] = true;
	else if (memcmp(last[fd], "\0\0\0\0", 4) == 0)
		reply(fd);
}

static void
accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

		if (fd >= MAX_FDS || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
			fail("accept");
		memset(last[fd], 1, sizeof(last[fd]));
	}
}

int
main(int argc, char **argv)
{
	struct epoll_event ready[64], e = {.events = EPOLLIN};
	int epoll = epoll_create1(0), listener;
	char hold[200];

	if (argc != 2)
		return 2;
	(void)snprintf(hold, sizeof(hold), "%s.hold", argv[1]);
	listener = e.data.fd = listen_at(argv[1]);
	(void)signal(SIGUSR1, on_signal);
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e) < 0)
		fail("epoll");
	for (;;) {
		int n = epoll_wait(epoll, ready, 64, -1);

		if (answers_now)
			reply_to_held();
		for (int i = 0; i < n; i++)
			if (ready[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				serve(ready[i].data.fd, hold);
	}
}
