/* Reads the attributes of a tag, and of a style the declarations that hide (CSS Syntax 3:
 * escapes and comments are decoded). A declaration is kept in a small buffer, since none that
 * is known here is longer. */
#include "html/html_view.h"

#include <stdlib.h>
#include <string.h>

#include "html/html.h"
#include "html/html_attribute.h"
#include "html/html_reference.h"
#include "util/str.h"

#define DECLARATION_BYTES 120u

/* ---- values ---- */

/* Reads the next character of an attribute's value, entities decoded; 0 at its end. What is not
 * ASCII becomes '?'. */
static char
next_value_char(const char *s, size_t len, size_t *at)
{
	char means[HTML_REFERENCE_BYTES];
	size_t n = 0;
	char c;

	if (*at >= len)
		return 0;
	c = s[*at];
	if (c == '&' && (n = html_read_reference(s + *at, len - *at, true, means)) > 0)
		c = means[0];
	*at += n > 0 ? n : 1;
	return c <= 0 ? '?' : (char)str_lower_char(c);
}

/* The character that a CSS escape means; *at is behind the backslash. */
static char
next_escaped_char(const char *s, size_t len, size_t *at)
{
	static const char digits[] = "0123456789abcdef";
	unsigned value = 0, n = 0;
	size_t next = *at;
	char c = next_value_char(s, len, &next);

	for (; n < 6 && c != 0 && strchr(digits, c) != NULL; n++) {
		value = value * 16 + (unsigned)(strchr(digits, c) - digits);
		*at = next;
		c = next_value_char(s, len, &next);
	}
	if (n == 0 || html_is_space(c)) /* one blank belongs to the digits */
		*at = next;
	if (n == 0)
		return c == 0 ? '?' : c;
	return value == 0 || value >= 0x80 ? '?' : (char)str_lower_char((char)value);
}

/* Moves *at behind the comment whose "/" was read, if it is one. */
static bool
skip_css_comment(const char *s, size_t len, size_t *at)
{
	const char *end;

	if (*at >= len || s[*at] != '*')
		return false;
	end = memmem(s + *at + 1, len - *at - 1, "*/", 2);
	*at = end == NULL ? len : (size_t)(end - s) + 2;
	return true;
}

/* Reads a declaration of a style to out: in lower case, without blanks around its ':' and one
 * blank for several. False: there is none. */
static bool
next_declaration(const char *s, size_t len, size_t *at, char out[static DECLARATION_BYTES])
{
	size_t n = 0;
	bool any = false, blank = false;
	char c;

	while ((c = next_value_char(s, len, at)) != 0) {
		any = true;
		if (c == ';')
			break;
		if (c == '/' && skip_css_comment(s, len, at))
			continue;
		if (html_is_space(c)) {
			blank = n > 0 && out[n - 1] != ':';
			continue;
		}
		if (c == '\\')
			c = next_escaped_char(s, len, at);
		if (blank && c != ':' && n + 2 < DECLARATION_BYTES)
			out[n++] = ' ';
		blank = false;
		if (n + 2 < DECLARATION_BYTES)
			out[n++] = c;
	}
	out[n] = '\0';
	return any;
}

/* ---- declarations ---- */

/* What the attributes of a tag say. */
struct tag_reading {
	uint8_t set, cleared; /* bits of the view */
	bool is_quote, begins_rest, is_open;
	bool has_style;
	/* Of the style: a box without size, with what does not fit cut off; the borders of
	 * Outlook's quotations. */
	bool zero_box, cuts, no_border, left_border, top_border, padding;
};

static void
set_view(struct tag_reading *r, uint8_t bit, bool on)
{
	r->set = (uint8_t)(on ? r->set | bit : r->set & ~bit);
	r->cleared = (uint8_t)(on ? r->cleared & ~bit : r->cleared | bit);
}

static bool
is_one_of(const char *value, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strncmp(value, *words, strlen(*words)) == 0)
			return true;
	return false;
}

/* Is it the size of text that nobody can read? "larger" and the like are not. *ret_relative: it
 * depends on the size around it. */
static bool
is_tiny_size(const char *value, bool *ret_relative)
{
	char *unit;
	double size = strtod(value, &unit);

	*ret_relative = false;
	if (unit == value) {
		*ret_relative = is_one_of(value, (const char *const[]){"inherit", "smaller",
								       "larger", "var", NULL});
		return false;
	}
	*ret_relative = size > 0.1 && (strncmp(unit, "em", 2) == 0 || *unit == '%');
	if (*unit == '%')
		return size < 10;
	if (strncmp(unit, "em", 2) == 0 || strncmp(unit, "rem", 3) == 0 || *unit == 'i' ||
	    *unit == 'v' || *unit == 'c')
		return size < 0.1;
	return size < 2;
}

static void
read_font_size(struct tag_reading *r, const char *value)
{
	bool relative, tiny = is_tiny_size(value, &relative);

	if (tiny || !relative)
		set_view(r, HTML_VIEW_TINY, tiny);
}

/* The size in the shorthand "font:bold 12px/14px arial": the first word with a digit that is no
 * weight. */
static void
read_font(struct tag_reading *r, const char *value)
{
	const char *word = value;

	while (*word != '\0') {
		size_t n = strcspn(word, " ");
		double size = strtod(word, NULL);

		if ((str_is_digit(*word) || *word == '.') &&
		    (n != 3 || size < 100 || memchr(word, '/', n) != NULL)) {
			read_font_size(r, word);
			return;
		}
		word += n + (word[n] == ' ');
	}
}

static bool
is_white(const char *value)
{
	return is_one_of(value, (const char *const[]){"#fff", "white", "rgb(255,255,255",
						      "rgb(255, 255, 255", "transparent",
						      "rgba(255, 255, 255, 1",
						      "rgba(255,255,255,1", NULL});
}

static void
read_background(struct tag_reading *r, const char *value)
{
	if (is_one_of(value, (const char *const[]){"none", "transparent", "inherit", "initial",
						   "0", NULL}))
		return;
	set_view(r, HTML_VIEW_PAINTED, !is_white(value));
}

static void
read_color(struct tag_reading *r, const char *value)
{
	if (is_one_of(value, (const char *const[]){"inherit", "currentcolor", "var(", NULL}))
		return;
	if (strncmp(value, "transparent", 11) == 0 || strncmp(value, "rgba(0,0,0,0", 12) == 0 ||
	    strncmp(value, "rgba(0, 0, 0, 0", 15) == 0)
		set_view(r, HTML_VIEW_INVISIBLE, true);
	else
		set_view(r, HTML_VIEW_WHITE, is_white(value));
}

static void
read_visibility(struct tag_reading *r, const char *value)
{
	if (strncmp(value, "hidden", 6) == 0 || strncmp(value, "collapse", 8) == 0)
		set_view(r, HTML_VIEW_INVISIBLE, true);
	else if (strncmp(value, "visible", 7) == 0)
		set_view(r, HTML_VIEW_INVISIBLE, false);
}

static void
read_display(struct tag_reading *r, const char *value)
{
	if (strncmp(value, "none", 4) == 0)
		set_view(r, HTML_VIEW_HIDDEN, true);
	else if (is_one_of(value, (const char *const[]){"inline", "contents", NULL}))
		set_view(r, HTML_VIEW_INLINE, true);
	else if (is_one_of(value, (const char *const[]){"block", "table", "flex", "grid",
							"list-item", "flow-root", NULL}))
		set_view(r, HTML_VIEW_BLOCK, true);
}

static void
read_mso_hide(struct tag_reading *r, const char *value)
{
	if (strncmp(value, "all", 3) == 0)
		set_view(r, HTML_VIEW_HIDDEN, true);
}

static void
read_content_visibility(struct tag_reading *r, const char *value)
{
	if (strncmp(value, "hidden", 6) == 0)
		set_view(r, HTML_VIEW_HIDDEN, true);
}

static void
read_opacity(struct tag_reading *r, const char *value)
{
	char *end;
	double opacity = strtod(value, &end);

	if (end != value && opacity < (*end == '%' ? 10 : 0.1))
		set_view(r, HTML_VIEW_HIDDEN, true);
}

static void
read_filter(struct tag_reading *r, const char *value)
{
	const char *opacity = strstr(value, "opacity(");

	if (opacity != NULL)
		read_opacity(r, opacity + strlen("opacity("));
	if (strstr(value, "alpha(opacity=0") != NULL)
		set_view(r, HTML_VIEW_HIDDEN, true);
}

static void
read_box_size(struct tag_reading *r, const char *value)
{
	char *end;
	double size = strtod(value, &end);

	r->zero_box |= end != value && size < 2 && strncmp(end, "em", 2) != 0 &&
		       strncmp(end, "rem", 3) != 0 && *end != 'i' && *end != 'c' &&
		       (*end != '%' || size < 0.1);
}

static void
read_overflow(struct tag_reading *r, const char *value)
{
	r->cuts |= strstr(value, "hidden") != NULL || strstr(value, "clip") != NULL;
}

/* Text that is moved out of the window. */
static void
read_offset(struct tag_reading *r, const char *value)
{
	char *end;
	double size = strtod(value, &end);

	if (size <= (strncmp(end, "em", 2) == 0 ? -50 : -400))
		set_view(r, HTML_VIEW_HIDDEN, true);
}

static void
read_clip(struct tag_reading *r, const char *value)
{
	if (is_one_of(value, (const char *const[]){"rect(0", "rect(1px", "inset(50%",
						   "inset(100%", "circle(0", NULL}))
		set_view(r, HTML_VIEW_HIDDEN, true);
}

static void
read_transform(struct tag_reading *r, const char *value)
{
	const char *scale = strstr(value, "scale");
	char *end;

	if (scale == NULL || (scale = strchr(scale, '(')) == NULL)
		return;
	if (strtod(scale + 1, &end) < 0.1 && end != scale + 1)
		set_view(r, HTML_VIEW_HIDDEN, true);
}

static void
read_border(struct tag_reading *r, const char *value)
{
	r->no_border |= strncmp(value, "none", 4) == 0;
}

static void
read_left_border(struct tag_reading *r, const char *value)
{
	r->left_border |= strncmp(value, "solid", 5) == 0;
}

static void
read_top_border(struct tag_reading *r, const char *value)
{
	r->top_border |= strncmp(value, "solid", 5) == 0;
}

static void
read_padding(struct tag_reading *r, const char *value)
{
	r->padding |= strstr(value, "pt") != NULL;
}

static void
read_declaration(struct tag_reading *r, const char *text)
{
	static const struct {
		const char *property;
		void (*read)(struct tag_reading *r, const char *value);
	} rows[] = {
		{"display:", read_display},
		{"visibility:", read_visibility},
		{"font-size:", read_font_size},
		{"font:", read_font},
		{"color:", read_color},
		{"background:", read_background},
		{"background-color:", read_background},
		{"background-image:", read_background},
		{"opacity:", read_opacity},
		{"filter:", read_filter},
		{"mso-hide:", read_mso_hide},
		{"content-visibility:", read_content_visibility},
		{"height:", read_box_size},
		{"max-height:", read_box_size},
		{"width:", read_box_size},
		{"max-width:", read_box_size},
		{"overflow:", read_overflow},
		{"overflow-x:", read_overflow},
		{"overflow-y:", read_overflow},
		{"text-indent:", read_offset},
		{"left:", read_offset},
		{"top:", read_offset},
		{"right:", read_offset},
		{"bottom:", read_offset},
		{"margin-left:", read_offset},
		{"margin-top:", read_offset},
		{"clip:", read_clip},
		{"clip-path:", read_clip},
		{"transform:", read_transform},
		{"zoom:", read_opacity},
		{"-webkit-text-fill-color:", read_color},
		{"border:", read_border},
		{"border-left:", read_left_border},
		{"border-top:", read_top_border},
		{"padding:", read_padding},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n;

		if (text[0] != rows[i].property[0])
			continue;
		n = strlen(rows[i].property);
		if (strncmp(text, rows[i].property, n) == 0)
			rows[i].read(r, text + n);
	}
}

static void
read_style(struct tag_reading *r, const struct html_attribute *a)
{
	char text[DECLARATION_BYTES];
	size_t at = 0;

	while (next_declaration(a->value, a->value_len, &at, text))
		read_declaration(r, text);
	if (r->zero_box && r->cuts)
		set_view(r, HTML_VIEW_HIDDEN, true);
	r->is_quote |= r->no_border && r->left_border;
	r->begins_rest |= r->no_border && r->top_border && r->padding;
}

/* ---- quotations ---- */

/* Words in class, id, name and data-marker of the quotations of mail programs. Programs that
 * quote HTML put a prefix in front of them. */
static const struct {
	const char *word;
	bool begins_rest; /* the quotation follows as siblings */
} quote_words[] = {
	{"gmail_quote", false}, /* Gmail; gmail_quote_container */
	{"gmail_attr", false},
	{"yahoo_quoted", false},    /* Yahoo, AOL */
	{"moz-cite-prefix", false}, /* Thunderbird */
	{"moz-forward-container", false},
	{"protonmail_quote", false},	  /* Proton Mail */
	{"tutanota_quote", false},	  /* Tuta */
	{"quoted-content", false},	  /* GMX, WEB.DE */
	{"reply-intro", false},		  /* Roundcube */
	{"zmail_extra", false},		  /* Zoho */
	{"messagereplysection", false},	  /* Spark */
	{"isreplycontent", false},	  /* NetEase */
	{"appleoriginalcontents", false}, /* Apple Mail */
	{"__quoted_text__", false},	  /* Zimbra */
	{"zwchr", true},		  /* its line above a quotation */
	{"olk_src_body_section", false},  /* Outlook for Mac */
	{"reference-message", false},	  /* Outlook, and Outlook for phones */
	{"divrplyfwdmsg", true},	  /* Outlook on the web */
	{"appendonsend", true},
	{"outlookmessageheader", true}, /* Outlook */
};

static void
read_quote_word(struct tag_reading *r, const struct html_attribute *a)
{
	char value[256];
	size_t at = 0, n = 0;
	char c;

	while (n + 1 < sizeof(value) && (c = next_value_char(a->value, a->value_len, &at)) != 0)
		value[n++] = c;
	value[n] = '\0';
	for (size_t i = 0; i < sizeof(quote_words) / sizeof(quote_words[0]); i++) {
		if (n < strlen(quote_words[i].word) ||
		    strstr(value, quote_words[i].word) == NULL)
			continue;
		r->is_quote |= !quote_words[i].begins_rest;
		r->begins_rest |= quote_words[i].begins_rest;
	}
	r->is_quote |= strcmp(value, "quote") == 0; /* GMX, WEB.DE: name="quote" */
}

/* ---- the tag ---- */

/* The attribute "color" of <font>, and "bgcolor". */
static void
read_color_attribute(struct tag_reading *r, const struct html_attribute *a)
{
	char text[DECLARATION_BYTES];
	size_t at = 0;

	(void)next_declaration(a->value, a->value_len, &at, text);
	if (html_is_attribute(a, "color"))
		read_color(r, text);
	else
		read_background(r, text);
}

static void
read_attribute(struct tag_reading *r, const struct html_attribute *a)
{
	if (html_is_attribute(a, "style") && !r->has_style) { /* of two, the first counts */
		r->has_style = true;
		read_style(r, a);
	} else if (html_is_attribute(a, "hidden") || html_is_attribute(a, "popover")) {
		set_view(r, HTML_VIEW_HIDDEN, true);
	} else if (html_is_attribute(a, "open")) {
		r->is_open = true;
	} else if (html_is_attribute(a, "class") || html_is_attribute(a, "id") ||
		   html_is_attribute(a, "name") || html_is_attribute(a, "data-marker")) {
		read_quote_word(r, a);
	} else if (html_is_attribute(a, "color") || html_is_attribute(a, "bgcolor")) {
		read_color_attribute(r, a);
	}
}

struct html_view
html_view_in_tag(const char *s, size_t len, size_t start, const struct html_element *e)
{
	struct tag_reading r = {.cleared = HTML_VIEW_BLOCK | HTML_VIEW_INLINE};
	struct html_attribute a;
	unsigned rule = e == NULL ? HTML_OTHER : e->rule;
	size_t at = html_attributes_begin(s, len, start);

	while (html_next_attribute(s, len, &at, &a))
		read_attribute(&r, &a);
	if (e != NULL && (e->traits & HTML_SWALLOWS) != 0 && (rule != HTML_OPENS || !r.is_open))
		r.set |= HTML_VIEW_HIDDEN;
	if (rule == HTML_QUOTE || r.is_quote)
		r.set |= HTML_VIEW_QUOTE;
	return (struct html_view){r.set, r.cleared, r.begins_rest};
}

/* ---- style sheets ---- */

/* Has a block of declarations, or the selectors in front of one, a declaration that hides? */
static bool
does_block_hide(const char *s, size_t len)
{
	const struct html_attribute block = {.value = s, .value_len = len};
	struct tag_reading r = {0};

	read_style(&r, &block);
	return html_view_hides(r.set);
}

static bool
does_sheet_hide(const char *s, size_t len)
{
	for (size_t at = 0, n; at < len; at += n + 1) {
		for (n = 0; at + n < len && s[at + n] != '{' && s[at + n] != '}';)
			n++;
		if (does_block_hide(s + at, n))
			return true;
	}
	return false;
}

static bool
is_tag_at(const char *s, size_t len, const char *tag)
{
	size_t n = strlen(tag);

	return len >= n && str_case_equal_n(s, n, tag, n);
}

bool
html_has_hiding_sheet(const char *s, size_t len)
{
	const char *end = s + len, *p = s, *from = NULL;

	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		if (from == NULL && is_tag_at(p, (size_t)(end - p), "<style")) {
			from = p + strlen("<style");
		} else if (from != NULL && is_tag_at(p, (size_t)(end - p), "</style")) {
			if (does_sheet_hide(from, (size_t)(p - from)))
				return true;
			from = NULL;
		}
		p++;
	}
	return from != NULL && does_sheet_hide(from, (size_t)(end - from));
}
