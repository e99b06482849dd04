/* What one process of polymilterctl compare tells another: a message, and what came of it, as
 * bytes. Strings are read in place: they point into the bytes. */
#ifndef CTL_COMPARE_RECORD_H
#define CTL_COMPARE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/differences.h"
#include "ctl/mail_source.h"

struct arena;
struct buf;

void compare_pack_mail(struct buf *out, const struct mail *mail);
/* The list of headers is the arena's. */
void compare_unpack_mail(struct arena *arena, const void *data, size_t len, struct mail *ret);

struct compare_record {
	const char *mail; /* its name */
	struct difference *differences;
	const char *view; /* HTML of the message, see side_by_side.h; "": none */
};

void compare_pack_record(struct buf *out, const struct compare_record *r);
/* False: it is no record. The list is the arena's. */
bool compare_unpack_record(struct arena *arena, const void *data, size_t len,
			   struct compare_record *ret);

#endif
