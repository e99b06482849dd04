/* The mailboxes of an address field: From, Sender, Reply-To, To, Cc, Bcc and their Resent-
 * forms (RFC 5322, section 3.6.2).
 *
 * Programs read many such fields in different ways, and a sender who lies about who he is
 * chooses one of those. Where the grammar does not decide, every reading that some program may
 * have is in the result, and the field is irregular. For these, GMime, Python and Perl give
 * different addresses:
 *
 *	field				mailboxes: address, and name if any
 *	ceo@ours <x@evil>		x@evil "ceo@ours"; ceo@ours
 *	<ceo@ours> <x@evil>		ceo@ours; x@evil; "ceo@oursx"@evil
 *	ceo@ours; x@evil		ceo@ours; x@evil
 *	a@b@c				"a@b"@c; a@b; b@c
 *	"open <ceo@ours>		"open <ceo@ours>", a local part; ceo@ours "open"
 *	=?utf-8?Q?ceo=40ours?=		the encoded word, as a local part; ceo@ours
 *
 * And for these the grammar decides:
 *
 *	"ceo@ours" <x@evil>		x@evil "ceo@ours"
 *	=?utf-8?Q?ceo=40ours=2C?= <x@evil>	x@evil "ceo@ours,": an encoded comma
 *						separates nothing
 *	x@evil (The CEO)		x@evil "The CEO": a comment behind is a name
 *	(ceo@ours) x@evil		x@evil
 *	Staff: a@x, B <b@x>;		a@x; b@x "B"
 *	ceo @ OURS . (c) example.	ceo@ours.example */
#ifndef MIME_MAILBOXES_H
#define MIME_MAILBOXES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define MAILBOXES_MAX 1000u

/* Valid UTF-8 without NUL. */
struct mailbox {
	/* In the one form of mailbox_from_path() (util/mailbox.h): without brackets, comments,
	 * routes and needless quotes; the domain in A-labels and lower case. A local part alone
	 * if there is no domain; "": there is no address, only a name. */
	const char *address;
	const char *domain; /* what stands behind its last '@', or "" */
	/* What is displayed: the phrase, else the comment behind the address, else "". Without
	 * quotes and comments, each white space one blank, encoded words decoded. */
	const char *name;
	const char *undecoded; /* the name as it stands, if it could not be decoded for certain
				  (mime_decode_header()); else NULL */
};

struct mailboxes {
	struct mailbox *mailbox;
	size_t n;
	size_t n_most; /* with a domain, in the reading that has most of them */
	/* There are several readings: two <> in a mailbox, an '@' outside, or text behind; a
	 * route; a ';' outside of a group; two '@'; words side by side without <>; a backslash
	 * outside of quotes; something that is not closed; an encoded word in an address. */
	bool irregular;
	bool truncated; /* there are more than MAILBOXES_MAX; it is irregular then */
};

/* Reads a value as it was sent. It never fails. All memory is the arena's. Takes linear time;
 * charset_open_all() must have been called. */
void mailboxes_read(struct arena *arena, const char *value, size_t len, struct mailboxes *ret);

#endif
