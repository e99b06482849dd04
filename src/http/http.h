/* The process that serves HTTP at the socket of control { metrics }: metrics for Prometheus at
 * /metrics, and a page for people at /.
 *
 * The master forks it. It has the socket, and the daemon's state (stats/snapshot.h) in memory
 * that it can only read; no mail, no configuration, no log. It answers GET and HEAD, one
 * request for each connection, and its clients have limits (server.h). When it dies the master
 * forks another one; mail does not depend on it. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <sys/types.h>

#define HTTP_PROCESS_NAME "polymilter-http" /* as ps(1) shows it; at most 15 bytes */

struct http_setup {
	int listener; /* listens, and does not block */
	int snapshot; /* of the daemon's state, see snapshot_open() */
	pid_t master;
};

/* In the child, right after fork(). It does not return. Exit statuses: EX_UNAVAILABLE,
 * libmicrohttpd cannot be loaded; EX_OSERR, the system refuses something. */
_Noreturn void http_main(const struct http_setup *setup);

#endif
