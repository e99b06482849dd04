/* The state of a session. Private to session.c, which runs commands, receive.c, which stores
 * what they carry, and answer.c, which writes replies. */
#ifndef SESSION_STATE_H
#define SESSION_STATE_H

#include "session/macro.h"
#include "session/session.h"
#include "session/transaction.h"

/* Negotiation is awaited; no message is open; MAIL to DATA; headers; the body. */
enum phase { PHASE_START, PHASE_IDLE, PHASE_ENVELOPE, PHASE_HEADERS, PHASE_BODY, PHASE_CLOSED };

struct session {
	const struct session_handler *handler; /* own_handler, or failed_handler in its place */
	const struct session_handler *own_handler; /* of the messages to come */
	void *ctx;
	const struct session_limits *limits;
	struct transaction_pool *pool;
	enum phase phase;
	struct milter_terms terms;
	uint32_t answered; /* STAGE_BIT()s of stages that have an answer, by the terms */
	/* STAGE_BIT()s of stages that the MTA was asked to leave out. Some MTAs send them all
	 * the same, and wait (Stalwart, Perl's Net::Milter): they get CONTINUE, as from
	 * libmilter. */
	uint32_t declined;

	/* of the handler's request */
	bool keep_headers, keep_body, lines, headers_optional;
	uint64_t max_body, required_body;

	struct peer peer;
	char *strings; /* those of peer, in one piece */
	size_t strings_len;
	struct macros macros;
	unsigned char
		macro_command; /* of the last macros, when no envelope command came since */

	unsigned n_messages;
	bool open; /* a message is */
	bool suspended;
	enum stage suspended_at;
	struct transaction *transaction; /* NULL: no message, and no macro of one */
	char *error;			 /* NULL: none */
};

/* The parts of a command, stored: one function for each form, for the table in session.c. */
void receive_connect(struct session *s, const struct milter_event *ev);
void receive_helo(struct session *s, const struct milter_event *ev);
void receive_envelope(struct session *s, const struct milter_event *ev);
void receive_header(struct session *s, const struct milter_event *ev);
void receive_body(struct session *s, const struct milter_event *ev);
void receive_eom(struct session *s, const struct milter_event *ev);
void receive_nothing(struct session *s, const struct milter_event *ev);
void store_peer(struct session *s, const char *host, const char *addr, const char *helo);

/* Writes the reply for a stage, if it has one, and ends the message if the verdict does. */
void answer_stage(struct session *s, enum stage stage, enum verdict v, struct buf *out);
/* The message exceeds the budget of memory: the handler refuses it, and what was kept of it is
 * freed. The verdict of the event. */
enum verdict refuse_over_memory(struct session *s, enum stage stage);
/* Frees what was kept of the message that is over_memory, but for the reply. */
void drop_message_content(struct session *s);
/* Writes the next piece of a long answer; transaction->more is set when there is more. */
void write_body_piece(struct session *s, struct buf *out);

/* In session.c: the message is over, and so are its macros. */
void end_message(struct session *s);

#endif
