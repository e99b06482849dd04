/* The message that bench sends over and over: the built-in one, or one from a file. Layer 8. */
#ifndef CTL_SAMPLE_H
#define CTL_SAMPLE_H

#include <stddef.h>

#include "ctl/mta.h"
#include "util/buf.h"

#define SAMPLE_MAX (256u * 1024 * 1024) /* bytes of a message */

struct sample {
	struct arena *arena; /* has headers that were read */
	const struct mta_header *headers;
	struct buf body; /* lines end with CRLF */
	size_t size;	 /* of all on the wire */
};

/* Looks like a message to a mailing list that has come a long way, 21 headers; as large as
 * said, but at least these and a line. */
void sample_builtin(struct sample *s, size_t size);

/* Lines of the file end with LF or CRLF. 0, or a negative errno and *s as it was: -EBADMSG
 * when a line of the header has no name, -EFBIG beyond SAMPLE_MAX. */
int sample_read(struct sample *s, const char *path);

void sample_free(struct sample *s);

#endif
