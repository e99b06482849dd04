/* Taking a connection off a listener: which clients may connect, and how the socket is set up.
 * Used by the workers and by the master. */
#ifndef WORKER_ACCEPT_H
#define WORKER_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

/* Accepts one connection. Its descriptor, non-blocking and closed at exec; -EAGAIN: none waits;
 * -EACCES: the client is not in conf->allow, and the connection was closed; or another negative
 * errno of accept4(2). */
int accept_connection(int listener_fd, const struct listener_conf *conf);

/* Whether the error is a lack of descriptors or memory, which the next call would meet too: the
 * caller waits a second. It is logged, at most once a minute by each process. */
bool accept_lacks_resources(int error, const struct listener_conf *conf);

#endif
