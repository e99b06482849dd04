/* The log of a message's changes. Private to message.c, envelope.c, headers.c and
 * message_body.c.
 *
 * Each change appends one entry, which holds what is needed to take it back. message_restore()
 * takes back entries from the end, so an entry's index is right again when its turn comes. The
 * log and all that entries point to are the message's arena's.
 *
 * message_drop_changes_of() and its relatives work on senders, recipients and holds instead, by
 * their positions, and leave entries behind that are not taken back any more. */
#ifndef SESSION_UNDO_H
#define SESSION_UNDO_H

#include "session/message.h"

enum undo_kind {
	UNDO_SENDER,
	UNDO_ADD_RCPT,
	UNDO_DELETE_RCPT,
	UNDO_INSERT_HEADER,
	UNDO_CHANGE_HEADER,
	UNDO_DELETE_HEADER,
	UNDO_BODY,
	UNDO_QUARANTINE,
};

struct undo {
	enum undo_kind kind;
	size_t index;		   /* of the recipient or header field */
	const char *text;	   /* value or body before the change */
	size_t len;		   /* UNDO_BODY: bytes of text; UNDO_DELETE_RCPT: removed_by */
	const struct slice *parts; /* UNDO_BODY, as the rest */
	size_t n_parts;
	uint64_t size, longest;
	bool changed;
};

struct hold { /* a reason for the quarantine */
	const char *reason;
	unsigned position; /* of the policy */
};

/* Appends an entry for a change and counts the change. The caller fills in the rest of it. */
struct undo *undo_push(struct message *m, enum undo_kind kind, size_t index);

/* Each takes back one change of its part of the message. */
void undo_envelope_change(struct message *m, const struct undo *u);
void undo_header_change(struct message *m, const struct undo *u);
void undo_body_change(struct message *m, const struct undo *u);

/* Takes back what the policies at positions first to last changed of the envelope. Returns
 * whether they had. */
bool drop_envelope_changes(struct message *m, unsigned first, unsigned last);

#endif
