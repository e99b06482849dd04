/* A text of several lines for the body of a message, with placeholders: the options text,
 * text_file, html and html_file of a section. It is read once, and appended as plain text or
 * as HTML for each message; the form that is not written is made from the other one.
 *
 *	text = "Sent by %{auth_user}\nOn behalf of %{header:Subject}\nExample & Co"
 *
 * For a client without authentication and the subject "Re: <offer>" the first line is left
 * out, since its placeholder is empty:
 *
 *	as plain text	On behalf of Re: <offer>\r\n
 *			Example & Co\r\n
 *	as HTML		<p>On behalf of Re: &lt;offer&gt;<br>\r\n
 *			Example &amp; Co</p>\r\n
 */
#ifndef TEXT_TEXT_TEMPLATE_H
#define TEXT_TEXT_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct placeholder_values;
struct section;
struct template;

struct text_template_line {
	const struct template *text;
	uint32_t uses; /* PLACEHOLDER_BIT()s */
};

struct text_template_lines {
	const struct text_template_line *line;
	size_t n; /* 0: this form is not written */
};

struct text_template {
	struct text_template_lines plain, html; /* at least one of them is written */
	uint32_t uses;				/* PLACEHOLDER_BIT()s of all lines */
};

/* Reads the four options. HTML that would hide or change what follows it is refused. The
 * section may use sender, sender_domain, auth_user, date, id, header, result and score as
 * placeholders. 0 or
 * -EINVAL after section_error(). The arena owns all of *ret. */
int text_template_read(struct arena *arena, const struct section *s, struct text_template *ret);

/* PLACEHOLDER_BIT()s of the placeholders in it. 0: values need not be filled in below. */
uint32_t text_template_uses(const struct text_template *t);

/* Append the text for one message to out, in UTF-8 or in HTML of ASCII only; each line ends
 * with CRLF. values: what the MTA sent, of the placeholders that the text uses; the date is
 * filled in here, from the local clock. Of each value at most 200 bytes of valid UTF-8 are
 * used, controls as blanks; in HTML it is escaped. A line with an empty placeholder is left
 * out, so there may be nothing to append. arena: the message's, for these values. */
void text_template_append_plain(const struct text_template *t,
				const struct placeholder_values *values, struct arena *arena,
				struct buf *out);
void text_template_append_html(const struct text_template *t,
			       const struct placeholder_values *values, struct arena *arena,
			       struct buf *out);

#endif
