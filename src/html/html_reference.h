/* Private to src/html: character references, "&amp;" and "&#65;", as browsers read them (HTML
 * standard, 13.2.5.72 to 13.2.5.80). */
#ifndef HTML_HTML_REFERENCE_H
#define HTML_HTML_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTML_REFERENCE_BYTES 8 /* of two characters in UTF-8, with the NUL */

/* Reads the reference that begins with the '&' at s. Returns its length, and what it means in
 * UTF-8, a string; 0: it is none, the '&' stands for itself. in_attribute: it is in the value
 * of an attribute, where a name without ';' counts only if neither '=' nor a letter or digit
 * follows.
 *
 *	"&lt;"		4, "<"		"&#x41;"	6, "A"
 *	"&ltx"		3, "<"		"&#65"		4, "A"
 *	"&notit;"	4, U+00AC	"&#150;"	6, U+2013, as windows-1252 has it
 *	"&lt="		0 in an attribute, else 3	"&#0;", "&#x110000;"	U+FFFD
 *	"&bne;"		5, "=" and U+20E5 */
size_t html_read_reference(const char *s, size_t len, bool in_attribute,
			   char ret[static HTML_REFERENCE_BYTES]);

#endif
