/* Many MTA connections at once, each playing one message over and over. Layer 8. */
#ifndef CTL_LOAD_H
#define CTL_LOAD_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/mta.h"
#include "util/addr.h"

struct load_plan {
	struct addr at;
	size_t messages;       /* in all */
	size_t per_connection; /* messages; then a new connection takes its place */
	size_t connections;    /* at once */
	size_t write_size;     /* most bytes in one write */
	const struct mta_mail *mail;
	int timeout_ms;				  /* silence everywhere */
	const volatile sig_atomic_t *stop;	  /* not 0: -EINTR */
	void (*progress)(void *ctx, size_t done); /* now and then; may be NULL */
	void *progress_ctx;
};

struct load_result {
	size_t delivered, refused, discarded;
	size_t connections; /* made in all */
	size_t changes;	    /* modifications that the filter sent */
	uint64_t sent;	    /* bytes of all frames that went to the filter */
	uint64_t wall_ns;
	uint64_t *latency_ns; /* of each message, MAIL to verdict, ascending; the caller frees
				 it */
};

/* 0, or a negative errno with what could not be done in *ret_why (a static text). */
int load_run(const struct load_plan *plan, struct load_result *ret, const char **ret_why);

#endif
