/* Finds addresses in header fields: see mail_envelope.h. */
#include "ctl/mail_envelope.h"

#include <stdbool.h>
#include <string.h>

#include "match/address.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/mailbox.h"
#include "util/str.h"

static const char *const no_rcpts[] = {"<recipient@example.com>", NULL};

/* Behind the quoted string or the comment that begins at p; the end when it is not closed. */
static const char *
skip_enclosed(const char *p)
{
	char close = *p == '(' ? ')' : '"';
	size_t depth = 1;

	for (p++; *p != '\0' && depth > 0; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == close)
			depth--;
		else if (*p == '(' && close == ')')
			depth++;
	}
	return p;
}

/* The text up to the next separator: a comma, a semicolon, or the colon behind the name of a
 * group. In brackets none counts. */
static const char *
find_address_end(const char *p)
{
	bool in_brackets = false;

	while (*p != '\0') {
		if (*p == '"' || *p == '(') {
			p = skip_enclosed(p);
			continue;
		}
		if (*p == '<' || *p == '>')
			in_brackets = *p == '<';
		else if (!in_brackets && (*p == ',' || *p == ';' || *p == ':'))
			break;
		p++;
	}
	return p;
}

/* What stands in the brackets, or all of it when there are none. */
static const char *
copy_bracketed(struct arena *arena, const char *from, const char *end)
{
	char *text = arena_strndup(arena, from, (size_t)(end - from));

	for (const char *p = text; *p != '\0';) {
		if (*p == '"' || *p == '(') {
			p = skip_enclosed(p);
			continue;
		}
		if (*p++ == '<')
			return arena_strndup(arena, p, strcspn(p, ">"));
	}
	return text;
}

static void
add_path(struct arena *arena, const char *from, const char *end, struct buf *paths)
{
	const char *mailbox = mailbox_from_path(arena, copy_bracketed(arena, from, end));
	const char *path;

	if (!address_is_valid(mailbox) || *mailbox_domain(mailbox) == '\0' ||
	    strncmp(mailbox, "\"\"@", 3) == 0) /* of a domain alone */
		return;
	path = arena_printf(arena, "<%s>", mailbox_for_command(arena, mailbox));
	buf_append(paths, &path, sizeof(path));
}

void
mail_envelope_read(struct arena *arena, const char *value, size_t max, struct buf *paths)
{
	for (const char *p = value; paths->len / sizeof(char *) < max; p++) {
		const char *end = find_address_end(p);

		if (*end != ':')
			add_path(arena, p, end, paths);
		if (*end == '\0')
			return;
		p = end;
	}
}

/* The addresses of all fields of that name, up to NULL; or NULL. */
static const char *const *
read_fields(struct arena *arena, const struct mta_header *h, const char *name, size_t max)
{
	struct buf paths = {0};
	const char *const *list = NULL;
	const char *end = NULL;

	for (; h->name != NULL; h++)
		if (str_case_equal(h->name, name))
			mail_envelope_read(arena, h->value, max, &paths);
	if (paths.len > 0) {
		buf_append(&paths, &end, sizeof(end));
		list = arena_dup(arena, paths.data, paths.len);
	}
	buf_free(&paths);
	return list;
}

static bool
has_null_return_path(const struct mta_header *h)
{
	for (; h->name != NULL; h++)
		if (str_case_equal(h->name, "Return-Path"))
			return strcmp(h->value + strspn(h->value, " \t\n"), "<>") == 0;
	return false;
}

void
mail_envelope_guess(struct arena *arena, const struct mta_header *headers,
		    struct mail_envelope *ret)
{
	static const char *const sender_fields[] = {"Return-Path", "From"};
	static const char *const rcpt_fields[] = {"To", "Cc"};
	const char *const *found = NULL;

	*ret = (struct mail_envelope){.sender = "<>", .rcpts = no_rcpts};
	if (has_null_return_path(headers))
		ret->sender_from = sender_fields[0];
	for (size_t i = 0; i < 2 && ret->sender_from == NULL; i++) {
		found = read_fields(arena, headers, sender_fields[i], 1);
		if (found != NULL) {
			ret->sender = found[0];
			ret->sender_from = sender_fields[i];
		}
	}
	for (size_t i = 0; i < 2 && ret->rcpts_from == NULL; i++) {
		found = read_fields(arena, headers, rcpt_fields[i], MAIL_RCPTS_GUESSED_MAX);
		if (found != NULL) {
			ret->rcpts = found;
			ret->rcpts_from = rcpt_fields[i];
		}
	}
}
