/* A connection to a filter as an MTA makes it, for one message. All its functions block.
 *
 * Input: the filter's address and a message. Output: what the filter decided, and the changes
 * that it sent. For many connections at once see load.h. */
#ifndef CTL_MTA_CONNECTION_H
#define CTL_MTA_CONNECTION_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/mta_outcome.h"
#include "ctl/mta_script.h"
#include "milter/client.h"
#include "util/addr.h"
#include "util/buf.h"

struct arena;

struct mta_connection {
	int fd; /* -1: closed */
	struct milter_client client;
	struct buf in, out;
	size_t in_used; /* bytes of in: the frame of the reply that was returned last */
	bool failed;	/* nothing more is sent */
	int timeout_ms; /* for each reply, and for each time that bytes are sent */
	const volatile sig_atomic_t *stop; /* not 0: waiting ends with -EINTR; may be NULL */
};

/* Each of these returns 0 or a negative errno: -EPROTO when the filter violates the protocol,
 * -ETIMEDOUT, -ECONNRESET when it closes the connection, -EINTR when *stop is not 0. */

/* Connects and negotiates. After an error nothing is left to close. stop may be NULL. */
int mta_connect(struct mta_connection *m, const struct addr *at, int timeout_ms,
		const volatile sig_atomic_t *stop);
/* Sends the client and its HELO, then frees the buffers: the connection stays open without
 * memory of its own. -ECONNREFUSED: the filter refuses the client. */
int mta_send_helo(struct mta_connection *m);
/* Sends the client, its HELO and a message. */
int mta_send_message(struct mta_connection *m, const struct mta_message *message,
		     struct arena *arena, struct mta_outcome *ret);

/* Ends the session if nothing failed, and closes the connection. */
void mta_close(struct mta_connection *m);

#endif
