/* How many sessions a worker has, and that these are never more than max_sessions: one number
 * in shared memory. Both processes count a session before it begins, and the number itself
 * decides, since each of them may count one at any moment. The master counts a connection
 * before it sends it to the worker; the worker counts one before it accepts it.
 *
 *   max_sessions 3, the worker has 2: the number is 2
 *   master   counts a connection, 3, and sends it. The worker has not read it
 *   worker   is woken for another connection, and cannot count it: that one stays in the
 *            backlog
 *   worker   reads what the master sent, and has 3 sessions. One of them ends: 2 */
#ifndef WORKER_SESSION_COUNT_H
#define WORKER_SESSION_COUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* No session any more, or none after all. */
static inline void
session_count_remove(_Atomic uint64_t *count)
{
	atomic_fetch_sub(count, 1);
}

/* One session more. False: there are max, and it is not counted. For a moment the number may
 * then be higher than max. */
static inline bool
session_count_add(_Atomic uint64_t *count, uint64_t max)
{
	if (atomic_fetch_add(count, 1) < max)
		return true;
	session_count_remove(count);
	return false;
}

#endif
