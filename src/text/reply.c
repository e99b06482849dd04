/* Parses replies of the configuration, and checks them by RFC 5321 (section 4.2) and RFC 3463.
 * This is done while the configuration is loaded; and for one message, when the reply is the
 * value of a table. */
#include "text/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "option/option.h"
#include "text/placeholder.h"
#include "util/arena.h"
#include "util/str.h"

#define REPLY_MAX_LINES	     32u
#define REPLY_MAX_LINE_BYTES 980u

/* Where the reason goes for which a reply is refused. */
struct reply_error {
	char *why;
	size_t size;
};

static int
refuse_written_reply(const struct reply_error *e, const char *text)
{
	snprintf(e->why, e->size, "%s", text);
	return -EINVAL;
}

static const char *
skip_spaces(const char *s)
{
	return s + strspn(s, " ");
}

/* Behind a number of an enhanced code: one to three digits without a leading zero. NULL: there
 * is no such number. */
static const char *
skip_enhanced_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n == 0 || n > 3 || (n > 1 && s[0] == '0') ? NULL : s + n;
}

size_t
reply_enhanced_code_length(const char *s)
{
	const char *p = s;

	for (int i = 0; i < 3; i++) {
		if (i > 0 && *p++ != '.')
			return 0;
		p = skip_enhanced_number(p);
		if (p == NULL)
			return 0;
	}
	return *p == ' ' || *p == '\0' ? (size_t)(p - s) : 0;
}

static int
check_reply_text(const char *text, const struct reply_error *e)
{
	size_t lines = 1, column = 0;

	if (text[strspn(text, " \n")] == '\0')
		return refuse_written_reply(e, "a reply needs a text");
	for (; *text != '\0'; text++) {
		column = *text == '\n' ? 0 : column + 1;
		lines += *text == '\n';
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			return refuse_written_reply(
				e, "a reply is printable ASCII, with \\n between lines");
		if (column > REPLY_MAX_LINE_BYTES)
			return refuse_written_reply(e,
						    "a line of a reply has at most 980 bytes");
	}
	if (lines > REPLY_MAX_LINES)
		return refuse_written_reply(e, "a reply has at most 32 lines");
	return 0;
}

int
reply_parse(struct arena *arena, const char *written, uint32_t allowed, struct reply *ret,
	    char *why, size_t why_size)
{
	const struct reply_error e = {why, why_size};
	const char *p = written;
	struct template *text = NULL;

	if ((p[0] != '4' && p[0] != '5') || !str_is_digit(p[1]) || !str_is_digit(p[2]) ||
	    (p[3] != ' ' && p[3] != '\0'))
		return refuse_written_reply(
			&e, "a reply starts with a code of three digits, 4xx or 5xx");

	const char class = p[0];
	unsigned code = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10 +
			(unsigned)(p[2] - '0');

	p = skip_spaces(p + 3);

	size_t len = reply_enhanced_code_length(p);

	if (len > 0 && (p[0] != class || p[1] != '.')) {
		snprintf(why, why_size, "the enhanced code %.*s is not of the class of %u",
			 (int)len, p, code);
		return -EINVAL;
	}
	const char *xcode =
		len > 0 ? arena_strndup(arena, p, len) : arena_printf(arena, "%c.7.1", class);

	p = skip_spaces(p + len);
	if (check_reply_text(p, &e) < 0 ||
	    template_compile(arena, p, allowed, &text, why, why_size) < 0)
		return -EINVAL;
	*ret = (struct reply){code, xcode, text};
	return 0;
}

/* True when a value begins with a word of three digits. */
static bool
begins_with_code(const char *value)
{
	return strspn(value, "0123456789") == 3 && (value[3] == ' ' || value[3] == '\0');
}

static int
check_reply_class(const struct reply *reply, bool reject, char *why, size_t why_size)
{
	if ((reply->code >= 500) == reject)
		return 0;
	snprintf(why, why_size, "action %s needs a reply of %s, this is %u",
		 reject ? "reject" : "tempfail", reject ? "5xx" : "4xx", reply->code);
	return -EINVAL;
}

int
reply_parse_value(struct arena *arena, const char *value, bool reject, const struct reply *own,
		  uint32_t allowed, struct reply *ret, char *why, size_t why_size)
{
	struct reply reply = *own;

	if (reply_enhanced_code_length(value) > 0) {
		snprintf(why, why_size, "a code of three digits is missing before %.*s",
			 (int)reply_enhanced_code_length(value), value);
		return -EINVAL;
	}
	if (*value != '\0' && !begins_with_code(value))
		value = arena_printf(arena, "%u %s %s", own->code, own->xcode, value);
	if (*value != '\0' && (reply_parse(arena, value, allowed, &reply, why, why_size) < 0 ||
			       check_reply_class(&reply, reject, why, why_size) < 0))
		return -EINVAL;
	*ret = reply;
	return 0;
}

static void
warn_of_421(const struct section *s, const struct reply *reply)
{
	if (reply->code == 421)
		section_warning(s, "reply", "a 421 reply ends the client's session");
}

/* The reply of the section around s, when its class is that of the action. */
static const char *
find_shared_reply(const struct section *s, bool reject)
{
	const struct section *around = section_parent(s);
	const char *text = around != NULL ? section_string(around, "reply") : NULL;

	return text != NULL && (*text == '5') == reject ? text : NULL;
}

static int
read_shared_reply(struct arena *arena, const struct section *s, const char *text,
		  uint32_t allowed, struct reply *ret)
{
	char why[256];

	if (reply_parse(arena, text, allowed, ret, why, sizeof(why)) < 0)
		return section_error(section_parent(s), "reply", "reply, for %s \"%s\": %s",
				     section_kind(s), section_title(s), why);
	warn_of_421(section_parent(s), ret);
	return 0;
}

int
reply_read(struct arena *arena, const struct section *s, bool reject, const char *fallback,
	   uint32_t allowed, struct reply *ret)
{
	const char *text = section_string(s, "reply"), *shared = find_shared_reply(s, reject);
	char why[256];

	if (text == NULL && shared != NULL)
		return read_shared_reply(arena, s, shared, allowed, ret);
	if (text == NULL)
		text = fallback;
	if (reply_parse(arena, text, allowed, ret, why, sizeof(why)) < 0)
		return section_error(s, "reply", "reply: %s", why);
	if (check_reply_class(ret, reject, why, sizeof(why)) < 0)
		return section_error(s, "reply", "%s", why);
	warn_of_421(s, ret);
	return 0;
}

static bool
uses_shared_reply(const struct section *rule)
{
	const char *action = section_string(rule, "action");
	bool reject = action != NULL && strcmp(action, "reject") == 0;

	return action != NULL && (reject || strcmp(action, "tempfail") == 0) &&
	       !section_has(rule, "reply") && find_shared_reply(rule, reject) != NULL;
}

int
reply_check_shared(struct arena *arena, const struct section *s, const char *kind,
		   uint32_t allowed)
{
	const char *text = section_string(s, "reply");
	const struct section *const *rules;
	size_t n = section_sections(s, kind, &rules);
	struct reply reply;
	char why[256];

	if (text == NULL)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (uses_shared_reply(rules[i]))
			return 0;
	}
	if (reply_parse(arena, text, allowed, &reply, why, sizeof(why)) < 0)
		return section_error(s, "reply", "reply: %s", why);
	if (!section_is_faulty(s))
		section_warning(s, "reply",
				"reply: no %s uses it: those that refuse have one of their "
				"own, or need %s",
				kind, *text == '5' ? "4xx" : "5xx");
	return 0;
}
