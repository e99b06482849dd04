/* One milter connection as a state machine: the MTA's bytes in, events to a handler, replies
 * out.
 *
 * session_run() decodes frames, stores their content in the peer, the macros and the message,
 * and calls the handler once for each stage of the protocol; the handler (the chain of
 * policies, a stub in tests) returns a verdict, and the session writes the reply. It opens
 * nothing and has no clock, so a test or a fuzz target of it is a few lines. The protocol:
 * src/milter/README. */
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

struct session_limits { /* limits {} of the configuration; 0: no limit */
	uint64_t header_bytes, headers, recipients, body_bytes;
	enum verdict on_limit; /* TEMPFAIL, REJECT or ACCEPT; the handler acts on it */
};

/* What the handler requests for a connection, given the MTA's offer. */
struct session_request {
	struct milter_terms terms;	 /* the answer to the offer */
	const char *lists[MACRO_STAGES]; /* macros, blanks between; NULL: the MTA's own list */
	bool keep_headers;		 /* in the message; else they are only counted */
	bool keep_body;			 /* likewise */
	bool lines;			 /* the longest line of the body is measured */
	uint64_t
		max_body; /* bytes; a larger body is not kept after all; UINT64_MAX: any size */
	/* What only policies need that change nothing (mode monitor): where it is over a limit
	 * of limits {}, or no file is free for the body, it is dropped, and the message is not
	 * over the limit. Example: max_body UINT64_MAX, required_body 1000, body_bytes 5000, a
	 * body of 6000 bytes: body_dropped is set. With required_body 10000 it would be
	 * over_limit. */
	bool headers_optional;
	uint64_t required_body; /* bytes; a body of up to so many is needed by another policy.
				   A larger one gives its file to one that is needed */
};

struct session_handler {
	/* The MTA's offer. 0 and *ret; or -EPROTO when the MTA lacks what is needed: the
	 * connection ends, and the handler logs the reason (session_error() is ""). */
	int (*offer)(void *ctx, const struct milter_terms *offer, struct session_request *ret);
	/* An event, after the session has put it into peer and message. At a stage to which the
	 * terms have no answer only CONTINUE may be returned (else: failed()). A reply to
	 * REJECT or TEMPFAIL is set by session_set_reply() before. Not called for a message
	 * that has its verdict.
	 *
	 * When memory_is_over() (util/memory.h) after the call, and the message is not settled,
	 * it becomes over_memory, and event() is called again for this stage, to refuse it.
	 * Then all that was kept of the message is freed; at later stages it is empty, and
	 * still over_memory. The handler sets over_memory itself when the budget was exceeded
	 * before session_resume(). */
	enum verdict (*event)(void *ctx, struct session *s, enum stage stage);
	/* The open message ends without a verdict at eom: an abort, a new message, the end of
	 * the connection. */
	void (*abort)(void *ctx, struct session *s);
	/* event() returned, or session_resume() got, a verdict that cannot be sent: one at a
	 * stage that has no answer, or ERROR. session_error() is a line for the log. The
	 * message (before the first one: each message of the connection) gets TEMPFAIL at all
	 * stages that have an answer, eom at the latest, and no events; abort() follows if it
	 * is open. May be NULL. */
	void (*failed)(void *ctx, struct session *s);
	/* STAGE_BIT()s of stages at which event() would always return CONTINUE. It is called
	 * there only for a message that is over a limit. */
	uint32_t skipped_stages;
};

/* h, ctx and limits must outlive the session. Never NULL. */
struct session *session_new(const struct session_handler *h, void *ctx,
			    const struct session_limits *limits);
struct session *session_free(struct session *s); /* aborts the message first; returns NULL */
/* Where the session gets its transactions from, and with them files for large bodies. The pool
 * must outlive the session. Without a pool: memory of its own, and no files. Before the first
 * session_run(). */
void session_use_pool(struct session *s, struct transaction_pool *pool);

/* Handles whole frames of data, in place, until none is left, an event is suspended, or only a
 * part of an answer was written (session_has_more()). Replies are appended to out. *ret_used:
 * bytes that were handled; the caller keeps the rest and passes it again with more behind it.
 * Returns 0; or 1: the MTA sent QUIT, close; -EBADMSG: a malformed frame, close; -EPROTO: one
 * out of order, or no terms, close. session_error() has a line for the log then. */
int session_run(struct session *s, const void *data, size_t len, struct buf *out,
		size_t *ret_used);
const char *session_error(const struct session *s); /* "": none yet */

/* The verdict for the event that returned SUSPEND. The caller then passes what it kept to
 * session_run(). */
void session_resume(struct session *s, enum verdict v, struct buf *out);
bool session_is_suspended(const struct session *s);

/* The answer to eom with a large new body is written in pieces. session_write_more() appends
 * the next piece, when the MTA has taken those before, and returns whether there was one. The
 * answer is decided before its first piece; session_run() handles nothing before the last. */
bool session_write_more(struct session *s, struct buf *out);
bool session_has_more(const struct session *s);
/* Appends a PROGRESS frame, which resets the MTA's timeout; false, and nothing, when no event
 * is suspended at eom: Sendmail takes it only there. */
bool session_write_progress(struct session *s, struct buf *out);

/* The terms are agreed on; before, no command but OPTNEG is taken. */
bool session_has_negotiated(const struct session *s);
/* No message is open and no answer half written: the connection may be closed. */
bool session_is_idle(const struct session *s);

/* For the handler. Strings are valid during its callback. */
struct message *session_message(struct session *s); /* NULL outside a message */
const struct peer *session_peer(const struct session *s);
const char *session_macro(const struct session *s, const char *name); /* or NULL */
const char *session_queue_id(struct session *s); /* macro i; NULL: not known yet */
const struct milter_terms *session_terms(const struct session *s);
unsigned session_message_count(const struct session *s); /* begun on this connection */
/* The reply to the REJECT or TEMPFAIL that is returned next for this message. code 400 to 599,
 * xcode as "5.7.1"; text: lines with LF between. Copied. */
void session_set_reply(struct session *s, unsigned code, const char *xcode, const char *text);
/* Whether the MTA takes a verdict at this stage. A stage that was declined (SMFIP_NO*) has
 * none; when its command comes all the same the session replies CONTINUE by itself. */
bool session_answers(const struct session *s, enum stage stage);

#endif
