/* The MTA's side for the tool: a message becomes a script of writes and waits, as an honest MTA
 * makes them (protocol.md 1.1, 4.1: Postfix's order), and a player that blocks tells what the
 * filter said. Layer 8. */
#ifndef CTL_MTA_H
#define CTL_MTA_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/client.h"
#include "util/addr.h"
#include "util/buf.h"

struct arena;

struct mta_header {
	const char *name,
		*value; /* value as it stands behind "Name: ", lines separated by LF */
};

/* A message and its envelope. Lists end with NULL (headers: a NULL name). */
struct mta_mail {
	const char *queue_id;
	const char *login;	   /* {auth_authen}; NULL: not authenticated */
	const char *const *sender; /* "<address>", then ESMTP parameters */
	const char *const *rcpts;  /* "<address>" each */
	const struct mta_header *headers;
	const char *body; /* lines end with CRLF */
	size_t body_len;
};

/* One event, its macros before it. What is no stage (ABORT, QUIT) has STAGE_COUNT. */
struct mta_step {
	enum stage stage;
	size_t from, to; /* its frames, in bytes */
	bool answered;
};

/* {0} is an empty one; whoever has it frees it. */
struct mta_script {
	struct buf bytes;
	struct mta_step *steps;
	size_t n, cap;
};

void mta_script_free(struct mta_script *s);
/* Each appends, by the terms that the filter chose: the client and its HELO; MAIL to ABORT;
 * the end of the connection. */
void mta_script_session(struct mta_script *s, struct milter_client *c);
void mta_script_message(struct mta_script *s, struct milter_client *c,
			const struct mta_mail *mail);
void mta_script_end(struct mta_script *s, struct milter_client *c);

/* A way through a script; pure. */
struct mta_run {
	const struct mta_script *script;
	size_t next;	 /* step */
	size_t rcpts_ok; /* recipients that were not refused so far */
	enum stage at;	 /* the stage of the answer that decides so far; STAGE_COUNT: none, */
	unsigned char decision; /* and that answer; REPLY_CONTINUE: go on, or delivered */
};

void mta_run_start(struct mta_run *r, const struct mta_script *s);
/* Appends what is to be sent up to the next answer: true, write it and wait. False: the script
 * is at its end, and what was appended may go out with what comes next. */
bool mta_run_fill(struct mta_run *r, struct buf *out);
/* The final reply that was waited for. */
void mta_run_reply(struct mta_run *r, unsigned char reply);
/* Was this the answer to the end of the message, or to what ended it before? */
bool mta_run_decided(const struct mta_run *r);

/* The connection of a player that blocks. */
struct mta {
	int fd; /* -1: none */
	struct milter_client client;
	struct buf in, out;
	size_t taken; /* of in: the frame that was handed out last */
	bool failed;  /* nothing more is sent */
	int timeout_ms;
	const volatile sig_atomic_t *stop; /* not 0: whoever waits gets -EINTR; may be NULL */
};

struct mta_change {
	unsigned char what; /* the reply's letter */
	uint32_t index;
	const char *name, *value; /* as in struct milter_reply */
	const char *data;
	size_t len;
	struct mta_change *next;
};

/* What became of a message; strings are in the caller's arena. */
struct mta_outcome {
	unsigned char reply; /* REPLY_CONTINUE: delivered, with the changes */
	enum stage stage;    /* where it was decided */
	const char *text;    /* of REPLY_CODE; else "" */
	struct mta_change *changes;
};

/* One connection, one message; or, mta_greet(), none: only the client and its HELO, and then
 * the connection is there without any memory of its own. 0 or a negative errno; -EPROTO when
 * the filter says what no filter may say, -ETIMEDOUT, -ECONNRESET when it hangs up. After a
 * failure of mta_open() nothing is left to close; *stop not 0: -EINTR; mta_greet():
 * -ECONNREFUSED, the filter refuses the client. */
int mta_open(struct mta *m, const struct addr *at, int timeout_ms,
	     const volatile sig_atomic_t *stop);
int mta_greet(struct mta *m);
int mta_play(struct mta *m, const struct mta_mail *mail, struct arena *arena,
	     struct mta_outcome *ret);
void mta_close(struct mta *m);

/* The next whole reply in the bytes that came from a filter: 1 with *ret and its size, 0, or
 * -EPROTO. */
int mta_reply_next(const unsigned char *data, size_t len, struct milter_reply *ret,
		   size_t *ret_size);

#endif
