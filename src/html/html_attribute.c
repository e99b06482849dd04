/* Reads attributes as the HTML standard does. */
#include "html/html_attribute.h"

#include <string.h>

size_t
html_skip_spaces(const char *s, size_t len, size_t at)
{
	while (at < len && html_is_space(s[at]))
		at++;
	return at;
}

static size_t
read_attribute_value(const char *s, size_t len, size_t at, struct html_attribute *ret)
{
	const char *quote = at < len && (s[at] == '"' || s[at] == '\'') ? s + at : NULL;
	const char *end;
	size_t from = at;

	if (quote != NULL) {
		end = memchr(quote + 1, *quote, len - at - 1);
		ret->value = quote + 1;
		ret->value_len = end == NULL ? len - at - 1 : (size_t)(end - quote) - 1;
		return at + ret->value_len + 2;
	}
	while (at < len && s[at] != '>' && !html_is_space(s[at]))
		at++;
	ret->value = s + from;
	ret->value_len = at - from;
	return at;
}

size_t
html_attributes_begin(const char *s, size_t len, size_t start)
{
	size_t at = start + 1;

	while (at < len && s[at] != '>' && s[at] != '/' && !html_is_space(s[at]))
		at++;
	return at;
}

bool
html_next_attribute(const char *s, size_t len, size_t *at, struct html_attribute *ret)
{
	size_t i = *at, from;

	while (i < len && (html_is_space(s[i]) || s[i] == '/'))
		i++;
	if (i >= len || s[i] == '>')
		return false;
	from = i++;
	while (i < len && s[i] != '=' && s[i] != '>' && s[i] != '/' && !html_is_space(s[i]))
		i++;
	*ret = (struct html_attribute){.name = s + from, .name_len = i - from, .value = ""};
	*at = i;
	i = html_skip_spaces(s, len, i);
	if (i < len && s[i] == '=')
		*at = read_attribute_value(s, len, html_skip_spaces(s, len, i + 1), ret);
	return true;
}
