/* The MTA's half: events to frames, and when to wait for an answer. For tests, the tool and
 * later child milters. Layer 1, pure: bytes in, bytes out. */
#ifndef MILTER_CLIENT_H
#define MILTER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/proto.h"
#include "milter/reply.h"

struct buf;

struct milter_client {
	struct milter_terms offer; /* what we say we can */
	struct milter_terms terms; /* what the filter chose; all zero before */
	bool skip_body;		   /* set by the caller when a chunk was answered with SKIP;
				      cleared with the message */
};

/* The offer of Postfix 3.7 and Sendmail 8.17: version 6, everything. */
void milter_client_init(struct milter_client *c);

/* Each appends one frame, or nothing when the filter declined the stage, when the agreed
 * version has no such command (DATA from 4, UNKNOWN from 3), or when it skipped the body.
 * Returns true when the filter will answer it. Lists end with NULL; strings go out as they are.
 * What an MTA may not send is sent all the same: order and limits are the caller's. */
bool milter_client_optneg(struct milter_client *c, struct buf *out);

/* Sent for a declined stage too, but not for body chunks that are skipped. Never answered. */
bool milter_client_macros(struct milter_client *c, struct buf *out, unsigned char command,
			  const char *const *pairs);

/* family '4', '6' or 'L'; with any other, port and addr are not sent. */
bool milter_client_connect(struct milter_client *c, struct buf *out, const char *host,
			   char family, uint16_t port, const char *addr);
bool milter_client_helo(struct milter_client *c, struct buf *out, const char *name);
bool milter_client_envfrom(struct milter_client *c, struct buf *out, const char *const *argv);
bool milter_client_envrcpt(struct milter_client *c, struct buf *out, const char *const *argv);
bool milter_client_data(struct milter_client *c, struct buf *out);
bool milter_client_unknown(struct milter_client *c, struct buf *out, const char *line);

/* value: what stands behind the colon, lines separated by LF. One blank at its start is left
 * out unless LEADSPC was agreed, as both MTAs do. */
bool milter_client_header(struct milter_client *c, struct buf *out, const char *name,
			  const char *value);

bool milter_client_eoh(struct milter_client *c, struct buf *out);
/* One chunk of at most MILTER_CHUNK bytes. */
bool milter_client_body(struct milter_client *c, struct buf *out, const void *data, size_t len);
bool milter_client_eom(struct milter_client *c, struct buf *out);
void milter_client_abort(struct milter_client *c, struct buf *out);
void milter_client_quit(struct milter_client *c, struct buf *out);
void milter_client_quit_nc(struct milter_client *c, struct buf *out);

/* Takes the filter's answer to OPTNEG: 0, or -EPROTO when it is none, or when it asks for what
 * was not offered (Sendmail's rule; Postfix lets protocol bits pass). */
int milter_client_agree(struct milter_client *c, const struct milter_reply *reply);

/* Is this reply the last one to a command (and not a change or PROGRESS)? */
bool milter_reply_is_final(const struct milter_reply *reply);

#endif
