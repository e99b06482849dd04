/* JSON output (RFC 8259), with jansson: builds an object and writes it. The functions that
 * create a member or an element pass it to its parent, which frees it. Members are written in
 * the order in which they were put.
 *
 * Input: texts with any bytes, numbers. Output: text, in UTF-8. Without memory the program ends
 * with a message on standard error and status EX_OSERR. */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct buf;

/* A new, empty object: for json_append() or json_print(), which free it. */
json_t *json_new_object(void) __attribute__((returns_nonnull));

/* Members of an object. Each byte of a text that is not UTF-8 becomes U+FFFD. */
void json_put(json_t *object, const char *name, json_t *value);		/* value: a new one */
void json_put_text(json_t *object, const char *name, const char *text); /* NULL: no member */
void json_put_text_or_null(json_t *object, const char *name, const char *text);
void json_put_bool(json_t *object, const char *name, bool value);
/* Above INT64_MAX, jansson's largest integer, it is a rounded real. */
void json_put_number(json_t *object, const char *name, uint64_t n);
/* n / units: a time of n milliseconds in seconds has 1000 units. */
void json_put_fraction(json_t *object, const char *name, uint64_t n, uint64_t units);
void json_put_seconds(json_t *object, const char *name, uint64_t ns); /* of nanoseconds */
/* Rounded to the given number of decimal places; null when it is no finite number. */
void json_put_real(json_t *object, const char *name, double value, unsigned places);
json_t *json_put_object(json_t *object, const char *name) __attribute__((returns_nonnull));
json_t *json_put_list(json_t *object, const char *name) __attribute__((returns_nonnull));

/* Elements of a list. */
void json_add_text(json_t *list, const char *text);
json_t *json_add_object(json_t *list) __attribute__((returns_nonnull));

/* Writing. flags are those of json_dumps(): 0 is one line. Reals have 15 significant digits,
 * with which a decimal number of at most so many is written as it was, unless flags have
 * another precision. */

/* Appends the value and frees it. */
void json_append(struct buf *b, json_t *value, size_t flags);
/* Writes the value and a line end, and frees it; errors are the stream's. */
void json_print(FILE *f, json_t *value, size_t flags);
/* For a list that may be long: it is never in memory as a whole. Writes an object, whose last
 * member is the list, up to where its first element goes, and frees the object. The caller
 * writes the elements; json_end_list() ends the list and the object. */
void json_begin_list(FILE *f, json_t *object, const char *name);
void json_end_list(FILE *f);

#endif
