/* The message that bench sends: a built-in one of a given size, or one read from a file. */
#ifndef CTL_SAMPLE_H
#define CTL_SAMPLE_H

#include <stddef.h>

#include "ctl/mta_script.h"
#include "util/buf.h"

#define SAMPLE_MAX (256u * 1024 * 1024) /* bytes of a message */

struct sample {
	struct arena *arena; /* owns headers that were read from a file */
	const struct mta_header *headers;
	struct buf body; /* lines end with CRLF */
	size_t size;	 /* of the whole message in SMTP, in bytes */
};

/* Makes a message with the 21 header fields that one has after a mailing list, filled up with
 * body lines to size bytes; larger when these and one line need more. */
void sample_builtin(struct sample *s, size_t size);

/* Reads a message from a file whose lines end with LF or CRLF. 0; or a negative errno and *s is
 * unchanged: -EBADMSG when a header field has no name, -EFBIG for more than SAMPLE_MAX. */
int sample_read(struct sample *s, const char *path);

void sample_free(struct sample *s);

#endif
