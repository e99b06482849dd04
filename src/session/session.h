/* One milter connection as a state machine: bytes in, events to the handler, bytes out. It
 * opens nothing and has no clock, so a test or a fuzz target is a few lines. Layer 2. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/event.h"
#include "session/message.h"
#include "session/peer.h"
#include "session/verdict.h"

struct buf;
struct transaction_pool;
struct session;

struct session_limits { /* limits { } of the configuration; 0 is none */
	uint64_t header_bytes, headers, recipients, body_bytes;
	enum verdict on_limit; /* TEMPFAIL, REJECT or ACCEPT; the handler speaks it */
};

/* What the handler wants of the MTA, from what it offered. */
struct session_wish {
	struct milter_terms terms;
	const char *lists[MACRO_STAGES]; /* macros; NULL: the MTA's own list */
	bool keep_headers;		 /* in the message; else they are only counted */
	bool keep_body;			 /* likewise */
	bool lines;			 /* the body's longest line is measured */
	uint64_t max_body; /* a larger one is not kept after all; UINT64_MAX: any */
};

struct session_handler { /* the chain runner; a stub in tests */
	/* 0, or -EPROTO: the MTA lacks what is needed, close. What it lacks is told by the
	 * handler: session_error() is "" then. */
	int (*offer)(void *ctx, const struct milter_terms *offer, struct session_wish *ret);
	/* An event; the session has already put it into peer and message. At every stage that
	 * the terms leave without an answer only CONTINUE may be said. REJECT and TEMPFAIL may
	 * have a reply, set before. Never called after a verdict that ended the message. */
	enum verdict (*event)(void *ctx, struct session *s, enum stage stage);
	/* The message is gone without a verdict at eom: abort, a new one, or the connection's
	 * end. Not called when there is none. */
	void (*abort)(void *ctx, struct session *s);
	/* STAGE_BIT()s at which event() would say CONTINUE without a look, unless the message
	 * is over a limit: it is called only then. */
	uint32_t quiet;
};

/* h, ctx and limits must outlive it. */
struct session *session_new(const struct session_handler *h, void *ctx,
			    const struct session_limits *limits);
struct session *session_free(struct session *s); /* aborts the message first */
/* Where it gets from what a message needs, and large bodies their files; the stock must outlive
 * the session. Without: memory of its own, and no files. */
void session_use_pool(struct session *s, struct transaction_pool *stock);

/* Handles whole frames of data in place, until none is left, one is suspended, or there is
 * more of an answer than was put into out (session_more()). *ret_used:
 * bytes that are done with; the caller keeps the rest and gives it again with more behind it.
 * 0; 1: the MTA said quit, close; -EBADMSG a malformed frame, -EPROTO one out of order or
 * refused terms: close. session_error() says more. */
int session_run(struct session *s, const void *data, size_t len, struct buf *out,
		size_t *ret_used);
const char *session_error(const struct session *s);

/* Ends a VERDICT_SUSPEND. The caller then runs what it kept. */
void session_complete(struct session *s, enum verdict v, struct buf *out);
bool session_is_suspended(const struct session *s);

/* The answer to eom with a large new body comes in pieces: the next one, when the MTA has
 * taken those before. Whether there was one. All of it is decided before the first; nothing is
 * run before the last. */
bool session_more(struct session *s, struct buf *out);
bool session_has_more(const struct session *s);
/* Suspended at eom: a PROGRESS frame may be sent now. Appends it. */
bool session_progress(struct session *s, struct buf *out);

/* No message is open, and nothing is half done: a moment to close. */
bool session_is_idle(const struct session *s);

/* For the handler. */
struct message *session_message(struct session *s); /* NULL outside a message */
const struct peer *session_peer(const struct session *s);
const char *session_macro(const struct session *s, const char *name);
const char *session_queue_id(struct session *s); /* macro i; NULL: not known yet */
const struct milter_terms *session_terms(const struct session *s);
unsigned session_messages(const struct session *s); /* begun on this connection */
/* The reply to the verdict that is about to be returned; text may have several lines. Copied.
 */
void session_set_reply(struct session *s, unsigned code, const char *xcode, const char *text);
/* Does the MTA wait for an answer at this stage? */
bool session_answers(const struct session *s, enum stage stage);

#endif
