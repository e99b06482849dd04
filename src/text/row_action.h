/* Rows of a table with `actions = yes`: a value is an action word and its text, as in access(5)
 * and header_checks(5) of Postfix. A value is checked when the configuration is loaded, and
 * parsed anew when its row has been found, because $1 to $9 in its text differ then.
 *
 *	REJECT				reject		550 5.7.1 and the reply's own text
 *	REJECT 5.7.9 No $1 here		reject		550 5.7.9 No pills here
 *	554 5.7.1 No			reject		554 5.7.1 No
 *	450 Later			tempfail	450 4.7.1 Later
 *	DEFER_IF_PERMIT Later		tempfail	450 4.7.1 Later; a warning: as DEFER
 *	OK, DUNNO, 1234567		pass
 *	HOLD suspicious			quarantine	"suspicious"
 *	PREPEND X-Seen: yes		insert		X-Seen, "yes"
 *	REDIRECT ann@example.com	redirect	"ann@example.com"
 *	FILTER smtp:[127.0.0.1]		a mistake: not an action here
 *
 * In these texts "%{name}" is a placeholder, and any other '%' is a plain character. */
#ifndef TEXT_ROW_ACTION_H
#define TEXT_ROW_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/table.h"
#include "text/reply.h"
#include "text/rule_action.h"

struct arena;
struct regex_groups;

/* What a row may do whatever it is about: all but to remove and to replace what was found. */
#define ROW_ACTIONS                                                                            \
	(RULE_ACTION_BIT(RULE_PASS) | RULE_ACTION_BIT(RULE_REJECT) |                           \
	 RULE_ACTION_BIT(RULE_TEMPFAIL) | RULE_ACTION_BIT(RULE_DISCARD) |                      \
	 RULE_ACTION_BIT(RULE_QUARANTINE) | RULE_ACTION_BIT(RULE_LOG) |                        \
	 RULE_ACTION_BIT(RULE_REDIRECT) | RULE_ACTION_BIT(RULE_BCC) |                          \
	 RULE_ACTION_BIT(RULE_INSERT))

/* What the rows of a table may do, and the placeholders that may stand in them. */
struct row_form {
	uint32_t actions; /* RULE_ACTION_BIT()s */
	uint32_t allowed; /* placeholders, as for template_compile() */
};

struct row_action {
	enum rule_action action;
	struct reply reply; /* of reject, tempfail */
	const char *header; /* of insert, replace: the field's name; its value is in text */
	/* Of discard, quarantine, log: for the log, may be empty. Of redirect, bcc: the address
	 * without brackets. Of insert, replace: the value, UTF-8 with placeholders. */
	const char *text;
};

/* Checks all rows of a table for this use, and that it has actions. 0, or -EINVAL after
 * section_error() at each row that is wrong. *ret_actions: RULE_ACTION_BIT()s of those that are
 * there, *ret_uses: PLACEHOLDER_BIT()s. */
int row_action_check(struct arena *arena, const struct table *t, const struct row_form *form,
		     uint32_t *ret_actions, uint32_t *ret_uses);

/* Whether a table for this use may have a row with this value; else the end of a sentence about
 * the value stands in why. */
bool row_action_is_valid(struct arena *arena, const struct row_form *form, const char *value,
			 char *why, size_t why_size);

/* The action of a row that was found. What the groups captured is text that the client wrote:
 * no placeholder is expanded in it. When it makes the text no reply, the reply has a text of
 * its own; when it makes an address none, 0 is returned as -EINVAL with *ret not set. The arena
 * owns what *ret points to. */
int row_action_make(struct arena *arena, const struct row_form *form, const char *value,
		    const struct regex_groups *groups, struct row_action *ret);

#endif
