/* Checks and makes replies of the values of a regex table. A value is parsed anew for each
 * message that it refuses, because its groups differ; the check at load has parsed it with a
 * letter for each group. */
#include "text/table_reply.h"

#include <stdio.h>

#include "match/regex.h"
#include "text/placeholder.h"
#include "util/arena.h"
#include "util/buf.h"

struct value_checker {
	struct arena *arena;
	const struct table_reply_form *form;
	uint32_t uses;
};

static enum entry_fault
explain_table_reply(enum entry_fault fault, const char *value, const char *text, char *why,
		    size_t size)
{
	snprintf(why, size, "'%.150s': %s", value, text);
	return fault;
}

static enum entry_fault
check_table_reply(void *ctx, const char *key, const char *value, char *why, size_t size)
{
	struct value_checker *checker = ctx;
	const struct table_reply_form *form = checker->form;
	enum entry_fault fault = table_check_action(key, value, why, size);
	struct reply reply;
	char text[200];

	if (fault != ENTRY_FITS || form->own == NULL)
		return fault;
	if (reply_parse_value(checker->arena, regex_fill_in(checker->arena, value),
			      form->reject, form->own, form->allowed, &reply, text,
			      sizeof(text)) < 0)
		return explain_table_reply(ENTRY_WRONG, value, text, why, size);
	checker->uses |= template_uses(reply.text);
	if (reply.code == 421 && *value != '\0')
		return explain_table_reply(ENTRY_DOUBTFUL, value,
					   "a 421 reply ends the client's session", why, size);
	return ENTRY_FITS;
}

int
table_reply_check(struct arena *arena, const struct table *t,
		  const struct table_reply_form *form, uint32_t *ret_uses)
{
	struct value_checker checker = {arena, form, 0};
	int r = table_check_entries(t, check_table_reply, &checker);

	*ret_uses = checker.uses;
	return r;
}

/* Appends what stands for "$1" or "$$", as text without placeholders. */
static void
append_captured_text(const char *dollar, const struct regex_groups *groups,
		     struct buf *captured, struct buf *out)
{
	const char group[] = {dollar[0], dollar[1], '\0'};

	buf_reset(captured);
	regex_expand(group, groups, captured);
	for (const char *p = buf_string(captured); *p != '\0'; p++) {
		if (*p == '%')
			buf_putc(out, '%');
		buf_putc(out, (unsigned char)(*p >= ' ' && *p <= '~' ? *p : '?'));
	}
}

void
table_reply_make(struct arena *arena, const struct table_reply_form *form, const char *value,
		 const struct regex_groups *groups, struct reply *ret)
{
	struct buf text = {0}, captured = {0};
	char why[128];

	for (const char *p = value; *p != '\0'; p++) {
		if (p[0] == '$' && p[1] != '\0')
			append_captured_text(p++, groups, &captured, &text);
		else
			buf_putc(&text, (unsigned char)*p);
	}
	if (reply_parse_value(arena, buf_string(&text), form->reject, form->own, form->allowed,
			      ret, why, sizeof(why)) < 0)
		*ret = *form->own;
	buf_free(&text);
	buf_free(&captured);
}
