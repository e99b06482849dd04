/* Headers as people and patterns read them, each form made at most once. Layer 3.
 * configuration.md "header", RFC 2047, RFC 5322 2.2.3. */
#ifndef CONTENT_HEADER_TEXT_H
#define CONTENT_HEADER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct header;

/* Unfolded, valid UTF-8 without NUL, ended by one. */
struct text_form {
	const char *text; /* NULL: not made yet */
	size_t len;
};

struct header_text {
	struct text_form decoded, unfolded; /* of the value */
	struct text_form name;
	bool undecodable; /* some word stands in decoded as it came: try unfolded too */
	bool cut_noted;	  /* the log line has cut=NAME */
};

/* decode: decoded is made, and unfolded only when undecodable is set; else unfolded. arena: the
 * message's. Good until the header's value is changed: a changed header gets new ones. */
struct header_text *header_text(struct arena *arena, struct header *h, bool decode);
/* Of those, what patterns are put to: one or two; two when a word could not be decoded. */
size_t header_text_candidates(const struct header_text *f, bool decode,
			      struct text_form ret[static 2]);
/* The same with name. */
struct header_text *header_text_of_name(struct arena *arena, struct header *h);

#endif
