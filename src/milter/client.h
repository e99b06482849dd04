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
	bool skip_body;		   /* it answered a chunk with SKIP; for this message */
};

/* The offer of Postfix 3.7 and Sendmail 8.17: version 6, everything. */
void milter_client_init(struct milter_client *c);

/* Each appends one frame, or nothing when the filter declined the stage, and returns true
 * when the filter will answer it. argv and pairs end with NULL. */
bool milter_client_optneg(struct milter_client *c, struct buf *out);
bool milter_client_macros(struct milter_client *c, struct buf *out, unsigned char command,
			  const char *const *pairs); /* never answered */
bool milter_client_connect(struct milter_client *c, struct buf *out, const char *host,
			   char family, uint16_t port, const char *addr);
bool milter_client_helo(struct milter_client *c, struct buf *out, const char *name);
bool milter_client_envfrom(struct milter_client *c, struct buf *out, const char *const *argv);
bool milter_client_envrcpt(struct milter_client *c, struct buf *out, const char *const *argv);
bool milter_client_data(struct milter_client *c, struct buf *out);
bool milter_client_unknown(struct milter_client *c, struct buf *out, const char *line);
bool milter_client_header(struct milter_client *c, struct buf *out, const char *name,
			  const char *value);
bool milter_client_eoh(struct milter_client *c, struct buf *out);
/* One chunk of at most MILTER_CHUNK bytes. */
bool milter_client_body(struct milter_client *c, struct buf *out, const void *data, size_t len);
bool milter_client_eom(struct milter_client *c, struct buf *out);
void milter_client_abort(struct milter_client *c, struct buf *out);
void milter_client_quit(struct milter_client *c, struct buf *out);
void milter_client_quit_nc(struct milter_client *c, struct buf *out);

/* Takes the filter's answer to OPTNEG: 0, or -EPROTO when it asks for what was not offered. */
int milter_client_agree(struct milter_client *c, const struct milter_reply *reply);

/* Is this reply the last one to a command (and not a change or PROGRESS)? */
bool milter_reply_is_final(const struct milter_reply *reply);

#endif
