/* The replies of a filter as a string, for tests: the letter of each frame. */
#ifndef T_WIRE_H
#define T_WIRE_H

#include <stddef.h>

struct buf;

#define WIRE_MAX 64u

/* Writes the letters of the frames in out, which must be whole frames and fewer than WIRE_MAX
 * (an assertion), and a NUL. Returns letters. Example: "hhc" for two added headers and a
 * continue. */
const char *wire_letters(const struct buf *out, char letters[static WIRE_MAX]);

#endif
