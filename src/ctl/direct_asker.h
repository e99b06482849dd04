/* An asker (service/ask.h) of this process alone, which connects to the servers itself: the
 * programs of the administrator have no connector. */
#ifndef CTL_DIRECT_ASKER_H
#define CTL_DIRECT_ASKER_H

#include "config/config.h"
#include "service/ask.h"

struct direct_asker {
	struct loop *loop;
	struct timers *timers;
	struct asker *asker;

	/* private */
	const struct addr **addrs;
	struct dialer *dialer;
	struct service_state *state;
};

/* Makes all of it, for the services of cfg, which must outlive it. Aborts without memory.
 * Before it is closed no question may be pending. */
void direct_asker_open(struct direct_asker *d, const struct config *cfg);
void direct_asker_close(struct direct_asker *d);

#endif
