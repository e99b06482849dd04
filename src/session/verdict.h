/* The verdicts of a policy, of a chain, and of a session's handler. */
#ifndef SESSION_VERDICT_H
#define SESSION_VERDICT_H

enum verdict {
	VERDICT_CONTINUE, /* no objection: the next policy's turn, the MTA's next command */
	VERDICT_ACCEPT,	  /* the message is accepted, the rest of the chain does not run */
	VERDICT_DISCARD,  /* accepted and thrown away */
	VERDICT_REJECT,	  /* 5xx; at envrcpt of that recipient only */
	VERDICT_TEMPFAIL, /* 4xx; likewise */
	VERDICT_SUSPEND,  /* the verdict comes later */
	VERDICT_ERROR,	  /* of a policy: it failed, its on_error decides */
};

const char *verdict_name(enum verdict v); /* "continue", "accept", ... */

#endif
