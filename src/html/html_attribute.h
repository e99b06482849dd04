/* Private to src/html: the attributes of a start tag, as the HTML standard reads them
 * (13.2.5.32 on). */
#ifndef HTML_HTML_ATTRIBUTE_H
#define HTML_HTML_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/str.h"

struct html_attribute {
	const char *name, *value; /* the value as it is written, with its references */
	size_t name_len, value_len;
};

static inline bool
html_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* Behind the white space at s[at], if there is any. */
size_t html_skip_spaces(const char *s, size_t len, size_t at);

/* Where the attributes of the tag at s[start] begin: behind its name. */
size_t html_attributes_begin(const char *s, size_t len, size_t start);

/* Reads the next attribute of a tag and moves *at behind it. False: there is none. */
bool html_next_attribute(const char *s, size_t len, size_t *at, struct html_attribute *ret);

static inline bool
html_is_attribute(const struct html_attribute *a, const char *name)
{
	size_t n = strlen(name);

	return a->name_len == n && str_case_equal_n(a->name, n, name, n);
}

#endif
