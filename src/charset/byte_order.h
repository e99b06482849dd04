/* The byte order of UTF-16 and UTF-32. */
#ifndef CHARSET_BYTE_ORDER_H
#define CHARSET_BYTE_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "charset/charset_table.h"

/* How many bytes of a text byte_order_find() needs, if there are so many. */
#define BYTE_ORDER_BYTES 512u

/* For utf-16 and utf-32: the charset with the byte order of the text's mark; *s and *len then
 * begin behind the mark. RFC 2781, section 4.3, has text without a mark big-endian, but many
 * programs write and read it in the other order: it is read in the one in which it is text.
 * *certain: there was a mark, or in one order it is more like text than in the other; else the
 * order is big-endian. The opposite mark counts in utf-16le and utf-16be, too. Other charsets
 * are returned as given. */
enum charset_id byte_order_find(enum charset_id id, const char **s, size_t *len, bool *certain);

#endif
