/* One message as a model: what the MTA sent, and the changes that policies made to it.
 *
 * The session builds it from the MTA's commands (message_receive_*()); policies read and change
 * it; at the end of the message diff.h computes the modifications that the MTA gets. A change
 * is visible in the model at once. Three files share the work: envelope.h has sender and
 * recipients, headers.h the header fields, and here are the message as a whole, its body, and
 * undoing. */
#ifndef SESSION_MESSAGE_H
#define SESSION_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/body.h"
#include "session/envelope.h"
#include "session/headers.h"

struct arena;
struct hold;
struct joined_body;
struct name_index;
struct undo;

struct slice { /* bytes of another owner */
	const char *data;
	size_t len;
};

/* How often each part was changed; an undone change counts once more. A reader that kept the
 * counters sees by them that what it computed from the part is out of date. */
struct message_changes {
	uint32_t envelope, headers, body;
};

/* What the MTA is sent about each recipient: diff.h's, made once for the log and the answer. */
struct known_rcpt_plan {
	const unsigned char *of_rcpt; /* NULL: not made yet */
	size_t n;		      /* recipients, when it was made */
	uint32_t changes;	      /* of the envelope, when it was made */
};

struct message {
	struct arena *arena; /* owns all strings and arrays below; ends with the message */
	struct message_changes changes;

	struct sender *senders; /* the MTA's first, then one for each change */
	size_t n_senders;
	struct rcpt *rcpts; /* in the order in which they came or were added */
	size_t n_rcpts;
	size_t n_sent_rcpts;	/* those of them that the MTA sent */
	struct header *headers; /* in their order in the message, deleted ones included */
	size_t n_headers;

	uint64_t header_bytes; /* in the message, of fields that are not deleted */
	size_t header_lines;   /* number of fields not deleted, those not kept included */

	/* The body, with line ends of CRLF, from the end of the message on. NULL when it is not
	 * kept, or when a policy made a new one of several parts. */
	const char *body;
	size_t body_len;
	const struct slice *body_parts; /* parts of a new body that was not joined yet */
	size_t n_body_parts;		/* 0: it is in body */
	uint64_t body_size;		/* bytes, also when it is not kept */
	uint64_t body_longest;	/* bytes of its longest line, without line end; lines_wanted */
	bool lines_wanted;	/* body_longest is measured */
	bool body_changed;	/* it is a policy's */
	const char *over_limit; /* name of the limit of limits {} that it exceeds, or NULL */
	bool over_memory; /* the worker's memory is used up: it is not kept, and must be refused
			   */
	bool headers_dropped;	/* over a limit, but not over_limit: headers are not all kept */
	bool body_dropped;	/* likewise: the body is not kept; session.h has the rule */
	bool settled;		/* its verdict is known: no more of it is kept */
	const char *quarantine; /* reason, or NULL */
	void *view;		/* content/mime_tree.h's: the MIME tree; the arena's */

	/* private to the files of the message; see undo.h */
	size_t cap_senders, cap_rcpts, cap_headers, cap_undo, n_undo, cap_holds, n_holds;
	struct undo *undo;
	struct hold *holds;	    /* the calls of message_quarantine() */
	struct name_index *names;   /* NULL: no headers yet */
	struct body kept;	    /* the body that the MTA sent */
	struct joined_body *joined; /* bodies that were joined of parts */
	struct known_rcpt_plan rcpt_plan;
	uint64_t line; /* bytes of the body's last line so far, its CR included */
	bool line_cr;  /* that line ends with CR so far */
};

/* message_begin() makes an empty message of a zeroed struct, or of one that was ended and whose
 * arena was reset after that. message_end() releases what the arena does not own: the file of a
 * large body. message_free() also releases what the next message would have used again. */
void message_begin(struct message *m, struct arena *arena);
void message_end(struct message *m);
void message_free(struct message *m);
void message_use_files(struct message *m, struct body_pool *pool); /* for large bodies */

/* It is over_memory from now on. */
static inline void
message_exceed_memory(struct message *m)
{
	m->over_memory = true;
	m->over_limit = "memory";
}

/* Whether its verdict is known, though it may not be sent yet. */
static inline bool
message_is_decided(const struct message *m)
{
	return m->settled && !m->over_memory;
}

/* Bytes of the message with its changes: header fields with CRLF, the empty line, the body. */
uint64_t message_size(const struct message *m);

/* The MTA's next part of the body, which is copied when keep is set and else only measured. 0,
 * or a negative errno of body_append(): then message_drop_body() has to follow. */
int message_receive_body(struct message *m, const void *data, size_t len, bool keep);
/* The body is complete and can be read. 0, or a negative errno of body_finish(), likewise. */
int message_finish_body(struct message *m);
void message_drop_body(struct message *m); /* what was kept of it goes */

/* A new body. The bytes are not copied: they are the arena's, or those of the body before. One
 * of several parts can be read only after message_join_body(): 0, or a negative errno of
 * body.h, and the parts are as before. */
void message_replace_body(struct message *m, const char *data, size_t len);
void message_replace_body_parts(struct message *m, const struct slice *parts, size_t n);
int message_join_body(struct message *m);

/* The MTA is to quarantine the message, says the policy at this position. The reason is copied.
 * Of several reasons that of the last policy in the chain counts, and of its reasons the last
 * one. */
void message_quarantine(struct message *m, unsigned position, const char *reason);

/* Undoing. Changes are logged, and a mark is a place in that log. message_restore() undoes all
 * changes since the mark, newest first, and leaves those before it. What the MTA sent is no
 * change. The chain does this for a policy that is in monitor mode or that failed half way:
 *
 *	mark = message_mark(m);
 *	message_add_header(m, "X-Spam", "yes");
 *	message_delete_rcpt(m, position, 0);
 *	message_restore(m, mark);		the field is gone, the recipient is back
 *
 * What lies further back, between changes of others, is undone by its position: the envelope
 * and the quarantine. (Headers and body are changed in one callback of a policy, so a mark is
 * enough for them.) No mark that was taken before one of these calls may be restored after it.
 *
 *	message_delete_rcpt(m, 2, 0);		at RCPT
 *	message_add_rcpt(m, 3, "<c@x>", ...);	at RCPT, by the policy behind
 *	message_add_rcpt(m, 2, "<b@x>", ...);	at the next RCPT
 *	message_drop_changes_of(m, 2);		recipient 0 is back, <b@x> is gone, <c@x> stays
 */
size_t message_mark(const struct message *m);
void message_restore(struct message *m, size_t mark);
/* Of one policy. Returns whether there were changes. */
bool message_drop_changes_of(struct message *m, unsigned position);
/* Of all policies behind this position. */
void message_drop_changes_after(struct message *m, unsigned position);
/* Of all policies, headers and body included: the message as the MTA has it. */
void message_drop_all_changes(struct message *m);

#endif
