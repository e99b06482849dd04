/* Serves HTTP with libmicrohttpd: GET and HEAD of "/" and "/metrics", 404 and 405 for all else.
 *
 * What a client can take, whatever it does: one of SERVER_CONNECTIONS_MAX places, for 10 s from
 * its connect to the end of its answer; of its request 8 KiB are kept. A client that comes when
 * all places are taken gets that of the oldest one. So clients that are slow, or send nothing,
 * never keep another one waiting. An answer is made at most once a second and text, and all
 * clients that ask meanwhile share it. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "util/buf.h"

#define SERVER_CONNECTIONS_MAX 64u
#define SERVER_REQUEST_BYTES   8192u
#define SERVER_HANG_S	       10u /* a turn of the loop that takes longer ends the process */

enum server_text {
	SERVER_PAGE,	    /* HTML */
	SERVER_PROMETHEUS,  /* text format 0.0.4 */
	SERVER_OPENMETRICS, /* 1.0.0 */
	SERVER_TEXTS
};

/* Appends the text to b. 0 or a negative errno: the client gets 503. */
typedef int server_write_fn(void *ctx, enum server_text which, struct buf *b);

/* Serves at the listening socket until something fails: -ENOENT, libmicrohttpd cannot be
 * loaded, or another negative errno. SIGALRM, whose default action it must have, ends a process
 * that hangs. */
int server_run(int listener, server_write_fn *write, void *ctx);

#endif
