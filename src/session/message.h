/* One message as a model: what the MTA sent, and what the policies made of it. Layer 2.
 *
 * Changes are not sent when they are made. They are seen at once in the model, and diff.h
 * says at the end what they come to.
 *
 * Envelope changes know who made them. Policies run in the administrator's order, but what
 * they do to the envelope may be done earlier than what a policy before them does at the end;
 * each policy sees the envelope as those before it left it. A writer is a number: 0 the MTA,
 * then 1 for the first policy of the chain and so on. */
#ifndef SESSION_MESSAGE_H
#define SESSION_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/body.h"
#include "util/str.h"

struct arena;
struct header_text;
struct joined_body;
struct name_index;
struct undo;

#define POSITION_MTA  0u
#define POSITION_NONE UINT16_MAX /* of removed_by: still there */

struct sender {
	const char *addr;    /* as sent, or as we want it: with brackets */
	const char *mailbox; /* without brackets and source route; "" for <> */
	const char *args;    /* ESMTP parameters, each ended by NUL */
	size_t args_len;
	uint16_t added_by;
};

struct rcpt {
	const char *addr, *mailbox, *args;
	size_t args_len;
	uint16_t added_by, removed_by;
};

enum header_place {
	HEADER_TOP,   /* above the MTA's own Received */
	HEADER_BELOW, /* right below it */
	HEADER_SENT,  /* where the MTA has it */
	HEADER_END,
};

struct header {
	const char *name;
	const char *value;	   /* as on the wire: folded with LF, no blank in front */
	const char *sent;	   /* what the MTA sent; NULL when it is ours */
	struct header_text *forms; /* what the policy layer made of name and value, or NULL */
	uint32_t key;		   /* header_key() of the name */
	uint32_t bytes;		   /* on the wire: "Name: value" with line ends of CRLF */
	uint32_t next;		   /* message.c's own: of its names */
	enum header_place place;
	bool deleted;
};

struct slice { /* bytes that belong to somebody else */
	const char *data;
	size_t len;
};

/* How often each was changed, or a change undone. */
struct message_changes {
	uint32_t envelope, headers, body;
};

struct message {
	struct arena *arena; /* owns all below; ends with the message */
	struct message_changes changes;

	struct sender *senders; /* the MTA's first, then each change; 0 before envfrom */
	size_t n_senders;
	struct rcpt *rcpts; /* in the order of the client, additions behind */
	size_t n_rcpts;
	struct header *headers; /* in their order in the message, ours included */
	size_t n_headers;

	uint64_t header_bytes; /* on the wire, of those that are not deleted */
	size_t header_lines;   /* headers that are not deleted, also when they are not kept */

	/* The body, with CRLF line ends, from eom on; NULL when nobody asked for it to be kept,
	 * or when it is in parts. */
	const char *body;
	size_t body_len;
	const struct slice *body_parts; /* a new body that nobody has joined; n 0: body */
	size_t n_body_parts;
	uint64_t body_size;	/* bytes, also when it is not kept */
	uint64_t body_longest;	/* its longest line, without the line end; 0 without: */
	bool lines_wanted;	/* somebody asks for it */
	bool body_changed;	/* body is ours */
	const char *over_limit; /* the limit {} that it broke ("headers"), or NULL */
	bool settled;		/* its verdict is known: no more of it is kept */
	const char *quarantine; /* why, or NULL */
	void *view;		/* what the policy layer made of it, the arena's */

	/* message.c's own */
	size_t cap_senders, cap_rcpts, cap_headers, cap_undo, n_undo;
	struct undo *undo;
	struct name_index *names;   /* NULL: no headers yet */
	struct body kept;	    /* what the MTA sent */
	struct joined_body *joined; /* what became of parts */
	uint64_t line;		    /* bytes of the body's last line so far */
	bool line_cr;		    /* and it ended with CR */
};

/* Building: what the MTA sends. All strings are copied. args: NUL ended strings.
 * message_begin() makes an empty one of a zeroed struct, or of one that was ended and whose
 * arena was reset then. message_end() gives back what is not the arena's; message_free() also
 * what the next message could have used. */
void message_begin(struct message *m, struct arena *arena);
void message_end(struct message *m);
void message_free(struct message *m);
void message_use_files(struct message *m, struct body_pool *pool); /* for large bodies */
void message_sent_from(struct message *m, const char *addr, const char *args, size_t args_len);
void message_sent_rcpt(struct message *m, const char *addr, const char *args, size_t args_len);
void message_sent_field(struct message *m, const char *name, size_t name_len, const char *value,
			size_t value_len, bool keep);
void message_sent_header(struct message *m, const char *name, const char *value, bool keep);
/* keep: 0, or a negative errno of body_append(); and message_drop_body() is due. */
int message_sent_body(struct message *m, const void *data, size_t len, bool keep);
/* There is no more of it: the body can be read. 0, or the same of body_finish(). */
int message_sent_all(struct message *m);
void message_drop_body(struct message *m);		      /* it is not kept after all */
void message_refused_rcpt(struct message *m, size_t n_rcpts); /* back to so many */

/* The envelope as writer w sees it before its own work: what writers below w left. */
const struct sender *message_sender(const struct message *m, unsigned w); /* NULL: none yet */
static inline bool
rcpt_is_visible(const struct rcpt *r, unsigned w)
{
	return (r->added_by == POSITION_MTA || r->added_by < w) && r->removed_by >= w;
}
size_t message_rcpt_count(const struct message *m, unsigned w);

/* Recipients by index. All those that writer w sees:
 *
 *	for (size_t i = 0; (i = message_next_rcpt(m, w, i)) != RCPT_NONE; i++)
 *		use(&m->rcpts[i]);
 *
 * The loop may add and remove recipients. */
#define RCPT_NONE SIZE_MAX /* an index: there is no such recipient */

/* The first recipient at index from or behind it that writer w sees, or RCPT_NONE. */
static inline size_t
message_next_rcpt(const struct message *m, unsigned w, size_t from)
{
	for (size_t i = from; i < m->n_rcpts; i++)
		if (rcpt_is_visible(&m->rcpts[i], w))
			return i;
	return RCPT_NONE;
}

/* The last recipient that the MTA sent, or RCPT_NONE. At ENVRCPT it is the one that the command
 * is about: additions of policies stand behind it. */
static inline size_t
message_last_sent_rcpt(const struct message *m)
{
	size_t i = m->n_rcpts;

	while (i > 0 && m->rcpts[i - 1].added_by != POSITION_MTA)
		i--;
	return i == 0 ? RCPT_NONE : i - 1;
}
/* What will be delivered: after all writers. */
#define POSITION_END (POSITION_NONE - 1u)

/* Names of one key may be equal, those of different keys are not: a look that spares comparing
 * nearly always. */
uint32_t header_key(const char *name);
static inline bool
header_is_named(const struct header *h, const char *name, uint32_t key)
{
	return h->key == key && str_case_equal(h->name, name);
}
/* The first header of that name, or the next one after another of that name; without a look at
 * those of other names. NULL: there is none. */
struct header *message_named(const struct message *m, const char *name, uint32_t key,
			     const struct header *after);

/* Headers, names compared case-blind. nth counts from 1 among those that are not deleted. The
 * pointers are good until a header is added or inserted. */
struct header *message_header(const struct message *m, const char *name, size_t nth);
size_t message_header_count(const struct message *m, const char *name);

/* Bytes on the wire as it stands: header lines with CRLF, the empty line, the body. */
uint64_t message_size(const struct message *m);

/* Changes. Strings are copied. Values: LF folding, no CR. */
void message_change_sender(struct message *m, unsigned w, const char *addr, const char *args,
			   size_t args_len);
void message_add_rcpt(struct message *m, unsigned w, const char *addr, const char *args,
		      size_t args_len);
void message_delete_rcpt(struct message *m, unsigned w, size_t index);
/* Writers behind w never had their turn: what they did to the envelope before it is undone, for
 * good. There are no marks to come back to after this. */
void message_end_at(struct message *m, unsigned w);
void message_add_header(struct message *m, const char *name, const char *value);
void message_insert_header(struct message *m, enum header_place place, const char *name,
			   const char *value); /* HEADER_TOP or HEADER_BELOW */
void message_change_header(struct message *m, struct header *h, const char *value);
void message_delete_header(struct message *m, struct header *h);
/* A new body. The bytes are not copied: they are the arena's, or those of the body as it was.
 * One of several parts is there for who reads it only after message_join_body(): 0, or a
 * negative errno of body.h. */
void message_replace_body(struct message *m, const char *data, size_t len);
void message_replace_body_parts(struct message *m, const struct slice *parts, size_t n);
int message_join_body(struct message *m);
void message_quarantine(struct message *m, const char *reason);

/* A mark to come back to: for a policy that only watches, or fails half way. What was changed
 * since the mark, and only that, is undone. */
size_t message_mark(const struct message *m);
void message_restore(struct message *m, size_t mark);

/* "<a@b>" or "a@b" to "a@b"; source routes are cut. */
const char *message_mailbox(struct arena *arena, const char *addr);
/* The part behind the last '@', or "". */
const char *mailbox_domain(const char *mailbox);
/* The value of an ESMTP parameter ("SIZE"), "" for one without a value, NULL: not there. */
const char *esmtp_arg(const char *args, size_t args_len, const char *name);

#endif
