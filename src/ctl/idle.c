/* They are opened by the player that blocks, and then only held. */
#include "ctl/idle.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "ctl/mta.h"

/* As many files as we may have. */
static void
allow_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files); /* if not: EMFILE will tell */
}

static int
open_one(struct mta *m, const struct addr *at, int timeout_ms,
	 const volatile sig_atomic_t *stop)
{
	int r = mta_open(m, at, timeout_ms, stop);

	if (r < 0)
		return r;
	r = mta_greet(m);
	if (r < 0)
		mta_close(m);
	return r;
}

int
idle_open(struct idle *idle, size_t n, const struct addr *at, int timeout_ms,
	  const volatile sig_atomic_t *stop)
{
	int r = 0;

	*idle = (struct idle){.of = calloc(n, sizeof(*idle->of))};
	if (!idle->of && n > 0)
		abort();
	allow_files();
	while (r == 0 && idle->n < n) {
		r = open_one(&idle->of[idle->n], at, timeout_ms, stop);
		idle->n += r == 0;
	}
	if (r < 0)
		idle_close(idle);
	return r;
}

size_t
idle_lost(const struct idle *idle)
{
	size_t lost = 0;

	for (size_t i = 0; i < idle->n; i++) {
		struct pollfd p = {.fd = idle->of[i].fd, .events = POLLIN};

		lost += poll(&p, 1, 0) != 0;
	}
	return lost;
}

void
idle_close(struct idle *idle)
{
	for (size_t i = 0; i < idle->n; i++)
		mta_close(&idle->of[i]);
	free(idle->of);
	*idle = (struct idle){0};
}
