/* Private to src/html: what the attributes of a start tag make of the element's
 * content: whether it is displayed, and whether it is a quotation. */
#ifndef HTML_HTML_VIEW_H
#define HTML_HTML_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "html/html_element.h"

enum html_view_bit {
	HTML_VIEW_HIDDEN = 1u << 0,    /* not displayed, whatever stands in it */
	HTML_VIEW_INVISIBLE = 1u << 1, /* until an element in it is visible again */
	HTML_VIEW_TINY = 1u << 2,      /* until an element in it has a size again */
	HTML_VIEW_WHITE = 1u << 3,     /* until an element in it has another colour */
	HTML_VIEW_PAINTED = 1u << 4,   /* another background than white is set */
	HTML_VIEW_QUOTE = 1u << 5,     /* a quotation */
};

/* Is text of that view hidden? */
static inline bool
html_view_hides(uint8_t view)
{
	const uint8_t hides = HTML_VIEW_HIDDEN | HTML_VIEW_INVISIBLE | HTML_VIEW_TINY;
	const uint8_t pale = HTML_VIEW_WHITE | HTML_VIEW_PAINTED;

	return (view & hides) != 0 || (view & pale) == HTML_VIEW_WHITE;
}

struct html_view {
	uint8_t inside;	  /* bits */
	bool begins_rest; /* all that follows is a quotation, up to the end of the document */
};

/* Reads the start tag at s[start]. around: the bits of the place where it stands.
 *
 *	<p style="display:none">, <p hidden>, <select>		HIDDEN
 *	<td style="font-size:0"><p style="font-size:12px">	TINY, then nothing
 *	<blockquote>, <div class="gmail_quote">			QUOTE
 *	<div id="divRplyFwdMsg">				begins_rest */
struct html_view html_view_in_tag(const char *s, size_t len, size_t start,
				  const struct html_element *e, uint8_t around);

/* The character that an entity at s ("&lt;", "&#65;", "&#x41;") means, and the entity's length.
 * 0: it is none that is known here. */
uint32_t html_read_entity(const char *s, size_t len, size_t *ret_len);

#endif
