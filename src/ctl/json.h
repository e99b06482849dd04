/* Strings in JSON output (RFC 8259, section 7). */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdio.h>

/* Writes s in quotes and escaped; each byte that is not UTF-8 becomes U+FFFD. */
void json_string(FILE *f, const char *s);
/* A member of an object that is not its first: `, "NAME": "VALUE"`. NULL: nothing. */
void json_member(FILE *f, const char *name, const char *value);

#endif
