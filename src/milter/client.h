/* The MTA's half of the protocol: writes commands as frames, and returns which of them the
 * filter will answer. Used by service/child.h, by tests and by polymilterctl. Pure: the caller
 * moves the bytes. */
#ifndef MILTER_CLIENT_H
#define MILTER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/proto.h"
#include "milter/reply.h"

struct buf;

struct milter_client {
	struct milter_terms offer; /* of this MTA */
	struct milter_terms terms; /* the filter's answer to it; all zero before */
	bool skip_body;		   /* the caller sets it when a chunk was answered with SKIP; it
				      is cleared at the end of the message */
};

/* Offers what Postfix 3.7 and Sendmail 8.17 do: version 6, everything. */
void milter_client_init(struct milter_client *c);

/* Each function appends one frame; or nothing when the filter has declined the stage, when the
 * version has no such command (DATA from 4 on, UNKNOWN from 3 on), or when the body is skipped.
 * It returns true when the filter will answer the frame. Lists end with NULL; strings are sent
 * as they are. Order and limits are up to the caller: these functions also write what no MTA
 * sends. */
bool milter_client_optneg(struct milter_client *c, struct buf *out);

/* Macros for the stage with this letter. Also written for a stage that was declined, as both
 * MTAs do, but not for chunks of the body that are skipped. Never answered. */
bool milter_client_macros(struct milter_client *c, struct buf *out, unsigned char command,
			  const char *const *pairs);

/* family '4', '6' or 'L'; for any other neither port nor addr is written. */
bool milter_client_connect(struct milter_client *c, struct buf *out, const char *host,
			   char family, uint16_t port, const char *addr);
bool milter_client_helo(struct milter_client *c, struct buf *out, const char *name);
bool milter_client_envfrom(struct milter_client *c, struct buf *out, const char *const *argv);
bool milter_client_envrcpt(struct milter_client *c, struct buf *out, const char *const *argv);
/* The same for a path as session/envelope.h keeps it: s is STAGE_ENVFROM or STAGE_ENVRCPT; args
 * are the ESMTP parameters, each with its NUL. */
bool milter_client_path(struct milter_client *c, struct buf *out, enum stage s,
			const char *addr, const char *args, size_t args_len);
bool milter_client_data(struct milter_client *c, struct buf *out);
bool milter_client_unknown(struct milter_client *c, struct buf *out, const char *line);

/* value: what stands behind the colon, with LF between lines. One blank in front of it is left
 * out unless the terms have LEADSPC, as both MTAs do. */
bool milter_client_header(struct milter_client *c, struct buf *out, const char *name,
			  const char *value);
/* The same for a value as session/headers.h keeps it: without that blank, which is written when
 * the terms have LEADSPC. */
bool milter_client_kept_header(struct milter_client *c, struct buf *out, const char *name,
			       const char *value);

bool milter_client_eoh(struct milter_client *c, struct buf *out);
/* One chunk of at most MILTER_CHUNK bytes. */
bool milter_client_body(struct milter_client *c, struct buf *out, const void *data, size_t len);
bool milter_client_eom(struct milter_client *c, struct buf *out);
void milter_client_abort(struct milter_client *c, struct buf *out);
void milter_client_quit(struct milter_client *c, struct buf *out);
void milter_client_quit_nc(struct milter_client *c, struct buf *out);

/* Stores the filter's answer to OPTNEG. 0; or -EPROTO when the reply is not one, or has what
 * was not offered. Sendmail refuses that; Postfix lets protocol bits pass. */
int milter_client_agree(struct milter_client *c, const struct milter_reply *reply);

/* Whether this reply ends the MTA's wait: not a modification, not PROGRESS. */
bool milter_reply_is_final(const struct milter_reply *reply);

#endif
