/* What an MTA sends, decoded. Layer 1, pure. protocol.md 3. */
#ifndef MILTER_EVENT_H
#define MILTER_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "milter/frame.h"
#include "milter/proto.h"

/* All pointers lead into the frame; strings end with NUL inside it. */
struct milter_event {
	unsigned char command; /* the wire letter */
	union {
		struct milter_terms optneg;
		struct {
			unsigned char command; /* the macros' stage, by its letter; 0: none */
			const char *pairs;     /* name NUL value NUL ...: only whole pairs */
			size_t len;
		} macro;
		struct {
			const char *host;
			const char *addr; /* "" for family 'U' */
			uint16_t port;
			char family; /* '4' '6' 'L' 'U' */
		} connect;
		const char *helo;
		struct { /* envfrom, envrcpt: argv[0], then ESMTP parameters, NUL ended each */
			const char *argv;
			size_t len;
		} envelope;
		struct {
			const char *name, *value;
			size_t name_len, value_len;
		} header;
		struct { /* body, eom */
			const void *data;
			size_t len;
		} body;
		const char *unknown;
	};
};

/* 0, or -EBADMSG for an unknown command or a payload that does not fit it: no NUL at its end,
 * a string or a port missing. Strings behind those that belong there are passed over, and so
 * is a payload where none belongs. Macros are never refused: odd strings and a missing last
 * NUL are left out (protocol.md 3.1). An address that no inet_pton() takes stays as it is;
 * families other than '4' '6' 'L' become 'U'. *ret is written only on success. */
int milter_event_decode(const struct milter_frame *frame, struct milter_event *ret);

/* The string after s in a list that ends at end, or NULL. */
const char *milter_string_next(const char *s, const char *end);

#endif
