/* Compiles addresses with placeholders, and fills them in. What clients have sent stands in the
 * result, so that it is checked anew for each message. */
#include "text/address_template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "match/address.h"
#include "match/regex.h"
#include "match/written.h"
#include "text/placeholder.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/mailbox.h"

static const struct placeholder_values some_values = {
	.value = {
		[PLACEHOLDER_ID] = "x",
		[PLACEHOLDER_SENDER] = "x@x.example",
		[PLACEHOLDER_SENDER_DOMAIN] = "x.example",
		[PLACEHOLDER_RECIPIENT] = "x@x.example",
		[PLACEHOLDER_AUTH_USER] = "x",
	}};

static const char *
expand_address_text(struct arena *arena, const struct template *t,
		    const struct placeholder_values *values, bool double_dollars)
{
	struct buf b = {0};

	template_expand(t, values, double_dollars, &b);
	return buf_move_to_arena(&b, arena);
}

static enum entry_fault
explain_address(enum entry_fault fault, const char *text, const char *what, char *why,
		size_t why_size)
{
	snprintf(why, why_size, "'%.150s' %s", text, what);
	return fault;
}

enum entry_fault
address_template_read(struct arena *arena, const char *text, uint32_t allowed, bool captures,
		      const struct template **ret, char *why, size_t why_size)
{
	const char *filled, *fault;
	struct template *t;

	if (template_compile(arena, text, allowed, &t, why, why_size) < 0)
		return ENTRY_WRONG;
	filled = expand_address_text(arena, t, &some_values, false);
	fault = captures ? written_replacement_fault(regex_fill_in(arena, filled))
			 : written_target_fault(filled);
	if (fault != NULL)
		return explain_address(ENTRY_WRONG, text,
				       arena_printf(arena, "is no address: %s", fault), why,
				       why_size);
	*ret = t;
	if (written_lacks_domain(filled) && !captures)
		return explain_address(ENTRY_DOUBTFUL, text,
				       "has no domain: the MTA appends its own", why, why_size);
	return ENTRY_FITS;
}

static bool
has_all_values(const struct template *t, const struct placeholder_values *values)
{
	uint32_t uses = template_uses(t);

	for (enum placeholder p = 0; p < PLACEHOLDER_HEADER; p++)
		if ((uses & PLACEHOLDER_BIT(p)) != 0 &&
		    (values->value[p] == NULL || *values->value[p] == '\0'))
			return false;
	return true;
}

int
address_template_make(struct arena *arena, const struct template *t,
		      const struct placeholder_values *values,
		      const struct regex_groups *groups, const char **ret)
{
	const char *text;

	if (!has_all_values(t, values))
		return 0;
	text = expand_address_text(arena, t, values, groups != NULL);
	if (groups != NULL)
		text = regex_expand_to_string(arena, text, groups);
	*ret = text;
	if (!address_is_valid(text) ||
	    (written_mailbox_fault(text) != NULL && (groups != NULL || template_uses(t) != 0)))
		return -EINVAL;
	*ret = mailbox_from_path(arena, text);
	return 1;
}
