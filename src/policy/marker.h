/* Marks: a header that names the policy that has worked on a message, with an HMAC (RFC 2104,
 * SHA-256) over the policy's title, Message-ID and Date. Only a holder of the key can make one,
 * so a sender cannot evade a policy by writing its mark. Without both fields a message has no
 * mark.
 *
 * An example, of the footer "legal":
 *
 *	X-Polymilter-Footer: legal; 5f0c...	(64 hexadecimal digits) */
#ifndef POLICY_MARKER_H
#define POLICY_MARKER_H

#include <stdbool.h>
#include <stddef.h>

struct message;
struct policy_call;
struct policy_setup;
struct section;

struct marker {
	const char *header; /* name of the header */
	const char *id;	    /* the policy's title, encoded */
	void *key;	    /* NULL: no marks are made, and none is recognized */
	size_t key_len;	    /* bytes */
};

/* Reads the key from the file that the string option names; a line end behind the key is not
 * part of it. header: the name of the header, which is not copied. When the option is not
 * written, *ret has no key. Returns 0, or -EINVAL after section_error(). */
int marker_read(struct policy_setup *setup, const struct section *s, const char *option,
		const char *header, struct marker *ret);

/* Has the message a valid mark of this policy? Marks with this policy's id that are not valid
 * for the message are removed from it. */
bool marker_check(const struct marker *m, struct policy_call *c);

/* The value of the header, owned by the message's arena; NULL when there is no key, or the
 * message has neither Message-ID nor Date. */
const char *marker_make(const struct marker *m, struct policy_call *c);

#endif
