/* Delimiters that only some programs see: "--" behind a CR that is not followed by LF. */
#ifndef MIME_LONE_CR_H
#define MIME_LONE_CR_H

#include <stdbool.h>
#include <stddef.h>

/* Is there a "\r--" in s? */
bool mime_has_lone_cr_dashes(const char *s, size_t len);

#endif
