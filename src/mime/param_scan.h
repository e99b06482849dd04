/* The parameters of a value as spans of bytes, for params.h and names.h. */
#ifndef MIME_PARAM_SCAN_H
#define MIME_PARAM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define PARAM_SECTIONS_MAX   128 /* of all parameters: "name*0*=value", or "name=value" */
#define PARAM_TOKEN_SPECIALS "()<>@,;:\\\"/[]?=" /* RFC 2045, section 5.1 */

/* How a parameter is written, in the order of precedence: name*= name*0= name= */
enum param_form { PARAM_EXTENDED, PARAM_CONTINUED, PARAM_PLAIN };

struct param_scanner {
	const char *s;
	size_t len, at;
	bool irregular; /* see params.h */
};

/* "name*0*=value" as offsets into the value. */
struct param_span {
	size_t name, name_end; /* without the marks of RFC 2231 */
	size_t equals;
	size_t value, value_end; /* quotes included */
	enum param_form form;
	int number;	/* of a continued one; others: 0 */
	bool escaped;	/* the value may have escapes such as "%C3" */
	bool odd_marks; /* there are blanks, a sign, zeros or other bytes in the marks */
};

static inline bool
is_param_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads "text/plain" or "attachment" and appends it to ret as it is written; nothing if it
 * cannot be read. */
void param_scan_type(struct param_scanner *sc, struct buf *ret);

/* Finds the next parameter, behind anything that is none. False: there is none. */
bool param_scan_next(struct param_scanner *sc, struct param_span *ret);

#endif
