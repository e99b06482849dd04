/* Connections to a filter that send the client and its HELO, and then stay idle. bench opens
 * them beside those that send messages, to measure what they cost. */
#ifndef CTL_IDLE_CONNECTIONS_H
#define CTL_IDLE_CONNECTIONS_H

#include <signal.h>
#include <stddef.h>

#include "util/addr.h"

struct mta_connection;

struct idle_connections { /* {0}: none */
	size_t n;
	struct mta_connection *list;
};

/* Opens n of them one after the other, and raises this process's limit of open files as far as
 * it may. 0; or a negative errno and none is open: -EMFILE when that limit is too low,
 * -ECONNREFUSED also when the filter refuses the client, others as mta_connect(). */
int idle_connections_open(struct idle_connections *idle, size_t n, const struct addr *at,
			  int timeout_ms, const volatile sig_atomic_t *stop);

/* The number of connections that the filter has closed or sent something on. */
size_t idle_connections_count_lost(const struct idle_connections *idle);

void idle_connections_close(struct idle_connections *idle);

#endif
