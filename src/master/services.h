/* The state of servers over a reload. */
#ifndef MASTER_SERVICES_H
#define MASTER_SERVICES_H

#include "config/config.h"

struct service_state;

/* A server that has the same service and address in both configurations is down or up as
 * before. */
void services_take_over(const struct config *cfg, struct service_state *to,
			const struct config *old_cfg, const struct service_state *from);

#endif
