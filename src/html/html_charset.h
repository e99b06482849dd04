/* The charset that a document names for itself. */
#ifndef HTML_HTML_CHARSET_H
#define HTML_HTML_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#define HTML_CHARSET_BYTES (64u << 10) /* of a document in which it is looked for */

/* The name in the first <meta> that has one (HTML standard, 4.2.5.4 and 13.2.3.2), as it is
 * written; it lies in s. False: there is none. The document is in any superset of ASCII.
 *
 *	<meta charset="koi8-r">						koi8-r
 *	<META http-equiv=Content-Type content="text/html; charset = 'big5'">	big5
 *	<meta name=x content="charset=big5">, <!-- <meta charset=x> -->	none */
bool html_find_charset(const char *s, size_t len, const char **ret_name, size_t *ret_len);

#endif
