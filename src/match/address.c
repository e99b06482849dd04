/* Cuts a mailbox into user, extension and domain, and makes the mailbox that replaces it. The
 * parts are lengths in the mailbox; only address_rewrite() copies. */
#include "match/address.h"

#include <string.h>

#include "util/arena.h"
#include "util/str.h"

const char *
address_skip_quoted(const char *p)
{
	for (p++; *p != '"'; p++) {
		p += p[0] == '\\' && p[1] != '\0';
		if (*p == '\0')
			return NULL;
	}
	return p + 1;
}

/* Must this byte stand in quotes? */
static bool
needs_quotes(char c)
{
	switch (c) {
	case ' ':
	case '<':
	case '>':
	case '(':
	case ')':
	case ',':
	case ';':
		return true;
	default:
		return false;
	}
}

bool
address_is_valid(const char *mailbox)
{
	size_t len = strlen(mailbox);
	const char *p = mailbox;

	if (len == 0 || len > ADDRESS_MAX_BYTES || *mailbox == '@' || mailbox[len - 1] == '@')
		return false;
	while (p != NULL && *p != '\0') {
		if (needs_quotes(*p))
			return false;
		p = *p == '"' ? address_skip_quoted(p) : p + 1;
	}
	return p != NULL && str_clean_run(mailbox, len) == len;
}

struct address_parts
address_split(const char *mailbox, char delimiter)
{
	const char *at = strrchr(mailbox, '@');
	struct address_parts p = {.mailbox = mailbox, .quoted = *mailbox == '"'};
	const char *mark = NULL;
	size_t first = p.quoted; /* the user's first byte */

	p.local = at != NULL ? (size_t)(at - mailbox) : strlen(mailbox);
	p.domain = mailbox + p.local;
	p.user = p.local - (p.quoted && p.local > 1);
	if (delimiter == '\0' || p.user <= first + 1 || mailbox[first] == delimiter)
		return p;
	mark = memchr(mailbox + first + 1, delimiter, p.user - first - 1);
	if (mark != NULL)
		p.user = (size_t)(mark - mailbox);
	return p;
}

/* A piece of a local part, without the quotes around that. */
struct local_piece {
	const char *text;
	size_t len;
	bool quoted;
};

static struct local_piece
user_of_parts(const struct address_parts *p)
{
	return (struct local_piece){p->mailbox + p->quoted, p->user - p->quoted, p->quoted};
}

static struct local_piece
extension_of_parts(const struct address_parts *p)
{
	size_t end = p->local - (p->quoted && p->local > 1);

	return (struct local_piece){p->mailbox + p->user, end - p->user, p->quoted};
}

const char *
address_rewrite(struct arena *arena, const struct address_parts *p, const char *to,
		bool with_extension)
{
	struct address_parts target = address_split(to, '\0');
	struct local_piece user = user_of_parts(target.local > 0 ? &target : p);
	struct local_piece extension = {"", 0, false};
	size_t domain_len = strlen(target.domain);
	char *result, *out;
	bool quoted;

	if (with_extension)
		extension = extension_of_parts(p);
	quoted = user.quoted || (extension.quoted && extension.len > 0);
	result = out = arena_alloc(arena, user.len + extension.len + domain_len + 3);
	if (quoted)
		*out++ = '"';
	out = mempcpy(out, user.text, user.len);
	out = mempcpy(out, extension.text, extension.len);
	if (quoted)
		*out++ = '"';
	memcpy(out, target.domain, domain_len + 1);
	return result;
}
