/* What a worker was at when it ended: read from its shared memory, to be logged and recorded.
 *
 *   the worker ended                   worker_end_append()
 *   in message() of a policy           ` at message 4XyZab in policy "legal" at end of message`
 *   in envrcpt(), no queue id yet      ` at message 1f2a-3 in policy "moved" at RCPT`
 *   outside of policies, for example   ` at message 4XyZab after RCPT`
 *   when it read header fields
 *   between two turns                  ``
 *
 * "after": the last event of the message was that one, of those that the session reports to the
 * chain. The worker's memory may be corrupted: all values are checked here. */
#ifndef MASTER_WORKER_END_H
#define MASTER_WORKER_END_H

#include <stdbool.h>

#include "worker/stats.h"

struct buf;

struct worker_end {
	char message[AT_WORK_BYTES + 1]; /* any bytes; "": none */
	char policy[AT_WORK_BYTES + 1];	 /* any bytes; "": none */
	char title[AT_WORK_BYTES];	 /* the same, as fatal_messages_record() takes it */
	const char *stage;		 /* "RCPT"; "": unknown */
	bool in_policy;
	struct message_key key; /* any value */
};

struct worker_end worker_end_read(const struct worker_shared *shared);
void worker_end_append(const struct worker_end *end, struct buf *text);

#endif
