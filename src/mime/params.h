/* Values with parameters: Content-Type and Content-Disposition (RFC 2045, 2183, 2231). They are
 * read so that nothing hides from a rule: every parameter that any mail program may find is in
 * the result, and a value that programs may read differently is marked as irregular. */
#ifndef MIME_PARAMS_H
#define MIME_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/* A value such as "type/subtype; name=value; ...", without comments, folding and quotes. All
 * strings are the arena's. */
struct mime_params {
	const char *type; /* "text/plain", "attachment"; lower case; "": unreadable */
	size_t n;
	struct mime_param {
		const char *name; /* lower case, without the marks of RFC 2231 */
		/* Of "name" and "filename" always valid UTF-8, encoded words decoded; of others
		 * the bytes as they are, unless RFC 2231 gives a charset. */
		const char *value;
	} param[32];
	/* Programs may read the value differently: a parameter comes twice, or its sections
	 * are not complete; there is no type; a ';' or '=' is missing; a quote or a comment is
	 * open; a bare value has blanks or a quote in it. An empty value is regular, as is the
	 * same value twice. "filename" beside "filename*" is
	 * common and regular, as is "name" beside "name*"; for other names the pair is
	 * irregular. */
	bool irregular;
	bool irregular_type; /* there is no type, or something else than a ';' behind it */
	bool truncated;	     /* parameters or sections were left out: there were too many */
};

/* Parses a value. It never fails: what can be read is in param. A name may be in param
 * more than once: first from name*=, then from name*0=, then from name=, which is the
 * precedence of RFC 2231. A rule on file names must look at all of them. Sections are
 * joined in the order of their numbers; only those whose name ends with '*' have escapes.
 *
 *	attachment; filename="a b.txt"
 *		filename: "a b.txt"
 *	x; filename*0=ev; filename*2=exe; filename*1*=il%2E
 *		filename: "evil.exe"
 *	x; filename=safe.txt; filename*=utf-8''%C3%BC.exe
 *		filename: "\xc3\xbc.exe", filename: "safe.txt"
 *	x; boundary=a; boundary=b
 *		boundary: "a", boundary: "b", irregular */
void mime_params_parse(struct arena *arena, const char *value, struct mime_params *ret);

/* The first value of this name, case ignored, or NULL. */
const char *mime_param(const struct mime_params *p, const char *name);

/* Appends value to out with the parameter's value replaced wherever it stands (marks of RFC
 * 2231 are dropped), or with the parameter added at the end. All other bytes stay. new_value is
 * a token. */
void mime_param_set(const char *value, const char *name, const char *new_value,
		    struct buf *out);

/* The offset behind blanks, line ends and comments that begin at s[at]; an open comment ends at
 * len. */
size_t mime_skip_comments(const char *s, size_t len, size_t at);

#endif
