/* The history of messages (io/ring.h) over the life of the daemon: its memory outlives workers
 * and reloads, and is gone with the daemon. The master has only its descriptor, for loaders and
 * polymilterctl why, and does not read it.
 *
 * A configuration with the same number of messages goes on with the history of the one before;
 * another number makes a new one, empty. Example, with history = 4096 and then 100:
 *   start                 history_open(): 4096
 *   reload, 4096          history_open(): the same memory
 *   reload, 100, fails    history_open(): a new one, and history_close()
 *   reload, 100           history_open(): a new one; when it serves, history_adopt(). Sessions
 * of older generations go on writing to the one before, which is gone with them */
#ifndef MASTER_HISTORY_H
#define MASTER_HISTORY_H

#include <stddef.h>

struct history { /* {0}: none is kept */
	size_t messages;
	int fd; /* of the ring; only when messages > 0 */
};

/* For a generation whose configuration has this number: the history of the one that serves, or
 * a new one; when there is no memory for it, none, which is logged. 0 and *ret, to be closed;
 * or a negative errno, and *ret is {0}. */
int history_open(struct history *ret, const struct history *serving, size_t messages);
/* That generation serves: its history becomes the serving one. When descriptors have run out,
 * none is kept. */
void history_adopt(struct history *serving, const struct history *next);
void history_close(struct history *h); /* {0} is fine; it is {0} then */

#endif
