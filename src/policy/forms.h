/* Headers as people and patterns read them, each form made at most once. Layer 3.
 * configuration.md "header", RFC 2047, RFC 5322 2.2.3. */
#ifndef POLICY_FORMS_H
#define POLICY_FORMS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct header;

/* Unfolded, valid UTF-8 without NUL, ended by one. */
struct form {
	const char *text; /* NULL: not made yet */
	size_t len;
};

struct header_forms {
	struct form decoded, unfolded; /* of the value */
	struct form name;
	bool undecodable; /* some word stands in decoded as it came: try unfolded too */
	bool cut_told;	  /* the log line has cut=NAME */
};

/* decode: decoded is made, and unfolded only when undecodable is set; else unfolded. arena: the
 * message's. Good until the header's value is changed: a changed header gets new ones. */
struct header_forms *header_forms(struct arena *arena, struct header *h, bool decode);
/* Of those, what patterns are put to: one or two; two when a word could not be decoded. */
size_t header_forms_tried(const struct header_forms *f, bool decode, struct form ret[static 2]);
/* The same with name. */
struct header_forms *header_name_form(struct arena *arena, struct header *h);

#endif
