/* Finds servers again by their service's name and their address. */
#include "master/services.h"

#include <string.h>

#include "service/service.h"
#include "service/state.h"

/* NULL: there is none. */
static const struct service_server *
find_same_server(const struct config *cfg, const char *service, const char *text)
{
	for (size_t i = 0; i < cfg->n_services; i++) {
		const struct service *s = cfg->services[i];

		for (size_t k = 0; k < s->n && strcmp(s->name, service) == 0; k++)
			if (strcmp(s->servers[k].text, text) == 0)
				return &s->servers[k];
	}
	return NULL;
}

static void
copy_server_state(struct server_state *to, const struct server_state *from)
{
	to->failures = atomic_load(&from->failures);
	to->revive_ms = atomic_load(&from->revive_ms);
	to->down_since_ms = atomic_load(&from->down_since_ms);
	to->probed_ms = atomic_load(&from->probed_ms);
}

void
services_take_over(const struct config *cfg, struct service_state *to,
		   const struct config *old_cfg, const struct service_state *from)
{
	for (size_t i = 0; i < cfg->n_services; i++) {
		const struct service *s = cfg->services[i];

		for (size_t k = 0; k < s->n; k++) {
			const struct service_server *old =
				find_same_server(old_cfg, s->name, s->servers[k].text);

			if (old != NULL)
				copy_server_state(&to->servers[s->servers[k].number],
						  &from->servers[old->number]);
		}
	}
}
