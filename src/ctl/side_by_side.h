/* A message as it goes in, and as it comes out of two configurations, beside each other: rows
 * of an HTML table. Input: the message and what each of both has made of it; output: HTML in
 * which all values are escaped, bounded in size. */
#ifndef CTL_SIDE_BY_SIDE_H
#define CTL_SIDE_BY_SIDE_H

#include "ctl/offline.h"

struct arena;
struct buf;

#define SIDE_BY_SIDE_MAX (512u * 1024) /* bytes of HTML, about */

/* Appends a table with three columns: the lines of the envelope, the header and the body, those
 * in which the three differ with some lines around them. A line that is not in what comes out
 * is in <del>, one that is new there in <ins>; both begin with a sign. Of a message that is not
 * delivered the verdict stands in the place of its lines. */
void side_by_side_write(struct buf *out, struct arena *arena, const struct mta_message *message,
			const struct offline_result *old, const struct offline_result *new);

/* Appends text with what could act in HTML or on a terminal escaped: "&lt;", "\x1b". */
void html_append_escaped(struct buf *out, const char *text, size_t len);

#endif
