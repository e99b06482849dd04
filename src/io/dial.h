/* Connections to servers, made by another process: the connector (loader/connector.h). A worker
 * that a bad message has taken over can reach the servers of the configuration only, since it
 * makes no socket itself; it names a server by its number, and gets a descriptor.
 *
 * On the channel a worker sends DIAL_REQUEST, and gets a DIAL_REPLY for each:
 *
 *	worker     DIAL_REQUEST server 2, ticket 7
 *	connector  a non-blocking socket, connect(2) has begun
 *	           DIAL_REPLY ticket 7, error 0, with the descriptor, which may still connect
 *	           (error -ECONNREFUSED or another: there is none)
 *	worker     waits until the socket is writable
 *
 * A connector that was started anew sends DIAL_RESET first: requests that another one had read
 * have failed. The order of the requests is kept, and at most DIAL_REQUESTS_MAX are under way.
 */
#ifndef IO_DIAL_H
#define IO_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "io/loop.h"
#include "util/addr.h"

#define DIAL_REQUESTS_MAX 64u /* of one worker, that have no reply yet */

enum dial_record { DIAL_REQUEST = 1, DIAL_REPLY, DIAL_RESET };

struct dial_request {
	uint64_t ticket;
	uint32_t server;
};
struct dial_reply {
	uint64_t ticket;
	int32_t error; /* 0, or a negative errno */
};

struct dialer; /* of a worker */

/* fd: the caller's descriptor of a socket that is connected, or connecting; or a negative
 * errno. -ECONNRESET: the connector was started anew; -EPIPE: there is none. Called from the
 * loop. */
typedef void dial_fn(void *ctx, int fd);

struct dial { /* embedded in its owner; {0}: nothing is requested */
	struct dialer *dialer;
	struct dial *next; /* while it waits to be sent */
	dial_fn *done;
	void *ctx;
	uint32_t server;
	uint64_t ticket; /* 0: not sent */
};

/* channel stays the caller's. 0 and *ret, or a negative errno. When it is freed no dial may be
 * under way. NULL may be freed; returns NULL. */
int dialer_new(struct loop *loop, int channel, struct dialer **ret);
/* One without a connector, for a program that may connect by itself: addrs by number of the
 * server, which must outlive it. dial_start() calls done before it returns. Never NULL. */
struct dialer *dialer_new_direct(const struct addr *const *addrs);
struct dialer *dialer_free(struct dialer *d);

/* A non-blocking socket on which connect(2) has begun, without delay of small writes; or a
 * negative errno. -EAGAIN: the backlog of a unix socket is full. */
int dial_connect(const struct addr *a);

/* Requests a connection; done is called later. 0; or -EPIPE: there is no connector, and done is
 * not called. */
int dial_start(struct dialer *d, struct dial *x, uint32_t server, dial_fn *done, void *ctx);
void dial_cancel(struct dial *x); /* done is not called; {0} is fine */

#endif
