/* Characters in patterns that are not ASCII. To Postfix they are octets, without case; in our
 * patterns they are characters, and case-blind ones match in either case: "(?-i:...)" keeps
 * the meaning. */
#ifndef IMPORT_BEYOND_ASCII_H
#define IMPORT_BEYOND_ASCII_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* The number of bytes over 0x7f at the front of s, at least 1. When a quantifier follows, the
 * last character does not count, unless it is the only one: it is repeated alone. */
size_t beyond_ascii_run(const char *s);
/* Appends such a run. caseless: the pattern is case-blind. */
void beyond_ascii_put(struct buf *out, const char *s, size_t len, bool caseless);

#endif
