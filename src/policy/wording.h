/* A text for mail, in lines with placeholders, as plain text and as HTML: the options text,
 * text_file, html and html_file. Layer 3. configuration.md "footer". */
#ifndef POLICY_WORDING_H
#define POLICY_WORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/placeholder.h"

struct buf;
struct policy_call;
struct policy_setup;
struct section;

struct wording_line {
	const struct template *text;
	uint32_t uses; /* PLACEHOLDER_BIT()s */
};

struct wording_lines {
	const struct wording_line *line;
	size_t n; /* 0: was not written */
};

struct wording {
	struct wording_lines text, html; /* one of them at least */
};

/* Reads the four options of the section. 0, or -EINVAL after section_error(). */
int wording_read(struct policy_setup *setup, const struct section *s, struct wording *ret);
bool wording_uses(const struct wording *w, enum placeholder p);

/* Append the text for one message; each is made from the other where that was not written.
 * Lines end with CRLF. A line whose placeholder is empty is left out; so there may be none. */
void wording_put_text(const struct wording *w, struct policy_call *c, struct buf *out);
void wording_put_html(const struct wording *w, struct policy_call *c,
		      struct buf *out); /* ASCII */

#endif
