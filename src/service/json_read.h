/* Reads JSON (RFC 8259) that a server sent, with jansson: bounded, counted by util/memory.h,
 * and with bytes that are not UTF-8, each of which becomes U+FFFD. rspamd puts bytes of the
 * message and of our request into strings as they came; one such byte must not make an answer
 * unreadable. For the same reason NUL may stand in a string, written as an escape. A name that
 * comes twice in an object is an error: which one is meant is not known. */
#ifndef SERVICE_JSON_READ_H
#define SERVICE_JSON_READ_H

#include <jansson.h>
#include <stddef.h>

#include "util/buf.h"

/* The value, an object; or NULL, and to *error is appended where and why, with bytes of the
 * text in it. Takes at most JSON_ROOM(len) bytes of memory, and no more than the budget of
 * max_memory has. All of jansson's functions may be used on it that do not allocate. */
#define JSON_ROOM(len) (32 * (len) + 65536)
json_t *json_read_object(const char *text, size_t len, struct buf *error);

/* Frees it; NULL is fine. Before another one is read. */
void json_read_free(json_t *root);

#endif
