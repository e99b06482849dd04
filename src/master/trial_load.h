/* Reading the configuration in a forked child first: whatever becomes of the child, the
 * configuration that runs is safe. Layer 8. */
#ifndef MASTER_TRIAL_LOAD_H
#define MASTER_TRIAL_LOAD_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/buf.h"

struct sd_event;
struct sd_event_source;

#define TRIAL_LOAD_LIMIT_S 20u

/* good: it can be loaded. text: what was said, a line for each mistake or warning. */
typedef void trial_load_done_fn(void *ctx, bool good, const char *text);

struct trial_load { /* {0} is idle */
	pid_t pid;
	int fd;
	struct sd_event_source *child, *io;
	struct buf text;
	trial_load_done_fn *done;
	void *ctx;
};

/* done is called later, once, from the loop. 0 or a negative errno. */
int trial_load_start(struct trial_load *c, struct sd_event *loop, const char *path,
		     trial_load_done_fn *done, void *ctx);
/* Ends one that runs; done is not called. */
void trial_load_cancel(struct trial_load *c);

#endif
