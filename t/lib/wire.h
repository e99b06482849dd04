/* What a filter answered, for tests: the letters of its frames. */
#ifndef T_WIRE_H
#define T_WIRE_H

#include <stddef.h>

struct buf;

#define WIRE_MAX 64u

/* Whole frames only, or it is a bug: asserts. Returns letters, which is a string then. */
const char *wire_letters(const struct buf *out, char letters[static WIRE_MAX]);

#endif
