/* Whether the servers of a configuration work. */
#ifndef CTL_SERVICES_H
#define CTL_SERVICES_H

#include "config/config.h"
#include "service/ask.h"

struct server_check {
	const struct service_server *server;
	const char *reason; /* why it does not; NULL: it works */
	/* Which program it is, "" when it does not tell; or what it has said. */
	char text[EXCHANGE_TEXT_BYTES + 4];
	uint64_t us; /* from connecting to the end of the answer */
};

/* Asks all servers whose kind is known, for at most five seconds. By number of the server; the
 * caller frees it. */
struct server_check *services_check(const struct config *cfg);

#endif
