/* The table of elements, one array for each first letter, the common ones first. __COUNTER__
 * numbers them. */
#include "html/html_element.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "util/str.h"

#define ELEMENT(text, rule, traits)                                                            \
	{                                                                                      \
		text, sizeof(text) - 1, __COUNTER__ + 1, rule, traits                          \
	}

static const struct html_element elements_a[] = {
	ELEMENT("a", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_CHANGES_REST),
	ELEMENT("abbr", HTML_OTHER, HTML_INLINE),
	ELEMENT("acronym", HTML_OTHER, HTML_INLINE),
	ELEMENT("address", HTML_BLOCK, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("applet", HTML_OTHER, HTML_SPECIAL | HTML_SCOPE | HTML_SWALLOWS),
	ELEMENT("area", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("article", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("aside", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("audio", HTML_OTHER, HTML_SWALLOWS),
};
static const struct html_element elements_b[] = {
	ELEMENT("br", HTML_OTHER, HTML_VOID | HTML_SPECIAL | HTML_LEAVES_SVG),
	ELEMENT("b", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("body", HTML_BODY, HTML_SPECIAL | HTML_LEAVES_SVG),
	ELEMENT("base", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("basefont", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("bdi", HTML_OTHER, HTML_INLINE),
	ELEMENT("bdo", HTML_OTHER, HTML_INLINE),
	ELEMENT("bgsound", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("big", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("blockquote", HTML_QUOTE,
		HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG | HTML_CHANGES_REST),
	ELEMENT("button", HTML_BUTTON, HTML_SPECIAL | HTML_SWALLOWS | HTML_CHANGES_REST),
};
static const struct html_element elements_c[] = {
	ELEMENT("center", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("canvas", HTML_OTHER, HTML_SWALLOWS),
	ELEMENT("caption", HTML_CAPTION, HTML_SPECIAL | HTML_SCOPE | HTML_TABLE_PART),
	ELEMENT("cite", HTML_OTHER, HTML_INLINE),
	ELEMENT("code", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("col", HTML_CAPTION, HTML_VOID | HTML_SPECIAL | HTML_TABLE_PART),
	ELEMENT("colgroup", HTML_CAPTION, HTML_SPECIAL | HTML_TABLE_PART),
};
static const struct html_element elements_d[] = {
	ELEMENT("div", HTML_BLOCK, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("data", HTML_OTHER, HTML_INLINE),
	ELEMENT("datalist", HTML_OTHER, HTML_SWALLOWS),
	ELEMENT("dd", HTML_DD, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("del", HTML_OTHER, HTML_INLINE),
	ELEMENT("desc", HTML_FOREIGN_END, 0),
	ELEMENT("details", HTML_OPENS, HTML_SPECIAL | HTML_ENDS_P | HTML_SWALLOWS),
	ELEMENT("dfn", HTML_OTHER, HTML_INLINE),
	ELEMENT("dialog", HTML_OPENS, HTML_ENDS_P | HTML_SWALLOWS),
	ELEMENT("dir", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("dl", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("dt", HTML_DD, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
};
static const struct html_element elements_e[] = {
	ELEMENT("em", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("embed", HTML_OTHER, HTML_VOID | HTML_SPECIAL | HTML_LEAVES_SVG),
};
static const struct html_element elements_f[] = {
	ELEMENT("font", HTML_OTHER, HTML_INLINE | HTML_FORMATS),
	ELEMENT("fieldset", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("figcaption", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("figure", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("footer", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("foreignobject", HTML_FOREIGN_END, HTML_SCOPE),
	ELEMENT("form", HTML_FORM, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("frame", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("frameset", HTML_OTHER, HTML_SPECIAL | HTML_SWALLOWS | HTML_CHANGES_REST),
};
static const struct html_element elements_h[] = {
	ELEMENT("hr", HTML_OTHER, HTML_VOID | HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("h1", HTML_HEADING, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("h2", HTML_HEADING, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("h3", HTML_HEADING, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("html", HTML_HTML, HTML_SPECIAL | HTML_SCOPE),
	ELEMENT("head", HTML_HEAD, HTML_SPECIAL | HTML_LEAVES_SVG),
	ELEMENT("h4", HTML_HEADING, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("h5", HTML_HEADING, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("h6", HTML_HEADING, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("header", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("hgroup", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
};
static const struct html_element elements_i[] = {
	ELEMENT("i", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("img", HTML_OTHER, HTML_VOID | HTML_SPECIAL | HTML_LEAVES_SVG),
	ELEMENT("iframe", HTML_OTHER, HTML_RAW | HTML_SPECIAL | HTML_SWALLOWS),
	ELEMENT("image", HTML_OTHER, HTML_VOID),
	ELEMENT("input", HTML_INPUT, HTML_VOID | HTML_SPECIAL),
	ELEMENT("ins", HTML_OTHER, HTML_INLINE),
};
static const struct html_element elements_k[] = {
	ELEMENT("kbd", HTML_OTHER, HTML_INLINE),
	ELEMENT("keygen", HTML_INPUT, HTML_VOID | HTML_SPECIAL),
};
static const struct html_element elements_l[] = {
	ELEMENT("li", HTML_LI, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("link", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("label", HTML_OTHER, HTML_INLINE),
	ELEMENT("listing", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
};
static const struct html_element elements_m[] = {
	ELEMENT("meta", HTML_OTHER, HTML_VOID | HTML_SPECIAL | HTML_LEAVES_SVG),
	ELEMENT("main", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("mark", HTML_OTHER, HTML_INLINE),
	ELEMENT("marquee", HTML_OTHER, HTML_SPECIAL | HTML_SCOPE | HTML_CHANGES_REST),
	ELEMENT("math", HTML_FOREIGN, HTML_SWALLOWS),
	ELEMENT("menu", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("meter", HTML_OTHER, HTML_SWALLOWS),
};
static const struct html_element elements_n[] = {
	ELEMENT("nav", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("nobr", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("noembed", HTML_OTHER, HTML_RAW | HTML_SPECIAL | HTML_SWALLOWS),
	ELEMENT("noframes", HTML_OTHER, HTML_RAW | HTML_SPECIAL | HTML_SWALLOWS),
	ELEMENT("noscript", HTML_OTHER, HTML_SPECIAL | HTML_SWALLOWS),
};
static const struct html_element elements_o[] = {
	ELEMENT("object", HTML_OTHER, HTML_SPECIAL | HTML_SCOPE | HTML_SWALLOWS),
	ELEMENT("ol", HTML_LIST, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("optgroup", HTML_OPTGROUP, 0),
	ELEMENT("option", HTML_OPTION, 0),
};
static const struct html_element elements_p[] = {
	ELEMENT("p", HTML_P, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("param", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("plaintext", HTML_PLAINTEXT,
		HTML_RAW | HTML_SPECIAL | HTML_ENDS_P | HTML_SWALLOWS),
	ELEMENT("pre", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("progress", HTML_OTHER, HTML_SWALLOWS),
};
static const struct html_element elements_q[] = {
	ELEMENT("q", HTML_OTHER, HTML_INLINE),
};
static const struct html_element elements_r[] = {
	ELEMENT("rb", HTML_OTHER, HTML_INLINE),
	ELEMENT("rp", HTML_OTHER, HTML_SWALLOWS),
	ELEMENT("rt", HTML_OTHER, HTML_INLINE),
	ELEMENT("ruby", HTML_OTHER, HTML_INLINE | HTML_LEAVES_SVG),
};
static const struct html_element elements_s[] = {
	ELEMENT("span", HTML_OTHER, HTML_INLINE | HTML_LEAVES_SVG),
	ELEMENT("strong", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("style", HTML_OTHER, HTML_RAW | HTML_SPECIAL | HTML_SWALLOWS),
	ELEMENT("script", HTML_SCRIPT, HTML_RAW | HTML_SPECIAL | HTML_SWALLOWS),
	ELEMENT("s", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("samp", HTML_OTHER, HTML_INLINE),
	ELEMENT("search", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("section", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("select", HTML_SELECT, HTML_SPECIAL | HTML_SCOPE | HTML_SWALLOWS),
	ELEMENT("small", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("source", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("strike", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
	ELEMENT("sub", HTML_OTHER, HTML_INLINE | HTML_LEAVES_SVG),
	ELEMENT("summary", HTML_OTHER, HTML_SPECIAL | HTML_ENDS_P),
	ELEMENT("sup", HTML_OTHER, HTML_INLINE | HTML_LEAVES_SVG),
	ELEMENT("svg", HTML_FOREIGN, HTML_SWALLOWS),
};
static const struct html_element elements_t[] = {
	ELEMENT("td", HTML_CELL, HTML_SPECIAL | HTML_SCOPE | HTML_TABLE_PART),
	ELEMENT("tr", HTML_ROW, HTML_SPECIAL | HTML_TABLE_PART),
	ELEMENT("table", HTML_TABLE,
		HTML_SPECIAL | HTML_SCOPE | HTML_LEAVES_SVG | HTML_CHANGES_REST),
	ELEMENT("title", HTML_FOREIGN_END, HTML_RAW | HTML_SPECIAL | HTML_SWALLOWS),
	ELEMENT("tbody", HTML_ROW_GROUP, HTML_SPECIAL | HTML_TABLE_PART),
	ELEMENT("th", HTML_CELL, HTML_SPECIAL | HTML_SCOPE | HTML_TABLE_PART),
	ELEMENT("template", HTML_TEMPLATE, HTML_SPECIAL | HTML_SCOPE | HTML_SWALLOWS),
	ELEMENT("textarea", HTML_INPUT, HTML_RAW | HTML_SPECIAL | HTML_SWALLOWS),
	ELEMENT("tfoot", HTML_ROW_GROUP, HTML_SPECIAL | HTML_TABLE_PART),
	ELEMENT("thead", HTML_ROW_GROUP, HTML_SPECIAL | HTML_TABLE_PART),
	ELEMENT("time", HTML_OTHER, HTML_INLINE),
	ELEMENT("track", HTML_OTHER, HTML_VOID | HTML_SPECIAL),
	ELEMENT("tt", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
};
static const struct html_element elements_u[] = {
	ELEMENT("ul", HTML_LIST, HTML_SPECIAL | HTML_ENDS_P | HTML_LEAVES_SVG),
	ELEMENT("u", HTML_OTHER, HTML_INLINE | HTML_FORMATS | HTML_LEAVES_SVG),
};
static const struct html_element elements_v[] = {
	ELEMENT("var", HTML_OTHER, HTML_INLINE | HTML_LEAVES_SVG),
	ELEMENT("video", HTML_OTHER, HTML_SWALLOWS),
};
static const struct html_element elements_w[] = {
	ELEMENT("wbr", HTML_OTHER, HTML_VOID | HTML_INLINE | HTML_SPECIAL),
};
static const struct html_element elements_x[] = {
	ELEMENT("xmp", HTML_OTHER, HTML_RAW | HTML_SPECIAL | HTML_ENDS_P | HTML_SWALLOWS),
};

#undef ELEMENT

#define ROWS(array)                                                                            \
	{                                                                                      \
		array, array + sizeof(array) / sizeof(array[0])                                \
	}

static const struct {
	const struct html_element *first, *end;
} by_letter[26] = {
	['a' - 'a'] = ROWS(elements_a), ['b' - 'a'] = ROWS(elements_b),
	['c' - 'a'] = ROWS(elements_c), ['d' - 'a'] = ROWS(elements_d),
	['e' - 'a'] = ROWS(elements_e), ['f' - 'a'] = ROWS(elements_f),
	['h' - 'a'] = ROWS(elements_h), ['i' - 'a'] = ROWS(elements_i),
	['k' - 'a'] = ROWS(elements_k), ['l' - 'a'] = ROWS(elements_l),
	['m' - 'a'] = ROWS(elements_m), ['n' - 'a'] = ROWS(elements_n),
	['o' - 'a'] = ROWS(elements_o), ['p' - 'a'] = ROWS(elements_p),
	['q' - 'a'] = ROWS(elements_q), ['r' - 'a'] = ROWS(elements_r),
	['s' - 'a'] = ROWS(elements_s), ['t' - 'a'] = ROWS(elements_t),
	['u' - 'a'] = ROWS(elements_u), ['v' - 'a'] = ROWS(elements_v),
	['w' - 'a'] = ROWS(elements_w), ['x' - 'a'] = ROWS(elements_x),
};

#undef ROWS

/* The first eight bytes of a name in lower case, zeros behind it: the first one is the lowest
 * byte. end: what can be read. */
static uint64_t
element_name_key(const char *name, size_t len, const char *end)
{
	uint64_t key = 0;

	if (end - name >= 8) {
		memcpy(&key, name, sizeof(key));
		key = le64toh(key);
	} else {
		for (size_t i = len; i-- > 0;)
			key = key << 8 | (unsigned char)name[i];
	}
	return (key | 0x2020202020202020u) &
	       (len < 8 ? (UINT64_C(1) << 8 * len) - 1 : UINT64_MAX);
}

/* The element of that length whose key it is. No two of one length have the same key. */
static const struct html_element *
find_element_by_key(unsigned letter, uint64_t key, size_t len)
{
	const struct html_element *e = by_letter[letter].first;

	for (; e < by_letter[letter].end; e++) {
		uint64_t known;

		memcpy(&known, e->name, sizeof(known));
		if (le64toh(known) == key && e->len == len)
			return e;
	}
	return NULL;
}

const struct html_element *
html_find_element(const char *name, size_t len, const char *end)
{
	_Static_assert(__COUNTER__ < HTML_NUMBERS, "a number for each element");
	unsigned letter = ((unsigned char)*name | 0x20u) - 'a';
	const struct html_element *e;

	if (letter >= sizeof(by_letter) / sizeof(by_letter[0]))
		return NULL;
	e = find_element_by_key(letter, element_name_key(name, len, end), len);
	if (e == NULL || len <= sizeof(uint64_t))
		return e;
	return str_case_equal_n(name, len, e->name, e->len) ? e : NULL;
}
