/* What a process that connects to servers needs of them. */
#include "service/service.h"

#include <stdlib.h>

const struct addr **
service_list_addresses(const struct service *const *services, size_t n_services,
		       size_t n_servers)
{
	const struct addr **list = calloc(n_servers + 1, sizeof(const struct addr *));

	if (list == NULL)
		abort();
	for (size_t i = 0; i < n_services; i++)
		for (size_t k = 0; k < services[i]->n; k++)
			list[services[i]->servers[k].number] = &services[i]->servers[k].addr;
	return list;
}
