/* A header that says which policy has worked on a message, and that nobody else can write for
 * it: an HMAC (RFC 2104, SHA-256) over the policy, Message-ID and Date. Layer 3.
 * footer.md 3.3. */
#ifndef POLICY_MARKER_H
#define POLICY_MARKER_H

#include <stdbool.h>
#include <stddef.h>

struct message;
struct policy_call;
struct policy_setup;
struct section;

struct marker {
	const char *header; /* its name */
	const char *id;	    /* of the policy, as a token */
	void *key;	    /* NULL: no marks are made, none is known */
	size_t key_len;
};

/* The key is in the file that the option names; no such option: no marks. A line end behind
 * the key is no part of it. 0, or -EINVAL after section_error(). */
int marker_read(struct policy_setup *setup, const struct section *s, const char *option,
		const char *header, struct marker *ret);

/* Is there a mark of this policy for this message? Those that say so and are not for it are
 * removed. */
bool marker_check(const struct marker *m, struct policy_call *c);

/* The value of the mark, the message's arena's; NULL: no marks. */
const char *marker_make(const struct marker *m, struct policy_call *c);

#endif
