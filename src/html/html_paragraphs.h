/* The text of a document as people read it, paragraph by paragraph, and its links.
 *
 * Comments and the tags of elements inside a line leave no gap; tags of blocks, <br> and cells
 * of tables end a paragraph, where a browser would begin a new line or cell: a tag that
 * browsers ignore does not. References are decoded, runs of white space are one blank (a
 * no-break space is none of them), and there is none at either end. Scripts, style sheets,
 * templates and the document's title are left out.
 *
 *	<p>v<!-- x -->iag<b>ra</b> &amp; co<br>now	"viagra & co", "now"
 *	<table><tr><td>cheap</td><td>pills		"cheap", "pills"
 *	cheap <td>pills		"cheap pills": a cell outside of a table is none
 *	cheap <table>pi<tr>lls<td>x</table>	"cheap", "cheap pills", "x": text in a table and
 *					in no cell is displayed in front of the table
 *	<img alt="a">b<a title="c d">e	"c d", "a be", and shown "be"
 *	<textarea>a</textarea>, <select><option>b	"a", "b"
 *	<!--[if mso]><p>a<![endif]-->	"a": Outlook displays it
 *
 * Text that is not displayed, or not everywhere, is taken twice, with the text around it and
 * without: by its style (display:none, visibility:hidden, font-size:0, opacity:0, mso-hide:all
 * and the like), by an attribute (hidden), in an element that hides (noscript, object, button,
 * select), and what stands for an image (alt). Style sheets and colours are not looked at.
 *
 *	pi<span style="display:none">x</span>lls	"pixlls", and shown "pills"
 *	<div hidden>cheap</div>fine			"cheap", "fine", and shown "fine"
 */
#ifndef HTML_HTML_PARAGRAPHS_H
#define HTML_HTML_PARAGRAPHS_H

#include <stdbool.h>
#include <stddef.h>

struct html_paragraph_sink {
	/* A paragraph, never empty. shown: what is displayed of one paragraph or more that came
	 * before, which have hidden text. False: no more is wanted. */
	bool (*paragraph)(void *ctx, const char *text, size_t len, bool shown);
	/* The value of an attribute href, src or action, never empty, with its references
	 * decoded; also of elements that are left out. NULL: not wanted. False: as above. */
	bool (*link)(void *ctx, const char *url, size_t len);
	void *ctx;
};

/* Reads a document in any superset of ASCII, less than 4 GiB. What is passed on is valid until
 * the function called returns; it is UTF-8 if the document is. Linear in time and memory. */
void html_read_paragraphs(const char *s, size_t len, const struct html_paragraph_sink *sink);

#endif
