/* What the files of rspamd share. */
#ifndef SERVICE_RSPAMD_PRIVATE_H
#define SERVICE_RSPAMD_PRIVATE_H

#include "service/json_read.h"
#include "service/rspamd.h"

/* Appends the head of POST /checkv2 with a body of so many bytes. Returns the number of
 * recipients that had no room. */
size_t rspamd_write_head(struct buf *out, const struct rspamd_request *r, uint64_t size);

/* Reads the body of an answer to /checkv2: EXCHANGE_ANSWERED and x->answer, or BAD_ANSWER and
 * x->base.text. x->arena is there. */
enum exchange_state rspamd_read_answer(struct rspamd_exchange *x, const char *json, size_t len);

/* Reads `milter` and `dkim-signature` of the answer into x->answer. NULL, or what is wrong, a
 * static text. */
const char *rspamd_read_changes(struct rspamd_exchange *x, const json_t *root);

/* Copies a value of a header field, as rspamd.h says. */
const char *rspamd_copy_value(struct arena *arena, const json_t *string);

#endif
