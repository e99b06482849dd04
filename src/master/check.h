/* Reading the configuration in a forked child first: whatever becomes of the child, the
 * configuration that runs is safe. Layer 8. */
#ifndef MASTER_CHECK_H
#define MASTER_CHECK_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/buf.h"

struct sd_event;
struct sd_event_source;

#define CHECK_LIMIT_S 20u

/* good: it can be loaded. text: what was said, a line for each mistake or warning. */
typedef void check_done_fn(void *ctx, bool good, const char *text);

struct check { /* {0} is idle */
	pid_t pid;
	int fd;
	struct sd_event_source *child, *io;
	struct buf text;
	check_done_fn *done;
	void *ctx;
};

/* done is called later, once, from the loop. 0 or a negative errno. */
int check_start(struct check *c, struct sd_event *loop, const char *path, check_done_fn *done,
		void *ctx);
/* Ends one that runs; done is not called. */
void check_cancel(struct check *c);

#endif
