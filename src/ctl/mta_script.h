/* What an MTA sends to a filter for one session and one message, and the dialogue in which it
 * is sent. Works on bytes only: no sockets, no clock.
 *
 * A script is the sequence of frames that an MTA would send if no reply ended the message
 * early, in Postfix's order. A dialogue goes through a script: it gives what to send before the
 * next reply, and skips what a reply makes unnecessary. Example, with a filter that replies
 * only at RCPT and at the end of the message (M is MAIL, R RCPT, T DATA, L a header field, N
 * the end of the header, B body, E the end of the message, A abort):
 *
 *     script M R R T L L N B E A
 *     mta_dialogue_fill() appends "MR", true     reply 'c': continue
 *     mta_dialogue_fill() appends "R", true      reply 'r': this recipient is refused
 *     mta_dialogue_fill() appends "TLLNBE", true reply 'c': delivered
 *     mta_dialogue_fill() appends "A", false     the script is at its end */
#ifndef CTL_MTA_SCRIPT_H
#define CTL_MTA_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/client.h"
#include "util/buf.h"

struct mta_header {
	const char *name;
	const char *value; /* what follows "Name: "; lines are separated by LF */
};

/* The MTA and the SMTP client of a session. */
struct mta_peer {
	bool is_sendmail; /* its macros come as from Sendmail; else as from Postfix */
	const char *name; /* of the client: "client.example.org" or "[192.0.2.10]" */
	const char *addr; /* its address */
	char family;	  /* of addr: '4' or '6' */
	const char *helo;
	const char *tls; /* {tls_version}; NULL: not encrypted */
	/* Pairs of a name and a value, up to a NULL name: in the place of the macros of that
	 * name, or sent with MAIL. May be NULL. */
	const char *const *macros;
};

/* A message and its envelope. Lists end with NULL (headers: with a NULL name). */
struct mta_message {
	const struct mta_peer *peer; /* as of the session; NULL: the client of the benchmark */
	const char *queue_id;
	const char *auth_user;	   /* {auth_authen}; NULL: not authenticated */
	const char *const *sender; /* "<address>", then ESMTP parameters */
	const char *const *rcpts;  /* "<address>" each */
	const struct mta_header *headers;
	const char *body; /* lines end with CRLF */
	size_t body_len;
	bool is_reset; /* the client sends RSET behind the recipients: there is no content */
};

/* One event with its macros. Of a stage that the filter declined only the macros are sent. */
struct mta_step {
	enum stage stage; /* STAGE_COUNT: ABORT, or QUIT */
	size_t from, to;  /* offsets of its frames in the script's bytes */
	bool is_answered; /* the MTA waits for a reply after it */
};

/* {0} is an empty script. The owner frees it with mta_script_free(). */
struct mta_script {
	struct buf bytes; /* frames */
	struct mta_step *steps;
	size_t n, capacity;
};

void mta_script_free(struct mta_script *s);

/* Each of these appends steps, according to the terms that the filter negotiated (c). */
/* CONNECT, HELO; peer NULL: the client of the benchmark. */
void mta_script_add_session(struct mta_script *s, struct milter_client *c,
			    const struct mta_peer *peer);
void mta_script_add_message(struct mta_script *s, struct milter_client *c,
			    const struct mta_message *message);		/* MAIL to ABORT */
void mta_script_add_end(struct mta_script *s, struct milter_client *c); /* ABORT, QUIT */

struct mta_dialogue {
	const struct mta_script *script; /* must outlive the dialogue */
	size_t next;			 /* index of the step to send next */
	size_t accepted_rcpts;		 /* recipients that were not refused so far */
	/* The reply that decides about the message so far, and the stage at which it came.
	 * REPLY_CONTINUE: none ended it; STAGE_COUNT: no reply so far. */
	unsigned char decision;
	enum stage decided_at;
};

void mta_dialogue_start(struct mta_dialogue *d, const struct mta_script *s);
/* Appends to out what is sent before the next reply. True: send it and wait for the reply.
 * False: the script is at its end; what was appended may be sent with what follows. */
bool mta_dialogue_fill(struct mta_dialogue *d, struct buf *out);
/* Whether the reply that is taken next is to a RCPT, and the index of that recipient. */
bool mta_dialogue_is_at_rcpt(const struct mta_dialogue *d);
size_t mta_dialogue_rcpt(const struct mta_dialogue *d);
/* Takes the final reply for which mta_dialogue_fill() returned true. */
void mta_dialogue_take_reply(struct mta_dialogue *d, unsigned char reply);
/* Whether the reply that was taken last ended the message: the reply to its end, or an earlier
 * one because of which the rest is not sent. */
bool mta_dialogue_is_decided(const struct mta_dialogue *d);

/* Decodes the first reply in bytes that came from a filter. 1 with *ret, which points into
 * data, and its size in bytes; 0: not complete yet; -EPROTO: not a milter reply. */
int mta_decode_reply(const unsigned char *data, size_t len, struct milter_reply *ret,
		     size_t *ret_size);

#endif
