/* A loop, its timers, and an asker without other workers. */
#include "ctl/direct_asker.h"

#include <stdlib.h>
#include <unistd.h>

#include "service/state.h"

void
direct_asker_open(struct direct_asker *d, const struct config *cfg)
{
	int fd;

	d->state = service_state_new(cfg->n_servers, 1, &fd);
	if (d->state == NULL || loop_new(&d->loop) < 0 ||
	    timers_new(loop_sd_event(d->loop), &d->timers) < 0)
		abort();
	close(fd);
	timers_set_clock(d->timers, loop_now_ms, d->loop);
	d->addrs = service_list_addresses(cfg->services, cfg->n_services, cfg->n_servers);
	d->dialer = dialer_new_direct(d->addrs);
	d->asker = asker_new(&(struct asker_setup){
		.loop = d->loop,
		.timers = d->timers,
		.dialer = d->dialer,
		.state = d->state,
		.services = cfg->services,
		.n_services = cfg->n_services,
	});
}

void
direct_asker_close(struct direct_asker *d)
{
	asker_free(d->asker);
	dialer_free(d->dialer);
	free(d->addrs);
	service_state_free(d->state);
	timers_free(d->timers);
	loop_free(d->loop);
}
