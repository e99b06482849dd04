/* A service: servers of one kind that answer the same questions, such as two clamd. It is read
 * from a section `service "name"` (src/config/service.c) and constant from then on; all workers
 * of a configuration share it. What changes is in service/state.h. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/exchange.h"
#include "util/addr.h"

#define SERVICE_SERVERS_MAX 1024u /* of one configuration */

/* What servers understand: clamd, spamd, ... A constant of the protocol's file. */
struct service_kind {
	const char *name;	  /* of the policies that ask such servers: "clamd" */
	unsigned max_connections; /* of a service that does not say it */
	/* Makes an exchange that asks a server whether it works, in memory of ping_size bytes,
	 * zeroed. It has answered when the exchange is EXCHANGE_ANSWERED. */
	size_t ping_size;
	struct exchange *(*ping)(void *memory);
	/* The same, with an answer that tells which program it is; NULL: that of ping does. */
	struct exchange *(*version)(void *memory);
	/* What it told: "ClamAV 1.4.6"; of the exchange, until its release(). NULL: nothing. */
	const char *(*version_text)(const struct exchange *x);
};

struct service_server {
	const char *text; /* as written: "unix:/run/clamav/clamd.ctl" */
	struct addr addr;
	uint32_t number; /* of all servers of the configuration, from 0 */
};

#define SERVICE_MAX_SERVERS 64u /* of one service */

struct service {
	const char *name;
	uint32_t number;		 /* of all services, from 0 */
	const struct service_kind *kind; /* NULL: no policy uses it */
	const struct service_server *servers;
	size_t n;	/* at least 1 */
	bool leastconn; /* balance: the server with the fewest questions; else failover */
	unsigned tries; /* of one question, at least 1 */
	unsigned max_connections; /* to one server, of all workers; 0: no limit */
	unsigned max_failures;	  /* in a row, then the server is down; 0: never */
	uint64_t connect_timeout_ms, timeout_ms, retry_delay_ms, revive_ms, down_grace_ms;
	size_t max_answer; /* bytes */
};

/* The addresses of all servers, by number; the caller frees the list. Aborts without memory. */
const struct addr **service_list_addresses(const struct service *const *services,
					   size_t n_services, size_t n_servers);

#endif
