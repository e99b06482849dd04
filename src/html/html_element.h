/* Private to src/html: the elements of HTML, and what the parsing rules of the HTML
 * standard (section 13.2) and mail programs make of each. */
#ifndef HTML_HTML_ELEMENT_H
#define HTML_HTML_ELEMENT_H

#include <stddef.h>
#include <stdint.h>

/* What an element is. */
enum html_trait {
	HTML_VOID = 1u << 0,	     /* has no content and no end tag */
	HTML_RAW = 1u << 1,	     /* its content is no markup, up to its end tag */
	HTML_INLINE = 1u << 2,	     /* words go on across its tags */
	HTML_FORMATS = 1u << 3,	     /* goes on behind the end of the element around it */
	HTML_SPECIAL = 1u << 4,	     /* end tags of elements that are not special stop at it */
	HTML_SCOPE = 1u << 5,	     /* end tags of all elements but parts of tables do */
	HTML_ENDS_P = 1u << 6,	     /* its start tag ends a paragraph */
	HTML_SWALLOWS = 1u << 7,     /* its content is not displayed, or not everywhere */
	HTML_LEAVES_SVG = 1u << 8,   /* its start tag ends SVG and MathML */
	HTML_TABLE_PART = 1u << 9,   /* stands in a table only */
	HTML_CHANGES_REST = 1u << 10 /* if it is not closed, all that follows looks different */
};

/* Elements with rules of their own. */
enum html_rule {
	HTML_OTHER,
	HTML_BODY,
	HTML_HEAD,
	HTML_HTML,
	HTML_P,
	HTML_BLOCK, /* div, address: ends of list items reach across them, as across p */
	HTML_LI,
	HTML_DD,   /* dd, dt */
	HTML_LIST, /* ul, ol */
	HTML_HEADING,
	HTML_BUTTON,
	HTML_FORM,
	HTML_SELECT,
	HTML_OPTION,
	HTML_OPTGROUP,
	HTML_INPUT, /* ends a select */
	HTML_TABLE,
	HTML_CAPTION,	/* caption, colgroup */
	HTML_ROW_GROUP, /* tbody and the like */
	HTML_ROW,
	HTML_CELL,
	HTML_FOREIGN,	  /* svg, math */
	HTML_FOREIGN_END, /* in them, and HTML stands in it */
	HTML_OPENS,	  /* displayed if it has the attribute "open" */
	HTML_QUOTE,
	HTML_TEMPLATE,
	HTML_SCRIPT,
	HTML_PLAINTEXT,
	HTML_RULES, /* their number */
};

#define HTML_NUMBERS 192 /* all numbers of elements are below it */

struct html_element {
	char name[15]; /* with zeros behind it */
	uint8_t len;
	uint8_t number; /* of the element, from 1 on */
	uint8_t rule;	/* enum html_rule */
	uint16_t traits;
};

/* The element of that name, in any case; NULL: it is none of these. end: of the document. */
const struct html_element *html_find_element(const char *name, size_t len, const char *end);

#endif
