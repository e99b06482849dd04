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
	/* Of an element alone, not of those in it: its style makes it a block, or part of a
	 * line. */
	HTML_VIEW_BLOCK = 1u << 6,
	HTML_VIEW_INLINE = 1u << 7,
};

/* Is text of that view hidden? */
static inline bool
html_view_hides(uint8_t view)
{
	const uint8_t hides = HTML_VIEW_HIDDEN | HTML_VIEW_INVISIBLE | HTML_VIEW_TINY;
	const uint8_t pale = HTML_VIEW_WHITE | HTML_VIEW_PAINTED;

	return (view & hides) != 0 || (view & pale) == HTML_VIEW_WHITE;
}

/* What a start tag says. */
struct html_view {
	uint8_t set, cleared; /* bits */
	bool begins_rest; /* all that follows is a quotation, up to the end of the document */
};

/* Reads the start tag at s[start].
 *
 *	<p style="display:none">, <p hidden>, <select>		sets HIDDEN
 *	<td style="font-size:0">, <p style="font-size:12px">	sets TINY, clears TINY
 *	<blockquote>, <div class="gmail_quote">			sets QUOTE
 *	<b style="display:block">				sets BLOCK
 *	<div id="divRplyFwdMsg">				begins_rest */
struct html_view html_view_in_tag(const char *s, size_t len, size_t start,
				  const struct html_element *e);

/* The bits inside an element. around: those of the place where its start tag stands. */
static inline uint8_t
html_view_inside(struct html_view v, uint8_t around)
{
	return (uint8_t)((around & ~v.cleared) | v.set);
}

#endif
