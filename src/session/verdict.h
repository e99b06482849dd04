/* What may be said of a message. Layer 2. */
#ifndef SESSION_VERDICT_H
#define SESSION_VERDICT_H

enum verdict {
	VERDICT_CONTINUE, /* nothing against it: next policy, then next event */
	VERDICT_ACCEPT,	  /* the rest of the chain is not asked */
	VERDICT_DISCARD,
	VERDICT_REJECT, /* at envrcpt: that recipient only */
	VERDICT_TEMPFAIL,
	VERDICT_SUSPEND, /* the answer comes later */
	VERDICT_ERROR,	 /* the policy failed: its on_error speaks */
};

const char *verdict_name(enum verdict v); /* "continue", "accept", ... */

#endif
