/* Reads <meta> elements. */
#include "html/html_charset.h"

#include <string.h>

#include "html/html_attribute.h"
#include "html/html_token.h"
#include "util/str.h"

static bool
is_meta(const char *s, const struct html_token *t)
{
	return t->kind == HTML_TAG && !t->closing && t->element != NULL &&
	       str_case_equal_n(s + t->start + 1, t->name_len, "meta", 4);
}

/* Cuts the name out of what stands behind "charset=". */
static bool
cut_charset_name(const char *s, size_t len, const char **ret_name, size_t *ret_len)
{
	const char *end;
	size_t n = 0;

	if (len > 0 && (*s == '"' || *s == '\'')) {
		end = memchr(s + 1, *s, len - 1);
		*ret_name = s + 1;
		*ret_len = end == NULL ? 0 : (size_t)(end - s) - 1;
		return *ret_len > 0;
	}
	while (n < len && s[n] != ';' && !html_is_space(s[n]))
		n++;
	*ret_name = s;
	*ret_len = n;
	return n > 0;
}

/* Finds the name in "text/html; charset=NAME". */
static bool
find_charset_in_content(const char *s, size_t len, const char **ret_name, size_t *ret_len)
{
	static const char word[] = "charset";
	const size_t n = sizeof(word) - 1;

	for (size_t i = 0; i + n < len; i++) {
		size_t at;

		if (!str_case_equal_n(s + i, n, word, n))
			continue;
		at = html_skip_spaces(s, len, i + n);
		if (at == len || s[at] != '=')
			continue;
		at = html_skip_spaces(s, len, at + 1);
		return cut_charset_name(s + at, len - at, ret_name, ret_len);
	}
	return false;
}

static bool
read_meta(const char *s, const struct html_token *t, const char **ret_name, size_t *ret_len)
{
	static const char type[] = "content-type";
	size_t at = t->start + 1 + t->name_len;
	struct html_attribute a, content = {.value_len = 0};
	bool is_type = false;

	while (html_next_attribute(s, t->end, &at, &a)) {
		if (html_is_attribute(&a, "charset")) {
			*ret_name = a.value;
			*ret_len = a.value_len;
			return a.value_len > 0;
		}
		if (html_is_attribute(&a, "content"))
			content = a;
		else if (html_is_attribute(&a, "http-equiv"))
			is_type = str_case_equal_n(a.value, a.value_len, type, strlen(type));
	}
	return is_type &&
	       find_charset_in_content(content.value, content.value_len, ret_name, ret_len);
}

bool
html_find_charset(const char *s, size_t len, const char **ret_name, size_t *ret_len)
{
	struct html_token t = {.kind = HTML_TAG};

	len = len < HTML_CHARSET_BYTES ? len : HTML_CHARSET_BYTES;
	while (html_next_token(s, len, &t))
		if (is_meta(s, &t) && read_meta(s, &t, ret_name, ret_len))
			return true;
	return false;
}
