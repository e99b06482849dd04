/* Private to src/html: an HTML document as tokens. One pass without recursion, and no
 * search to the end that could be made again for the next token: an element, comment or tag
 * that is never closed is the last token. */
#ifndef HTML_HTML_TOKEN_H
#define HTML_HTML_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "html/html_element.h"

enum html_token_kind {
	HTML_TEXT,
	HTML_TAG,
	HTML_HIDDEN,   /* a comment, a declaration, or a raw element with its content */
	HTML_UNCLOSED, /* a tag, comment or raw element that reaches to the end */
};

struct html_token {
	enum html_token_kind kind; /* HTML_TAG before the first one */
	size_t start, end;	   /* offsets of its first byte and behind its last */
	/* The caller sets it before each call: the token stands in SVG or MathML, where no
	 * element is raw and CDATA sections are text. */
	bool foreign;
	bool skips_text; /* the caller sets it, too: no token is a text */
	/* Of a tag, a raw element, and one of these that is unclosed: */
	bool closing;			    /* </name> */
	const struct html_element *element; /* NULL: a name that is not known */
	size_t name_len;		    /* the name stands behind '<' or "</" */
	/* Has it content: is it a CDATA section, or a raw element but a script? Where. */
	bool has_content;
	size_t content, content_end;
};

/* Replaces the token by the next one, the one that begins at t->end. False: there is none. The
 * token is not returned as a value, because the copy would take longer than the reading. */
bool html_next_token(const char *s, size_t len, struct html_token *t);

/* Is it a tag of an element with that rule: an end tag, or a start tag? */
static inline bool
html_is_tag(const struct html_token *t, enum html_rule rule, bool closing)
{
	return t->kind == HTML_TAG && t->closing == closing && t->element != NULL &&
	       t->element->rule == rule;
}

#endif
