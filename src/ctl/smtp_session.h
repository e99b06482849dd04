/* A file with the client's half of an SMTP dialogue, for polymilterctl test --session. Input:
 * the file; output: what the client of one session sends, message by message.
 *
 *	EHLO client.example.org
 *	MAIL FROM:<ann@example.org> SIZE=1000
 *	RCPT TO:<bob@example.com>
 *	RCPT TO:<carol@example.com>
 *	DATA
 *	Subject: hello
 *
 *	..a line that begins with a dot
 *	.
 *	MAIL FROM:<>
 *	RSET
 *	QUIT
 *
 * Empty lines and those that begin with '#' are left out between commands. */
#ifndef CTL_SMTP_SESSION_H
#define CTL_SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

struct smtp_transaction {	   /* from MAIL to the end of DATA, or to what resets it */
	size_t line;		   /* of MAIL */
	const char *const *sender; /* "<address>", parameters, NULL */
	const char *const *rcpts;  /* "<address>" each, up to NULL */
	bool is_reset;		   /* no message was sent */
	const char *text;	   /* the message; lines end with LF, dots are unstuffed */
	size_t len;
	struct smtp_transaction *next;
};

struct smtp_session {	  /* all of it is the arena's */
	const char *helo; /* NULL: there is none */
	struct smtp_transaction *first;
};

/* 0; or a negative errno with "FILE:LINE: text" in why. -EBADMSG: the file has a mistake. */
int smtp_session_read(struct arena *arena, const char *path, struct smtp_session *ret,
		      struct buf *why);

#endif
