/* The elements that are open at a place of a document, as the
 * parsing rules of the HTML standard (section 13.2.6) have them, as far as they decide what is
 * displayed. Constant time for each token; what is nested deeper than browsers allow is counted
 * only. */
#ifndef HTML_HTML_OPEN_H
#define HTML_HTML_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "html/html_element.h"
#include "html/html_token.h"
#include "html/html_view.h"

#define HTML_OPEN_MAX 512

struct html_open_element {
	const struct html_element *element; /* NULL: an unknown name, or already closed */
	uint32_t start;			    /* offset of its start tag; UINT32_MAX: not known */
	uint16_t name_len;		    /* 0: already closed */
	uint8_t view;			    /* how its content is displayed; see html_view.h */
	bool has_own;			    /* own is known */
	struct html_view own;
	/* Indices; -1: none. The elements in front of it with the same number and rule, and the
	 * last ones up to it that are a scope, a table, special. */
	int16_t same, rule, scope, table, special;
};

/* The last tag of each element, and what it says: in mails the same tag is there many times. */
struct html_view_cache {
	struct {
		uint32_t start, len; /* of the tag; len 0: none */
		struct html_view view;
	} of[HTML_NUMBERS];
};

struct html_open {
	const char *s; /* the document */
	size_t len;
	/* NULL after html_open_start(); the caller may set it to one that is all zero. Only for
	 * a place whose views are known. */
	struct html_view_cache *cache;
	size_t tag_len;	 /* of the tag at work */
	bool has_views;	 /* the views of the elements are known */
	bool in_rest;	 /* what follows is a quotation up to the end */
	bool hides_all;	 /* <html> or <body> does */
	unsigned n, low; /* elements; the least number since it was last set */
	size_t deep;	 /* elements that are open beyond HTML_OPEN_MAX */
	int16_t of_number[HTML_NUMBERS], of_rule[HTML_RULES]; /* the last ones */
	struct html_open_element element[HTML_OPEN_MAX];
};

/* No element is open at the begin of a document of at most 4 GiB. */
void html_open_start(struct html_open *o, const char *s, size_t len, bool has_views);

/* Goes on behind a tag. */
void html_open_tag(struct html_open *o, const struct html_token *t);

/* Copies the elements that are open. */
void html_open_copy(struct html_open *to, const struct html_open *from);

/* Finds out the views of all open elements, and goes on with a text that follows, which stands
 * at s, with the views of its elements. */
void html_open_detach(struct html_open *o, const char *s, size_t len);

/* Does a place stand in SVG or MathML? */
static inline bool
html_open_is_foreign(const struct html_open *o)
{
	return o->of_rule[HTML_FOREIGN] > o->of_rule[HTML_FOREIGN_END];
}

/* Does a place stand in the <caption> of the innermost table? <colgroup> has the same rule, but
 * is no scope. */
static inline bool
html_open_is_in_caption(const struct html_open *o)
{
	int at = o->of_rule[HTML_CAPTION];

	return at > o->of_rule[HTML_TABLE] &&
	       (o->element[at].element->traits & HTML_SCOPE) != 0;
}

/* Is this open table the innermost one, and stands the place in none of its cells? Browsers
 * display what stands there in front of the table (section 13.2.6.1, foster parenting). */
static inline bool
html_open_is_misplaced(const struct html_open *o, int table)
{
	return table >= 0 && o->of_rule[HTML_TABLE] == table && o->of_rule[HTML_CELL] < table &&
	       o->of_rule[HTML_TEMPLATE] < table && !html_open_is_in_caption(o);
}

/* Of a misplaced place: the innermost open part of the table, or the table. */
static inline int
html_open_table_part(const struct html_open *o)
{
	static const enum html_rule parts[] = {HTML_ROW_GROUP, HTML_ROW, HTML_CAPTION};
	int at = o->of_rule[HTML_TABLE];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		at = o->of_rule[parts[i]] > at ? o->of_rule[parts[i]] : at;
	return at;
}

/* The view of the place; the views are known. */
static inline uint8_t
html_open_view(const struct html_open *o)
{
	return o->n > 0 ? o->element[o->n - 1].view : 0;
}

#endif
