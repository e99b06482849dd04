/* Recognises mistakes in addresses, domains, extensions and patterns of the configuration. Runs
 * while the configuration is loaded; written_mailbox_fault() also for the results of maps. A
 * check must accept all that can match or be delivered: rare, but legal forms are at most a
 * doubt, which becomes a warning. */
#include "match/written.h"

#include <stdio.h>
#include <string.h>

#include "match/address.h"
#include "match/table.h"
#include "util/domain.h"
#include "util/str.h"

#define LIST_FORM "several are a list: { \"a\", \"b\" }"

static const char no_table[] = "a table cannot stand here";
static const char no_comment[] = "a comment stands on a line of its own";

/* "x.example # moved" */
static bool
has_comment_behind(const char *text)
{
	return strstr(text, " #") != NULL || strstr(text, "\t#") != NULL;
}

/* In a local part without quotes (RFC 5322, section 3.2.3: specials), and what a text with such
 * a character looks like. */
static const struct {
	char c;
	const char *fault;
} local_specials[] = {
	{' ', "an address has no blank; " LIST_FORM " (in the value of a table: \"a, b\")"},
	{'\t', "an address has no blank; " LIST_FORM " (in the value of a table: \"a, b\")"},
	{',', "an address has no comma; " LIST_FORM},
	{';', "an address has no semicolon; " LIST_FORM},
	{'<', "write it without brackets"},
	{'>', "write it without brackets"},
	{'(', "an address has no parentheses: neither comments nor patterns"},
	{')', "an address has no parentheses: neither comments nor patterns"},
	{'[', "brackets belong to an IP address behind the '@'"},
	{']', "brackets belong to an IP address behind the '@'"},
	{':', "an address has no colon"},
	{'\\', "addresses are compared and written whole, without patterns and escapes"},
};

#define N_LOCAL_SPECIALS (sizeof(local_specials) / sizeof(local_specials[0]))

static const char *
local_special_fault(char c)
{
	for (size_t i = 0; i < N_LOCAL_SPECIALS; i++)
		if (local_specials[i].c == c)
			return local_specials[i].fault;
	return NULL;
}

/* Moves *s to the '@', or to the end of a text without one. Quoted words may stand beside
 * others: the whole is quoted when it is sent. */
static const char *
local_part_fault(const char **s)
{
	const char *p = *s;

	while (*p != '\0' && *p != '@') {
		const char *fault = local_special_fault(*p);

		if (fault != NULL)
			return fault;
		p = *p == '"' ? address_skip_quoted(p) : p + 1;
		if (p == NULL)
			return "a quotation mark is missing";
	}
	*s = p;
	return NULL;
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return true;
	return false;
}

static bool
is_address_literal(const char *s)
{
	size_t len = strlen(s);

	return len > 2 && s[0] == '[' && s[len - 1] == ']' &&
	       s[strcspn(s + 1, "[] \t<>,;@") + 1] == ']';
}

static bool
is_domain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || str_is_digit(c) ||
	       c == '-' || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

const char *
written_domain_fault(const char *s)
{
	size_t len = strlen(s);
	char ascii[DOMAIN_MAX_BYTES];

	if (is_address_literal(s))
		return NULL;
	if (has_comment_behind(s))
		return no_comment;
	if (s[0] == '*')
		return "write '.example.com' for all subdomains of example.com";
	if (s[strcspn(s, "\\^$|()?*+{}[]")] != '\0')
		return "domains are compared whole, not by patterns; '.example.com' is all "
		       "subdomains of example.com";
	if (s[strcspn(s, " \t,;")] != '\0')
		return "it has characters that are not allowed in a domain; " LIST_FORM;
	for (const char *p = s; *p != '\0'; p++)
		if (!is_domain_char(*p))
			return "it has characters that are not allowed in a domain";
	if (len == 0 || s[len - 1] == '.' || strstr(s, "..") != NULL)
		return "a label of the domain is empty";
	if (!str_is_ascii(s, len) && domain_ascii(s, ascii) == s)
		return "it has no A-label form (xn--...)";
	return NULL;
}

const char *
written_mailbox_fault(const char *text)
{
	const char *at = text, *fault;

	if (*text == '\0')
		return "the address is empty";
	if (strlen(text) > ADDRESS_MAX_BYTES)
		return "the address is too long";
	if (has_control(text))
		return "it has a control character";
	if (*text == '@')
		return "it lacks the part before the '@'";
	if (*text != '"' && has_comment_behind(text))
		return no_comment;
	if (*text != '<' && text[strlen(text) - 1] == '>' && strstr(text, " <") != NULL)
		return "write it without name and brackets";
	fault = local_part_fault(&at);
	if (fault != NULL || *at == '\0')
		return fault;
	/* What stands behind the '@' of two addresses says more than "no domain". */
	for (const char *p = at + 1; *p != '\0' && *p != '['; p++) {
		fault = *p == '\\' ? NULL : local_special_fault(*p);
		if (fault != NULL)
			return fault;
	}
	if (at[1] == '.')
		return "a label of the domain is empty";
	return written_domain_fault(at + 1);
}

/* A local part that is legal, but means a pattern for everybody: '.*', '^ann'. */
static bool
looks_like_pattern(const char *text)
{
	return *text == '^' || strstr(text, ".*") != NULL || strncmp(text, ".+", 2) == 0 ||
	       strncmp(text, "(?", 2) == 0;
}

static const char *
pattern_in_address_fault(const char *text)
{
	if (strncmp(text, "*@", 2) == 0 || strcmp(text, "*") == 0)
		return "'*' does not stand for any name: addresses are compared whole, and "
		       "domains have an option of their own (in a table: '@example.com')";
	if (looks_like_pattern(text))
		return "addresses are compared and written whole; a pattern goes into a table "
		       "of type regex, or into match";
	return NULL;
}

/* What is right as an address that others are compared with, and as a target. */
static const char *
plain_address_fault(const char *text)
{
	const char *fault;

	if (table_reference(text) != NULL)
		return no_table;
	fault = *text == '"' ? NULL : pattern_in_address_fault(text);
	return fault != NULL ? fault : written_mailbox_fault(text);
}

static const char *
unexpanded_text_fault(const char *text)
{
	if (strstr(text, "%{") != NULL)
		return "placeholders are not expanded in addresses";
	return NULL;
}

static const char *
delivery_to_file_fault(const char *text)
{
	if (written_lacks_domain(text) && strchr("/|", text[*text == '"']) != NULL)
		return "a file or a command is no address";
	return NULL;
}

static bool
has_group_reference(const char *text)
{
	for (; (text = strchr(text, '$')) != NULL; text++)
		if (str_is_digit(text[1]))
			return true;
	return false;
}

const char *
written_target_fault(const char *text)
{
	const char *fault = plain_address_fault(text);

	if (fault == NULL)
		fault = unexpanded_text_fault(text);
	if (fault == NULL)
		fault = delivery_to_file_fault(text);
	if (fault == NULL && has_group_reference(text))
		return "$0 to $9 have a meaning only with a pattern";
	if (fault == NULL && written_lacks_domain(text) && strchr(text, '.') != NULL)
		return "it has no '@', so it is a domain and no address";
	return fault;
}

/* Without the check for a domain, since a group may capture the '@'. */
const char *
written_replacement_fault(const char *text)
{
	const char *fault = plain_address_fault(text);

	return fault != NULL ? fault : unexpanded_text_fault(text);
}

bool
written_lacks_domain(const char *text)
{
	const char *behind = *text == '"' ? address_skip_quoted(text) : text;

	return behind != NULL && strchr(behind, '@') == NULL;
}

const char *
written_address_fault(const char *text)
{
	if (strcmp(text, "<>") == 0)
		return NULL;
	if (*text == '\0')
		return "the null sender is written '<>'";
	if (*text == '@')
		return "a domain goes into the option for domains, without the '@'";
	if (strstr(text, "@.") != NULL && *text != '"')
		return "addresses are compared whole; subdomains go into the option for "
		       "domains";
	if (written_lacks_domain(text) && strchr(text, '.') != NULL &&
	    written_domain_fault(text) == NULL)
		return "it has no '@'; a domain goes into the option for domains";
	return plain_address_fault(text);
}

const char *
written_address_doubt(const char *text)
{
	if (*text != '"' && text[strcspn(text, "*?|$^{}")] != '\0' &&
	    written_address_fault(text) == NULL)
		return "addresses are compared whole: '*', '?' and the like stand for "
		       "themselves";
	return NULL;
}

/* A login name that is an address is compared as one, so it is written as one; but its local
 * part may have any form: "DOMAIN\\ann@example.com". */
static const char *
login_address_fault(const char *text, size_t len)
{
	if (*text == '<' || text[len - 1] == '>')
		return "write it without brackets";
	if (text[len - 1] == ':')
		return "an address has no colon";
	if (text[len - 1] == '.')
		return "a label of the domain is empty";
	if (*text == '(' || text[len - 1] == ')')
		return "an address has no parentheses: neither comments nor patterns";
	return NULL;
}

const char *
written_login_fault(const char *text)
{
	size_t len = strlen(text);

	if (strncmp(text, "*@", 2) == 0 || strcmp(text, "*") == 0 || looks_like_pattern(text))
		return "login names are compared whole; patterns go into a table of type regex";
	if (strstr(text, ", ") != NULL && strchr(text, '=') == NULL)
		return "login names are compared whole; " LIST_FORM;
	if (*text == ' ' || *text == '\t' || (len > 0 && strchr(" \t", text[len - 1]) != NULL))
		return "it has a blank at its end";
	if (strchr(text, '@') != NULL)
		return login_address_fault(text, len);
	return NULL;
}

const char *
written_extension_fault(const char *text)
{
	const char *name = text + (*text == '.');
	size_t len = strlen(name);

	if (len == 0)
		return "an empty value matches nothing";
	if (strncmp(name, "*.", 2) == 0 || *name == '.')
		return "write the extension alone: \"exe\"";
	if (table_reference(text) != NULL)
		return no_table;
	if (name[strcspn(name, "\\^|()[]?*")] != '\0' ||
	    (len > 1 && name[len - 1] == '$' && name[len - 2] != '$'))
		return "extensions are compared whole; patterns go into the option name";
	if (name[strcspn(name, " \t,;")] != '\0')
		return "an extension has no blank and no comma; " LIST_FORM;
	if (name[strcspn(name, "/:<>\"")] != '\0' || has_control(name))
		return "it has characters that are not allowed in an extension";
	if (name[len - 1] == '.')
		return "names are compared without dots at their end";
	return NULL;
}

/* "/x/i": the flags of a pattern between two slashes, the last of which is not escaped. NULL:
 * it is no such pattern. */
static const char *
find_slash_flags(const char *text)
{
	const char *end = *text == '/' ? strrchr(text, '/') : NULL;

	if (end == NULL || end < text + 2 || end[-1] == '\\')
		return NULL;
	for (const char *p = text + 1; p < end; p++)
		if (*p == '/' && p[-1] != '\\')
			return NULL;
	return end[1 + strspn(end + 1, "imsxgu")] == '\0' ? end + 1 : NULL;
}

const char *
written_pattern_fault(const char *text)
{
	const char *flags = find_slash_flags(text);

	if (table_reference(text) != NULL)
		return "a table cannot stand among regular expressions";
	if (flags != NULL && *flags != '\0')
		return "a pattern is written without slashes; flags stand at its beginning: "
		       "'(?i)spam'";
	return NULL;
}

const char *
written_pattern_doubt(const char *text)
{
	if (*text == '\0')
		return "an empty pattern matches everything";
	return find_slash_flags(text) != NULL
		       ? "a pattern is written without slashes; these are a part of the text"
		       : NULL;
}

/* Behind the flags and the '^' that a pattern begins with: "Subject" of "(?i)^Subject". */
static const char *
skip_pattern_begin(const char *text)
{
	if (strncmp(text, "(?", 2) == 0 && text[2 + strspn(text + 2, "imsx")] == ')')
		text = strchr(text, ')') + 1;
	return text + (*text == '^');
}

const char *
written_address_pattern_fault(const char *text)
{
	return *skip_pattern_begin(text) == '<' ? "addresses have no brackets here, and the "
						  "null sender is '^$'"
						: NULL;
}

const char *
written_header_pattern_doubt(const char *text, const char *name)
{
	size_t len = strlen(name);

	text = skip_pattern_begin(text);
	if (strlen(text) > len && str_case_equal_n(text, len, name, len) && text[len] == ':')
		return "the value is matched without the header's name";
	return NULL;
}

/* Behind the class that begins at p with '['. */
static const char *
skip_class(const char *p)
{
	p += p[1] == '^' ? 2 : 1;
	if (*p == ']')
		p++;
	while (*p != '\0' && *p != ']') {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (p[0] == '[' && p[1] == ':' && strstr(p, ":]") != NULL)
			p = strstr(p, ":]") + 1;
		p++;
	}
	return *p == ']' ? p + 1 : p;
}

/* Behind the escape that begins at p with a backslash: \d, \x{41}, \p{Lu}, \k<name>, \QTEXT\E.
 */
static const char *
skip_escape(const char *p)
{
	static const char closing[128] = {['{'] = '}', ['<'] = '>', ['\''] = '\''};
	const char *end;

	if (p[1] == '\0')
		return p + 1;
	if (strchr("xopPgkN", p[1]) == NULL || p[2] <= 0 || closing[(int)p[2]] == '\0')
		return p + strnlen(p, p[1] == 'x' ? 4u : strchr("cpP", p[1]) != NULL ? 3u : 2u);
	end = strchr(p + 3, closing[(int)p[2]]);
	return end != NULL ? end + 1 : p + strlen(p);
}

/* Behind the name, comment or verb with which the group at p begins. */
static const char *
skip_group_begin(const char *p)
{
	const char *end = NULL;

	if (strncmp(p, "(?#", 3) == 0 || strncmp(p, "(*", 2) == 0)
		end = strchr(p, ')');
	else if (strncmp(p, "(?<", 3) == 0 && p[3] != '=' && p[3] != '!')
		end = strchr(p, '>');
	else if (strncmp(p, "(?P", 3) == 0)
		end = p + strcspn(p, ">)");
	else if (strncmp(p, "(?'", 3) == 0)
		end = strchr(p + 3, '\'');
	else if (strncmp(p, "(?", 2) == 0)
		end = p + strcspn(p, ":)=!>");
	if (end == NULL)
		return p + 1;
	return *end != '\0' ? end + 1 : end;
}

const char *
written_normalized_pattern_doubt(const char *text)
{
	const char *p = text;

	if (strncmp(p, "(?", 2) == 0 && strcspn(p, "i") < strcspn(p, ":)-"))
		return NULL;
	while (*p != '\0') {
		if (*p >= 'A' && *p <= 'Z')
			return "normalized text has no capitals, so this never matches";
		p = *p == '\\'	? skip_escape(p)
		    : *p == '[' ? skip_class(p)
		    : *p == '(' ? skip_group_begin(p)
				: p + 1;
	}
	return NULL;
}

const char *
written_header_name_doubt(const char *text)
{
	if (text[strcspn(text, "*^$|{}[]\\")] != '\0')
		return "names are compared whole; patterns go into name_match";
	return NULL;
}

const char *
written_name_pattern_doubt(const char *text)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL || colon == text || colon[-1] == '?')
		return NULL;
	if (colon[1] == '\0' || colon[1] == ' ' || strcmp(colon, ":$") == 0)
		return "names are matched without the colon";
	return NULL;
}

unsigned
written_postfix_action(const char *value)
{
	static const char *const words[] = {"BCC",
					    "DEFER",
					    "DEFER_IF_PERMIT",
					    "DEFER_IF_REJECT",
					    "DISCARD",
					    "DUNNO",
					    "FILTER",
					    "HOLD",
					    "IGNORE",
					    "INFO",
					    "OK",
					    "PASS",
					    "PREPEND",
					    "REDIRECT",
					    "REJECT",
					    "REPLACE",
					    "STRIP",
					    "WARN",
					    NULL};
	size_t len = strcspn(value, " \t");

	for (size_t i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == len && memcmp(words[i], value, len) == 0)
			return (unsigned)len;
	return 0;
}
