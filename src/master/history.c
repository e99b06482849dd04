/* Makes the memory of the history, and passes its descriptor on. history.h has an example. */
#include "master/history.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "io/ring.h"
#include "util/log.h"

static int
copy_history(struct history *ret, const struct history *h)
{
	int fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 0);

	*ret = (struct history){0};
	if (fd < 0)
		return -errno;
	*ret = (struct history){h->messages, fd};
	return 0;
}

int
history_open(struct history *ret, const struct history *serving, size_t messages)
{
	int fd;

	*ret = (struct history){0};
	if (messages == 0)
		return 0;
	if (messages == serving->messages)
		return copy_history(ret, serving);
	fd = ring_create(messages);
	if (fd < 0) { /* mail needs none */
		log_write(LOG_WARNING, "no history is kept: memory for %zu messages: %s",
			  messages, strerror(-fd));
		return 0;
	}
	*ret = (struct history){messages, fd};
	return 0;
}

void
history_adopt(struct history *serving, const struct history *next)
{
	if (serving->messages == next->messages)
		return;
	history_close(serving);
	if (next->messages > 0)
		(void)copy_history(serving, next);
}

void
history_close(struct history *h)
{
	if (h->messages > 0)
		close(h->fd);
	*h = (struct history){0};
}
