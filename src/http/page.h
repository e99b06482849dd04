/* The page for people: what `polymilterctl status` says, and charts of the last hour. It is one
 * HTML document that loads nothing else and has no script; it asks a browser to load it again
 * every 30 seconds. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

#include <stdint.h>

#include "stats/snapshot.h"
#include "util/buf.h"

/* Appends the document to b. now_ms: milliseconds since 1970. */
void page_write(const struct snapshot *s, uint64_t now_ms, struct buf *b);

#endif
