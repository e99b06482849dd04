/* The connections that were sent to one worker and that it has not taken yet, as far as is
 * known (worker/claim.h). The master keeps a descriptor of each, so that another worker can
 * have them. */
#ifndef MASTER_SENT_H
#define MASTER_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sent_connection {
	int fd;
	uint32_t listener; /* its number in the configuration */
};

/* {0} at first. */
struct sent_connections {
	struct sent_connection *list; /* the oldest first */
	size_t n;
	uint64_t settled; /* earlier ones, which are no longer in the list */
};

void sent_add(struct sent_connections *s, int fd, uint32_t listener); /* fd is owned */
/* Closes those that the worker has taken, of all that were ever sent. */
void sent_settle(struct sent_connections *s, uint64_t taken);
/* Takes the oldest one out; its descriptor is the caller's. False: there is none. */
bool sent_take(struct sent_connections *s, struct sent_connection *ret);
void sent_free(struct sent_connections *s); /* closes all */

#endif
