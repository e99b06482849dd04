/* The text of a message, cut into what an MTA sends to a filter: header fields and body. Input:
 * bytes whose lines end with LF or CRLF; output: a list of fields, and the body with CRLF. */
#ifndef CTL_MAIL_TEXT_H
#define CTL_MAIL_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/mta_script.h"

struct arena;
struct buf;

/* Reads the header fields at the front of text; the list ends with a NULL name. All memory is
 * the arena's. Returns the offset at which the body begins: behind the empty line, at a line
 * that is no header field, as Postfix does, or at the end of the text. *ret_bad is the number
 * of that line that is no field, from 1; 0: there is none. */
size_t mail_text_read_headers(struct arena *arena, const char *text, size_t len,
			      const struct mta_header **ret, size_t *ret_bad);
/* Appends the body's lines, each with CRLF. */
void mail_text_read_body(struct buf *body, const char *text, size_t len);
/* The size of the header in SMTP: its lines with CRLF, and the empty line. */
size_t mail_text_header_size(const struct mta_header *headers);

#endif
