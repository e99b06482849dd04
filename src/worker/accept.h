/* Taking a connection off a listener: who may, and how its socket is set. Layer 7, for the
 * master too. */
#ifndef WORKER_ACCEPT_H
#define WORKER_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

/* Accepts one. Its descriptor, non-blocking and closed at exec; -EAGAIN: nobody waits;
 * -EACCES: it is not in allow, and was closed; or another negative errno of accept4(2). */
int accept_connection(int listener_fd, const struct listener_conf *conf);

/* Is that error one of too few descriptors, or memory? It is the same for the next one, so wait
 * a while; it was told to the log, at most once a minute by each process. */
bool accept_lacks_resources(int error, const struct listener_conf *conf);

#endif
