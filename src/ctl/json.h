/* Strings as JSON wants them. Layer 8. */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdio.h>

/* Writes s with its quotes; bytes that are not UTF-8 become U+FFFD. */
void json_string(FILE *f, const char *s);

#endif
