/* Idle connections: opened by blocking calls (mta_connection.h), and polled only when the lost
 * ones are counted. */
#include "ctl/idle_connections.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "ctl/mta_connection.h"

/* Sets the soft limit of open files to the hard limit. */
static void
raise_file_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE,
		  &files); /* when it fails, open_idle_connection() may: EMFILE */
}

static int
open_idle_connection(struct mta_connection *m, const struct addr *at, int timeout_ms,
		     const volatile sig_atomic_t *stop)
{
	int r = mta_connect(m, at, timeout_ms, stop);

	if (r < 0)
		return r;
	r = mta_send_helo(m);
	if (r < 0)
		mta_close(m);
	return r;
}

int
idle_connections_open(struct idle_connections *idle, size_t n, const struct addr *at,
		      int timeout_ms, const volatile sig_atomic_t *stop)
{
	int r = 0;

	*idle = (struct idle_connections){.list = calloc(n, sizeof(*idle->list))};
	if (!idle->list && n > 0)
		abort();
	raise_file_limit();
	while (r == 0 && idle->n < n) {
		r = open_idle_connection(&idle->list[idle->n], at, timeout_ms, stop);
		idle->n += r == 0;
	}
	if (r < 0)
		idle_connections_close(idle);
	return r;
}

size_t
idle_connections_count_lost(const struct idle_connections *idle)
{
	size_t lost = 0;

	for (size_t i = 0; i < idle->n; i++) {
		struct pollfd p = {.fd = idle->list[i].fd, .events = POLLIN};

		lost += poll(&p, 1, 0) != 0;
	}
	return lost;
}

void
idle_connections_close(struct idle_connections *idle)
{
	for (size_t i = 0; i < idle->n; i++)
		mta_close(&idle->list[i]);
	free(idle->list);
	*idle = (struct idle_connections){0};
}
