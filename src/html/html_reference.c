/* Names are found by bisection in the table of the standard. */
#include "html/html_reference.h"

#include <string.h>

#include "charset/charset.h"
#include "html/html_entity.h"
#include "util/str.h"

#define LONGEST_NAME	31u /* of all names */
#define LONGEST_WITHOUT 6u  /* of those that need no ';' */
#define NO_CHARACTER	0xfffdu

static void
write_reference(uint32_t c, char ret[static HTML_REFERENCE_BYTES])
{
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
	unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	*ret++ = (char)(lead[more] | c >> (6 * more));
	while (more-- > 0)
		*ret++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
	*ret = '\0';
}

/* Compares a name of n bytes with that of an entry, both without ';'. */
static int
compare_entity_name(const char *name, size_t n, const char *entry)
{
	int r = strncmp(name, entry, n);

	return r != 0 || entry[n] == '\0' || entry[n] == ';' ? r : -1;
}

/* The entry of that name; NULL: there is none. */
static const char *
find_entity(const char *name, size_t n)
{
	size_t from = 0, to = HTML_ENTITIES;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const char *entry = html_entity_text + html_entity_at[middle];
		int r = compare_entity_name(name, n, entry);

		if (r == 0)
			return entry;
		if (r < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

static size_t
take_entity(const char *entry, size_t len, char ret[static HTML_REFERENCE_BYTES])
{
	const char *text = entry + strlen(entry) + 1;

	memcpy(ret, text, strlen(text) + 1);
	return len;
}

/* The longest name at the front of s, n name characters, that needs no ';'. */
static size_t
read_unfinished_name(const char *s, size_t len, size_t n, bool in_attribute,
		     char ret[static HTML_REFERENCE_BYTES])
{
	for (size_t k = n < LONGEST_WITHOUT ? n : LONGEST_WITHOUT; k >= 2; k--) {
		const char *entry = find_entity(s + 1, k);

		if (entry == NULL || entry[k] == ';')
			continue;
		if (in_attribute && k + 1 < len && (s[k + 1] == '=' || str_is_alnum(s[k + 1])))
			return 0;
		return take_entity(entry, k + 1, ret);
	}
	return 0;
}

static size_t
read_named_reference(const char *s, size_t len, bool in_attribute,
		     char ret[static HTML_REFERENCE_BYTES])
{
	const char *entry;
	size_t n = 0;

	while (n + 1 < len && n <= LONGEST_NAME && str_is_alnum(s[n + 1]))
		n++;
	if (n + 1 < len && s[n + 1] == ';' && (entry = find_entity(s + 1, n)) != NULL)
		return take_entity(entry, n + 2, ret);
	return read_unfinished_name(s, len, n, in_attribute, ret);
}

/* The character that a number means. */
static uint32_t
character_of_number(uint32_t value)
{
	if (value == 0 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return NO_CHARACTER;
	if (value >= 0x80 && value < 0xa0) {
		uint32_t c = charset_windows_1252_high((unsigned char)value);

		return c == NO_CHARACTER ? value : c;
	}
	return value;
}

static size_t
read_numeric_reference(const char *s, size_t len, char ret[static HTML_REFERENCE_BYTES])
{
	bool hex = len > 3 && (s[2] == 'x' || s[2] == 'X');
	size_t from = hex ? 3 : 2, i = from;
	uint32_t value = 0;

	for (; i < len; i++) {
		char c = (char)str_lower_char(s[i]);
		unsigned digit = (unsigned)(str_is_digit(c) ? c - '0' : c - 'a' + 10);

		if (!str_is_digit(c) && !(hex && c >= 'a' && c <= 'f'))
			break;
		if (value <= 0x10ffff) /* a larger one stays larger */
			value = value * (hex ? 16 : 10) + digit;
	}
	if (i == from)
		return 0;
	write_reference(character_of_number(value), ret);
	return i + (i < len && s[i] == ';');
}

size_t
html_read_reference(const char *s, size_t len, bool in_attribute,
		    char ret[static HTML_REFERENCE_BYTES])
{
	if (len < 3)
		return 0;
	return s[1] == '#' ? read_numeric_reference(s, len, ret)
			   : read_named_reference(s, len, in_attribute, ret);
}
