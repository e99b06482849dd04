/* spamd.c's: what stands behind the head of an answer. */
#ifndef SERVICE_SPAMD_CONTENT_H
#define SERVICE_SPAMD_CONTENT_H

#include "service/spamd.h"

/* Reads len bytes of x->answer from x->line on, the whole content, into the fields of the
 * answer. ANSWERED, BAD_ANSWER, or CUT when they are no whole header block. */
enum exchange_state spamd_take_content(struct spamd_exchange *x, size_t len);

#endif
