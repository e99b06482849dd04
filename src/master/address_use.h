/* Whether a start could listen at an address now. It is tried with bind(2) for TCP, which does
 * not listen; a unix socket is looked at. Nothing is made or changed, and a running daemon
 * notices nothing. */
#ifndef MASTER_ADDRESS_USE_H
#define MASTER_ADDRESS_USE_H

#include <stddef.h>

#include "util/addr.h"

struct own_daemon; /* socket_holder.h */

/* True; or false and why not, in buf. True also where our own daemon listens. */
bool address_is_usable(const struct addr *addr, const struct own_daemon *own, char *buf,
		       size_t size);

#endif
