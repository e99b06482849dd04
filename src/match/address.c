/* Cuts a mailbox into user, extension and domain, and makes the mailbox that replaces it. The
 * parts are lengths in the mailbox; only address_rewrite() copies. */
#include "match/address.h"

#include <string.h>

#include "util/arena.h"

bool
address_is_valid(const char *mailbox)
{
	size_t len = strlen(mailbox);

	if (len == 0 || len > ADDRESS_MAX_BYTES || *mailbox == '@')
		return false;
	for (const char *p = mailbox; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '<' || *p == '>')
			return false;
	return true;
}

struct address_parts
address_split(const char *mailbox, char delimiter)
{
	const char *at = strrchr(mailbox, '@');
	struct address_parts p = {.mailbox = mailbox};
	const char *mark = NULL;

	p.local = at != NULL ? (size_t)(at - mailbox) : strlen(mailbox);
	p.domain = mailbox + p.local;
	if (delimiter != '\0' && p.local > 1 && *mailbox != '"')
		mark = memchr(mailbox + 1, delimiter, p.local - 1);
	p.user = mark != NULL && *mailbox != delimiter ? (size_t)(mark - mailbox) : p.local;
	return p;
}

const char *
address_rewrite(struct arena *arena, const struct address_parts *p, const char *to,
		bool with_extension)
{
	const char *at = strrchr(to, '@');
	size_t local = at != NULL ? (size_t)(at - to) : strlen(to);
	size_t extension = with_extension ? p->local - p->user : 0;

	if (local == 0)
		return arena_printf(arena, "%.*s%s", (int)(p->user + extension), p->mailbox,
				    to);
	return arena_printf(arena, "%.*s%.*s%s", (int)local, to, (int)extension,
			    p->mailbox + p->user, to + local);
}
