/* The MTA at work: it sends a mail to a listener's chain, in process, and obeys the answers. */
#ifndef PROPERTY_DELIVERY_H
#define PROPERTY_DELIVERY_H

#include <stdbool.h>

#include "config/config.h"
#include "dialogue.h"
#include "mail.h"

/* What came of one mail. Strings are the mail's arena's. */
struct delivery {
	const char *
		answer[MAIL_RCPTS_MAX]; /* of each recipient: "continue", "replycode 550 ..." */
	const char
		*verdict; /* "continue" (delivered), "accept" (likewise), "discard", a refusal:
			     "reject", "tempfail", "replycode ..."; "none": no recipient */
	enum stage stage; /* at which the verdict came */
	struct mail before; /* what was sent, without the recipients that were refused */
	struct mail after;  /* when it was delivered: with the modifications; else as sent */
	const char *frames; /* the modifications, a line each */
	const char *log;    /* the message's line; "" when there was none */
	const char *wrong;  /* what no MTA takes: an answer too many, or none; NULL: nothing */
};

struct mta {
	struct dialogue d;
	struct buf sent, got; /* all bytes of the connection */
	bool said_hello;
	struct transaction_pool *pool; /* or NULL */
};

void mta_open(struct mta *mta, const struct listener_conf *listener);
void mta_close(struct mta *mta);
/* Sends the mail, on the terms that the first one negotiates. */
void mta_deliver(struct mta *mta, const struct mail *mail, struct delivery *ret);

/* With it no body over 1000 bytes can be kept: there is no spool file. */
extern bool delivery_without_files;

/* One mail over a connection of its own. */
void deliver_alone(const struct listener_conf *listener, const struct mail *mail,
		   struct delivery *ret);

bool delivery_passed(const struct delivery *d);	 /* continue or accept */
bool delivery_refused(const struct delivery *d); /* a refusal of the whole message */
bool answer_is_refusal(const char *answer);
/* Appends all that a sender and a reader of the mail see of it, in words. */
void delivery_write(const struct delivery *d, struct buf *out);
/* Boundaries of the next message are made as those of the first one. */
void reset_boundaries(void);

#endif
