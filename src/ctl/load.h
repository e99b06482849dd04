/* The load generator: many MTA connections at the same time, each of which sends one message
 * over and over.
 *
 * Input: struct load_plan. Output: counts, bytes, and the latency of each message. The process
 * is single-threaded; the latencies include the time that a reply waits for the generator. */
#ifndef CTL_LOAD_H
#define CTL_LOAD_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/mta_script.h"
#include "util/addr.h"

struct load_plan {
	struct addr filter;
	size_t messages;       /* in all */
	size_t per_connection; /* messages; then a new connection replaces it */
	size_t connections;    /* at the same time */
	size_t write_size;     /* maximum bytes of one write */
	const struct mta_message *message;
	int timeout_ms; /* with no event on any connection; then -ETIMEDOUT */
	const volatile sig_atomic_t *stop; /* not 0: -EINTR; may be NULL */
	/* Called after each message with the number that have their outcome; may be NULL. */
	void (*progress)(void *ctx, size_t decided);
	void *progress_ctx;
};

struct load_result {
	size_t delivered, refused, discarded; /* messages; refused: also temporarily */
	size_t connections;		      /* opened in all */
	size_t changes;			      /* modifications that the filter sent */
	uint64_t sent;			      /* bytes of all frames that went to the filter */
	uint64_t wall_ns;
	uint64_t *latency_ns; /* of each message, MAIL to its outcome, ascending; the caller
				 frees it */
};

/* Sends the messages. 0; or a negative errno and in *ret_error, a static text, what failed. */
int load_run(const struct load_plan *plan, struct load_result *ret, const char **ret_error);

#endif
