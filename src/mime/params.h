/* Values with parameters: Content-Type, Content-Disposition (RFC 2045, 2183, 2231). Layer 2. */
#ifndef MIME_PARAMS_H
#define MIME_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/* A value such as "type/subtype; name=value; ...". Comments, folding, quotes and RFC 2231
 * (continuations, charset, percent) are understood. */
struct mime_params {
	const char
		*type; /* "text/plain", "attachment"; lower case; "" when it cannot be read */
	size_t n;
	struct mime_param {
		const char *name; /* lower case, without the marks of RFC 2231 */
		/* Of "name" and "filename" always valid UTF-8, encoded words decoded; of
		 * others the bytes that stand there, unless RFC 2231 gives a charset. */
		const char *value;
	} param[32]; /* more are left out, and irregular is set */
	/* Programs may read this differently: a parameter twice, no type, a missing ';' or
	 * '=', an open quote or comment, blanks or a quote in a bare value, sections missing.
	 * All that can be read is in param nevertheless. "filename" beside "filename*" is
	 * common and no fault, the same with "name"; with others it is. */
	bool irregular;
	bool truncated; /* some were left out, or pieces of one: there were too many */
};

/* Never fails; what does not fit sets irregular. All memory is the arena's. The same name may
 * be in param more than once; name*= comes before name*0=, that before name=, which is the
 * order of RFC 2231's readers. A rule on file names looks at all. */
void mime_params_parse(struct arena *arena, const char *value, struct mime_params *ret);
const char *mime_param(const struct mime_params *p, const char *name); /* first, or NULL */

/* Appends value with the parameter's value replaced (all of them, if there are more; marks of
 * RFC 2231 go), or the parameter added at the end; all else stays byte for byte. The new value
 * is a token. */
void mime_param_set(const char *value, const char *name, const char *new_value,
		    struct buf *out);

/* The place behind blanks, line ends and comments that begin at s[at]; an open comment reaches
 * to the end. */
size_t mime_skip_comments(const char *s, size_t len, size_t at);

#endif
