/* One MTA connection in process: the MTA's half of the protocol on one side, a listener's chain
 * on the other, a fake clock and a log that is caught. */
#ifndef SCENARIO_DIALOGUE_H
#define SCENARIO_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "milter/client.h"
#include "util/buf.h"

struct chain_run;

struct log_lines { /* each ends with NUL */
	struct buf text;
	size_t read; /* bytes of it that were asked for */
};

struct dialogue {
	struct milter_client client; /* offer may be changed before the first frame */
	struct session *session;
	struct chain_run *run;
	struct buf in, out; /* to the filter; what it answered */
	size_t taken;	    /* bytes of out that dialogue_next() gave last */
	bool agreed, closed;
	const char *close_why;

	unsigned timer_ms; /* 0: none is set */
	bool resumed;

	struct log_lines lines, others; /* the messages' own, and all else */
	unsigned told;	  /* messages that were told a verdict, or acted on and aborted */
	unsigned written; /* message lines */
};

void dialogue_open(struct dialogue *d, const struct listener_conf *listener);
void dialogue_close(struct dialogue *d); /* as when the MTA is gone; the logs stay */
void dialogue_free(struct dialogue *d);

/* The filter reads d->in. */
void dialogue_run(struct dialogue *d);
void dialogue_tick(struct dialogue *d, unsigned ms);

/* The next answer, or false. All body chunks that stand together are one, then in *body. */
bool dialogue_next(struct dialogue *d, struct milter_reply *ret, struct buf *body);
bool dialogue_has_answer(const struct dialogue *d); /* a final one, not yet taken */

/* The next line of a log, or NULL. */
const char *log_next(struct log_lines *l);

#endif
