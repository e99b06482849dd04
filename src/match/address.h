/* Mailboxes, cut into their parts and put together again when a recipient is rewritten.
 *
 * A mailbox is an address without brackets. With the delimiter '+' its parts are:
 *
 *	"joe+lists@example.com"	user "joe", extension "+lists", domain "@example.com"
 *	"joe"			user "joe", no extension, domain ""
 *	"+lists@example.com"	user "+lists": an extension needs a user before it
 *	"\"a b+c\"@example.com"	user "a b", extension "+c", both in quotes
 *	"a@b+c@example.com"	user "a@b", extension "+c": the last '@' begins the domain
 */
#ifndef MATCH_ADDRESS_H
#define MATCH_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Of a mailbox that a map produces. RFC 5321 allows 64 + 1 + 255 bytes; MTAs take more. */
#define ADDRESS_MAX_BYTES 1000u

/* True for a mailbox that may stand between brackets in an SMTP command: not empty, at most
 * ADDRESS_MAX_BYTES long, without controls, not a domain alone, and without brackets, blanks,
 * parentheses, commas and semicolons outside of quotes, which must be closed. */
bool address_is_valid(const char *mailbox);

/* p: the opening quote of a quoted string, RFC 5321, section 4.1.2. Returns what stands behind
 * its closing quote; NULL when it is not closed. */
const char *address_skip_quoted(const char *p);

struct address_parts {
	const char *mailbox; /* all of it */
	size_t user;  /* bytes of mailbox before the extension, the first quote included */
	size_t local; /* bytes of the local part: user, extension, and the last quote */
	bool quoted;  /* the local part is in quotes */
	const char *domain; /* with its '@', in mailbox; "" when there is none */
};

/* delimiter: the extension begins at its first one; 0: there are no extensions. */
struct address_parts address_split(const char *mailbox, char delimiter);

/* Makes the mailbox that a recipient is rewritten to. With "joe+lists@old.example":
 *
 *	to			with_extension			without
 *	"@new.example"		joe+lists@new.example		joe@new.example
 *	"ann@new.example"	ann+lists@new.example		ann@new.example
 *	"\"a b\"@new.example"	"a b+lists"@new.example		"a b"@new.example
 *
 * The arena owns the result. */
const char *address_rewrite(struct arena *arena, const struct address_parts *p, const char *to,
			    bool with_extension);

#endif
