/* Messages from files: one file, all files below a directory, a Maildir, an mbox, standard
 * input. Input: operands of a command line; output: one message after the other, in the same
 * order each time. Only one message is in memory.
 *
 *	operand		messages				names
 *	hello.eml	the file				hello.eml
 *	inbox		a file that begins with "From "		inbox:1, inbox:2
 *	mails/		all files below it, by name		mails/a.eml, mails/b/c.eml
 *	Maildir/	those in new and cur, its folders too	Maildir/cur/17.M2:2,S
 *	-		standard input, or an mbox in it	-, or -:1
 *
 * In an mbox a line "From " behind an empty one begins a message, and one '>' is removed in
 * front of ">From ". In a directory names that begin with '.' are left out, but for the folders
 * of a Maildir; so is what is no regular file. */
#ifndef CTL_MAIL_SOURCE_H
#define CTL_MAIL_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/mta_script.h"

#define MAIL_MAX (256u * 1024 * 1024) /* bytes of one message */

struct mail_source;

struct mail {
	const char *name;		  /* see above */
	const struct mta_header *headers; /* up to a NULL name */
	const char *body;		  /* lines end with CRLF */
	size_t body_len;
	uint64_t size; /* of the whole message in SMTP, in bytes */
};

/* Opens nothing yet. The operands must live as long. Never NULL. */
struct mail_source *mail_source_new(char *const *operands, size_t n);
struct mail_source *mail_source_free(struct mail_source *s); /* NULL is fine; returns NULL */

/* 1: *ret is the next message, valid until the next call; 0: there are no more. -1: something
 * cannot be read, or is no message; mail_source_error() tells, and the next call goes on
 * behind it. */
int mail_source_next(struct mail_source *s, struct mail *ret);
/* "FILE: why", after -1. */
const char *mail_source_error(const struct mail_source *s);

/* The number of messages that are there, as far as names tell: an mbox counts as one. For a
 * progress bar. */
size_t mail_source_count(char *const *operands, size_t n);

#endif
