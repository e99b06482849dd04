/* One question to a server, and its answer, as a state machine: bytes in, bytes out. It opens
 * nothing and has no clock; service/ask.h connects it to a server, in turn to several, and a
 * test or a fuzz target of it is a few lines.
 *
 * Each protocol has a struct of its own, with a struct exchange as its first member `base`, a
 * function that makes it, and fields for the answer:
 *
 *	clamd_scan(&x, content)         state of the message: what is asked
 *	x.base.ops->begin(&x.base)      a connection: from the beginning
 *	write(), read(), write() ...    until read() or end() returns another state than GOES_ON
 *	begin() ...                     if that was EXCHANGE_CUT: again, on another connection
 *	x.virus                         after EXCHANGE_ANSWERED
 *	release()
 *
 * Reading goes on while the message is being sent: a server may answer before it has all of it,
 * and what it says is then the answer. */
#ifndef SERVICE_EXCHANGE_H
#define SERVICE_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "session/message.h"
#include "util/buf.h"

#define EXCHANGE_WINDOW	    (64u << 10) /* bytes of a message that are sent at a time */
#define EXCHANGE_TEXT_BYTES 128u	/* of what is quoted in the log */

enum exchange_state {
	EXCHANGE_GOES_ON,
	EXCHANGE_ANSWERED,     /* the answer is complete; nothing more is sent or read */
	EXCHANGE_CUT,	       /* the server closed before it had answered as a whole */
	EXCHANGE_BAD_ANSWER,   /* not what the protocol has, or longer than max_answer */
	EXCHANGE_SERVER_ERROR, /* the server says that it has failed */
	EXCHANGE_TOO_BIG,      /* the server says that the message is too large for it */
};

/* What is sent of a message: pieces of other owners, all of which stay as they are until
 * release(). size: the sum of their lengths. */
struct exchange_content {
	const struct slice *parts;
	size_t n;
	uint64_t size;
};

struct exchange {
	const struct exchange_ops *ops;
	size_t max_answer; /* bytes; the asker sets it before begin() */
	/* What the server sent, or what was wrong with it, for the log: after BAD_ANSWER,
	 * SERVER_ERROR and TOO_BIG. As str_append_printable() makes it, at most
	 * EXCHANGE_TEXT_BYTES of it, and "..." when there was more. */
	char text[EXCHANGE_TEXT_BYTES + 4];
};

struct exchange_ops {
	/* A connection is there: from the beginning, with nothing sent and nothing read. */
	void (*begin)(struct exchange *x);
	/* Appends what is to be sent next, about EXCHANGE_WINDOW bytes at most. Called when the
	 * server has taken what was appended before, and after each read(). Nothing is
	 * appended when there is no more, or when more of the answer has to be read first. */
	void (*write)(struct exchange *x, struct buf *out);
	/* The next bytes of the server, of any length but 0. */
	enum exchange_state (*read)(struct exchange *x, const char *data, size_t len);
	/* The server will send no more. Never GOES_ON. */
	enum exchange_state (*end)(struct exchange *x);
	/* Frees what it has beyond its own memory. Also between two connections, and twice. */
	void (*release)(struct exchange *x);
};

/* Where a writer stands in the content; {0} is its begin. */
struct exchange_position {
	size_t part;   /* number of the part */
	size_t offset; /* in it */
	uint64_t sent; /* bytes before it in all */
};

/* Appends at most max of the next bytes of the content, and moves on. Returns their number: 0
 * at the end only. */
size_t exchange_write_content(const struct exchange_content *c, struct exchange_position *at,
			      size_t max, struct buf *out);

/* Sets x->text to these bytes, cut, with unprintable ones escaped; and returns the state. */
enum exchange_state exchange_fail(struct exchange *x, enum exchange_state state,
				  const char *text, size_t len);

#endif
