/* Another milter that is asked about a message: polymilter plays the MTA to it. It is played
 * late, at the end of the message, with the message as it stands then; so what it sees is what
 * it changes. On the interface of service/exchange.h.
 *
 * One connection for one message. The envelope goes step by step, since a filter of libmilter
 * that has given its last answer says nothing more, and what follows must not wait for it; the
 * content goes in one burst, whose replies are counted:
 *
 *	MTA's half	O   C   H   M   R   R   T L L L N B B E       [Q]
 *	the child	  O   c   c   c   c   r         c c c   p h h c
 *
 * The first final answer ends the play, within the burst too. Steps that the child has declined
 * are not sent, and replies that it has declined are not awaited.
 *
 * A new connection, with OPTNEG, CONNECT and HELO, costs 0.07 ms of a message's time
 * (opendmarc, unix socket: 0.16 ms, on a connection that is kept 0.10 ms; opendkim signs in 1.2
 * to 3 ms). That is not worth a connection that must be kept for each connection of the MTA, of
 * which one cannot tell whether its filter is still at the message before.
 *
 * After EXCHANGE_ANSWERED a further call of write() appends QUIT, once. Whoever has the
 * connection may send it, if that can be done at once, before he closes; no reply follows. All
 * filters take a close without it too, which both MTAs do at times.
 *
 * Memory: a struct child, and what the child has said that counts. While nothing was answered,
 * this is the struct, below 1 KiB, and the macro lists that it has asked for. */
#ifndef SERVICE_CHILD_H
#define SERVICE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/client.h"
#include "service/exchange.h"
#include "session/peer.h"
#include "session/verdict.h"
#include "util/buf.h"

#define CHILD_MAX_CHANGES 4096u /* in one answer */

/* A sender or recipient. */
struct child_path {
	const char *addr; /* "<a@example.org>" */
	const char *args; /* ESMTP parameters, each with its NUL: "SIZE=9\0RET=HDRS\0" */
	size_t args_len;  /* bytes of args, NULs included */
	const char *seen; /* {mail_addr} or {rcpt_addr}; NULL: the one of `macros`, if any */
};

struct child_field {
	const char *name;
	const char *value; /* as session/headers.h has it: folded with LF, no blank in front */
};

/* What the child is told. All of it is the caller's and stays as it is until release(). */
struct child_message {
	const struct peer *peer; /* helo "": no HELO is sent; no valid address: family 'U' */
	struct child_path sender;
	const struct child_path *rcpts;
	size_t n_rcpts; /* one at least: libmilter says nothing to DATA without one */
	const struct child_field *fields; /* in the order of the message */
	size_t n_fields;
	struct exchange_content body; /* line ends CRLF */
	/* Macros with a value, as they are at the end of the message: name, value, ..., NULL.
	 * Each goes to the stages of child_macros.c, or to those that the child asks for. */
	const char *const *macros;
	/* ACTION_ bits: changes that the child is offered. One that asks for more gets these; a
	 * change that was not offered is a bad answer. */
	uint32_t actions;
};

/* A refusal. Without a reply of the child's own, or with one that no client should get (not
 * printable ASCII, lines of several codes, too long), code and text are those of Postfix:
 *
 *	"550 5.7.1 Command rejected", "451 4.7.1 Service unavailable - try again later" */
struct child_reply {
	unsigned code;	   /* 400 to 599 */
	const char *xcode; /* of its class; x.7.1 when the child gave none */
	const char *text;  /* lines with LF between them; '%' is a plain character */
};

struct child_refusal {
	size_t rcpt; /* index in child_message.rcpts */
	struct child_reply reply;
};

/* A change, to be applied in the order of the list, each to what those before it have left, as
 * Postfix does.
 *
 * CHANGE, DELETE: `index` counts the fields with that name (any case), from 1, in the message
 * that the child was sent with the changes before; fields that were inserted or added count,
 * deleted ones do not. Without a field of that number CHANGE adds one at the end, and DELETE
 * does nothing. Example, for fields A: 1, A: 2, A: 3:
 *
 *	DELETE 1 A, CHANGE 2 A "x"	A: 2, A: x
 *	DELETE 1 A, DELETE 2 A		A: 2		(a filter that counted otherwise)
 *	INSERT 0 A "x", DELETE 2 A	A: x, A: 2, A: 3
 *
 * INSERT: `index` is a place among all fields of the message, the Received of the MTA itself
 * included, which the child has not seen: 0 is above it, 1 is directly below, n has n fields
 * in front; too large is the end. ADD is the end.
 *
 * DELETE_RCPT: the address as the recipient was sent; case counts. All that are equal go. */
enum child_change_kind {
	CHILD_ADD_FIELD,
	CHILD_INSERT_FIELD,
	CHILD_CHANGE_FIELD,
	CHILD_DELETE_FIELD,
	CHILD_CHANGE_SENDER,
	CHILD_ADD_RCPT,
	CHILD_DELETE_RCPT,
};

struct child_change {
	enum child_change_kind kind;
	uint32_t index;
	const char *name;  /* of the field (RFC 5322), or the address in brackets */
	const char *value; /* of the field, as in child_field, without CR; or args */
	size_t args_len;   /* as in child_path */
};

/* What the child wants. Its strings are the exchange's until release(). With another verdict
 * than CONTINUE there are no changes, no body and no quarantine: the child may have sent them
 * before it refused. */
struct child_answer {
	enum verdict verdict;	  /* CONTINUE (also for "accept": its own end only), REJECT,
				     TEMPFAIL, DISCARD */
	struct child_reply reply; /* of REJECT and TEMPFAIL */
	const char *quarantine;	  /* reason, as sent; or NULL */
	struct child_change *changes;
	size_t n_changes;
	bool replaces_body;
	struct slice body; /* the new one */
	/* Recipients that it has refused, when it took others: what becomes of them, this late,
	 * is the caller's to decide. When it refused all, the message is refused: TEMPFAIL when
	 * one of the replies is 4xx, and the reply is the first of that class. */
	struct child_refusal *refused;
	size_t n_refused;
};

enum child_step {
	CHILD_STEP_OPTNEG,
	CHILD_STEP_CONNECT,
	CHILD_STEP_HELO,
	CHILD_STEP_ENVFROM,
	CHILD_STEP_ENVRCPT,
	CHILD_STEP_DATA, /* from here on without waiting */
	CHILD_STEP_HEADER,
	CHILD_STEP_EOH,
	CHILD_STEP_BODY,
	CHILD_STEP_EOM,
	CHILD_STEP_WAIT,
	CHILD_STEP_QUIT,
	CHILD_STEP_END,
};

struct child {
	struct exchange base;
	struct child_answer answer; /* after EXCHANGE_ANSWERED, until release() */

	/* private to child*.c */
	const struct child_message *message; /* NULL: a ping */
	struct milter_client client;
	enum child_step step;	       /* what is written next */
	size_t at;		       /* of the recipients, or of the fields: the next */
	struct exchange_position body; /* the same */
	bool negotiating;	       /* the answer to OPTNEG is awaited */
	uint32_t awaited[STAGE_COUNT]; /* replies, by the stage of the command */
	struct buf partial;	       /* of a frame, until it is whole */
	struct buf new_body;
	struct arena *arena; /* of the answer's strings; NULL: none yet */
	const char *lists;   /* of macros, as in struct milter_reply */
	size_t lists_len;
	size_t answer_bytes; /* of frames that were kept */
	size_t cap_changes, cap_refused;
};

/* What the child says to the message. The states of read() and end():
 *
 *	ANSWERED	c->answer is complete
 *	CUT		the child closed before
 *	BAD_ANSWER	a frame that is none, a reply that nothing has asked for, a change at
 *			another place than the end of the message, or of another kind than it
 *			was offered; the name of a field that is none; more than
 *			CHILD_MAX_CHANGES changes, or than max_answer bytes of frames that are
 *			kept: macro lists, refusals, changes, a new body as a whole
 *
 * SHUTDOWN ('4') is TEMPFAIL. PROGRESS may come at any time, as often as it likes. */
void child_filter(struct child *c, const struct child_message *message);

/* Whether the child is there: OPTNEG, and ANSWERED when it has answered that. */
void child_ping(struct child *c);

#endif
