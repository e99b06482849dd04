/* Fuzzes the one form of mailboxes with any address: the form is bounded, is its own form, and
 * is the form of every other spelling of the mailbox, also of the one that is written in a
 * command and of the one by which a recipient is removed.
 * Input: an address, with or without brackets; it ends at the first NUL. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "util/arena.h"
#include "util/domain.h"
#include "util/mailbox.h"
#include "util/str.h"

static void
expect_mailbox(struct arena *arena, const char *addr, const char *mailbox)
{
	assert(strcmp(mailbox_from_path(arena, addr), mailbox) == 0);
}

/* The mailbox with quotes around all that stands before the last '@'. */
static const char *
quote_local_part(struct arena *arena, const char *mailbox, const char *at)
{
	if (mailbox[0] == '"')
		return mailbox;
	return arena_printf(arena, "\"%.*s\"%s", (int)(at - mailbox), mailbox, at);
}

/* The mailbox with a backslash before each byte of its local part. */
static const char *
escape_local_part(struct arena *arena, const char *mailbox, const char *at)
{
	char *escaped = arena_alloc(arena, 2 * (size_t)(at - mailbox) + strlen(at) + 1);
	char *out = escaped;

	for (const char *p = mailbox; p < at; p++) {
		*out++ = '\\';
		*out++ = *p;
	}
	strcpy(out, at);
	return escaped;
}

/* mailbox has a local part and a domain without quotes and comments. */
static void
check_spellings(struct arena *arena, const char *mailbox)
{
	const char *at = strrchr(mailbox, '@');
	const char *quoted = quote_local_part(arena, mailbox, at);

	expect_mailbox(arena, quoted, mailbox);
	expect_mailbox(arena, arena_printf(arena, "<%s>", quoted), mailbox);
	expect_mailbox(arena, arena_printf(arena, "<<%s>>", mailbox), mailbox);
	expect_mailbox(arena, arena_printf(arena, "<@r.example,@s.example:%s>", mailbox),
		       mailbox);
	expect_mailbox(arena, arena_printf(arena, "<(c)%s(c)>", mailbox), mailbox);
	expect_mailbox(arena, arena_printf(arena, "< %s >", mailbox), mailbox);
	expect_mailbox(arena, arena_printf(arena, "<%s.>", mailbox), mailbox);
	if (mailbox[0] != '"')
		expect_mailbox(arena, escape_local_part(arena, mailbox, at), mailbox);
}

static bool
has_plain_domain(const char *mailbox)
{
	const char *domain = mailbox_domain(mailbox);

	return *domain != '\0' && domain[strcspn(domain, " \t\r\n\"\\()<>;:")] == '\0';
}

/* Is each quoted string and comment closed? What stands behind one that is not belongs to it.
 */
static bool
is_closed(const char *addr)
{
	size_t depth = 0; /* of comments */
	bool quoted = false;

	for (; *addr != '\0'; addr++) {
		if (*addr == '\\' && addr[1] == '\0')
			return false;
		if (*addr == '\\')
			addr++;
		else if (*addr == '"' && depth == 0)
			quoted = !quoted;
		else if (*addr == '(' && !quoted)
			depth++;
		else if (*addr == ')' && depth > 0)
			depth--;
	}
	return depth == 0 && !quoted;
}

/* The form is found again in what polymilter sends. */
static void
check_forms(struct arena *arena, const char *addr, const char *mailbox)
{
	const char *removal = mailbox_removal_path(arena, addr);

	assert(strlen(removal) <= strlen(addr) + 2);
	if (is_closed(addr))
		expect_mailbox(arena, removal, mailbox);
	if (!has_plain_domain(mailbox))
		return;
	expect_mailbox(arena, mailbox, mailbox);
	expect_mailbox(arena, arena_printf(arena, "<%s>", mailbox_for_command(arena, mailbox)),
		       mailbox);
	if (mailbox[0] != '@')
		check_spellings(arena, mailbox);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *addr = arena_dup(arena, (const char *)data, size);
	const char *mailbox = mailbox_from_path(arena, addr), *domain = mailbox_domain(mailbox);

	assert(strlen(mailbox) <= 2 * strlen(addr) + 3 + DOMAIN_MAX_BYTES);
	assert(*domain == '\0' ||
	       strcmp(mailbox + strlen(mailbox) - strlen(domain), domain) == 0);
	check_forms(arena, addr, mailbox);
	arena_free(arena);
	return 0;
}
