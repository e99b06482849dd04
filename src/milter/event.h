/* A command of the MTA, decoded. What each command carries, and how MTAs differ there: see
 * src/milter/README, commands. */
#ifndef MILTER_EVENT_H
#define MILTER_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "milter/frame.h"
#include "milter/proto.h"

/* All pointers lead into the frame; strings end with a NUL inside it. */
struct milter_event {
	unsigned char command; /* letter of the wire; selects the member */
	union {
		struct milter_terms optneg; /* the MTA's offer */
		struct {
			unsigned char command; /* letter of the stage they belong to; 0: none */
			const char *pairs;     /* NAME NUL VALUE NUL ..., whole pairs only */
			size_t len;
		} macro;
		struct {
			const char *host;
			const char *addr; /* "" for family 'U' */
			uint16_t port;
			char family; /* '4', '6', 'L' or 'U' */
		} connect;
		const char *helo;
		struct {		  /* envfrom, envrcpt */
			const char *argv; /* address, ESMTP parameters; each with NUL */
			size_t len;
		} envelope;
		struct {
			const char *name, *value;
			size_t name_len, value_len;
		} header;
		struct { /* body; eom, where it is the last of the body */
			const void *data;
			size_t len;
		} body;
		const char *unknown;
	};
};

/* 0 and *ret; or -EBADMSG for an unknown command, or a payload without the NUL at its end or
 * without a string or a port that belongs there. Further strings, and a payload where none
 * belongs, are ignored. Macros are never refused: a name without a value and a last string
 * without NUL are left out. An address is not parsed here; a family other than '4', '6' and 'L'
 * becomes 'U'. */
int milter_event_decode(const struct milter_frame *frame, struct milter_event *ret);

/* The string behind s in a list of strings that ends at end, or NULL. */
const char *milter_string_next(const char *s, const char *end);

#endif
