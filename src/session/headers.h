/* The header fields of a message, in the order that they have when the message is finished.
 *
 * A new field goes to one of three places; those that the MTA sent keep theirs:
 *
 *	place         field                 added with
 *	HEADER_TOP    X-First: 1            message_insert_header(m, HEADER_TOP, ...)
 *	              Received: by the MTA  (the MTA adds it and never sends it to a filter)
 *	HEADER_BELOW  X-Second: 2           message_insert_header(m, HEADER_BELOW, ...)
 *	HEADER_SENT   Received: from afar
 *	HEADER_SENT   Subject: hello
 *	HEADER_END    X-Last: 3             message_add_header(m, ...)
 *
 * Of two fields inserted at the same place the later one stands first; of two added at the end
 * it stands last. A deleted field keeps its index in the array and is marked. */
#ifndef SESSION_HEADERS_H
#define SESSION_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/str.h"

struct header_text;
struct message;

enum header_place {
	HEADER_TOP,   /* above the Received field of the MTA itself */
	HEADER_BELOW, /* directly below it */
	HEADER_SENT,  /* where the MTA has it */
	HEADER_END,   /* behind all */
};

struct header {
	const char *name;
	const char *value; /* as on the wire: folded with LF, no blank in front */
	const char *sent;  /* the value that the MTA sent; NULL for a field of a policy */
	struct header_text *forms; /* content/header_text.h's: decoded forms, or NULL */
	uint32_t key;		   /* header_key() of the name */
	uint32_t bytes;		   /* in the message: "Name: value", line ends as CRLF */
	uint32_t next;		   /* headers.c's: the next of a list by name */
	enum header_place place;
	bool deleted;
};

/* What the MTA sent. Strings are copied. keep false: the field is only counted. */
void message_receive_header(struct message *m, const char *name, const char *value, bool keep);
void message_receive_header_n(struct message *m, const char *name, size_t name_len,
			      const char *value, size_t value_len, bool keep);

/* Changes. Strings are copied. Values are folded with LF and have no CR. Pointers to fields are
 * good until a field is added or inserted. */
void message_add_header(struct message *m, const char *name, const char *value);
void message_insert_header(struct message *m, enum header_place place, const char *name,
			   const char *value); /* HEADER_TOP or HEADER_BELOW */
/* The same behind so many fields of that place; behind all of them when there are fewer.
 * Deleted ones do not count. With 1 in the picture above, at HEADER_TOP: below X-First. */
void message_insert_header_behind(struct message *m, enum header_place place, size_t behind,
				  const char *name, const char *value);
void message_change_header(struct message *m, struct header *h, const char *value);
void message_delete_header(struct message *m, struct header *h); /* not a deleted one */

/* A number by which names are compared before their letters are: equal names (in any case) have
 * equal keys, and other names seldom have the same one. */
static inline uint32_t
header_key_n(const char *name, size_t len)
{
	if (len == 0)
		return 0; /* length, first and last letter: */
	return (uint32_t)len << 16 | (uint32_t)str_lower_char(name[0]) << 8 |
	       str_lower_char(name[len - 1]);
}
static inline uint32_t
header_key(const char *name)
{
	return header_key_n(name, strlen(name));
}
static inline bool
header_is_named(const struct header *h, const char *name, uint32_t key)
{
	return h->key == key && str_case_equal(h->name, name);
}

/* The first field of this name that is not deleted, or the next one behind after, which has
 * that name; NULL when there is none. key: header_key(name). Fields of other names cost next to
 * nothing: an index by name leads to those that may match. */
struct header *message_find_header(const struct message *m, const char *name, uint32_t key,
				   const struct header *after);

/* The nth field of this name, from 1, of those that are not deleted; or NULL. */
struct header *message_nth_header(const struct message *m, const char *name, size_t nth);
size_t message_header_count(const struct message *m, const char *name);

#endif
